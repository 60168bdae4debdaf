"""Requests, statements and administrations become orders, in every version's spelling."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fhir_mappers.errors import UnreadableError
from fhir_mappers.medications import Ordered, read_order
from fhir_mappers.reading import Reading
from fhir_mappers.references import Medications, gather_medications
from regimens.orders import OrderSource, OrderStatus, Reason, Route
from regimens.substances import Substance
from tests.fhir_mappers.builders import PATIENT, RXNORM, SNOMED, Json, concept, order, raw

NONE = Medications({})
HYDROXO = concept(RXNORM, "317106", "Hydroxocobalamin")
MEDICATION = {"resourceType": "Medication", "id": "x", "code": HYDROXO}


def read(body: Json, reading: Reading, known: Medications = NONE) -> Ordered | None:
    return read_order(raw(body), body["resourceType"], 3, reading, known)


def ordered(body: Json, reading: Reading, known: Medications = NONE) -> Ordered:
    found = read(body, reading, known)
    assert found is not None
    return found


def test_an_ordinary_request(reading: Reading) -> None:
    """Reference, status, dates, reason, note and patient."""
    body = order(
        authoredOn="2026-05-01T09:00:00Z",
        dispenseRequest={"validityPeriod": {"start": "2026-05-01", "end": "2027-05"}},
        reasonCode=[concept(SNOMED, "84027009", "Pernicious anaemia")],
        priorPrescription={"reference": "https://x/fhir/MedicationRequest/old"},
        note=[{"text": "patient prefers mornings"}],
    )
    found = ordered(body, reading)
    assert found.patient == "p1"
    assert found.order.reference == "MedicationRequest/m1"
    assert found.order.status is OrderStatus.ACTIVE
    assert found.order.authored_on == date(2026, 5, 1)
    assert found.order.ends_on == date(2027, 5, 31)
    assert found.order.reasons == (Reason("Pernicious anaemia", frozenset({"pernicious anaemia"})),)
    assert found.order.revises == "MedicationRequest/old"
    assert found.order.note == "patient prefers mornings"


@pytest.mark.parametrize("status", [status.value for status in OrderStatus])
def test_each_status_is_kept(status: str, reading: Reading) -> None:
    """The domain judges what a status means."""
    assert ordered(order(status=status), reading).order.status == status


def test_a_status_that_fhir_does_not_have_is_unknown(reading: Reading) -> None:
    """A word of the record's own is not taken for active."""
    assert ordered(order(status="running"), reading).order.status is OrderStatus.UNKNOWN
    assert ordered(order(status=None), reading).order.status is OrderStatus.DRAFT


@pytest.mark.parametrize(
    "more", [{"doNotPerform": True}, {"intent": "proposal"}, {"intent": "option"}]
)
def test_what_orders_nothing_is_no_order(more: Json, reading: Reading) -> None:
    """An order not to give, and a mere proposal, are no therapy."""
    assert read(order(**more), reading) is None


def test_a_request_without_a_medication(reading: Reading) -> None:
    """No drug yet is not the same as a drug that could not be read."""
    found = ordered(order(medicationCodeableConcept=None), reading)
    assert (found.order.medicine, found.order.medicine_unresolved) == (None, False)


def pointed(reference: object, **more: object) -> Json:
    return order(medicationCodeableConcept=None, medicationReference=reference, **more)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ({"reference": "Medication/x"}, None),
        ({"reference": "https://ehr.example/fhir/Medication/x"}, None),
        ({"reference": "https://ehr.example/fhir/Medication/x/_history/2"}, None),
        ({"reference": "urn:uuid:42"}, "urn:uuid:42"),
        ({"reference": "https://other/fhir/Medication/9"}, "https://other/fhir/Medication/9"),
        ("Medication/x", None),
    ],
)
def test_a_reference_to_a_drug_is_followed(
    reference: object, url: str | None, reading: Reading
) -> None:
    """Relative, absolute, versioned and urn:uuid references lead to the Medication."""
    known = gather_medications([raw(MEDICATION)], [url])
    found = ordered(pointed(reference), reading, known).order
    assert found.contains(Substance.HYDROXOCOBALAMIN)
    assert not found.medicine_unresolved


@pytest.mark.parametrize("id_", ["med", "#med"])
def test_a_contained_drug_is_found(id_: str, reading: Reading) -> None:
    """#id points into the same resource, among others contained there."""
    others = {"resourceType": "Practitioner", "id": "med"}
    contained = [others, {**MEDICATION, "id": id_}]
    found = ordered(pointed({"reference": "#med"}, contained=contained), reading)
    assert found.order.contains(Substance.HYDROXOCOBALAMIN)


def test_a_display_names_a_drug_that_is_not_at_hand(reading: Reading) -> None:
    """The words of a reference count as text when nothing better is known."""
    body = pointed({"reference": "Medication/9", "display": "Hydroxocobalamin 1mg/1ml injection"})
    medicine = ordered(body, reading).order.medicine
    assert medicine is not None
    assert medicine.by_text
    assert medicine.substances == frozenset({Substance.HYDROXOCOBALAMIN})


def test_a_display_names_a_drug_that_has_but_a_code_of_its_own(reading: Reading) -> None:
    """A local code says nothing here; the words beside the reference do."""
    local = {"resourceType": "Medication", "id": "med", "code": concept("urn:local", "77")}
    named = {"reference": "#med", "display": "Hydroxocobalamin 1mg/1ml injection"}
    found = ordered(pointed(named, contained=[local]), reading)
    assert found.order.contains(Substance.HYDROXOCOBALAMIN)
    unnamed = ordered(pointed({"reference": "#med"}, contained=[local]), reading)
    assert not unnamed.order.medicine_unresolved


def test_a_reference_that_leads_nowhere_is_said(reading: Reading) -> None:
    """The drug is not read, and where it should have been is known."""
    found = ordered(pointed({"reference": "Medication/9"}), reading)
    assert (found.order.medicine, found.order.medicine_unresolved) == (None, True)
    assert found.unresolved == "Medication/9"


def test_a_medication_may_tell_only_its_ingredients(reading: Reading) -> None:
    """A compounded product without a code of its own is the sum of its ingredients."""
    body = {
        "resourceType": "Medication",
        "id": "x",
        "ingredient": [
            {"itemCodeableConcept": concept(RXNORM, "11248")},
            {"itemCodeableConcept": concept(RXNORM, "4511")},
        ],
    }
    known = gather_medications([raw(body)])
    found = ordered(pointed({"reference": "Medication/x"}), reading, known).order
    assert found.medicine is not None
    assert found.medicine.substances == {Substance.CYANOCOBALAMIN, Substance.FOLIC_ACID}


def test_an_unreadable_medication_is_left_out(reading: Reading) -> None:
    """One broken Medication does not spoil the others."""
    known = gather_medications([raw({"resourceType": "Medication", "code": 5}), raw(MEDICATION)])
    assert ordered(pointed({"reference": "Medication/x"}), reading, known).order.medicine


def test_a_dstu2_order(reading: Reading) -> None:
    """MedicationOrder names patient, date, reason and dose differently."""
    body = {
        "resourceType": "MedicationOrder",
        "id": "d2",
        "status": "draft",
        "dateWritten": "2026-06-01",
        "patient": PATIENT,
        "reasonCodeableConcept": {"text": "Vegan"},
        "medicationCodeableConcept": concept(RXNORM, "309593"),
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnits": "d"}},
                "doseQuantity": {"value": 1, "code": "mg"},
            }
        ],
    }
    found = ordered(body, reading)
    assert (found.patient, found.order.reference) == ("p1", "MedicationOrder/d2")
    assert found.order.authored_on == date(2026, 6, 1)
    assert found.order.reasons[0].concepts == {"vegan or strictly vegetarian diet"}
    daily = found.order.daily_micrograms(found.order.phases[0], Substance.CYANOCOBALAMIN)
    assert daily == Decimal(1000)


def test_an_r5_request(reading: Reading) -> None:
    """R5 wraps drug and reason in a concept or a reference."""
    body = order(
        medicationCodeableConcept=None,
        medication={"concept": HYDROXO},
        reason=[{"concept": {"text": "Vegan"}}, {"reference": {"display": "Coeliac disease"}}],
    )
    found = ordered(body, reading).order
    assert found.contains(Substance.HYDROXOCOBALAMIN)
    assert [reason.concepts for reason in found.reasons] == [
        {"vegan or strictly vegetarian diet"},
        {"coeliac disease"},
    ]


def test_an_r5_request_that_points(reading: Reading) -> None:
    """R5 points to a Medication inside the same element."""
    body = order(
        medicationCodeableConcept=None, medication={"reference": {"reference": "Medication/x"}}
    )
    known = gather_medications([raw(MEDICATION)])
    assert ordered(body, reading, known).order.contains(Substance.HYDROXOCOBALAMIN)


def test_a_reason_may_name_a_drug(reading: Reading) -> None:
    """Premedication for pemetrexed is told by the reason alone."""
    body = order(reasonCode=[{"text": "Premedication for pemetrexed"}])
    assert ordered(body, reading).order.reasons[0].concepts == {"pemetrexed"}


def test_a_reason_may_list_several_things(reading: Reading) -> None:
    """Each part of a list of reasons is read as a name of its own; a denied part names nothing."""
    body = order(reasonCode=[{"text": "Folate: planning pregnancy, BMI 35; no pernicious anaemia"}])
    assert ordered(body, reading).order.reasons[0].concepts == {"pregnancy planned"}


def test_why_it_was_stopped_is_a_reason(reading: Reading) -> None:
    """The reason of a status tells why an order ended."""
    body = order(status="stopped", statusReason={"text": "B12 level high"})
    assert ordered(body, reading).order.reasons[0].text == "B12 level high"


def statement(**more: object) -> Json:
    base = {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "subject": PATIENT,
        "medicationCodeableConcept": HYDROXO,
    }
    return {**base, **more}


def test_a_statement(reading: Reading) -> None:
    """What a patient is said to take, from when to when."""
    body = statement(
        effectivePeriod={"start": "2025-01", "end": "2026-01"},
        dateAsserted="2026-02-01",
        dosage=[{"text": "1 mg IM every 3 months"}],
    )
    found = ordered(body, reading).order
    assert found.source is OrderSource.STATEMENT
    assert (found.starts_on, found.ends_on) == (date(2025, 1, 1), date(2026, 1, 31))
    assert found.authored_on == date(2026, 2, 1)
    assert found.phases[0].route is Route.INTRAMUSCULAR


@pytest.mark.parametrize(
    "more",
    [
        {"status": "not-taken"},
        {"status": "entered-in-error"},
        {"taken": "n"},
        {"wasNotTaken": True},
    ],
)
def test_what_is_not_taken_is_no_therapy(more: Json, reading: Reading) -> None:
    """A drug that is said not to be taken leaves no trace."""
    assert read(statement(**more), reading) is None


def administration(**more: object) -> Json:
    base = {
        "resourceType": "MedicationAdministration",
        "id": "g1",
        "status": "completed",
        "subject": PATIENT,
        "medicationCodeableConcept": HYDROXO,
        "effectiveDateTime": "2026-06-01T09:00:00Z",
    }
    return {**base, **more}


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"effectiveDateTime": None, "effectivePeriod": {"end": "2026-06-01"}},
        {"effectiveDateTime": None, "effectiveTimeDateTime": "2026-06-01"},
        {"effectiveDateTime": None, "occurenceDateTime": "2026-06-01"},
        {"effectiveDateTime": None, "occurencePeriod": {"start": "2026-06-01"}},
    ],
)
def test_an_administration(when: Json, reading: Reading) -> None:
    """A dose that was given, with its day, in each version's spelling."""
    body = administration(dosage={"dose": {"value": 1, "unit": "mg"}}, **when)
    found = ordered(body, reading).order
    assert (found.source, found.given_on) == (OrderSource.ADMINISTRATION, date(2026, 6, 1))
    assert found.micrograms(found.phases[0], Substance.HYDROXOCOBALAMIN) == Decimal(1000)


@pytest.mark.parametrize(
    "more",
    [
        {"status": "not-done"},
        {"status": "entered-in-error"},
        {"wasNotGiven": True},
        {"notGiven": True},
    ],
)
def test_a_dose_that_was_not_given_is_none(more: Json, reading: Reading) -> None:
    """A dose that was withheld leaves no trace."""
    assert read(administration(**more), reading) is None


def test_the_dosage_of_other_drugs_is_not_read(reading: Reading) -> None:
    """A drug that no rule knows is kept by name only."""
    body = order(
        medicationCodeableConcept={"text": "Amoxicillin"}, dosageInstruction=[{"text": "x"}]
    )
    found = ordered(body, reading).order
    assert found.medicine is not None
    assert (found.medicine.text, found.phases[0].text) == ("Amoxicillin", None)


def test_no_order_has_hundreds_of_instructions(reading: Reading) -> None:
    """Such an order is a gap: to weigh thousands of them against each other takes for ever."""
    most = order(dosageInstruction=[{"text": "1 mg"}] * 100)
    assert len(ordered(most, reading).order.phases) == 100
    with pytest.raises(UnreadableError, match="too many instructions"):
        read(order(dosageInstruction=[{"text": "1 mg"}] * 101), reading)


def test_a_request_without_an_id_is_named_by_its_place(reading: Reading) -> None:
    """The place in the list is stable within a call, and no id can equal it."""
    assert ordered(order(id=None), reading).order.reference == "MedicationRequest/#3"
