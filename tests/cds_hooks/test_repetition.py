"""Which concern a finding is, and what makes it news."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from cds_hooks.repetition import said, without
from regimens.orders import Amount, AmountKind, Medicine, Order, Phase, Route, Timing
from regimens.quantities import PeriodUnit
from regimens.substances import Substance
from regimens.verdict import Indicator, Input
from tests.cds_hooks.builders import advice, fired

PHASE = Phase(
    amount=Amount(Decimal(1000), AmountKind.MASS, "1 mg"),
    route=Route.INTRAMUSCULAR,
    timing=Timing(Decimal(1), Decimal(1), PeriodUnit.MONTH),
)
CYANO = Medicine("cyano", substances=frozenset({Substance.CYANOCOBALAMIN}))
FOLIC = Medicine("folic", substances=frozenset({Substance.FOLIC_ACID}))
ORDER = Order(reference="MedicationRequest/1", medicine=CYANO, phases=(PHASE,))
INPUT = Input("eGFR", "42", "mL/min", date(2026, 11, 1))
FINDING = fired("rule", Indicator.WARNING, inputs=(INPUT,), orders=(ORDER.reference,))


def with_phase(**changes: object) -> Order:
    """The order with another instruction."""
    return replace(ORDER, phases=(replace(PHASE, **changes),))  # type: ignore[arg-type]


def test_a_concern_is_a_rule_and_an_ingredient() -> None:
    """Only the orders that the finding concerns count."""
    other = replace(ORDER, reference="MedicationRequest/2", medicine=FOLIC)
    told = said(FINDING, (ORDER, other))
    assert (told.rule, told.ingredient) == ("rule", "cyanocobalamin")
    everything = said(fired("rule"), (ORDER, other))
    assert everything.ingredient == "cyanocobalamin+folic acid"


def test_an_order_without_a_known_drug_gives_no_ingredient() -> None:
    """An order may name no drug yet, or another one."""
    nameless = replace(ORDER, medicine=None)
    other = replace(ORDER, medicine=Medicine("x", substances=frozenset({Substance.METFORMIN})))
    assert said(FINDING, (nameless,)).ingredient == ""
    assert said(FINDING, (other,)).ingredient == ""


@pytest.mark.parametrize(
    "order",
    [
        with_phase(amount=Amount(Decimal(500), AmountKind.MASS, "0.5 mg")),
        with_phase(amount=None),
        with_phase(route=Route.SUBCUTANEOUS),
        with_phase(timing=Timing(Decimal(1), Decimal(2), PeriodUnit.MONTH)),
    ],
)
def test_another_dose_route_or_interval_is_news(order: Order) -> None:
    """What was seen was about another order."""
    assert said(FINDING, (order,)).content != said(FINDING, (ORDER,)).content


@pytest.mark.parametrize(
    "finding",
    [
        replace(FINDING, indicator=Indicator.INFO),
        replace(FINDING, verdict=replace(FINDING.verdict, inputs=())),
        replace(FINDING, verdict=replace(FINDING.verdict, values={"egfr": "41"})),
        replace(FINDING, verdict=replace(FINDING.verdict, variant="severe")),
    ],
)
def test_another_urgency_result_or_wording_is_news(finding: object) -> None:
    """The clinician would read something else."""
    assert said(finding, (ORDER,)).content != said(FINDING, (ORDER,)).content  # type: ignore[arg-type]


def test_the_order_of_things_is_no_news() -> None:
    """A client may list the same drafts in another order, under other ids."""
    second = replace(ORDER, reference="MedicationRequest/2", medicine=FOLIC)
    finding = fired("rule")
    assert said(finding, (ORDER, second)) == said(finding, (second, ORDER))
    renamed = replace(ORDER, reference="MedicationRequest/9")
    again = replace(FINDING, verdict=replace(FINDING.verdict, orders=(renamed.reference,)))
    assert said(again, (renamed,)) == said(FINDING, (ORDER,))


def test_a_critical_finding_never_stays_quiet() -> None:
    """Whatever was said before."""
    critical = fired("danger", Indicator.CRITICAL)
    left = without(advice(critical, FINDING), lambda _: True)
    assert left.fired == (critical,)
