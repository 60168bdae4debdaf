"""What was said before need not be said again: which concern it is, and whether it is unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from regimens.advice import Advice
from regimens.orders import Order, Phase
from regimens.substances import Substance
from regimens.verdict import Finding, Indicator


@dataclass(frozen=True, slots=True)
class Said:
    """A finding as somebody would remember it: rule and ingredient name the concern.

    `content` is all that was said of it, with dose, route and interval of the orders concerned;
    two findings that differ in it are not the same news.
    """

    rule: str
    ingredient: str
    content: str


def said(finding: Finding, orders: Iterable[Order]) -> Said:
    """The finding as it would be remembered; `orders` is the whole draft set."""
    drafted = tuple(orders)
    concerned = [order for order in drafted if order.reference in finding.verdict.orders]
    concerned = concerned or list(drafted)
    ingredients = {name for order in concerned if (name := _ingredient(order))}
    content = {
        "indicator": finding.indicator.value,
        "variant": finding.verdict.variant,
        "values": sorted(finding.verdict.values.items()),
        "inputs": sorted(_inputs(finding)),
        "orders": sorted(json.dumps(_order(order)) for order in concerned),
    }
    text = json.dumps(content, sort_keys=True)
    return Said(finding.rule, "+".join(sorted(ingredients)), text)


def without(advice: Advice, is_quiet: Callable[[Finding], bool]) -> Advice:
    """The advice without the findings that may stay quiet; a critical one never may."""
    kept = tuple(
        finding
        for finding in advice.findings
        if finding.indicator is Indicator.CRITICAL or not is_quiet(finding)
    )
    return replace(advice, findings=kept)


def _ingredient(order: Order) -> str | None:
    medicine = order.medicine
    if medicine is None:
        return None
    if medicine.cobalamin is not None:
        return medicine.cobalamin.value
    return Substance.FOLIC_ACID.value if medicine.contains(Substance.FOLIC_ACID) else None


def _inputs(finding: Finding) -> list[list[str]]:
    return [
        [each.name, each.value, each.unit, each.on.isoformat() if each.on else ""]
        for each in finding.verdict.inputs
    ]


def _order(order: Order) -> list[object]:
    return [_ingredient(order), [_phase(phase) for phase in order.phases]]


def _phase(phase: Phase) -> list[str]:
    """Dose, route and interval."""
    timing = phase.timing
    dose = phase.amount.stated if phase.amount else ""
    told = (timing.frequency, timing.period, timing.period_unit, timing.count, timing.bounds_days)
    return [dose, str(phase.route), *(str(each) for each in told)]
