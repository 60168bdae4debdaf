"""Advice and settings made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cds_hooks.card import Action, ActionType
from cds_hooks.setting import CardSetting, Citation
from cds_hooks.wording.wording import RuleWording, Wording, load
from regimens.advice import Advice, Assessment, B12Status, Moment, Recommendation
from regimens.facts import Gap
from regimens.orders import Route, Timing
from regimens.proposals import PlannedOrder, Proposal, Purpose
from regimens.quantities import PeriodUnit
from regimens.verdict import Finding, Indicator, Input, Outcome, Verdict

WORDING = load()
EGFR = Input("eGFR", "38", "mL/min", date(2026, 8, 24), "Observation/egfr")
PRODUCTS = {
    "hydroxocobalamin-injection": "hydroxocobalamin 1 mg/mL injection",
    "cyanocobalamin-injection": "cyanocobalamin 1 mg/mL injection",
}
CITATIONS = {
    "ng239": Citation("NICE NG239", "https://www.nice.org.uk/guidance/ng239"),
    "policy": Citation("Team policy"),
}


def fired(
    rule: str,
    indicator: Indicator = Indicator.INFO,
    values: Mapping[str, str] | None = None,
    **changes: object,
) -> Finding:
    """A rule that speaks; `changes` are members of its verdict."""
    verdict = replace(
        Verdict(Outcome.FIRED, "because", values=values or {}),
        **changes,  # type: ignore[arg-type]
    )
    return Finding(rule, indicator, verdict, cites=("ng239",), override_reasons=("data-incorrect",))


def quiet(rule: str, outcome: Outcome, *missing: str) -> Finding:
    """A rule that does not speak."""
    return Finding(rule, Indicator.INFO, Verdict(outcome, "because", missing=missing))


def advice(
    *findings: Finding,
    recommendation: Recommendation | None = None,
    gaps: tuple[Gap, ...] = (),
) -> Advice:
    """Advice for a deficient patient."""
    assessment = Assessment(B12Status.DEFICIENT, B12Status.DEFICIENT, "B12 below 180 ng/L")
    return Advice(Moment.SIGNING, assessment, findings, recommendation, gaps)


def render(proposal: Proposal) -> tuple[Action, ...]:
    """Every change as a deletion: enough for a card to be whole."""
    return tuple(
        Action(ActionType.DELETE, "Remove the order", resource_id="MedicationRequest/1")
        for _ in proposal.changes
    )


def setting(**changes: object) -> CardSetting:
    """A setting with the real wording, two sources and two products."""
    plain = CardSetting(
        client="demo",
        service="b12-order-sign",
        hook_instance="d1577c69",
        knowledge_version="2026.11",
        wording=WORDING,
        actions=render,
        citations=CITATIONS,
        products=PRODUCTS,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def wording(rules: Mapping[str, tuple[str, str]]) -> Wording:
    """The real wording with other sentences for these rules."""
    other = {rule: RuleWording(*sentences) for rule, sentences in rules.items()}
    return replace(WORDING, rules={**WORDING.rules, **other})


def every(period: int, unit: PeriodUnit, frequency: int = 1, *, days: int | None = None) -> Timing:
    """A recurring timing."""
    return Timing(Decimal(frequency), Decimal(period), unit, bounds_days=days)


LOADING = PlannedOrder(
    "hydroxocobalamin-injection",
    Decimal(1000),
    Route.INTRAMUSCULAR,
    every(1, PeriodUnit.WEEK, 3, days=14),
    Purpose.LOADING,
)
MAINTENANCE = PlannedOrder(
    "hydroxocobalamin-injection",
    Decimal(1000),
    Route.INTRAMUSCULAR,
    every(2, PeriodUnit.MONTH),
    Purpose.MAINTENANCE,
)
