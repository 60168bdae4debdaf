"""Proposals become actions on resources that any R4 server accepts."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fhir_mappers.drafts import Drafts, read_drafts
from fhir_mappers.proposals import ActionType, Desk, RenderedAction, render
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.elements import CodeableConcept, Coding
from fhir_mappers.strict import refusals
from fhir_mappers.tables import texts_of
from regimens.facts import Analyte
from regimens.orders import AmountKind, Route, Site, Timing
from regimens.proposals import (
    BookTask,
    Change,
    CreateOrder,
    DeleteOrder,
    OrderTest,
    PlannedOrder,
    Proposal,
    Purpose,
    UpdateOrder,
)
from regimens.quantities import PeriodUnit
from tests.fhir_mappers.builders import PATIENT, RXNORM, Json, concept, raw
from tests.fhir_mappers.conftest import TODAY
from tests.hapi.fixtures import Validate
from tests.hapi.validation import Issue

D, W, M = PeriodUnit.DAY, PeriodUnit.WEEK, PeriodUnit.MONTH
ROOT = Path(__file__).parents[2]
PRODUCTS = tomllib.loads((ROOT / "regimens/knowledge/products.toml").read_text())["product"]
LOADING = Timing(Decimal(3), Decimal(1), W, bounds_days=14)
EVERY_DAY = Timing(Decimal(1), Decimal(1), D)


@pytest.fixture
def desk(reading: Reading) -> Desk:
    return Desk(reading.codes, "p1", TODAY, "uk", lambda key: f"words of {key}")


def drafts_of(reading: Reading, *resources: Json) -> Drafts:
    return read_drafts(
        raw({"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}), reading
    )


def draft(**more: object) -> Json:
    base = {
        "resourceType": "MedicationRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": PATIENT,
        "medicationCodeableConcept": concept(RXNORM, "309594", "Cyanocobalamin 1,000 mcg/mL"),
        "dosageInstruction": [
            {
                "text": "1,000 mcg IM weekly",
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}},
                "doseAndRate": [{"doseQuantity": {"value": 1000, "unit": "mcg"}}],
            }
        ],
    }
    return {**base, **more}


def one(change: Change, drafts: Drafts, desk: Desk) -> RenderedAction | None:
    actions = render(Proposal("key", (change,)), drafts, desk)
    return actions[0] if actions else None


def updated(change: UpdateOrder, reading: Reading, desk: Desk, body: Json) -> Json:
    action = one(change, drafts_of(reading, body), desk)
    assert action is not None
    assert action.type is ActionType.UPDATE
    assert action.resource is not None
    assert refusals(action.resource) == ()
    return dict(action.resource)


def planned(
    product: str, timing: Timing = LOADING, formulary_route: Route | None = None
) -> PlannedOrder:
    oral = PRODUCTS[product]["form"] == "oral"
    route = formulary_route or (Route.ORAL if oral else Route.INTRAMUSCULAR)
    return PlannedOrder(product, Decimal(1000), route, timing, Purpose.LOADING)


@pytest.mark.parametrize("formulary", ["uk", "us"])
@pytest.mark.parametrize("product", sorted(PRODUCTS))
def test_every_product_can_be_ordered_in_every_formulary(
    product: str, formulary: str, reading: Reading, desk: Desk
) -> None:
    """What the domain may choose is coded, valid, and read back as the same order."""
    local = replace(desk, formulary=formulary)
    action = one(CreateOrder(planned(product)), drafts_of(reading), local)
    assert action is not None
    assert action.resource is not None
    assert refusals(action.resource) == ()
    back = read_drafts(
        json.dumps(dict(action.resource)).encode(), replace(reading, formulary=formulary)
    )
    order = back.draft_set.orders[0]
    assert order.medicine is not None
    assert {str(one) for one in order.medicine.substances} == {PRODUCTS[product]["substance"]}
    assert order.medicine.form == PRODUCTS[product]["form"]
    assert not order.medicine.by_text
    phase = order.phases[0]
    assert phase.amount is not None
    assert (phase.amount.value, phase.amount.kind) == (Decimal(1000), AmountKind.MASS)
    assert phase.timing.ambiguous is None
    assert phase.timing.interval_days == LOADING.interval_days
    assert phase.timing.bounds_days == 14


@pytest.mark.parametrize("product", sorted(PRODUCTS))
@pytest.mark.parametrize("formulary", ["uk", "us"])
def test_a_products_text_tells_its_strength(product: str, formulary: str, reading: Reading) -> None:
    """The strength that the knowledge files state is the one that the product's words tell."""
    from fhir_mappers.medicines import read_medicine

    coded = reading.codes.catalogue.product(formulary, product)
    assert coded is not None
    codings = tuple(Coding(x["system"], x["code"], x["display"]) for x in coded.codings)
    medicine = read_medicine(CodeableConcept(codings, coded.text), reading)
    assert medicine is not None
    strength = next(iter(medicine.strengths.values()))
    stated = PRODUCTS[product]
    if "micrograms_per_ml" in stated:
        assert strength.per_ml == stated["micrograms_per_ml"]
    else:
        assert strength.per_unit == stated["micrograms_per_unit"]


def test_a_created_order(reading: Reading, desk: Desk) -> None:
    """The whole resource, as a clinician's system receives it."""
    timing = replace(LOADING, starts_on=date(2026, 6, 15))
    action = one(
        CreateOrder(planned("hydroxocobalamin-injection", timing)), drafts_of(reading), desk
    )
    assert action is not None
    assert action.resource == {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [
                {
                    "system": "http://snomed.info/sct",
                    "code": "327529002",
                    "display": "Hydroxocobalamin",
                },
                {
                    "system": "https://openprescribing.net/bnf",
                    "code": "0901020N0AAABAB",
                    "display": "Hydroxocobalamin 1mg/1ml solution for injection ampoules",
                },
            ],
            "text": "Hydroxocobalamin 1mg/1ml solution for injection ampoules",
        },
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-06-15",
        "dosageInstruction": [
            {
                "text": "1 mg by intramuscular injection, 3 times a week for 14 days "
                "from 2026-06-15",
                "timing": {
                    "repeat": {
                        "boundsPeriod": {"start": "2026-06-15", "end": "2026-06-28"},
                        "frequency": 3,
                        "period": 1,
                        "periodUnit": "wk",
                    }
                },
                "route": {
                    "coding": [
                        {
                            "system": "http://snomed.info/sct",
                            "code": "78421000",
                            "display": "Intramuscular route",
                        }
                    ],
                    "text": "Intramuscular route",
                },
                "doseAndRate": [
                    {
                        "doseQuantity": {
                            "value": 1,
                            "unit": "mg",
                            "system": "http://unitsofmeasure.org",
                            "code": "mg",
                        }
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("timing", "repeat", "words"),
    [
        (
            LOADING,
            {"boundsDuration", "frequency", "period", "periodUnit"},
            "3 times a week for 14 days",
        ),
        (EVERY_DAY, {"frequency", "period", "periodUnit"}, "every day"),
        (
            Timing(Decimal(1), Decimal(3), M),
            {"frequency", "period", "periodUnit"},
            "every 3 months",
        ),
        (Timing(None, Decimal(2), D), {"frequency", "period", "periodUnit"}, "every 2 days"),
        (Timing(count=1), {"count"}, "once only"),
        (
            Timing(Decimal(2), Decimal(1), W, count=8),
            {"count", "frequency", "period", "periodUnit"},
            "twice a week for 8 doses",
        ),
        (
            Timing(Decimal(1), Decimal(1), W, ends_on=date(2026, 9, 1)),
            {"boundsPeriod", "frequency", "period", "periodUnit"},
            "every week until 2026-09-01",
        ),
    ],
)
def test_timing_in_structure_and_words_agree(
    timing: Timing, repeat: set[str], words: str, reading: Reading, desk: Desk
) -> None:
    """Words that would contradict the structure, or be ambiguous, are never written."""
    action = one(
        CreateOrder(planned("hydroxocobalamin-injection", timing)), drafts_of(reading), desk
    )
    assert action is not None
    assert action.resource is not None
    dosage = action.resource["dosageInstruction"][0]
    assert set(dosage["timing"]["repeat"]) == repeat
    assert dosage["text"].endswith(words)
    back = read_drafts(json.dumps(dict(action.resource)).encode(), reading)
    again = back.draft_set.orders[0].phases[0].timing
    assert again.ambiguous is None
    assert (again.interval_days, again.count) == (timing.interval_days, timing.count)


def test_small_doses_are_in_micrograms(reading: Reading, desk: Desk) -> None:
    """50 micrograms is written as such, 1500 as 1.5 mg."""
    for micrograms, value, code in ((50, 50, "ug"), (1500, 1.5, "mg"), (1000, 1, "mg")):
        order = replace(planned("cyanocobalamin-tablet-50"), micrograms=Decimal(micrograms))
        action = one(CreateOrder(order), drafts_of(reading), desk)
        assert action is not None
        assert action.resource is not None
        dose = action.resource["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]
        assert (dose["value"], dose["code"]) == (value, code)


@pytest.mark.parametrize(
    "change",
    [
        CreateOrder(planned("hydroxocobalamin-injection", Timing())),
        CreateOrder(planned("hydroxocobalamin-injection", Timing(Decimal("1.5"), Decimal(1), W))),
        CreateOrder(replace(planned("hydroxocobalamin-injection"), product="snake-oil")),
        UpdateOrder("MedicationRequest/d1", product="snake-oil"),
        UpdateOrder("MedicationRequest/absent", route=Route.INTRAMUSCULAR),
        UpdateOrder("MedicationRequest/d1", route=Route.ORAL, phases=(5,)),
        UpdateOrder("MedicationRequest/d1", timing=Timing(Decimal("1.5"), Decimal(1), W)),
        UpdateOrder("MedicationRequest/d1", status="sleeping"),
        DeleteOrder("MedicationRequest/absent"),
        OrderTest(Analyte.PREGNANCY_STATUS),
    ],
)
def test_what_cannot_be_made_valid_is_dropped(change: Change, reading: Reading, desk: Desk) -> None:
    """An action that no server would take is no action."""
    assert one(change, drafts_of(reading, draft()), desk) is None


def test_changes_of_a_proposal_belong_together(reading: Reading, desk: Desk) -> None:
    """When one change cannot be made, none of them is offered."""
    changes = (OrderTest(Analyte.B12), DeleteOrder("MedicationRequest/absent"))
    assert render(Proposal("key", changes), drafts_of(reading, draft()), desk) is None


def test_an_update_keeps_all_that_it_does_not_edit(reading: Reading, desk: Desk) -> None:
    """Extensions, identifiers and notes of the draft survive."""
    body = draft(
        identifier=[{"value": "7"}],
        extension=[{"url": "https://x", "valueDecimal": 1.25}],
        note=[{"text": "keep"}],
        dispenseRequest={"numberOfRepeatsAllowed": 2},
    )
    change = UpdateOrder("MedicationRequest/d1", route=Route.SUBCUTANEOUS, note="technique")
    found = updated(change, reading, desk, body)
    for name in ("id", "identifier", "extension", "dispenseRequest", "medicationCodeableConcept"):
        assert found[name] == body[name]
    assert found["note"] == [{"text": "keep"}, {"text": "words of technique"}]
    dosage = found["dosageInstruction"][0]
    assert dosage["route"]["coding"][0]["code"] == "34206005"
    assert dosage["doseAndRate"] == body["dosageInstruction"][0]["doseAndRate"]
    assert dosage["timing"] == body["dosageInstruction"][0]["timing"]


def test_a_new_order_carries_its_note(reading: Reading, desk: Desk) -> None:
    """Whoever gives the injections reads the order, not the card."""
    order = PlannedOrder(
        "hydroxocobalamin-injection",
        Decimal(1000),
        Route.INTRAMUSCULAR,
        LOADING,
        Purpose.LOADING,
        note="review",
    )
    action = one(CreateOrder(order), drafts_of(reading), desk)
    assert action is not None
    assert action.resource is not None
    assert action.resource["note"] == [{"text": "words of review"}]


def test_a_note_that_the_order_has_is_not_added_twice(reading: Reading, desk: Desk) -> None:
    """The same suggestion may be taken when an order is chosen and again when it is signed."""
    had = [{"text": "words of technique"}]
    change = UpdateOrder("MedicationRequest/d1", note="technique")
    assert updated(change, reading, desk, draft(note=had))["note"] == had


def test_an_update_of_a_hybrid_is_valid_r4(reading: Reading, desk: Desk) -> None:
    """What an EHR sends askew goes back straight: category, dosage, intent, nulls."""
    body = draft(
        intent=None,
        category={"text": "outpatient"},
        priority="",
        dosageInstruction={
            "text": "biweekly",
            "doseQuantity": {"value": 1, "unit": "mg"},
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnits": "wk"}},
            "additionalInstruction": {"text": "biweekly"},
        },
        context={"reference": "Encounter/e1"},
        requester={"agent": {"reference": "Practitioner/x"}},
        reasonCodeableConcept={"text": "Vegan"},
        subject=None,
    )
    timing = Timing(Decimal(1), Decimal(2), W)
    found = updated(UpdateOrder("MedicationRequest/d1", timing=timing), reading, desk, body)
    assert found["intent"] == "order"
    assert found["category"] == [{"text": "outpatient"}]
    assert found["subject"] == {"reference": "Patient/p1"}
    assert found["encounter"] == {"reference": "Encounter/e1"}
    assert found["requester"] == {"reference": "Practitioner/x"}
    assert found["reasonCode"] == [{"text": "Vegan"}]
    assert "priority" not in found
    back = drafts_of(reading, found).draft_set.orders[0].phases[0]
    assert (back.timing.interval_days, back.timing.ambiguous) == (Decimal(14), None)
    assert back.amount is not None
    assert back.amount.value == Decimal(1000)


def test_an_update_of_an_r5_draft_speaks_r4(reading: Reading, desk: Desk) -> None:
    """R5's wrapped drug and reason become those of R4."""
    body = draft(
        medicationCodeableConcept=None,
        medication={"concept": concept(RXNORM, "309594")},
        reason=[{"concept": {"text": "Vegan"}}, {"reference": {"reference": "Condition/c"}}],
        dosageInstruction=[{"asNeeded": True}],
    )
    found = updated(UpdateOrder("MedicationRequest/d1", note="n"), reading, desk, body)
    assert found["medicationCodeableConcept"]["coding"][0]["code"] == "309594"
    assert found["reasonCode"] == [{"text": "Vegan"}]
    assert found["reasonReference"] == [{"reference": "Condition/c"}]
    assert found["dosageInstruction"] == [{"asNeededBoolean": True}]


def test_an_update_may_replace_the_drug(reading: Reading, desk: Desk) -> None:
    """A drug that was only pointed to is replaced, not doubled."""
    body = draft(
        medicationCodeableConcept=None,
        medicationReference={"reference": "Medication/x", "display": "Cyanocobalamin"},
        dosageInstruction=[
            {"text": "1 mg IM weekly", "site": {"text": "deltoid"}, "route": {"text": "IM"}}
        ],
    )
    change = UpdateOrder(
        "MedicationRequest/d1",
        product="methylcobalamin-tablet-1mg",
        micrograms=Decimal(1000),
        route=Route.ORAL,
        timing=EVERY_DAY,
    )
    found = updated(change, reading, desk, body)
    assert "medicationReference" not in found
    assert found["medicationCodeableConcept"]["text"] == "Mecobalamin 1mg tablets (supplement)"
    assert found["dosageInstruction"][0]["text"] == "1 mg by mouth, every day"
    assert "site" not in found["dosageInstruction"][0]


def test_words_that_name_the_replaced_drug_are_written_anew(reading: Reading, desk: Desk) -> None:
    """An order for one drug must not tell the nurse to give another."""
    text = "cyanocobalamin 1 mg IM weekly"
    body = draft(dosageInstruction=[{**draft()["dosageInstruction"][0], "text": text}])
    change = UpdateOrder("MedicationRequest/d1", product="hydroxocobalamin-injection")
    found = updated(change, reading, desk, body)
    assert found["dosageInstruction"][0]["text"] == (
        "1000 mcg by intramuscular injection, every week"
    )


def test_words_that_are_a_number_name_no_drug(reading: Reading, desk: Desk) -> None:
    """A careless EHR's number in the place of words is no reason to fail."""
    body = draft(dosageInstruction=[{"text": 5}])
    drafts = drafts_of(reading, body)
    change = UpdateOrder("MedicationRequest/d1", product="hydroxocobalamin-injection")
    assert one(change, drafts, desk) is None


def told(**more: object) -> Json:
    """A draft whose instruction and supply say everything twice."""
    dosage = {
        "text": "1,000 mcg IM weekly",
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}},
        "route": {"text": "IM"},
        "site": {"text": "Deltoid"},
        "method": {"text": "Inject"},
        "patientInstruction": "You will get 1000 mg into the deltoid muscle",
        "additionalInstruction": [{"text": "Inject slowly into muscle"}],
        "doseAndRate": [{"doseQuantity": {"value": 1000, "unit": "mcg"}}],
        "maxDosePerAdministration": {"value": 1000, "unit": "mcg"},
        "maxDosePerPeriod": {"numerator": {"value": 1}, "denominator": {"value": 1}},
        "maxDosePerLifetime": {"value": 9},
        **more,
    }
    supply = {
        "quantity": {"value": 7, "unit": "vial"},
        "initialFill": {"quantity": {"value": 1}, "duration": {"value": 2}},
        "numberOfRepeatsAllowed": 3,
    }
    return draft(dosageInstruction=[dosage], dispenseRequest=supply)


MOST = {"maxDosePerAdministration", "maxDosePerPeriod", "maxDosePerLifetime"}
SPOKEN = {"patientInstruction", "additionalInstruction"}
DELTOID = "into the deltoid"


@pytest.mark.parametrize(
    ("edit", "gone", "text"),
    [
        (
            {"route": Route.SUBCUTANEOUS},
            {*SPOKEN, "method", "site"},
            "1000 mcg by deep subcutaneous injection, every week",
        ),
        (
            {"site": Site.VASTUS_LATERALIS},
            {*SPOKEN, "method"},
            "1000 mcg by intramuscular injection into the vastus lateralis, every week",
        ),
        (
            {"micrograms": Decimal(500)},
            {*SPOKEN, *MOST, "method"},
            f"500 micrograms by intramuscular injection {DELTOID}, every week",
        ),
        (
            {"product": "hydroxocobalamin-injection"},
            {*SPOKEN, *MOST, "method"},
            f"1000 mcg by intramuscular injection {DELTOID}, every week",
        ),
        (
            {"product": "hydroxocobalamin-injection", "route": Route.INTRAMUSCULAR},
            {*SPOKEN, *MOST, "method"},
            f"1000 mcg by intramuscular injection {DELTOID}, every week",
        ),
        (
            {"product": "methylcobalamin-tablet-1mg", "route": Route.ORAL},
            {*SPOKEN, *MOST, "method", "site"},
            "1000 mcg by mouth, every week",
        ),
        (
            {"timing": EVERY_DAY},
            SPOKEN,
            f"1000 mcg by intramuscular injection {DELTOID}, every day",
        ),
        ({"note": "technique"}, set(), "1,000 mcg IM weekly"),
    ],
)
def test_an_edit_leaves_nothing_behind_that_contradicts_it(
    edit: Json, gone: set[str], text: str, reading: Reading, desk: Desk
) -> None:
    """Words and limits about the old dose, route, site, timing or product go with it."""
    body = told()
    found = updated(UpdateOrder("MedicationRequest/d1", **edit), reading, desk, body)
    dosage = found["dosageInstruction"][0]
    assert set(body["dosageInstruction"][0]) - set(dosage) == gone
    assert dosage["text"] == text


@pytest.mark.parametrize(
    ("dosage", "text"),
    [
        (
            {"text": "1000 mg IM bi-monthly x 6"},
            "1 mg by intramuscular injection, for 6 doses, bi-monthly",
        ),
        (
            {"text": "1 mg", "route": {"text": "IM"}, "patientInstruction": "come biweekly"},
            "1 mg by intramuscular injection, biweekly",
        ),
    ],
)
def test_a_doubtful_timing_stays_doubtful(
    dosage: Json, text: str, reading: Reading, desk: Desk
) -> None:
    """Another dose does not settle what was meant by "biweekly": the next call asks again."""
    change = UpdateOrder("MedicationRequest/d1", micrograms=Decimal(1000))
    found = updated(change, reading, desk, draft(dosageInstruction=[dosage]))
    assert found["dosageInstruction"][0]["text"] == text
    assert drafts_of(reading, found).draft_set.orders[0].ambiguous


def test_the_words_of_another_instruction_go_with_its_drug(reading: Reading, desk: Desk) -> None:
    """A new product concerns every instruction of an order, a new dose the edited ones alone."""
    body = told()
    body["dosageInstruction"] *= 2
    product = UpdateOrder("MedicationRequest/d1", product="hydroxocobalamin-injection")
    dose = UpdateOrder("MedicationRequest/d1", micrograms=Decimal(500), phases=(0,))
    replaced = updated(product, reading, desk, body)["dosageInstruction"]
    assert not any("patientInstruction" in each for each in replaced)
    dosed = updated(dose, reading, desk, body)["dosageInstruction"]
    assert ["patientInstruction" in each for each in dosed] == [False, True]


def test_a_push_into_a_vein_leaves_no_rate(reading: Reading, desk: Desk) -> None:
    """Neither vein nor rate belongs to an injection into muscle; an unstated route counts as one."""
    dose = {"value": 1000, "unit": "mcg"}
    doses = [{"doseQuantity": dose, "rateRatio": {"numerator": {"value": 1}}}]
    body = told(route={"text": "IV"}, site={"text": "left arm vein"}, doseAndRate=doses)
    change = UpdateOrder("MedicationRequest/d1", route=Route.INTRAMUSCULAR)
    dosage = updated(change, reading, desk, body)["dosageInstruction"][0]
    assert dosage["doseAndRate"] == [{"doseQuantity": dose}]
    assert "site" not in dosage
    unstated = told(route=None)
    kept = updated(change, reading, desk, unstated)["dosageInstruction"][0]
    assert kept["site"] == {"text": "Deltoid"}
    only_rate = told(route={"text": "IV"}, doseAndRate=[{"rateQuantity": {"value": 1}}])
    assert "doseAndRate" not in updated(change, reading, desk, only_rate)["dosageInstruction"][0]
    undosed = told(route={"text": "IV"})
    del undosed["dosageInstruction"][0]["doseAndRate"]
    assert "doseAndRate" not in updated(change, reading, desk, undosed)["dosageInstruction"][0]


@pytest.mark.parametrize(
    ("edit", "kept"),
    [
        (
            {"micrograms": Decimal(500)},
            {"initialFill": {"duration": {"value": 2}}, "numberOfRepeatsAllowed": 3},
        ),
        (
            {"product": "hydroxocobalamin-injection"},
            {"initialFill": {"duration": {"value": 2}}, "numberOfRepeatsAllowed": 3},
        ),
        ({"route": Route.SUBCUTANEOUS}, told()["dispenseRequest"]),
        ({"timing": EVERY_DAY}, told()["dispenseRequest"]),
    ],
)
def test_another_dose_or_product_has_no_quantity_yet(
    edit: Json, kept: Json, reading: Reading, desk: Desk
) -> None:
    """Seven vials of the old product are not to be dispensed; repeats stay."""
    found = updated(UpdateOrder("MedicationRequest/d1", **edit), reading, desk, told())
    assert found["dispenseRequest"] == kept


@pytest.mark.parametrize(
    "supply", [{"quantity": {"value": 7}}, {"initialFill": {"quantity": {"value": 7}}}]
)
def test_a_supply_of_nothing_but_a_quantity_goes(
    supply: Json, reading: Reading, desk: Desk
) -> None:
    """No empty element is left."""
    change = UpdateOrder("MedicationRequest/d1", micrograms=Decimal(500))
    found = updated(change, reading, desk, draft(dispenseRequest=supply))
    assert "dispenseRequest" not in found


def test_only_the_named_instructions_are_edited(reading: Reading, desk: Desk) -> None:
    """A later phase stays as it was ordered."""
    first = draft()["dosageInstruction"][0]
    body = draft(dosageInstruction=[first, {**first, "text": "1,000 mcg IM weekly, later"}])
    change = UpdateOrder("MedicationRequest/d1", site=Site.DELTOID, phases=(0,))
    found = updated(change, reading, desk, body)
    assert found["dosageInstruction"][0]["site"]["text"] == "Deltoid"
    assert found["dosageInstruction"][1] == body["dosageInstruction"][1]


def test_a_stopped_draft_can_be_kept(reading: Reading, desk: Desk) -> None:
    """A new status takes the reason for the old one away."""
    body = draft(status="stopped", statusReason={"text": "level high"})
    found = updated(UpdateOrder("MedicationRequest/d1", status="active"), reading, desk, body)
    assert found["status"] == "active"
    assert "statusReason" not in found


@pytest.mark.parametrize(
    ("dispense", "kept"),
    [
        (
            {
                "validityPeriod": {"start": "2026-01-01", "end": "2026-12-01"},
                "quantity": {"value": 4},
            },
            {"validityPeriod": {"start": "2026-01-01"}, "quantity": {"value": 4}},
        ),
        ({"validityPeriod": {"end": "2026-12-01"}}, None),
        ({"quantity": {"value": 4}}, {"quantity": {"value": 4}}),
        (None, None),
    ],
)
def test_a_prescription_can_lose_its_end(
    reading: Reading, desk: Desk, dispense: object, kept: object
) -> None:
    """Its start and everything else about dispensing stay."""
    body = draft() if dispense is None else draft(dispenseRequest=dispense)
    change = UpdateOrder("MedicationRequest/d1", status="active", open_ended=True)
    assert updated(change, reading, desk, body).get("dispenseRequest") == kept


def test_an_update_without_dosage_gets_one(reading: Reading, desk: Desk) -> None:
    """A draft that only names its drug can be completed."""
    body = draft()
    del body["dosageInstruction"]
    change = UpdateOrder("MedicationRequest/d1", micrograms=Decimal(1000), timing=EVERY_DAY)
    found = updated(change, reading, desk, body)
    assert found["dosageInstruction"][0]["text"] == "1 mg, every day"


@pytest.mark.parametrize(
    "body",
    [
        draft(id=None),
        {**draft(), "resourceType": "MedicationOrder"},
        draft(madeUpElement=1),
        draft(authoredOn="soon"),
        draft(dosageInstruction=[[{"text": "1 mg IM weekly"}]]),
    ],
)
def test_a_draft_that_cannot_be_met_or_mended_is_left_alone(
    body: Json, reading: Reading, desk: Desk
) -> None:
    """Without an id, in DSTU2, or with what R4 has no room for, there is no update."""
    drafts = drafts_of(reading, body)
    reference = drafts.draft_set.orders[0].reference
    assert one(UpdateOrder(reference, route=Route.INTRAMUSCULAR), drafts, desk) is None


def test_a_deletion_names_the_draft(reading: Reading, desk: Desk) -> None:
    """A relative reference, and no resource."""
    action = one(DeleteOrder("MedicationRequest/d1"), drafts_of(reading, draft()), desk)
    assert action is not None
    assert (action.type, action.resource_id) == (ActionType.DELETE, "MedicationRequest/d1")
    assert action.description == "Remove Cyanocobalamin 1,000 mcg/mL"
    assert action.resource is None
    assert (
        one(DeleteOrder("MedicationRequest/#0"), drafts_of(reading, draft(id=None)), desk) is None
    )


@pytest.mark.parametrize("analyte", [one for one in Analyte if one is not Analyte.PREGNANCY_STATUS])
def test_every_test_can_be_ordered(analyte: Analyte, reading: Reading, desk: Desk) -> None:
    """Each analyte has a code that is read back as the same test."""
    action = one(OrderTest(analyte, date(2026, 7, 1)), drafts_of(reading), desk)
    assert action is not None
    assert action.resource is not None
    assert action.resource["occurrenceDateTime"] == "2026-07-01"
    back = drafts_of(reading, dict(action.resource))
    assert back.draft_set.tests == {analyte}


def test_a_test_without_a_day_is_due_now(reading: Reading, desk: Desk) -> None:
    """No due day means today."""
    action = one(OrderTest(Analyte.POTASSIUM), drafts_of(reading), desk)
    assert action is not None
    assert action.resource is not None
    assert action.resource["occurrenceDateTime"] == "2026-06-15"
    assert action.description == "Order potassium"


def test_a_task(reading: Reading, desk: Desk) -> None:
    """A person is asked to do something for the patient, by a day."""
    action = one(BookTask("review", date(2026, 8, 10)), drafts_of(reading), desk)
    assert action is not None
    assert action.resource is not None
    assert action.resource["description"] == "words of review"
    assert action.resource["restriction"] == {"period": {"end": "2026-08-10"}}
    assert refusals(action.resource) == ()


def test_a_task_names_the_order_it_is_about(reading: Reading, desk: Desk) -> None:
    """Whoever reads the task must find what to stop."""
    task = BookTask("stop", about="MedicationRequest/7", drug="hydroxocobalamin IM")
    action = one(task, drafts_of(reading), desk)
    assert action is not None
    assert action.resource is not None
    assert action.description == "words of stop: hydroxocobalamin IM"
    assert action.resource["focus"] == {"reference": "MedicationRequest/7"}
    assert refusals(action.resource) == ()


@pytest.mark.parametrize(
    ("resource", "where"),
    [
        ({"resourceType": "Basic"}, "resourceType"),
        ({"resourceType": "Patient", "birthDate": "secret"}, "birthDate"),
        (draft(status="done"), "status"),
        (
            draft(
                dosageInstruction=[{"timing": {"repeat": {"period": 1, "periodUnit": "fortnight"}}}]
            ),
            "dosageInstruction.0.timing.repeat",
        ),
        (
            draft(dosageInstruction=[{"timing": {"repeat": {"period": 1}}}]),
            "dosageInstruction.0.timing.repeat",
        ),
    ],
)
def test_a_refusal_says_where_and_not_what(resource: Json, where: str) -> None:
    """The content of a refused resource stays out of the refusal."""
    found = refusals(resource)
    assert where in {refusal.where for refusal in found}
    assert "secret" not in str(found)


def test_a_concept_without_words_has_none() -> None:
    """Nothing is nothing."""
    assert texts_of(None) == ()


@pytest.mark.hapi
def test_the_reference_validator_accepts_every_suggestion(
    reading: Reading, desk: Desk, hapi_validate: Validate
) -> None:
    """HL7's own validator finds no error in anything that is emitted."""
    timings = (LOADING, replace(LOADING, starts_on=TODAY), EVERY_DAY, Timing(count=1))
    changes: list[Change] = [
        CreateOrder(planned(product, timing)) for product in PRODUCTS for timing in timings
    ]
    changes += [OrderTest(analyte) for analyte in reading.codes.catalogue.tests]
    changes += [BookTask("review", TODAY), BookTask("review")]
    changes += [
        UpdateOrder(
            "MedicationRequest/d1",
            product="hydroxocobalamin-injection",
            micrograms=Decimal(500),
            route=route,
            site=Site.DELTOID,
            timing=EVERY_DAY,
            note="n",
        )
        for route in Route
    ]
    hybrid = draft(
        intent=None,
        category={"text": "outpatient"},
        dosageInstruction={"text": "biweekly", "doseQuantity": {"value": 1, "unit": "mg"}},
    )
    issues: list[Issue] = []
    for formulary in ("uk", "us"):
        for body in (draft(), hybrid):
            for change in changes:
                action = one(change, drafts_of(reading, body), replace(desk, formulary=formulary))
                assert action is not None
                assert action.resource is not None
                issues += hapi_validate(action.resource)
    assert issues == []
