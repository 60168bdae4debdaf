"""Maintenance injections too far apart, for the nerves, the cause or the product."""

from __future__ import annotations

from decimal import Decimal

from regimens.case import Case, Source
from regimens.checks.exempt import EVERY_SPECIAL_USE
from regimens.intervals import DAYS_PER_MONTH, ileal, longest_months, product_limit_days
from regimens.modifiers import CauseKind, quoted
from regimens.orders import Order, Phase
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import retimed
from regimens.quantities import plain
from regimens.verdict import Outcome, Verdict, not_applicable, silent

MONTHLY, THREE_MONTHS = 1, 3


def check_neuro(case: Case) -> Verdict:
    """Ask for at least every two months when nerves are or were involved.

    62 days is silent. Inactive neurological conditions count as historical.

    CITES: bnf-hydroxocobalamin, seed-001, seed-002, seed-003.
    """
    phases = _judged(case)
    if not phases:
        return not_applicable("no maintenance injection is ordered")
    involved = (*case.neuro.active, *case.neuro.historical)
    if not involved:
        return case.otherwise("no neurological involvement is recorded", Source.CONDITIONS)
    limit = case.policy.interval_days.neuro_maintenance_to
    long = [each for each in phases if _interval(each[1]) > limit]
    if not long:
        return silent("maintenance is at least every two months")
    return Verdict(
        Outcome.FIRED,
        "neurological involvement, and maintenance is more than 62 days apart",
        orders=tuple(dict.fromkeys(order.reference for order, _ in long)),
        values={"interval": in_words(max(_interval(phase) for _, phase in long))},
        inputs=tuple(quoted(condition) for condition in involved),
        proposals=_closer(case, long),
    )


def check_cause_or_product(case: Case) -> Verdict:
    """Say when maintenance is longer than the smallest limit that applies.

    Hydroxocobalamin and others 93 days, cyanocobalamin 35, ileal causes 35; for a purely dietary
    cause a formulary may accept hydroxocobalamin twice a year instead of 93. Limits are included.

    CITES: bnf-hydroxocobalamin, uk-pgd-diet, seed-002.
    """
    phases = tuple(each for each in _judged(case) if not each[0].ambiguous)
    if not phases:
        return not_applicable("no maintenance injection with a clear interval is ordered")
    long = [(o, p) for o, p in phases if _interval(p) > _limit(case, o)]
    if not long:
        within = any(_interval(p) > case.policy.interval_days.ileal_to for _, p in phases)
        needed = (Source.CONDITIONS, Source.PROCEDURES) if within else ()
        return case.otherwise("every maintenance interval is within its limit", *needed)
    order, phase = max(long, key=lambda each: _interval(each[1]))
    months = min(THREE_MONTHS, _months(case, long))
    return Verdict(
        Outcome.FIRED,
        "a maintenance interval is longer than its limit",
        orders=tuple(dict.fromkeys(order.reference for order, _ in long)),
        values={
            "interval": in_words(_interval(phase)),
            "limit": plain(_limit(case, order)),
            "reason": _reason(case, order),
        },
        inputs=tuple(cause.evidence for cause in case.causes if cause.kind is CauseKind.ILEAL),
        proposals=(_every(months, long),),
    )


def _judged(case: Case) -> tuple[tuple[Order, Phase], ...]:
    return case.phases_without(case.maintenance_drafts, *EVERY_SPECIAL_USE)


def _interval(phase: Phase) -> Decimal:
    return phase.timing.interval_days or Decimal(0)


def _limit(case: Case, order: Order) -> Decimal:
    return product_limit_days(case, order.cobalamin)


def _reason(case: Case, order: Order) -> str:
    if ileal(case):
        return "ileal disease or resection"
    return order.cobalamin.value if order.cobalamin else "this product"


def _closer(case: Case, long: list[tuple[Order, Phase]]) -> tuple[Proposal, ...]:
    """Two months, or one: never an interval that the product or the cause forbids."""
    months = _months(case, long)
    first = _every(months, long, recommended=True)
    return (first,) if months == MONTHLY else (first, _every(MONTHLY, long))


def _months(case: Case, phases: list[tuple[Order, Phase]]) -> int:
    """Whole months that no limit forbids to any of these orders, nerves included."""
    return min(longest_months(case, order.cobalamin) for order, _ in phases)


def _every(
    months: int, phases: list[tuple[Order, Phase]], *, recommended: bool = False
) -> Proposal:
    changes = tuple(
        UpdateOrder(
            order.reference,
            timing=retimed(phase.timing, months),
            phases=(order.phases.index(phase),),
        )
        for order, phase in phases
    )
    values = {"interval": in_words(DAYS_PER_MONTH * months)}
    return Proposal("change-interval", changes, recommended=recommended, values=values)


def in_words(days: Decimal) -> str:
    """An interval as a card writes it: whole months where it is some, else days."""
    if days % DAYS_PER_MONTH == 0:
        months = int(days / DAYS_PER_MONTH)
        return "1 month" if months == 1 else f"{months} months"
    return f"{plain(round(days, 1))} days"
