"""What only one FHIR version says, and where it is found after reading."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

import pytest

from fhir_mappers.drafts import read_drafts
from fhir_mappers.labs import read_results
from fhir_mappers.medications import Ordered, read_order
from fhir_mappers.medicines import medicine_of
from fhir_mappers.reading import Reading
from fhir_mappers.references import gather_medications
from fhir_mappers.shapes.elements import Shape
from fhir_mappers.shapes.medications import Medication
from fhir_mappers.shapes.records import AllergyIntolerance, Condition, Procedure
from fhir_mappers.versions.inward import read
from regimens.facts import Analyte
from regimens.orders import OrderStatus
from regimens.substances import Substance
from tests.fhir_mappers.builders import LOINC, PATIENT, Json, bundle, concept, lab, quantity, raw

S = TypeVar("S", bound=Shape)

HYDROXO = {"text": "Hydroxocobalamin 1 mg/mL injection"}


def statement(**more: object) -> Json:
    return {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "recorded",
        "medication": {"concept": HYDROXO},
        "subject": PATIENT,
        **more,
    }


def dstu2_order(**more: object) -> Json:
    return {
        "resourceType": "MedicationOrder",
        "id": "m1",
        "status": "active",
        "medicationCodeableConcept": HYDROXO,
        "patient": PATIENT,
        **more,
    }


def ordered(body: Json, reading: Reading) -> Ordered | None:
    return read_order(raw(body), body["resourceType"], 0, reading, gather_medications(()))


def known(body: Json, reading: Reading) -> Ordered:
    found = ordered(body, reading)
    assert found is not None
    return found


def shape(body: Json, wanted: type[S]) -> S:
    return read(raw(body), wanted)


def test_an_order_that_was_ended(reading: Reading) -> None:
    """The day on which a DSTU2 order was stopped is the last of the therapy."""
    found = known(dstu2_order(status="stopped", dateEnded="2026-03-01"), reading)
    assert found.order.ends_on == date(2026, 3, 1)
    assert found.order.status is OrderStatus.STOPPED


def test_an_order_that_was_ended_before_its_validity_was_over(reading: Reading) -> None:
    """Ended is ended, however long it could have been dispensed."""
    validity = {"validityPeriod": {"start": "2026-01-01", "end": "2026-12-31"}}
    body = dstu2_order(dateEnded="2026-03-01", dispenseRequest=validity)
    assert known(body, reading).order.ends_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("adherence", "status"),
    [
        ("taking", OrderStatus.ACTIVE),
        ("taking-as-directed", OrderStatus.ACTIVE),
        ("unknown", OrderStatus.ACTIVE),
        ("on-hold", OrderStatus.ON_HOLD),
        ("stopped", OrderStatus.STOPPED),
        ("stopped-as-directed", OrderStatus.STOPPED),
    ],
)
def test_adherence(adherence: str, status: OrderStatus, reading: Reading) -> None:
    """An R5 statement is merely recorded; the adherence tells whether the drug is taken."""
    body = statement(adherence={"code": {"coding": [{"code": adherence}]}})
    assert known(body, reading).order.status is status


def test_a_drug_that_is_not_taken(reading: Reading) -> None:
    """A drug that the patient never took is no therapy, in the words of every version."""
    r5 = statement(adherence={"code": {"coding": [{"code": "not-taking"}]}})
    stu3 = statement(status="active", taken="n")
    dstu2 = statement(status="active", wasNotTaken=True)
    assert [ordered(body, reading) for body in (r5, stu3, dstu2)] == [None] * 3


def test_a_statement_entered_in_error_stays_one(reading: Reading) -> None:
    """No adherence revives it."""
    body = statement(
        status="entered-in-error", adherence={"code": {"coding": [{"code": "stopped"}]}}
    )
    assert ordered(body, reading) is None


def test_as_needed_for_a_reason(reading: Reading) -> None:
    """An R5 instruction with reasons for taking it is as needed, without a flag beside them."""
    dosage = [{"text": "1 mg", "asNeededFor": [{"text": "tiredness"}]}]
    body = {**statement(), "resourceType": "MedicationRequest", "dosageInstruction": dosage}
    assert known(body, reading).order.phases[0].timing.as_needed


@pytest.mark.parametrize("spelling", ["occurenceDateTime", "occurrenceDateTime"])
def test_when_a_dose_was_given(spelling: str, reading: Reading) -> None:
    """R5 misspells the day of an administration; correctly spelled it is understood as well."""
    body = {
        **statement(status="completed"),
        "resourceType": "MedicationAdministration",
        spelling: "2026-06-01",
    }
    assert known(body, reading).order.given_on == date(2026, 6, 1)


def test_a_product_of_dstu2(reading: Reading) -> None:
    """The ingredients of a DSTU2 medication stand under its product."""
    item = {"item": {"reference": "#s", "display": "Hydroxocobalamin"}}
    body = {"resourceType": "Medication", "product": {"ingredient": [item]}}
    medicine = medicine_of(shape(body, Medication), reading)
    assert medicine is not None
    assert medicine.substances == {Substance.HYDROXOCOBALAMIN}


def test_a_range_of_treatment_is_not_the_normal_one(reading: Reading) -> None:
    """DSTU2 says with `meaning` what a reference range is for."""
    treated = {"meaning": {"coding": [{"code": "therapeutic"}]}, "low": {"value": 500}}
    normal = {"meaning": {"coding": [{"code": "normal"}]}, "low": {"value": 180}}
    body = lab("2132-9", **quantity(200, "ng/L"), referenceRange=[treated, normal])
    (result,), _ = read_results(raw(body), 0, reading)
    assert result.lower_limit == 180


def test_tests_that_one_order_lists(reading: Reading) -> None:
    """A DiagnosticOrder of DSTU2 orders several tests at once."""
    items = [{"code": concept(LOINC, code)} for code in ("2132-9", "718-7")]
    body = {"resourceType": "DiagnosticOrder", "id": "d", "status": "draft", "item": items}
    found = read_drafts(raw(bundle(body)), reading).draft_set.tests
    assert found == {Analyte.B12, Analyte.HAEMOGLOBIN}


def test_a_review_booked_in_r5(reading: Reading) -> None:
    """R5 wraps what an appointment is for once more."""
    service = [{"concept": {"text": "Follow-up of anaemia"}}]
    body = {"resourceType": "Appointment", "id": "a", "status": "proposed", "serviceType": service}
    assert read_drafts(raw(bundle(body)), reading).draft_set.review_planned


def test_a_condition_of_dstu2() -> None:
    """Its patient and its statuses, plain words there, are those of R4 after reading."""
    body = {
        "resourceType": "Condition",
        "patient": PATIENT,
        "clinicalStatus": "active",
        "verificationStatus": "confirmed",
    }
    found = shape(body, Condition)
    assert found.subject is not None
    assert found.subject.reference == "Patient/p1"
    assert found.clinical_status is not None
    assert found.clinical_status.text == "active"


@pytest.mark.parametrize("flag", ["notPerformed", "notDone"])
def test_a_procedure_that_was_not_done(flag: str) -> None:
    """DSTU2 and STU3 deny with a flag what R4 denies with a status."""
    body = {"resourceType": "Procedure", "status": "completed", flag: True}
    assert shape(body, Procedure).status == "not-done"


def test_an_allergy_of_dstu2() -> None:
    """Its substance is what the patient is allergic to."""
    body = {"resourceType": "AllergyIntolerance", "substance": HYDROXO, "status": "refuted"}
    found = shape(body, AllergyIntolerance)
    assert found.code is not None
    assert found.code.text == HYDROXO["text"]
    assert found.clinical_status is not None
    assert found.clinical_status.text == "refuted"


def test_what_r4_says_is_not_overwritten() -> None:
    """Of a hybrid, R4's own place counts."""
    other = {"reference": "Patient/p2"}
    body = {"resourceType": "Condition", "subject": PATIENT, "patient": other}
    found = shape(body, Condition)
    assert found.subject is not None
    assert found.subject.reference == "Patient/p1"
