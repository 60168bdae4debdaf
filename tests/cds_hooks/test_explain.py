"""The trace for the people who ask why."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cds_hooks.compose import compose
from cds_hooks.explain import explain
from regimens.advice import Option, Recommendation, Step
from regimens.concepts import Concept, Operation
from regimens.facts import (
    Allergen,
    Allergy,
    Analyte,
    Condition,
    Gap,
    LabResult,
    Listing,
    PatientFacts,
    Procedure,
    Sex,
)
from regimens.orders import Amount, AmountKind, Medicine, Order, OrderStatus, Phase, Route
from regimens.proposals import OrderTest, Proposal
from regimens.quantities import Comparator, Measured, PeriodUnit
from regimens.substances import Substance
from regimens.verdict import Indicator, Outcome, Withheld
from tests.cds_hooks.builders import (
    EGFR,
    LOADING,
    MAINTENANCE,
    advice,
    every,
    fired,
    quiet,
    setting,
)

TODAY = date(2026, 11, 21)
FACTS = PatientFacts(
    today=TODAY,
    birth_date=date(1950, 11, 22),
    sex=Sex.FEMALE,
    labs=Listing(
        (
            LabResult(
                Analyte.B12,
                "Observation/1",
                Measured(Decimal("150.0"), "ng/L", Comparator.BELOW),
                taken_on=date(2026, 11, 1),
                reported="<150 pg/mL",
                reference_range="180-900",
            ),
        )
    ),
    medications=Listing(
        (
            Order(
                "MedicationRequest/1",
                OrderStatus.ACTIVE,
                medicine=Medicine("Metformin 500 mg", frozenset({Substance.METFORMIN})),
                phases=(
                    Phase(
                        Amount(Decimal(500_000), AmountKind.MASS, "500 mg"),
                        Route.ORAL,
                        timing=every(1, PeriodUnit.WEEK, 3),
                    ),
                ),
                authored_on=date(2020, 1, 1),
            ),
            Order("MedicationRequest/2", OrderStatus.DRAFT),
        ),
        complete=False,
        why="one entry could not be read",
    ),
    conditions=Listing((Condition(frozenset({Concept.PERNICIOUS_ANAEMIA}), "Condition/1", "PA"),)),
    procedures=Listing(
        (
            Procedure(
                frozenset({Operation.ILEAL_RESECTION}),
                "Procedure/1",
                performed_on=date(2019, 5, 1),
                length_cm=Decimal("25.50"),
            ),
        )
    ),
    allergies=Listing((Allergy("AllergyIntolerance/1", allergens=frozenset({Allergen.COBALT})),)),
    gaps=(Gap("medications", "unreadable", "entry 3"),),
)


def trace() -> dict[str, object]:
    offer = Proposal("order-egfr", (OrderTest(Analyte.EGFR),))
    finding = fired("b12-iv-route", Indicator.WARNING, inputs=(EGFR,), proposals=(offer,))
    given = advice(
        quiet("b12-allergy", Outcome.SILENT),
        replace(finding, held=(Withheld(Proposal("change-to-oral", ()), ()),)),
        quiet("duplicate-b12-therapy", Outcome.CANNOT_TELL, "medications"),
        recommendation=Recommendation(
            "deficient",
            "no cause known",
            (Option("deficient", (LOADING, MAINTENANCE), notes=("neuro-review",)),),
            ("baseline",),
            (Step(TODAY, "dose", "loading", weekend=True),),
        ),
        gaps=(Gap("medications", "unreadable", "entry 3"), Gap("labs", "timed_out")),
    )
    cards = compose(given, setting())
    return json.loads(json.dumps(explain(given, FACTS, cards, setting())))  # type: ignore[no-any-return]


def test_the_trace_has_the_members_of_the_contract() -> None:
    """Other programs rely on these names."""
    assert {
        "status",
        "biochemistry",
        "why",
        "facts",
        "gaps",
        "rules",
        "recommendation",
        "knowledgeVersion",
        "cards",
    } <= trace().keys()


def test_every_rule_is_told_in_its_order_with_outcome_and_reason() -> None:
    """Also the silent ones: the question is often why nothing was said."""
    rules = trace()["rules"]
    assert isinstance(rules, list)
    assert [(rule["id"], rule["fired"], rule["outcome"], rule["why"]) for rule in rules] == [
        ("b12-allergy", False, "silent", "because"),
        ("b12-iv-route", True, "fired", "because"),
        ("duplicate-b12-therapy", False, "cannot_tell", "because"),
    ]
    assert rules[1]["proposals"] == ["order-egfr"]
    assert rules[1]["withheld"] == ["change-to-oral"]
    assert rules[1]["inputs"][0]["reference"] == "Observation/egfr"
    assert rules[2]["missing"] == ["medications"]


def test_results_are_told_as_understood_and_as_reported() -> None:
    """A misread unit or comparator shows here."""
    facts = trace()["facts"]
    assert isinstance(facts, dict)
    assert facts["labs"] == [
        {
            "name": "B12",
            "value": "<150",
            "unit": "ng/L",
            "finding": None,
            "date": "2026-11-01",
            "reference": "Observation/1",
            "referenceRange": "180-900",
            "reported": "<150 pg/mL",
            "status": "final",
            "unusable": None,
        }
    ]


def test_the_record_is_told_by_reference_and_domain_name() -> None:
    """What a code was taken for shows here, and an order that names no drug as well."""
    facts = trace()["facts"]
    assert isinstance(facts, dict)
    assert facts["ageYears"] == 75
    assert facts["conditions"][0]["names"] == ["pernicious anaemia"]
    assert facts["procedures"][0]["names"] == ["ileal resection"]
    assert facts["procedures"][0]["lengthCm"] == "25.5"
    assert facts["allergies"][0]["names"] == ["cobalt"]
    metformin, nameless = facts["medications"]
    assert metformin["substances"] == ["metformin"]
    assert metformin["from"] == "2020-01-01"
    assert metformin["dosage"] == [
        {
            "dose": "500 mg",
            "route": "oral",
            "site": None,
            "timing": {"words": "three times a week", "intervalDays": "2.33", "ambiguous": None},
        }
    ]
    assert (nameless["name"], nameless["substances"]) == ("", [])
    assert facts["incomplete"] == {"medications": "one entry could not be read"}


def test_a_gap_is_told_once() -> None:
    """Facts and advice may both know of it."""
    assert trace()["gaps"] == [
        {"source": "medications", "kind": "unreadable", "where": "entry 3"},
        {"source": "labs", "kind": "timed_out", "where": ""},
    ]


def test_the_recommendation_is_told_in_words() -> None:
    """With its alternatives, what to watch, and the calendar."""
    told = trace()["recommendation"]
    assert isinstance(told, dict)
    assert told["regimen"] == "deficient"
    assert told["options"][0]["words"].startswith("hydroxocobalamin 1 mg IM three times a week")
    assert told["monitoring"] == ["baseline"]
    assert told["calendar"] == [
        {"date": "2026-11-21", "kind": "dose", "what": "Loading injection", "weekend": True}
    ]


def test_without_a_recommendation_there_is_null() -> None:
    """A trace says that there is none; it is no card and may hold a null."""
    given = advice(quiet("b12-regimen", Outcome.NOT_APPLICABLE))
    assert explain(given, PatientFacts(TODAY), (), setting())["recommendation"] is None
