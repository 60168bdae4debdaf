"""Loading too sparse for a patient with neurological involvement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.checks.exempt import EVERY_SPECIAL_USE
from regimens.orders import INJECTED, Order, Phase, phases_of
from regimens.proposals import Proposal
from regimens.proposing import LOADING, add_regimen, on_one_product, replacing
from regimens.quantities import plain
from regimens.verdict import Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for alternate days: a mean interval above 2.5 days is too sparse at the start.

    Judges the earliest parenteral phase only, loading before what starts the same day; the
    absence of any loading is another rule's.

    CITES: bnf-hydroxocobalamin, seed-002, seed-003.
    """
    first = _earliest(case)
    if first is None:
        return not_applicable("no parenteral B12 with an interval is ordered")
    order, phase = first
    interval = phase.timing.interval_days
    limits = case.policy.interval_days
    if order.ambiguous or interval is None or interval > limits.loading_to:
        return not_applicable("the earliest phase is not loading")
    if not case.loads(order, phase):
        return not_applicable("the earliest phase is not loading")
    if case.biochemistry is not B12Status.DEFICIENT or case.on_b12:
        return case.otherwise("not an untreated deficiency", Source.LABS)
    if not case.neuro.active:
        return case.otherwise("no neurological involvement is recorded", Source.CONDITIONS)
    if interval <= limits.neuro_loading_to:
        return silent("loading is on alternate days or more often")
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    return Verdict(
        Outcome.FIRED,
        "neurological involvement, and loading is sparser than alternate days",
        orders=(order.reference,),
        values={"interval": plain(round(interval, 1))},
        inputs=case.reading.inputs,
        proposals=(_alternate_days(case, order),),
    )


def _earliest(case: Case) -> tuple[Order, Phase] | None:
    orders = case.without(case.cobalamin_drafts, *EVERY_SPECIAL_USE)
    phases = [
        (order, phase) for order, phase in phases_of(orders) if order.route_of(phase) in INJECTED
    ]
    return min(phases, key=lambda each: _position(case, *each), default=None)


def _position(case: Case, order: Order, phase: Phase) -> tuple[date, bool, Decimal]:
    """By day; of those that start together, loading first, and the closest loading of all."""
    interval = phase.timing.interval_days or Decimal(0)
    return case.start_of(order, phase), not case.loads(order, phase), interval


def _alternate_days(case: Case, order: Order) -> Proposal:
    key, regimen = "loading-alternate-days", "deficient-neuro"
    loading = add_regimen(case, key, regimen, purposes=LOADING, recommended=True)
    rest = tuple(other for other in case.cobalamins_in_set if other is not order)
    return replacing((order,), on_one_product(case, loading, rest))
