"""A cobalamin ordered for a patient with a recorded allergy to it."""

from __future__ import annotations

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.facts import Allergy
from regimens.intervals import DAYS_PER_MONTH, longest_months
from regimens.orders import INJECTED, Order, Timing
from regimens.proposals import BookTask, Proposal, UpdateOrder
from regimens.proposing import (
    HYDROXOCOBALAMIN,
    distinct,
    loading_regimen,
    option_changes,
    own_schedule,
    regimen_orders,
    renews,
    replacing,
    retimed,
    task,
)
from regimens.substances import COBALAMINS, Substance
from regimens.verdict import Input, Outcome, Verdict, not_applicable

CYANOCOBALAMIN = "cyanocobalamin-injection"
SWITCH = "switch-cobalamin"


def check(case: Case) -> Verdict:
    """Stop a cobalamin that an active allergy names, or any when it names the class.

    Every amount counts, traces too. A draft whose cobalamin is not stated may be the one. The
    other cobalamin is offered only under allergy advice. Rests on absence when silent.

    CITES: jaci-2023, fda-cyanocobalamin-label.
    """
    drafts = tuple(order for order in case.live_drafts if order.cobalamin)
    if not drafts:
        return not_applicable("no cobalamin is ordered")
    clashes = [
        (order, allergy)
        for order in drafts
        for allergy in case.facts.allergies.items
        if _clash(order, allergy)
    ]
    if not clashes:
        return case.otherwise("no allergy to the ordered cobalamin", Source.ALLERGIES)
    orders = distinct(tuple(order for order, _ in clashes))
    drug = orders[0].cobalamin
    return Verdict(
        Outcome.FIRED,
        "an allergy to the ordered cobalamin is recorded",
        orders=tuple(order.reference for order in orders),
        values={"drug": drug.value if drug else "B12"},
        variant=None if _tolerated(case) else "no-other",
        inputs=tuple(
            Input("allergy", allergy.text, reference=allergy.reference) for _, allergy in clashes
        ),
        proposals=(*_other(case, orders), task("allergy-advice", "allergy-advice")),
    )


def _clash(order: Order, allergy: Allergy) -> bool:
    named = allergy.substances & COBALAMINS
    if not named:
        return False
    vague = Substance.COBALAMIN in named or order.cobalamin is Substance.COBALAMIN
    return vague or order.contains(*named)


def _other(case: Case, orders: tuple[Order, ...]) -> tuple[Proposal, ...]:
    """The other injectable, unless any recorded allergy names it or the whole class."""
    target = _tolerated(case)
    if target is None:
        return ()
    injected = tuple(order for order in orders if _only_injected(order))
    if not injected:
        return _course(case, orders, target)
    swallowed = tuple(order for order in orders if order not in injected)
    changes = tuple(_switched(case, order, target) for order in injected)
    switch = Proposal(SWITCH, changes, values={"drug": _name(case, target)})
    return (replacing(swallowed, switch),)


def _tolerated(case: Case) -> str | None:
    """The injectable that no recorded allergy names; None when the class or both are named."""
    recorded = case.facts.allergies.items
    named = frozenset[Substance]().union(*(allergy.substances for allergy in recorded))
    if Substance.COBALAMIN in named:
        return None
    target = CYANOCOBALAMIN if Substance.HYDROXOCOBALAMIN in named else HYDROXOCOBALAMIN
    return None if case.knowledge.products[target].substance in named else target


def _name(case: Case, product: str) -> str:
    return case.knowledge.products[product].substance.value


def _only_injected(order: Order) -> bool:
    return all(order.route_of(phase) in INJECTED for phase in order.phases)


def _switched(case: Case, order: Order, target: str) -> UpdateOrder:
    return UpdateOrder(
        order.reference,
        product=target,
        micrograms=case.policy.dose_micrograms.usual_dose,
        timing=_close_enough(case, order, target),
        replaces=renews(case, order),
        note="allergy-advice-first",
    )


def _close_enough(case: Case, order: Order, target: str) -> Timing | None:
    """Injections as close as the other cobalamin needs them; None where they already are."""
    timing = order.phases[0].timing
    months = longest_months(case, case.knowledge.products[target].substance)
    interval = timing.interval_days
    if len(order.phases) > 1 or own_schedule(case, order):
        return None
    if interval is None or interval <= months * DAYS_PER_MONTH:
        return None
    return retimed(timing, months)


def _course(case: Case, orders: tuple[Order, ...], target: str) -> tuple[Proposal, ...]:
    """Injections in place of what is swallowed or sprayed, where a deficiency asks for a course.

    An injection cannot take over the route, dose and interval of a tablet.
    """
    if case.status is not B12Status.DEFICIENT:
        return ()
    regimen = case.formulary.regimen[loading_regimen(case)]
    planned = regimen_orders(case, regimen, injectable=target)
    changes = (*option_changes(case, planned), BookTask("allergy-advice"))
    course = Proposal(SWITCH, changes, values={"drug": _name(case, target)})
    return (replacing(orders, course),)
