"""Draft sets in every shape that clients send, hybrids of FHIR versions included."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fhir_mappers.drafts import Drafts, read_drafts
from fhir_mappers.envelope import read_listed
from fhir_mappers.reading import Reading
from regimens.facts import Analyte
from regimens.orders import Order, OrderStatus
from regimens.substances import Substance
from tests.fhir_mappers.builders import LOINC, PATIENT, RXNORM, Json, bundle, concept, order, raw

CY, HY = Substance.CYANOCOBALAMIN, Substance.HYDROXOCOBALAMIN
B12_TABLET = concept(RXNORM, "309593", "Vitamin B 12 1 MG Oral Tablet")
MEDICATION = {
    "resourceType": "Medication",
    "id": "x",
    "code": {
        "coding": [
            {"system": "urn:oid:2.16.840.1.113883.6.88", "code": "5514"},
            {"system": "urn:oid:2.16.840.1.113883.6.88", "code": "317106"},
            {"system": "urn:oid:2.16.840.1.113883.6.68", "code": "12345"},
        ]
    },
}
DOSE_AND_RATE: Json = {"doseQuantity": {"value": 1, "unit": "mg"}}
R4_DOSAGE: Json = {
    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    "doseAndRate": [DOSE_AND_RATE],
}
STU3_DOSAGE = {
    "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
    "doseQuantity": {"value": 1, "unit": "mg"},
}


def draft(**more: object) -> Json:
    base = {
        "resourceType": "MedicationRequest",
        "id": "request-123",
        "status": "draft",
        "subject": PATIENT,
        "medicationCodeableConcept": B12_TABLET,
        "dosageInstruction": [R4_DOSAGE],
    }
    return {**base, **more}


def untyped_bundle(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}


def read(value: object, reading: Reading) -> Drafts:
    return read_drafts(raw(value), reading)


def only(value: object, reading: Reading) -> Order:
    drafts = read(value, reading)
    assert drafts.draft_set.gaps == ()
    assert len(drafts.draft_set.orders) == 1
    return drafts.draft_set.orders[0]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(bundle(draft()), id="searchset"),
        pytest.param(untyped_bundle(draft()), id="bundle without type"),
        pytest.param([draft()], id="bare array"),
        pytest.param(draft(), id="one resource"),
        pytest.param(
            untyped_bundle(
                {"resourceType": "NutritionOrder", "status": "draft"},
                draft(dosageInstruction=[{**R4_DOSAGE, "doseAndRate": DOSE_AND_RATE}]),
            ),
            id="order-select R4: doseAndRate object, nutrition order beside",
        ),
        pytest.param(
            untyped_bundle(draft(dosageInstruction=[STU3_DOSAGE])), id="order-sign R4: STU3 dosage"
        ),
        pytest.param(untyped_bundle(draft(intent="order")), id="order-sign STU3: R4 dosage"),
        pytest.param(
            untyped_bundle(draft(category={"coding": [{"code": "outpatient"}]})),
            id="sandbox after a drug is picked: category object",
        ),
        pytest.param(
            untyped_bundle(
                draft(category={"coding": [{"code": "inpatient"}]}, dosageInstruction=[STU3_DOSAGE])
            ),
            id="Epic's documentation",
        ),
        pytest.param(
            untyped_bundle(
                {
                    "resourceType": "MedicationOrder",
                    "id": "x",
                    "status": "draft",
                    "patient": PATIENT,
                    "medicationCodeableConcept": concept(RXNORM, "309593"),
                    "dosageInstruction": [
                        {
                            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnits": "d"}},
                            "doseQuantity": {"value": 1, "code": "mg"},
                        }
                    ],
                }
            ),
            id="medication-prescribe DSTU2",
        ),
        pytest.param(
            untyped_bundle(draft(dosageInstruction=R4_DOSAGE, note=None, extension=[])),
            id="dosage object, null, empty list",
        ),
        pytest.param(
            untyped_bundle(
                draft(
                    dosageInstruction=[
                        {
                            "timing": {
                                "repeat": {"frequency": "1", "period": "1", "periodUnit": "d"}
                            },
                            "doseAndRate": [{"doseQuantity": {"value": "1", "unit": "mg"}}],
                        }
                    ]
                )
            ),
            id="numbers as text",
        ),
    ],
)
def test_every_shape_is_the_same_order(value: object, reading: Reading) -> None:
    """1 mg of cyanocobalamin a day, whoever sends it in whichever mixture of versions."""
    found = only(value, reading)
    assert found.status is OrderStatus.DRAFT
    assert found.contains(CY)
    assert found.daily_micrograms(found.phases[0], CY) == Decimal(1000)


def test_the_sandboxs_first_call(reading: Reading) -> None:
    """No intent, no medication, no Bundle type: an order that names no drug yet."""
    body = {"resourceType": "MedicationRequest", "id": "request-123", "status": "draft"}
    found = only(untyped_bundle(body), reading)
    assert (found.medicine, found.medicine_unresolved) == (None, False)


@pytest.mark.parametrize(
    "reference",
    [
        "Medication/x",
        "https://ehr.example/api/FHIR/R4/Medication/x",
    ],
)
def test_epic_sends_the_medication_as_another_entry(reference: str, reading: Reading) -> None:
    """The drug stands in the same Bundle, with ingredient and product codes side by side."""
    body = draft(medicationCodeableConcept=None, medicationReference={"reference": reference})
    found = only(untyped_bundle(body, MEDICATION), reading)
    assert found.contains(HY)


def test_a_fetched_medication_resolves_a_draft(reading: Reading) -> None:
    """A drug that the set only points to may be fetched and handed in."""
    body = draft(medicationCodeableConcept=None, medicationReference={"reference": "Medication/x"})
    alone = read(untyped_bundle(body), reading)
    assert alone.unresolved == ("Medication/x",)
    assert alone.draft_set.orders[0].medicine_unresolved
    assert [gap.kind for gap in alone.draft_set.gaps] == ["unresolved-medication"]
    fetched = read_listed(raw(MEDICATION))
    found = read_drafts(raw(untyped_bundle(body)), reading, medications=fetched)
    assert found.draft_set.orders[0].contains(HY)


@pytest.mark.parametrize("value", [None, b"null", b"{}", b'{"resourceType":"Bundle"}', b"[]"])
def test_no_drafts_are_an_empty_set(value: bytes | None, reading: Reading) -> None:
    """Nothing, null and an empty Bundle hold no orders and no gap."""
    found = read_drafts(value, reading)
    assert (found.draft_set.orders, found.draft_set.gaps) == ((), ())


def test_more_drafts_than_anybody_signs_are_not_compared_with_each_other(reading: Reading) -> None:
    """What is beyond is a gap; drafts of drugs that no rule knows are not counted."""
    others = [order(id=f"x{n}", medicationCodeableConcept={"text": "Zinc"}) for n in range(50)]
    ours = [order(id=f"d{n}", medicationCodeableConcept=B12_TABLET) for n in range(51)]
    found = read_drafts(raw([*others, *ours]), reading).draft_set
    assert len(found.orders) == 100
    assert [gap.where for gap in found.gaps] == ["#100 MedicationRequest: too many drafts"]


def test_an_unreadable_draft_is_a_gap(reading: Reading) -> None:
    """One broken draft does not hide the others, and its content is not told."""
    broken = draft(id="secret", dosageInstruction=[{"doseQuantity": {"value": "much"}}])
    found = read(untyped_bundle(broken, draft()), reading)
    assert len(found.draft_set.orders) == 1
    assert [gap.kind for gap in found.draft_set.gaps] == ["unreadable"]
    assert "much" not in str(found.draft_set.gaps)


@pytest.mark.parametrize("status", ["stopped", "cancelled", "entered-in-error", "active"])
def test_drafts_of_every_status_are_kept(status: str, reading: Reading) -> None:
    """A stopped order in the set is what some rules are about."""
    assert only(untyped_bundle(draft(status=status)), reading).status == status


def test_drafts_without_an_id_keep_their_place(reading: Reading) -> None:
    """Two drafts without an id are two orders."""
    found = read([draft(id=None), draft(id=None)], reading)
    references = [one.reference for one in found.draft_set.orders]
    assert references == ["MedicationRequest/#0", "MedicationRequest/#1"]


@pytest.mark.parametrize(
    ("selections", "selected"),
    [
        (["MedicationRequest/a"], {"MedicationRequest/a"}),
        (["a"], {"MedicationRequest/a"}),
        (["https://ehr/fhir/MedicationRequest/b"], {"MedicationRequest/b"}),
        (["MedicationRequest/zzz"], None),
        ([], None),
    ],
)
def test_selections(selections: list[str], selected: set[str] | None, reading: Reading) -> None:
    """Selections name drafts by reference or id; none or unmatched means all."""
    value = raw([draft(id="a"), draft(id="b")])
    found = read_drafts(value, reading, selections=selections)
    assert found.draft_set.selected == selected


def service_request(**more: object) -> Json:
    base = {"resourceType": "ServiceRequest", "status": "draft", "subject": PATIENT}
    return {**base, **more}


@pytest.mark.parametrize(
    ("body", "tests"),
    [
        (service_request(code=concept(LOINC, "2823-3")), {Analyte.POTASSIUM}),
        (service_request(code={"text": "Potassium"}), {Analyte.POTASSIUM}),
        (service_request(code={"concept": {"text": "Potassium"}}), {Analyte.POTASSIUM}),
        (
            service_request(code=concept("http://www.ama-assn.org/go/cpt", "82607")),
            {Analyte.B12},
        ),
        (
            {"resourceType": "ProcedureRequest", "code": concept(LOINC, "2823-3")},
            {Analyte.POTASSIUM},
        ),
        (service_request(code=concept(LOINC, "2823-3"), status="revoked"), set()),
        (service_request(code=concept(LOINC, "2823-3"), doNotPerform=True), set()),
        (service_request(code={"text": "X-ray"}), set()),
        ({"resourceType": "Task", "description": "Potassium"}, set()),
    ],
)
def test_tests_in_the_set(body: Json, tests: set[Analyte], reading: Reading) -> None:
    """Laboratory orders beside the drug count, unless they are called off."""
    assert read([body], reading).draft_set.tests == tests


@pytest.mark.parametrize(
    ("body", "planned"),
    [
        ({"resourceType": "Task", "description": "Review B12 in 8 weeks"}, True),
        ({"resourceType": "Task", "code": {"text": "Follow-up"}}, True),
        ({"resourceType": "Appointment", "appointmentType": {"text": "follow up visit"}}, True),
        ({"resourceType": "Appointment", "serviceType": [{"text": "Review"}]}, True),
        (service_request(code={"text": "Clinical review"}), True),
        (service_request(note=[{"text": "recheck in 3 months"}]), True),
        ({"resourceType": "Task", "description": "Review", "status": "cancelled"}, False),
        ({"resourceType": "Task", "description": "Give preview leaflet"}, False),
        (service_request(code={"text": "Potassium"}), False),
    ],
)
def test_a_planned_review(body: Json, planned: bool, reading: Reading) -> None:
    """A Task, Appointment or request that says review or follow-up plans one."""
    assert read([body], reading).draft_set.review_planned is planned


def test_whose_drafts_they_are(reading: Reading) -> None:
    """Every patient that the set speaks of is named, for the check against the call's own."""
    other = {"reference": "https://ehr/fhir/Patient/p2"}
    found = read([draft(), service_request(subject=other)], reading)
    assert found.patients == {"p1", "p2"}


def test_a_draft_is_kept_as_it_was_received(reading: Reading) -> None:
    """An update edits the received draft, so all of it is kept, exactly."""
    body = {**draft(), "extension": [{"url": "x", "valueDecimal": 1.10}], "priority": None}
    kept = read_drafts(raw(body), reading).raw["MedicationRequest/request-123"]
    assert kept["extension"][0]["valueDecimal"] == Decimal("1.1")
    assert kept.keys() == body.keys()


def test_a_fresh_order_and_a_chart_order_read_alike(reading: Reading) -> None:
    """An order reads the same as a draft and as part of the record."""
    assert only(order(), reading).medicine == only(order(status="draft"), reading).medicine
