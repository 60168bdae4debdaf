"""Hook calls as EHRs really send them."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.errors import BadRequest
from cds_hooks.hooks import HOOKS, Hook, by_service_id
from cds_hooks.request import HookRequest, parse

SECRET = "token-5f2c"
PATIENT = "smart-1288992"


def hook_of(service_id: str) -> Hook:
    hook = by_service_id(service_id)
    assert hook is not None
    return hook


SELECT, SIGN = hook_of("b12-order-select"), hook_of("b12-order-sign")
VIEW, PRESCRIBE = hook_of("b12-patient-view"), hook_of("b12-medication-prescribe")


# A call that only points to its orders cannot do without the references.
SELF_CONTAINED = [hook for hook in HOOKS if hook.orders_field is None]


def call(service: Hook = SELECT, /, **changes: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "hook": service.name,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/123", "patientId": PATIENT},
    }
    return {**body, **changes}


def in_context(**values: object) -> dict[str, Any]:
    return {"userId": "Practitioner/123", "patientId": PATIENT, **values}


def read(body: dict[str, Any], hook: Hook | None = SELECT) -> HookRequest:
    return parse(json.dumps(body).encode(), hook)


def refused(body: bytes | dict[str, Any], hook: Hook | None = SELECT) -> BadRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(BadRequest) as caught:
        parse(raw, hook)
    return caught.value


@pytest.mark.parametrize("hook", SELF_CONTAINED, ids=lambda hook: hook.name)
def test_the_least_call_is_read(hook: Hook) -> None:
    """Hook, instance and patient are enough; everything else is not known."""
    request = read(call(hook), hook)
    assert request == HookRequest(
        hook=hook,
        hook_instance="d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        patient_id=PATIENT,
        user_id="Practitioner/123",
    )


@pytest.mark.parametrize("hook", SELF_CONTAINED, ids=lambda hook: hook.name)
def test_without_a_service_the_body_names_the_hook(hook: Hook) -> None:
    """The explanation takes the body of any service."""
    assert read(call(hook), None).hook is hook


@pytest.mark.row(21, 39)
def test_a_full_call_is_read() -> None:
    """Every member of the specification arrives where the rest of the service looks for it."""
    body = call(
        context=in_context(
            encounterId="e1",
            draftOrders={"resourceType": "Bundle", "entry": []},
            selections=["MedicationRequest/1"],
        ),
        fhirServer="https://ehr.example.org/fhir",
        fhirAuthorization={
            "access_token": SECRET,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/Observation.read",
            "subject": "cds-service",
            "patient": PATIENT,
        },
        prefetch={"patient": {"resourceType": "Patient"}},
        extension={"com.example.flag": True},
    )
    request = read(body)
    assert request.encounter_id == "e1"
    assert request.selections == frozenset({"MedicationRequest/1"})
    assert json.loads(bytes(request.drafts or b"")) == {"resourceType": "Bundle", "entry": []}
    assert request.fhir_server == "https://ehr.example.org/fhir"
    assert request.authorization is not None
    assert request.authorization.access_token == SECRET
    assert request.authorization.expires_in == 300
    assert request.authorization.scope == "patient/Observation.read"
    assert request.authorization.subject == "cds-service"
    assert request.authorization.patient == PATIENT
    assert json.loads(bytes(request.prefetch["patient"])) == {"resourceType": "Patient"}
    assert json.loads(bytes(request.extension or b"")) == {"com.example.flag": True}


@pytest.mark.parametrize(
    "changes",
    [
        {"fhirServer": None, "fhirAuthorization": None, "prefetch": {}},
        {"prefetch": None},
        {"fhirServer": ""},
        {"fhirServer": "  "},
        {"extension": None},
        {"extension": {"com.epic.cdshooks.request.bpa-trigger-action": "18"}},
        {"redirect": "https://sandbox.example.org", "unknown": [1, {"deep": None}]},
        {"context": in_context(draftOrders=None, selections=None, encounterId=None)},
        {"context": in_context(unknown={"a": [None]})},
    ],
    ids=str,
)
@pytest.mark.row(21, 83)
def test_nulls_blanks_and_unknown_members_say_nothing(changes: dict[str, Any]) -> None:
    """Such calls come from real clients, and mean the same as the least call."""
    request = read(call(**changes))
    assert (request.fhir_server, request.authorization) == (None, None)
    assert (dict(request.prefetch), request.drafts, request.selections) == ({}, None, None)


@pytest.mark.parametrize(
    ("given", "patient_id"),
    [
        ("123", "123"),
        ("Patient/123", "123"),
        ("/Patient/123", "123"),
        ("Patient/123/_history/2", "123"),
        ("https://ehr.example.org/fhir/Patient/123", "123"),
        (123, "123"),
        (" 123 ", "123"),
        ("eSmart-1.Patient", "eSmart-1.Patient"),
    ],
)
def test_the_patient_is_a_bare_id(given: str | int, patient_id: str) -> None:
    """Clients write the id in several ways, and one patient must not become two."""
    assert read(call(context=in_context(patientId=given))).patient_id == patient_id


def test_the_encounter_is_a_bare_id() -> None:
    """It is read like the patient's."""
    context = in_context(encounterId="Encounter/e1")
    assert read(call(context=context)).encounter_id == "e1"


@pytest.mark.parametrize("missing", [{}, {"userId": None}, {"userId": ""}])
def test_a_missing_user_is_accepted(missing: dict[str, Any]) -> None:
    """Nothing clinical rests on the user; asynchronous calls have none."""
    request = read(call(context={"patientId": PATIENT, **missing}))
    assert request.user_id is None
    assert not request.asks_for_patient


@pytest.mark.parametrize(
    ("user", "asks_for_patient"),
    [
        ("Patient/1", True),
        ("RelatedPerson/1", True),
        ("https://ehr.example.org/fhir/Patient/1", True),
        ("Patient/1/_history/2", True),
        ("Practitioner/1", False),
        ("PractitionerRole/Patient", False),
        ("Practitioner/COREPRACTITIONER1", False),
        ("Patient", False),
        ("1", False),
    ],
)
def test_patients_and_relatives_are_recognised(user: str, asks_for_patient: bool) -> None:
    """Cards are written for clinicians and are not shown to others."""
    context = in_context(userId=user)
    assert read(call(context=context)).asks_for_patient is asks_for_patient


@pytest.mark.parametrize(
    "instance", ["d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "not-a-uuid", "  x ", 7]
)
@pytest.mark.row(21, 25)
def test_any_hook_instance_is_accepted(instance: str | int) -> None:
    """It is a key and nothing is read out of it."""
    assert read(call(hookInstance=instance)).hook_instance == str(instance).strip()


@pytest.mark.parametrize(
    ("sent", "selections"),
    [
        (
            ["MedicationRequest/1", "MedicationRequest/2"],
            {"MedicationRequest/1", "MedicationRequest/2"},
        ),
        (["MedicationRequest/1", None, 5], {"MedicationRequest/1"}),
        ("MedicationRequest/1", {"MedicationRequest/1"}),
        ([], None),
        ([""], None),
        (None, None),
    ],
)
def test_no_usable_selection_means_all_drafts(sent: object, selections: set[str] | None) -> None:
    """Judging nothing because of an odd selection would be a silent false negative."""
    expected = frozenset(selections) if selections else None
    assert read(call(context=in_context(selections=sent))).selections == expected


def test_only_order_select_has_selections() -> None:
    """At signing every order counts, whatever else the context holds."""
    context = in_context(selections=["MedicationRequest/1"])
    assert read(call(SIGN, context=context), SIGN).selections is None


@pytest.mark.parametrize(
    "medications",
    [
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "MedicationOrder"}}]},
        [{"resourceType": "MedicationRequest"}],
        {"resourceType": "MedicationRequest"},
    ],
    ids=["bundle", "array", "resource"],
)
def test_medications_come_as_bundle_array_or_resource(medications: object) -> None:
    """All three forms are sent by living clients of medication-prescribe."""
    request = read(call(PRESCRIBE, context=in_context(medications=medications)), PRESCRIBE)
    assert json.loads(bytes(request.drafts or b"")) == medications


def test_patient_view_has_no_drafts() -> None:
    """Orders in a context that does not define them are not judged."""
    context = in_context(draftOrders={"resourceType": "Bundle"})
    assert read(call(VIEW, context=context), VIEW).drafts is None


@pytest.mark.row(30)
def test_prefetch_keeps_null_apart_from_absent_and_drops_undeclared_keys() -> None:
    """Null says that the client looked and found nothing; absent says that nobody looked."""
    request = read(call(prefetch={"labs": None, "conditions": {"total": 0}, "other": {}}))
    assert {key: bytes(raw) for key, raw in request.prefetch.items()} == {
        "labs": b"null",
        "conditions": b'{"total": 0}',
    }


@pytest.mark.parametrize(
    ("grant", "expires_in", "scope"),
    [
        ({"access_token": SECRET}, None, ""),
        ({"access_token": SECRET, "expires_in": "300"}, 300, ""),
        ({"access_token": SECRET, "expires_in": 299.9}, 299, ""),
        ({"access_token": SECRET, "expires_in": "soon"}, None, ""),
        ({"access_token": SECRET, "expires_in": -1}, None, ""),
        ({"access_token": SECRET, "expires_in": True}, None, ""),
        ({"access_token": SECRET, "scope": ["a.read", "b.read"]}, None, "a.read b.read"),
        (
            {"access_token": SECRET, "scope": "Patient.Read (R4) Observation.Search"},
            None,
            "Patient.Read (R4) Observation.Search",
        ),
        ({"access_token": SECRET, "scope": None, "subject": {}, "token_type": None}, None, ""),
    ],
    ids=str,
)
@pytest.mark.row(39, 41)
def test_a_grant_is_read_tolerantly(
    grant: dict[str, Any], expires_in: int | None, scope: str
) -> None:
    """Only the token is needed; the rest informs."""
    server = "https://ehr.example.org/fhir"
    authorization = read(call(fhirServer=server, fhirAuthorization=grant)).authorization
    assert authorization is not None
    assert authorization.access_token == SECRET
    assert authorization.token_type == "Bearer"
    assert (authorization.expires_in, authorization.scope) == (expires_in, scope)


@pytest.mark.parametrize(
    "changes",
    [
        {"fhirAuthorization": {"access_token": SECRET}},
        {"fhirServer": None, "fhirAuthorization": {"access_token": SECRET}},
        {"fhirServer": "https://x.example", "fhirAuthorization": {}},
        {"fhirServer": "https://x.example", "fhirAuthorization": {"access_token": ""}},
        {"fhirServer": "https://x.example", "fhirAuthorization": {"scope": "a"}},
    ],
    ids=str,
)
@pytest.mark.row(22)
def test_server_and_token_give_access_only_together(changes: dict[str, Any]) -> None:
    """One without the other is tolerated, and counts as no access."""
    assert read(call(**changes)).authorization is None


def bound_to(patient: object, context: str | int = PATIENT, **changes: object) -> dict[str, Any]:
    """A call with a token that is bound to this patient."""
    return call(
        context=in_context(patientId=context),
        fhirServer="https://ehr.example.org/fhir",
        fhirAuthorization={"access_token": SECRET, "patient": patient},
        **changes,
    )


@pytest.mark.parametrize(
    ("patient", "context"),
    [
        ("123", "123"),
        (" 123 ", "123"),
        ("Patient/123", "123"),
        ("123", "Patient/123"),
        ("Patient/123/_history/2", "123"),
        ("https://ehr.example.org/fhir/Patient/123", "Patient/123"),
        ("123", "https://ehr.example.org/fhir/Patient/123/_history/2"),
        (123, "123"),
        ("123", 123),
    ],
    ids=str,
)
@pytest.mark.row(39)
def test_a_token_bound_to_the_calls_patient_is_taken(
    patient: str | int, context: str | int
) -> None:
    """However the two are written."""
    request = read(bound_to(patient, context))
    assert request.patient_id == "123"
    assert request.authorization is not None
    assert request.authorization.patient == "123"


@pytest.mark.parametrize(
    "patient",
    [None, "", "  ", "Patient/", True, False, 1.5, {}, {"reference": "Patient/1"}, [], ["1"]],
    ids=str,
)
@pytest.mark.row(39)
def test_a_token_bound_to_nobody_we_can_read_is_taken(patient: object) -> None:
    """Only a text or a whole number names a patient; the rest of the call stays good."""
    authorization = read(bound_to(patient)).authorization
    assert authorization is not None
    assert (authorization.access_token, authorization.patient) == (SECRET, None)


OTHER = "other-4711"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fhirServer": None},
        {"fhirAuthorization": {"patient": OTHER}},
        {"fhirAuthorization": {"access_token": SECRET, "patient": f"Patient/{OTHER}"}},
        {"fhirAuthorization": {"access_token": SECRET, "patient": PATIENT.upper()}},
        {"fhirAuthorization": {"access_token": SECRET, "patient": f"{PATIENT}0"}},
        {"fhirAuthorization": {"access_token": SECRET, "patient": 0}},
        {"fhirServer": None, "fhirAuthorization": {"patient": OTHER}},
    ],
    ids=str,
)
@pytest.mark.row(39)
def test_a_token_bound_to_another_patient_is_refused(changes: dict[str, Any]) -> None:
    """Used or not: nobody can tell which of the two the call is about, and neither is echoed."""
    error = refused({**bound_to(OTHER), **changes})
    assert str(error) == "fhirAuthorization.patient is another patient than context.patientId"
    assert error.where == "fhirAuthorization.patient"
    assert OTHER not in repr(error)
    assert PATIENT not in repr(error)


@pytest.mark.row(39)
def test_the_patient_beside_the_context_is_compared_too() -> None:
    """In the form from before version 1.0."""
    body = {
        "hook": "medication-prescribe",
        "hookInstance": "x",
        "patient": "Patient/123",
        "context": {"medications": []},
        "fhirServer": "https://ehr.example.org/fhir",
        "fhirAuthorization": {"access_token": SECRET, "patient": "123"},
    }
    assert read(body, PRESCRIBE).patient_id == "123"
    other = {**body, "patient": "Patient/124"}
    assert refused(other, PRESCRIBE).where == "fhirAuthorization.patient"


@pytest.mark.parametrize("grant", [SECRET, [OTHER], 7, True], ids=str)
def test_without_a_server_a_grant_that_is_no_object_says_nothing(grant: object) -> None:
    """Nothing is read with it, so there is nothing to refuse."""
    assert read(call(fhirAuthorization=grant)).authorization is None


def test_nothing_that_identifies_is_in_the_repr() -> None:
    """A request or a grant that slips into a log must say nothing about patient or token."""
    body = call(
        fhirServer="https://ehr.example.org/fhir",
        fhirAuthorization={"access_token": SECRET, "patient": PATIENT},
        prefetch={"patient": {"id": PATIENT}},
    )
    request = read(body)
    assert repr(request) == "HookRequest(b12-order-select)"
    shown = f"{request!r} {request.authorization!r}"
    assert SECRET not in shown
    assert PATIENT not in shown


def test_context_values_serve_the_tokens() -> None:
    """Prefetch tokens are resolved from the same, normalised values."""
    request = read(call(context=in_context(patientId="Patient/1", encounterId="e1")))
    assert request.context_value("patientId") == "1"
    assert request.context_value("encounterId") == "e1"
    assert request.context_value("userId") == "Practitioner/123"
    assert request.context_value("draftOrders") is None


def test_a_byte_order_mark_is_ignored() -> None:
    """Some Windows clients send one."""
    assert parse(b"\xef\xbb\xbf" + json.dumps(call()).encode(), SELECT).patient_id == PATIENT


def test_a_call_from_before_version_one_is_read() -> None:
    """The last medication-prescribe sandbox sends patient, user and prefetch in the old form."""
    body = {
        "hook": "medication-prescribe",
        "hookInstance": "x",
        "fhirServer": "https://ehr.example.org/fhir",
        "user": "Practitioner/example",
        "patient": PATIENT,
        "context": {"medications": [{"resourceType": "MedicationOrder"}]},
        "prefetch": {
            "patient": {"response": {"status": 200}, "resource": {"resourceType": "Patient"}},
            "labs": {"resourceType": "Bundle"},
            "conditions": None,
            "allergies": [],
        },
    }
    request = read(body, PRESCRIBE)
    assert (request.patient_id, request.user_id) == (PATIENT, "Practitioner/example")
    assert {key: json.loads(bytes(raw)) for key, raw in request.prefetch.items()} == {
        "patient": {"resourceType": "Patient"},
        "labs": {"resourceType": "Bundle"},
        "conditions": None,
        "allergies": [],
    }


def test_an_old_prefetch_that_is_no_text_is_left_to_its_reader() -> None:
    """What cannot be unwrapped stays as it came."""
    body = (
        b'{"hook": "medication-prescribe", "hookInstance": "x", "patient": "p", "context": {},'
        b' "prefetch": {"labs": {"\xff": 1}}}'
    )
    assert bytes(parse(body, PRESCRIBE).prefetch["labs"]) == b'{"\xff": 1}'


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "The body is not JSON"),
        (b"{", "The body is not JSON"),
        (b'{"hook": "order-select",}', "The body is not JSON"),
        (b'{"hook": NaN}', "The body is not JSON"),
        (b'{"hook": "\xff"}', "hook is not JSON"),
        (b"{" * 100_000, "The body is not JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "The body is not JSON"),
        (b"[]", "The body is not a JSON object"),
        (b"null", "The body is not a JSON object"),
        (b'"order-select"', "The body is not a JSON object"),
    ],
    ids=range(10),
)
@pytest.mark.row(23)
def test_a_body_that_is_no_json_object_is_refused(body: bytes, what: str) -> None:
    """Whatever is thrown at the parser, the answer is a 400 and never a crash."""
    assert str(refused(body)) == what


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"hook": None}, "hook"),
        ({"hook": "order-sign"}, "hook"),
        ({"hook": {}}, "hook"),
        ({"hookInstance": None}, "hookInstance"),
        ({"hookInstance": " "}, "hookInstance"),
        ({"hookInstance": {}}, "hookInstance"),
        ({"hookInstance": True}, "hookInstance"),
        ({"context": None}, "context"),
        ({"context": []}, "context"),
        ({"context": {}}, "context.patientId"),
        ({"context": {"patientId": ""}}, "context.patientId"),
        ({"context": {"patientId": None}}, "context.patientId"),
        ({"context": {"patientId": "Patient/"}}, "context.patientId"),
        ({"context": {"patientId": True}}, "context.patientId"),
        ({"context": {"patientId": {"id": PATIENT}}}, "context.patientId"),
        ({"context": in_context(userId=[])}, "context.userId"),
        ({"context": in_context(draftOrders="Bundle")}, "context.draftOrders"),
        ({"context": in_context(selections={})}, "context.selections"),
        ({"fhirServer": {}}, "fhirServer"),
        ({"fhirServer": ["https://ehr.example.org"]}, "fhirServer"),
        ({"fhirServer": "https://x.example", "fhirAuthorization": SECRET}, "fhirAuthorization"),
        (
            {"fhirServer": "https://x.example", "fhirAuthorization": {"access_token": "a\r\nb"}},
            "fhirAuthorization.access_token",
        ),
        ({"prefetch": []}, "prefetch"),
        ({"prefetch": "x"}, "prefetch"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_by_name(changes: dict[str, Any], where: str) -> None:
    """The client's analyst learns which member to mend."""
    error = refused(call(**changes))
    assert error.where == where
    assert str(error).startswith(f"{where} is ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = ("hook", "hookInstance", "context", "fhirServer", "fhirAuthorization", "prefetch")
IN_CONTEXT = ("patientId", "userId", "encounterId", "draftOrders", "selections", "medications")


@given(
    st.sampled_from(HOOKS),
    st.dictionaries(st.sampled_from(MEMBERS), JSON),
    st.dictionaries(st.sampled_from(IN_CONTEXT), JSON),
)
def test_any_json_is_read_or_refused(
    hook: Hook, members: dict[str, object], context: dict[str, object]
) -> None:
    """Whatever a client sends in place of a member, nothing but a 400 comes of it."""
    body = {**call(hook, context={**in_context(), **context}), **members}
    with suppress(BadRequest):
        assert parse(json.dumps(body).encode(), hook).patient_id


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """The same for what is no JSON at all."""
    with pytest.raises(BadRequest):
        parse(body, None)


def test_an_unserved_hook_has_no_explanation() -> None:
    """Without a service id the body must name one of our hooks."""
    assert refused(call(hook="encounter-start"), None).where == "hook"


@pytest.mark.parametrize(
    "changes",
    [
        {"hook": SECRET},
        {"hookInstance": [SECRET]},
        {"context": {"patientId": [SECRET]}},
        {"fhirServer": [SECRET]},
        {"fhirServer": "https://x.example", "fhirAuthorization": {"access_token": f"{SECRET}\n x"}},
        {"fhirServer": "https://x.example", "fhirAuthorization": {"patient": SECRET}},
        {"prefetch": SECRET},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_errors_echo_no_value(changes: dict[str, Any]) -> None:
    """An error text goes to the caller and to the log."""
    error = refused(call(**changes))
    assert SECRET not in f"{error} {error.what} {error.where} {error!r}"
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
