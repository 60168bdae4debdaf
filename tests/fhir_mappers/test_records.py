"""Patient, conditions, procedures and allergies as facts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fhir_mappers.allergies import read_allergy
from fhir_mappers.conditions import read_condition
from fhir_mappers.errors import UnreadableError
from fhir_mappers.lengths import bowel_length
from fhir_mappers.patient import read_patient
from fhir_mappers.procedures import read_procedure
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.elements import Extension, Quantity
from regimens.concepts import Concept
from regimens.facts import Allergen, Allergy, ClinicalState, Condition, Procedure, Sex
from regimens.substances import Substance
from tests.fhir_mappers.builders import PATIENT, RXNORM, SNOMED, Json, concept, raw

STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def coded(code: str) -> Json:
    return {"coding": [{"system": STATUS, "code": code}]}


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("1960-02-29", date(1960, 2, 29)),
        ("1960-02", date(1960, 2, 29)),
        ("1960", date(1960, 12, 31)),
        ("1948-7-9", date(1948, 7, 9)),
        ("unknown", None),
        (None, None),
    ],
)
def test_a_partial_birth_date_is_its_last_day(
    text: str | None, born: date | None, reading: Reading
) -> None:
    """A patient is never counted older than certain."""
    body = {"resourceType": "Patient", "id": "p1", "birthDate": text}
    assert read_patient(raw(body), reading).birth_date == born


@pytest.mark.parametrize(
    ("gender", "sex"),
    [
        ("female", Sex.FEMALE),
        ("male", Sex.MALE),
        ("F", Sex.FEMALE),
        ("unknown", None),
        (None, None),
    ],
)
def test_sex_is_known_or_not(gender: str | None, sex: Sex | None, reading: Reading) -> None:
    """Other and unknown are not known to a formula."""
    body = {"resourceType": "Patient", "gender": gender}
    assert read_patient(raw(body), reading).sex is sex


@pytest.mark.parametrize(
    ("more", "deceased"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2025"}, True),
    ],
)
def test_death_is_recorded_either_way(more: Json, deceased: bool, reading: Reading) -> None:
    """A date of death says as much as the flag."""
    assert read_patient(raw({"resourceType": "Patient", **more}), reading).deceased is deceased


def test_another_resource_is_no_patient(reading: Reading) -> None:
    """A Practitioner under the patient key is refused."""
    with pytest.raises(UnreadableError):
        read_patient(raw({"resourceType": "Practitioner"}), reading)


def condition(**more: object) -> Json:
    base = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": PATIENT,
        "code": concept(SNOMED, "84027009", "Pernicious anaemia"),
    }
    return {**base, **more}


def test_an_ordinary_condition(reading: Reading) -> None:
    """Concept, words, state and onset."""
    found, patient = read_condition(raw(condition(onsetDateTime="2020-05")), 0, reading)
    assert patient == "p1"
    assert found == Condition(
        concepts=frozenset({Concept.PERNICIOUS_ANAEMIA}),
        reference="Condition/c1",
        text="Pernicious anaemia",
        onset=date(2020, 5, 1),
    )


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, ClinicalState.ACTIVE),
        ({"clinicalStatus": coded("active")}, ClinicalState.ACTIVE),
        ({"clinicalStatus": coded("recurrence")}, ClinicalState.ACTIVE),
        ({"clinicalStatus": coded("relapse")}, ClinicalState.ACTIVE),
        ({"clinicalStatus": coded("inactive")}, ClinicalState.HISTORICAL),
        ({"clinicalStatus": coded("remission")}, ClinicalState.HISTORICAL),
        ({"clinicalStatus": coded("resolved")}, ClinicalState.HISTORICAL),
        ({"clinicalStatus": "resolved"}, ClinicalState.HISTORICAL),
        ({"clinicalStatus": "active"}, ClinicalState.ACTIVE),
        ({"clinicalStatus": {"text": "Resolved"}}, ClinicalState.HISTORICAL),
        ({"abatementDateTime": "2026-06-15"}, ClinicalState.HISTORICAL),
        ({"abatementDateTime": "2026-06-16"}, ClinicalState.ACTIVE),
        ({"abatementPeriod": {"end": "2020"}}, ClinicalState.HISTORICAL),
        ({"abatementBoolean": True}, ClinicalState.HISTORICAL),
    ],
)
def test_a_condition_without_a_state_is_active(
    more: Json, state: ClinicalState, reading: Reading
) -> None:
    """Only a stated end makes a condition history; plain words of STU3 count."""
    found, _ = read_condition(raw(condition(**more)), 0, reading)
    assert found is not None
    assert found.state is state


@pytest.mark.parametrize(
    "more",
    [
        {"verificationStatus": coded("refuted")},
        {"verificationStatus": coded("entered-in-error")},
        {"verificationStatus": "refuted"},
        {"verificationStatus": "entered-in-error"},
        {"clinicalStatus": "entered-in-error"},
        {"code": concept(SNOMED, "7620006")},
        {"code": {"text": "Family history of pernicious anaemia"}},
        {"code": None},
    ],
)
def test_denied_and_unknown_conditions_are_no_facts(more: Json, reading: Reading) -> None:
    """What was refuted, entered in error, or is none of ours leaves no trace."""
    assert read_condition(raw(condition(**more)), 0, reading)[0] is None


@pytest.mark.parametrize(
    ("texts", "length"),
    [
        (("25 cm of terminal ileum",), "25"),
        (("25cm",), "25"),
        (("250 mm",), "25"),
        (("22.5 centimetres",), "22.5"),
        (("20-30 cm",), "20"),
        (("20 to 30 cm resected",), "20"),
        (("5 cm of caecum and 35 cm of ileum",), "35"),
        (("40 cm", "25 cm"), "40"),
        (("35 cm distal ileum resected",), "35"),
        (("anastomosis 10 cm from the valve",), None),
        (("anastomosis 10 cm proximal to the valve",), None),
        (("30 cm resected, 10 cm from the valve",), "30"),
        (("ileal resection in 1998",), None),
        (("120 kg, 180cmH2O",), None),
        ((None, ""), None),
    ],
)
def test_lengths_in_words(texts: tuple[str | None, ...], length: str | None) -> None:
    """Of a range the lower end, of several lengths the largest; a distance is no length."""
    assert bowel_length(texts, ()) == (None if length is None else Decimal(length))


@pytest.mark.parametrize(
    ("value", "unit", "length"), [("25", "cm", "25"), ("250", "mm", "25"), ("25", "kg", None)]
)
def test_lengths_in_extensions(value: str, unit: str, length: str | None) -> None:
    """An extension may hold the length as a quantity."""
    extension = Extension(url="x", value_quantity=Quantity(value=Decimal(value), unit=unit))
    assert bowel_length((), (extension,)) == (None if length is None else Decimal(length))


def test_the_extent_of_crohns_is_in_its_note(reading: Reading) -> None:
    """A note tells how much of the ileum is diseased."""
    body = condition(code=concept(SNOMED, "38106008"), note=[{"text": "45 cm involved"}])
    found, _ = read_condition(raw(body), 0, reading)
    assert found is not None
    assert found.extent_cm == Decimal(45)


def procedure(**more: object) -> Json:
    base = {
        "resourceType": "Procedure",
        "id": "x1",
        "status": "completed",
        "subject": PATIENT,
        "code": concept(SNOMED, "308752009"),
    }
    return {**base, **more}


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ({"performedDateTime": "2026-06-01T10:00:00Z"}, date(2026, 6, 1)),
        ({"performedPeriod": {"start": "2026-06-01", "end": "2026-06-02"}}, date(2026, 6, 2)),
        ({"performedPeriod": {"start": "2026-06-01"}}, date(2026, 6, 1)),
        ({"occurrenceDateTime": "2026-06-03"}, date(2026, 6, 3)),
        ({"occurrencePeriod": {"end": "2026-06-04"}}, date(2026, 6, 4)),
        ({"performedString": "last spring"}, None),
        ({}, None),
    ],
)
def test_the_day_of_a_procedure(when: Json, day: date | None, reading: Reading) -> None:
    """R4 and R5 spell the time differently."""
    found, _ = read_procedure(raw(procedure(**when)), 0, reading)
    assert found is not None
    assert found.performed_on == day


@pytest.mark.parametrize(
    ("more", "done"),
    [
        ({}, True),
        ({"status": "unknown"}, True),
        ({"status": None}, True),
        ({"status": "not-done"}, False),
        ({"status": "entered-in-error"}, False),
        ({"status": "preparation"}, False),
        ({"status": "in-progress"}, False),
        ({"status": "cancelled"}, False),
        ({"status": "aborted"}, False),
        ({"notDone": True}, False),
        ({"notPerformed": True}, False),
        ({"code": concept(SNOMED, "170818005")}, False),
        ({"code": {"text": "appendicectomy"}}, False),
    ],
)
def test_only_what_was_done_counts(more: Json, done: bool, reading: Reading) -> None:
    """A procedure that was planned, broken off or denied is no history."""
    found, _ = read_procedure(raw(procedure(**more)), 0, reading)
    assert isinstance(found, Procedure) is done


def test_the_length_resected_is_in_the_note(reading: Reading) -> None:
    """No code tells the length; the note does."""
    body = procedure(code=concept(SNOMED, "307193005"), note={"text": "60 cm removed"})
    found, _ = read_procedure(raw(body), 0, reading)
    assert found is not None
    assert found.length_cm == Decimal(60)


def allergy(**more: object) -> Json:
    base = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": PATIENT}
    return {**base, **more}


@pytest.mark.parametrize(
    ("more", "substances", "allergens"),
    [
        ({"code": concept(SNOMED, "1217428002")}, {Substance.HYDROXOCOBALAMIN}, set()),
        ({"code": concept(RXNORM, "11248")}, {Substance.CYANOCOBALAMIN}, set()),
        ({"code": {"text": "Vitamin B12"}}, {Substance.COBALAMIN}, set()),
        ({"code": {"text": "cobalamin"}}, {Substance.COBALAMIN}, set()),
        ({"code": {"text": "Cyanocobalamin"}}, {Substance.CYANOCOBALAMIN}, set()),
        ({"code": {"text": "Allergy to hydroxocobalamin"}}, {Substance.HYDROXOCOBALAMIN}, set()),
        ({"code": {"text": "Methylcobalamin"}}, {Substance.MECOBALAMIN}, set()),
        ({"code": {"text": "No rash but allergic to B12"}}, {Substance.COBALAMIN}, set()),
        ({"code": {"text": "No doubt allergic to B12"}}, {Substance.COBALAMIN}, set()),
        ({"code": {"text": "no change in allergy to B12"}}, {Substance.COBALAMIN}, set()),
        ({"code": {"text": "no known allergies except to B12"}}, {Substance.COBALAMIN}, set()),
        ({"code": {"text": "Cobalt"}}, set(), {Allergen.COBALT}),
        ({"code": {"text": "cobalt allergy"}}, set(), {Allergen.COBALT}),
        ({"code": {"text": "Cobalt chloride: patch test positive"}}, set(), {Allergen.COBALT}),
        ({"code": {"text": "Contact dermatitis, nickel and cobalt"}}, set(), {Allergen.COBALT}),
        ({"code": {"text": "Benzyl alcohol"}}, set(), {Allergen.BENZYL_ALCOHOL}),
        ({"code": {"text": "PEG"}}, set(), {Allergen.MACROGOL}),
        ({"substance": {"text": "Cobalt"}}, set(), {Allergen.COBALT}),
        (
            {"reaction": [{"substance": {"text": "cyanocobalamin"}}]},
            {Substance.CYANOCOBALAMIN},
            set(),
        ),
    ],
)
def test_allergies_by_code_and_name(
    more: Json, substances: set[Substance], allergens: set[Allergen], reading: Reading
) -> None:
    """The words vitamin B12 mean every cobalamin, in every formulary."""
    found, patient = read_allergy(raw(allergy(**more)), 0, reading)
    assert isinstance(found, Allergy)
    assert (set(found.substances), set(found.allergens)) == (substances, allergens)
    assert patient == "p1"


@pytest.mark.parametrize(
    "more",
    [
        {"code": {"text": "Penicillin"}},
        {"code": {"text": "No known drug allergies"}},
        {"code": {"text": "no allergy to cyanocobalamin"}},
        {"code": {"text": "No known allergy to vitamin B12"}},
        {"code": {"text": "no known drug allergy to the cobalamins"}},
        {"code": {"text": "No history of allergy to cyanocobalamin"}},
        {"code": {"text": "Not known to be allergic to hydroxocobalamin"}},
        {"code": {"text": "Denies any previous reaction to B12"}},
        {"code": {"text": "no reported hypersensitivity to cobalt"}},
        {"code": {"text": "No allergy to cobalt"}},
        {"code": {"text": "Vitamin B12"}, "clinicalStatus": coded("resolved")},
        {"code": {"text": "Vitamin B12"}, "clinicalStatus": "inactive"},
        {"code": {"text": "Vitamin B12"}, "verificationStatus": coded("refuted")},
        {"code": {"text": "Vitamin B12"}, "verificationStatus": "entered-in-error"},
        {"code": {"text": "Vitamin B12"}, "status": "refuted"},
    ],
)
def test_other_and_past_allergies_are_no_facts(more: Json, reading: Reading) -> None:
    """What is over, denied or about something else does not count."""
    assert read_allergy(raw(allergy(**more)), 0, reading)[0] is None
