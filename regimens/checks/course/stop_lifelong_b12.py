"""Vitamin B12 stopped in a patient whose cause never goes away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from regimens.case import Case, Source
from regimens.orders import Order
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import MAINTENANCE, add_regimen, loading_regimen
from regimens.verdict import Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Stop the stopping: relapse and nerve damage follow, whatever the level reads.

    A stop is a draft that stops or cancels an existing cobalamin order, or revises it with an end
    date, when no therapeutic cobalamin, active or drafted, goes on beyond that end. A new bounded
    order is no stop unless it says it replaces the running one.

    CITES: ng239-sps, seed-002, seed-003, fda-cyanocobalamin-label.
    """
    stops = [*_stopped(case), *_end_dated(case)]
    if not stops:
        return not_applicable("no B12 is being stopped")
    if not case.irreversible:
        needed = (Source.CONDITIONS, Source.PROCEDURES, Source.LABS)
        return case.otherwise("no irreversible cause is recorded", *needed)
    order, end = max(stops, key=lambda stop: (stop[1], stop[0].reference))
    if _goes_on(case, end, frozenset(stop.reference for stop, _ in stops)):
        return silent("another therapeutic cobalamin goes on")
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    cause = case.irreversible[0]
    return Verdict(
        Outcome.FIRED,
        "B12 is being stopped and the cause is irreversible",
        orders=tuple(dict.fromkeys(stop.reference for stop, _ in stops)),
        values={"cause": cause.name[:1].upper() + cause.name[1:]},
        inputs=(cause.evidence,),
        proposals=(_keep(order), _maintain(case)),
    )


def _stopped(case: Case) -> list[tuple[Order, date]]:
    return [
        (order, case.today)
        for order, running in case.stops
        if case.is_therapeutic(running or order)
    ]


def _end_dated(case: Case) -> list[tuple[Order, date]]:
    """Drafts that revise a running order, with the day on which they end it."""
    existing = {o.reference for o in case.running if case.is_therapeutic(o)}
    found = []
    for order in case.cobalamins_in_set:
        revised = {order.reference, order.revises} & existing
        last = order.last_day
        if revised and last is not None:
            found.append((order, last))
    return found


def _goes_on(case: Case, end: date, stopping: frozenset[str]) -> bool:
    candidates = (*case.running_cobalamins, *case.cobalamins_in_set)
    return any(
        case.is_therapeutic(order)
        and order.reference not in stopping
        and (order.last_day is None or order.last_day > end)
        for order in candidates
    )


def _keep(order: Order) -> Proposal:
    """Keep the order running: active again, without its end.

    Of several phases the last alone is opened: a loading course before it ends as written.
    """
    last = len(order.phases) - 1
    timing = order.phases[last].timing
    change = UpdateOrder(order.reference, status="active", open_ended=order.ends_on is not None)
    if timing.bounded:
        open_ended = replace(timing, bounds_days=None, ends_on=None, count=None)
        change = replace(change, timing=open_ended, phases=(last,))
    return Proposal("keep-order", (change,), recommended=True)


def _maintain(case: Case) -> Proposal:
    """A maintenance order that goes on after the one being stopped; the stop itself stays."""
    key, regimen = "replace-with-maintenance", loading_regimen(case)
    return add_regimen(case, key, regimen, purposes=MAINTENANCE)
