"""Prefetch templates: which tokens they may hold, and how values get into them."""

import pytest

from cds_hooks.errors import TemplateInvalid, TokenUnresolved
from cds_hooks.hooks import by_service_id
from cds_hooks.prefetch import PrefetchKey, check, resolve

HOOK = by_service_id("b12-order-select")
assert HOOK is not None


def context(**values: str) -> dict[str, str]:
    return {"patientId": "p1", "userId": "Practitioner/u1", **values}


def test_the_keys_are_the_six_of_the_contract() -> None:
    """Clients configure these names by hand; a change would break them silently."""
    assert [key.value for key in PrefetchKey] == [
        "patient",
        "labs",
        "medications",
        "conditions",
        "procedures",
        "allergies",
    ]


@pytest.mark.parametrize(
    "template",
    [
        "Patient/{{context.patientId}}",
        "Encounter/{{context.encounterId}}",
        "Observation?patient={{context.patientId}}&code=http://loinc.org|2132-9&_sort=-date",
        "Practitioner/{{userPractitionerId}}",
        "PractitionerRole/{{userPractitionerRoleId}}",
        "Patient/{{userPatientId}}",
        "RelatedPerson/{{userRelatedPersonId}}",
        "Patient?_count=1",
    ],
)
@pytest.mark.row(32)
def test_allowed_templates_pass(template: str) -> None:
    """Root-level context fields and the four user tokens are all that clients must know."""
    check({"patient": template}, HOOK)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "template",
    [
        "Patient/{{context.medication.id}}",
        "Patient/{{context.draftOrders}}",
        "Patient/{{context.selections}}",
        "Patient/{{patientId}}",
        "Patient/{{ context.patientId }}",
        "Patient/{{Patient.id}}",
        "Observation?date=gt{{today()}}",
        "Patient/{{%patient.id}}",
        "Patient/{{user}}",
        "Patient/{{}}",
        "Patient/{{context.patientId",
        "Patient/context.patientId}}",
        "Patient/{context.patientId}",
        "Patient/{{{context.patientId}}}",
        "",
    ],
)
@pytest.mark.row(32, 33)
def test_templates_that_a_client_could_not_resolve_are_refused(template: str) -> None:
    """A client skips what it cannot resolve, and the key would then be missing in every call."""
    with pytest.raises(TemplateInvalid, match=r"^labs: "):
        check({"labs": template}, HOOK)  # type: ignore[arg-type]


def test_an_unknown_key_is_refused() -> None:
    """A seventh key would be fetched by the client and read by nobody."""
    with pytest.raises(TemplateInvalid, match=r"^vitals: "):
        check({"vitals": "Patient/{{context.patientId}}"}, HOOK)  # type: ignore[arg-type]


def test_tokens_are_replaced_by_their_values() -> None:
    """The same token may stand twice, and the rest of the query stays as written."""
    template = "Observation?patient={{context.patientId}}&subject=Patient/{{context.patientId}}"
    assert resolve(template, context().get) == "Observation?patient=p1&subject=Patient/p1"


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("a.b-c_1~2", "a.b-c_1~2"),
        ("1&_include=*", "1%26_include%3D%2A"),
        ("../Patient", "..%2FPatient"),
        ("a b", "a%20b"),
        ("a?b#c", "a%3Fb%23c"),
        ("a+b%20", "a%2Bb%2520"),
        ("{{context.userId}}", "%7B%7Bcontext.userId%7D%7D"),
        ("ä", "%C3%A4"),
        ("1\r\nHost: x", "1%0D%0AHost%3A%20x"),
    ],
)
def test_values_are_percent_encoded_never_pasted(value: str, encoded: str) -> None:
    """A value of the call can neither add a search parameter nor leave its path segment."""
    assert (
        resolve("Patient/{{context.patientId}}", {"patientId": value}.get) == f"Patient/{encoded}"
    )


@pytest.mark.parametrize(
    ("token", "user"),
    [
        ("userPractitionerId", "Practitioner/u1"),
        ("userPractitionerRoleId", "PractitionerRole/u1"),
        ("userPatientId", "Patient/u1"),
        ("userRelatedPersonId", "https://ehr.example.org/fhir/RelatedPerson/u1"),
    ],
)
@pytest.mark.row(32)
def test_user_tokens_take_the_id_of_their_own_type(token: str, user: str) -> None:
    """Each user token stands for one type of user."""
    assert resolve(f"X/{{{{{token}}}}}", context(userId=user).get) == "X/u1"


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("Encounter/{{context.encounterId}}", context()),
        ("Patient/{{userPatientId}}", context()),
        ("Patient/{{userPatientId}}", context(userId="u1")),
        ("Practitioner/{{userPractitionerId}}", {"patientId": "p1"}),
        ("Patient/{{patientId}}", context()),
    ],
)
def test_a_token_without_a_value_is_an_error(template: str, values: dict[str, str]) -> None:
    """A query with a hole in it would ask for somebody else's data, or for everybody's."""
    with pytest.raises(TokenUnresolved):
        resolve(template, values.get)
