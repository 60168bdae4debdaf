"""Maintenance ordered for an untreated deficiency without a loading course."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.checks.exempt import EVERY_SPECIAL_USE
from regimens.checks.route.b12_iv_route import misdirected
from regimens.exposure import is_injected
from regimens.facts import Analyte
from regimens.months import add_months
from regimens.orders import INJECTED, Route, Timing, phases_of
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import (
    add_loading,
    apply,
    injectable_for,
    renews,
    to_hydroxocobalamin,
    to_route,
    with_potassium,
)
from regimens.quantities import PeriodUnit
from regimens.substances import Substance
from regimens.verdict import Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for loading: maintenance alone never fills empty stores.

    Speaks at signing, when no loading phase is drafted or running and the parenteral draft's
    interval is above 7 days. A single dose has no interval. An injection of ambiguous timing may
    be the loading: the rule about timing asks first.
    Rests on absence: the medication list must have been read.

    CITES: bnf-hydroxocobalamin, seed-001, seed-002, seed-003.
    """
    sparse = _sparse(case)
    if not sparse:
        return not_applicable("no parenteral B12 at an interval above 7 days")
    if case.status is not B12Status.DEFICIENT:
        return case.otherwise("B12 is not deficient and untreated", Source.LABS)
    if case.loading_drafts or case.loading_running:
        return silent("loading is ordered or running")
    if any(order.ambiguous and is_injected(order) for order in case.cobalamin_drafts):
        return silent("an injection of ambiguous timing may be the loading")
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    return Verdict(
        Outcome.FIRED,
        "deficient, untreated, and only maintenance is ordered",
        orders=sparse,
        variant="by-vein" if _from_vein(case) else None,
        inputs=case.assessment.inputs,
        proposals=(_followed(case, _from_vein(case) or _loading_first(case), sparse),),
    )


def _sparse(case: Case) -> tuple[str, ...]:
    orders = case.without(case.cobalamin_drafts, *EVERY_SPECIAL_USE)
    limit = case.policy.interval_days.loading_to
    found = [
        order.reference
        for order, phase in phases_of(orders)
        if order.route_of(phase) in INJECTED
        and not order.ambiguous
        and (interval := phase.timing.interval_days) is not None
        and interval > limit
    ]
    return tuple(dict.fromkeys(found))


def _from_vein(case: Case) -> Proposal | None:
    """The course that is drafted into a vein, given where it loads; None where it would not load."""
    if not misdirected(case):
        return None
    for moved in (_switched(case), _moved(case)):
        if apply(case, moved).loading_drafts:
            return replace(with_potassium(case, moved), recommended=True)
    return None


def _moved(case: Case) -> Proposal:
    low = case.below(Analyte.PLATELETS, case.policy.platelets.high_risk_below)
    key, route = ("route-sc", Route.SUBCUTANEOUS) if low else ("route-im", Route.INTRAMUSCULAR)
    return to_route(case, key, misdirected(case), route)


def _loading_first(case: Case) -> Proposal:
    """Loading before what is drafted; the drafts change to the product that loading uses."""
    loading = add_loading(case, recommended=True)
    return replace(loading, changes=_switched(case).changes + loading.changes)


def _switched(case: Case) -> Proposal:
    """Drafted injections as hydroxocobalamin, where loading uses it and they are of another."""
    wanted = case.knowledge.products[injectable_for(case)].substance
    other = tuple(o for o in case.cobalamin_drafts if is_injected(o) and o.cobalamin is not wanted)
    if wanted is not Substance.HYDROXOCOBALAMIN:
        other = ()
    return to_hydroxocobalamin(case, other, lengthen=True)


def _followed(case: Case, loading: Proposal, sparse: tuple[str, ...]) -> Proposal:
    """The same; drafts that would run beside it begin one interval after it.

    An order of several phases stays as it is, and so does one that would end before.
    """
    end = _end_of_loading(apply(case, loading))
    edits = {c.reference: c for c in loading.changes if isinstance(c, UpdateOrder)}
    for order in case.cobalamin_drafts:
        edit = edits.get(
            order.reference, UpdateOrder(order.reference, replaces=renews(case, order))
        )
        timing = edit.timing or order.phases[0].timing
        alone = order.reference in sparse and len(order.phases) == 1
        if end is None or not alone or case.start_of(order) >= end:
            continue
        first = _one_interval_after(timing, end)
        if all(last is None or last > first for last in (timing.ends_on, order.ends_on)):
            edits[order.reference] = replace(edit, timing=replace(timing, starts_on=first))
    others = tuple(c for c in loading.changes if not isinstance(c, UpdateOrder))
    return replace(loading, changes=(*edits.values(), *others))


def _end_of_loading(case: Case) -> date | None:
    """The day on which the last loading course ends; None where one has no end."""
    ends = [order.last_day for order, _ in case.loading_drafts]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _one_interval_after(timing: Timing, day: date) -> date:
    if timing.period_unit is PeriodUnit.MONTH and timing.frequency in {None, Decimal(1)}:
        return add_months(day, int(timing.period or 1))
    return day + timedelta(days=int(timing.interval_days or 0))
