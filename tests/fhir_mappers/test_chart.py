"""Lists of a record become facts; what is missing or unreadable is said, never guessed."""

from __future__ import annotations

from datetime import date

import pytest

from fhir_mappers.chart import KEYS, Chart, read_chart, split_by_type
from fhir_mappers.envelope import TIMED_OUT, Listed, read_listed
from fhir_mappers.reading import Reading
from regimens.facts import Gap, Unusable
from regimens.orders import OrderSource, OrderStatus
from tests.fhir_mappers.builders import (
    PATIENT,
    RXNORM,
    SNOMED,
    Json,
    bundle,
    concept,
    lab,
    order,
    quantity,
    raw,
)

PERSON = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1956-01-02"}
ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": PATIENT,
    "code": concept(SNOMED, "84027009"),
}
POINTER = order(medicationCodeableConcept=None, medicationReference={"reference": "Medication/x"})
MEDICATION = {"resourceType": "Medication", "id": "x", "code": concept(RXNORM, "317106")}


def lists(**more: object) -> dict[str, Listed]:
    """A whole and healthy record, with what a test puts in its place."""
    base: dict[str, object] = {
        "patient": PERSON,
        "labs": bundle(lab("2132-9", **quantity(96, "ng/L"))),
        "medications": bundle(order()),
        "conditions": bundle(CONDITION),
        "procedures": bundle(),
        "allergies": None,
    }
    return {key: _listed(value) for key, value in {**base, **more}.items()}


def _listed(value: object) -> Listed:
    return value if isinstance(value, Listed) else read_listed(raw(value))


def chart(reading: Reading, **more: object) -> Chart:
    return read_chart(lists(**more), reading)


def test_a_whole_record(reading: Reading) -> None:
    """Every list is complete, and all of it belongs to one patient."""
    found = chart(reading)
    facts = found.facts
    assert (facts.age_years, facts.known, facts.deceased) == (70, True, False)
    assert [one.reference for one in facts.labs.items] == ["Observation/o1"]
    assert [one.reference for one in facts.medications.items] == ["MedicationRequest/m1"]
    assert [one.reference for one in facts.conditions.items] == ["Condition/c1"]
    every = (facts.labs, facts.medications, facts.conditions, facts.procedures, facts.allergies)
    assert all(one.complete for one in every)
    assert (facts.gaps, found.unresolved) == ((), ())
    assert found.patients == frozenset({"p1"})


@pytest.mark.parametrize("key", ["labs", "medications", "conditions", "procedures", "allergies"])
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (ERROR, "refused"),
        (TIMED_OUT, "timed_out"),
        ({**bundle(), "link": [{"relation": "next", "url": "https://x"}]}, "partial"),
    ],
)
def test_an_incomplete_list_says_why(key: str, value: object, kind: str, reading: Reading) -> None:
    """Nothing may be concluded from the absence of something in such a list."""
    found = chart(reading, **{key: value}).facts
    listing = getattr(found, key)
    assert (listing.complete, bool(listing.why)) == (False, True)
    assert found.gaps == (Gap(key, kind),)


def test_a_list_that_was_not_sent_is_absent(reading: Reading) -> None:
    """No key is not the same as an empty list."""
    found = read_chart({}, reading).facts
    assert not found.known
    assert [gap.kind for gap in found.gaps] == ["absent"] * len(KEYS)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (ERROR, "refused"),
        (None, "absent"),
        (bundle(), "absent"),
        ({"resourceType": "Practitioner"}, "absent"),
        ({"resourceType": "Patient", "birthDate": {"a": 1}}, "unreadable"),
    ],
)
def test_a_patient_who_cannot_be_read_is_not_known(
    value: object, kind: str, reading: Reading
) -> None:
    """An unknown patient must not look like a healthy one."""
    found = chart(reading, patient=value).facts
    assert (found.known, found.birth_date) == (False, None)
    assert [gap.kind for gap in found.gaps] == [kind]


def test_a_patient_inside_a_bundle_is_found(reading: Reading) -> None:
    """A search for the patient answers with a Bundle."""
    assert chart(reading, patient=bundle(PERSON)).facts.birth_date == date(1956, 1, 2)


@pytest.mark.parametrize(
    ("key", "broken"),
    [
        ("labs", lab("2132-9", valueQuantity={"value": "much"})),
        ("medications", order(dosageInstruction=[7])),
        ("conditions", {**CONDITION, "code": 7}),
        ("procedures", {"resourceType": "Procedure", "code": 7}),
        ("allergies", {"resourceType": "AllergyIntolerance", "code": 7}),
    ],
)
def test_one_unreadable_entry_spoils_completeness_only(
    key: str, broken: Json, reading: Reading
) -> None:
    """What the list does hold is still true; its gap names the place and not the content."""
    whole = lists()[key].resources
    spoiled = read_listed(b"[" + b",".join([bytes(raw(broken)), *map(bytes, whole)]) + b"]")
    found = chart(reading, **{key: spoiled}).facts
    listing = getattr(found, key)
    assert (listing.complete, len(listing.items)) == (False, len(whole))
    assert [(gap.source, gap.kind) for gap in found.gaps] == [(key, "unreadable")]
    assert "much" not in str(found.gaps)


def test_resources_of_another_kind_are_passed_over(reading: Reading) -> None:
    """Provenance, outcomes and included resources do not disturb a list."""
    other = {"resourceType": "Provenance", "id": "x", "code": 7, "status": [1]}
    for key in ("labs", "medications", "conditions", "procedures", "allergies"):
        listing = getattr(chart(reading, **{key: bundle(other)}).facts, key)
        assert (listing.items, listing.complete) == ((), True)


def test_a_future_result_is_a_gap(reading: Reading) -> None:
    """The result stays visible, is not used, and is told."""
    body = lab("2132-9", **quantity(96, "ng/L"), effectiveDateTime="2026-06-16")
    found = chart(reading, labs=bundle(body)).facts
    assert found.labs.items[0].unusable is Unusable.FUTURE_DATE
    assert found.labs.complete
    assert found.gaps == (Gap("labs", "future-date", "Observation/o1"),)


@pytest.mark.parametrize("status", ["draft", "entered-in-error"])
def test_drafts_and_mistakes_in_the_record_are_no_therapy(status: str, reading: Reading) -> None:
    """Orders that are not yet, or never were, do not count as treatment."""
    found = chart(reading, medications=bundle(order(status=status))).facts
    assert (found.medications.items, found.medications.complete) == ((), True)


def test_an_active_request_with_a_drafts_id_is_kept(reading: Reading) -> None:
    """Whether it is the same order is for the domain to judge."""
    found = chart(reading, medications=bundle(order(id="draft-0"))).facts
    assert found.medications.items[0].reference == "MedicationRequest/draft-0"


def test_a_drug_that_cannot_be_followed_spoils_the_list(reading: Reading) -> None:
    """A medication that is not known may be the one that matters."""
    found = chart(reading, medications=bundle(POINTER))
    assert found.facts.medications.items[0].medicine_unresolved
    assert not found.facts.medications.complete
    assert found.unresolved == ("Medication/x",)
    assert [gap.kind for gap in found.facts.gaps] == ["unresolved-medication"]


@pytest.mark.parametrize(
    "more",
    [
        {"medications": bundle(POINTER, MEDICATION)},
        {"medications": bundle(POINTER), "medication_resources": MEDICATION},
    ],
)
def test_a_drug_beside_its_request_is_followed(more: dict[str, object], reading: Reading) -> None:
    """An included Medication, or one fetched for this, makes the order whole."""
    found = chart(reading, **more).facts
    assert found.medications.complete
    assert found.medications.items[0].cobalamin == "hydroxocobalamin"


def test_statements_and_administrations_join_the_medications(reading: Reading) -> None:
    """What was fetched besides the requests stands in the same list."""
    shared = {"subject": PATIENT, "medicationCodeableConcept": concept(RXNORM, "317106")}
    said = {"resourceType": "MedicationStatement", "id": "s", "status": "active", **shared}
    given = {"resourceType": "MedicationAdministration", "id": "g", "status": "completed", **shared}
    found = chart(reading, statements=bundle(said), administrations=bundle(given)).facts
    sources = [one.source for one in found.medications.items]
    assert sources == [OrderSource.REQUEST, OrderSource.STATEMENT, OrderSource.ADMINISTRATION]


def test_optional_lists_do_not_spoil_the_medications(reading: Reading) -> None:
    """A refused search for statements is told, and the requests stay complete."""
    found = chart(reading, statements=ERROR).facts
    assert found.medications.complete
    assert found.gaps == (Gap("medications", "refused"),)


def test_another_patients_result_is_seen(reading: Reading) -> None:
    """Whoever compares the patients of a record finds the stranger."""
    stranger = lab("2132-9", **quantity(96, "ng/L"), subject={"reference": "Patient/p2"})
    assert chart(reading, labs=bundle(stranger)).patients == {"p1", "p2"}


def test_a_whole_record_in_one_bundle(reading: Reading) -> None:
    """One Bundle of everything is taken apart by type."""
    everything = bundle(
        PERSON, lab("2132-9", **quantity(96, "ng/L")), POINTER, MEDICATION, CONDITION
    )
    found = read_chart(split_by_type(read_listed(raw(everything))), reading)
    assert found.facts.known
    assert found.facts.gaps == ()
    assert len(found.facts.labs.items) == len(found.facts.medications.items) == 1


def test_order_of_entries_changes_nothing(reading: Reading) -> None:
    """The same entries in another order are the same facts."""
    first, second = (
        lab("2132-9", **quantity(96, "ng/L")),
        lab("777-3", **quantity(9, "K/uL"), id="o2"),
    )
    forth = chart(reading, labs=bundle(first, second)).facts.labs.items
    back = chart(reading, labs=bundle(second, first)).facts.labs.items
    assert set(forth) == set(back)


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "forbidden"},
        {"statusCode": 403, "message": "Forbidden"},
        {"response": {"status": "200 OK"}, "resource": bundle(order())},
        [bundle(order())],
        bundle(bundle(order())),
        {"resourceType": "Parameters", "parameter": [{"resource": order()}]},
        bundle({"resourceType": "List", "entry": [{"item": {"reference": "Condition/c1"}}]}),
    ],
)
@pytest.mark.parametrize("key", [key for key in KEYS if key != "patient"])
def test_an_answer_that_is_no_list_is_never_an_empty_one(
    key: str, answer: object, reading: Reading
) -> None:
    facts = chart(reading, **{key: answer}).facts
    assert getattr(facts, key).complete is False
    assert key in {gap.source for gap in facts.gaps}


@pytest.mark.parametrize("key", [key for key in KEYS if key != "patient"])
def test_a_resource_that_does_not_say_what_it_is(key: str, reading: Reading) -> None:
    sound = {"labs": lab("2132-9", **quantity(96, "ng/L")), "medications": order()}
    kinds = {"conditions": "Condition", "procedures": "Procedure"}
    other = {"resourceType": kinds.get(key, "AllergyIntolerance"), "id": "x1"}
    untyped = {"id": "y1", "status": "active"}
    facts = chart(reading, **{key: bundle(sound.get(key, other), untyped)}).facts
    assert getattr(facts, key).complete is False
    assert (key, "unreadable") in {(gap.source, gap.kind) for gap in facts.gaps}


@pytest.mark.parametrize("key", [key for key in KEYS if key != "patient"])
def test_an_empty_object_is_an_empty_list(key: str, reading: Reading) -> None:
    facts = chart(reading, **{key: {}}).facts
    assert (getattr(facts, key).items, getattr(facts, key).complete) == ((), True)


@pytest.mark.parametrize(
    "status", ["ENTERED-IN-ERROR", "Entered in Error", "entered-in-error ", "Cancelled"]
)
def test_a_result_that_never_was_in_any_spelling(status: str, reading: Reading) -> None:
    result = lab("2132-9", **quantity(96, "ng/L"), status=status)
    assert chart(reading, labs=bundle(result)).facts.labs.items == ()


@pytest.mark.parametrize("status", ["ACTIVE", "Active", " active"])
def test_a_running_order_in_any_spelling(status: str, reading: Reading) -> None:
    (found,) = chart(reading, medications=bundle(order(status=status))).facts.medications.items
    assert found.status is OrderStatus.ACTIVE


def test_an_operation_that_was_done_in_any_spelling(reading: Reading) -> None:
    bypass = {
        "resourceType": "Procedure",
        "id": "x1",
        "status": "Completed",
        "subject": PATIENT,
        "code": concept(SNOMED, "173747005"),
    }
    assert len(chart(reading, procedures=bundle(bypass)).facts.procedures.items) == 1
    aborted = {**bypass, "status": "Not Done"}
    assert chart(reading, procedures=bundle(aborted)).facts.procedures.items == ()


def test_a_diagnosis_entered_in_error_in_words(reading: Reading) -> None:
    mistaken = {**CONDITION, "verificationStatus": {"text": "Entered in Error"}}
    assert chart(reading, conditions=bundle(mistaken)).facts.conditions.items == ()


def test_a_result_without_a_readable_date_is_a_gap(reading: Reading) -> None:
    undated = lab("777-3", **quantity(8, "10*9/L"), effectiveDateTime="9.6.2026")
    facts = chart(reading, labs=bundle(undated)).facts
    assert facts.gaps == (Gap("labs", "no-date", "Observation/o1"),)


@pytest.mark.parametrize(
    ("when", "complete"), [("2026-06-01 09:00", True), ("1.6.2026", False), (None, False)]
)
def test_a_dose_that_was_given_nobody_knows_when(
    when: str | None, complete: bool, reading: Reading
) -> None:
    """Nobody can conclude from such a list that there was no B12 of late."""
    given = {
        **order(status="completed", effectiveDateTime=when),
        "resourceType": "MedicationAdministration",
    }
    facts = chart(reading, medications=bundle(given)).facts
    assert facts.medications.complete is complete
    assert (Gap("medications", "no-date", "MedicationAdministration/m1") in facts.gaps) != complete


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationOrder"])
def test_an_order_on_record_without_a_status(kind: str, reading: Reading) -> None:
    """Versions before R4 allow it; on record it is no draft, and never goes unseen."""
    body = {key: value for key, value in order().items() if key != "status"}
    found = chart(reading, medications=bundle({**body, "resourceType": kind}))
    (item,) = found.facts.medications.items
    assert item.status is OrderStatus.UNKNOWN


def test_an_order_whose_drug_is_withheld_is_told(reading: Reading) -> None:
    masked = order(medicationCodeableConcept={"extension": [{"url": "https://x/masked"}]})
    facts = chart(reading, medications=bundle(masked)).facts
    assert facts.gaps == (Gap("medications", "no-medication", "MedicationRequest/m1"),)
