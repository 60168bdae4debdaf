"""Maintenance ordered for an untreated deficiency without a loading course."""

from __future__ import annotations

from dataclasses import replace

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.checks.exempt import EVERY_SPECIAL_USE
from regimens.exposure import is_injected
from regimens.orders import INJECTED, phases_of
from regimens.proposals import Proposal
from regimens.proposing import add_loading, injectable_for, to_hydroxocobalamin
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
        inputs=case.assessment.inputs,
        proposals=(_loading_first(case),),
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


def _loading_first(case: Case) -> Proposal:
    """Loading before what is drafted; the drafts change to the product that loading uses."""
    loading = add_loading(case, recommended=True)
    wanted = case.knowledge.products[injectable_for(case)].substance
    other = tuple(o for o in case.cobalamin_drafts if o.cobalamin not in {wanted, None})
    if not other or wanted is not Substance.HYDROXOCOBALAMIN:
        return loading
    switched = to_hydroxocobalamin(case, other, lengthen=True)
    return replace(loading, changes=switched.changes + loading.changes)
