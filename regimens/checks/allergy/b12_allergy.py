"""A cobalamin ordered for a patient with a recorded allergy to it."""

from __future__ import annotations

from regimens.case import Case, Source
from regimens.facts import Allergy
from regimens.orders import Order
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import HYDROXOCOBALAMIN, distinct, task
from regimens.substances import COBALAMINS, Substance
from regimens.verdict import Input, Outcome, Verdict, not_applicable


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
    recorded = case.facts.allergies.items
    named = frozenset[Substance]().union(*(allergy.substances for allergy in recorded))
    if Substance.COBALAMIN in named:
        return ()
    cyano = "cyanocobalamin-injection"
    target = cyano if Substance.HYDROXOCOBALAMIN in named else HYDROXOCOBALAMIN
    if case.knowledge.products[target].substance in named:
        return ()
    changes = tuple(
        UpdateOrder(
            order.reference,
            product=target,
            micrograms=case.policy.dose_micrograms.usual_dose,
            note="allergy-advice-first",
        )
        for order in orders
    )
    name = case.knowledge.products[target].substance.value
    return (Proposal("switch-cobalamin", changes, values={"drug": name}),)
