"""A running regimen changed or stopped because of a level."""

from __future__ import annotations

import re

from regimens.alike import same_product_and_route
from regimens.case import Case
from regimens.checks.timing.high_frequency_without_review import reason_in_symptoms
from regimens.orders import Order
from regimens.proposing import task
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent

# A number beside B12 is a result, unless it is a dose.
_B12_NUMBER = re.compile(r"\bb-?12\W+[\d,]*\d{3}\b(?!\s*(?:mcg|micro|ug|\u00b5g|mg))")


def check(case: Case) -> Verdict:
    """Ask for symptoms: levels say nothing about how often an established patient needs B12.

    Speaks when the reason of a draft that stops, revises or reschedules a running order names a
    level and no symptom.

    CITES: seed-002, seed-003 (C30).
    """
    changing = _changing(case)
    if not changing:
        return not_applicable("no running B12 regimen is changed or stopped")
    by_level = tuple(order for order in changing if _cites_level(case, order))
    if not by_level:
        return silent("no reason names a level without symptoms")
    return Verdict(
        Outcome.FIRED,
        "a running regimen is changed for a level, not for symptoms",
        orders=tuple(order.reference for order in by_level),
        inputs=tuple(
            Input("reason", reason.text, reference=order.reference)
            for order in by_level
            for reason in order.reasons
        ),
        proposals=(task("record-symptom-review", "symptom-review"),),
    )


def _changing(case: Case) -> tuple[Order, ...]:
    stopped = [order for order, _ in case.stops]
    running = [order for order in case.running if case.is_therapeutic(order)]
    revised = [
        order
        for order in case.cobalamin_drafts
        if any(
            other.reference in {order.reference, order.revises}
            or same_product_and_route(order, other)
            for other in running
        )
    ]
    return (*stopped, *revised)


def _cites_level(case: Case, order: Order) -> bool:
    if reason_in_symptoms(case, order):
        return False
    words = case.policy.words.level
    texts = [reason.text.lower() for reason in order.reasons]
    return any(_B12_NUMBER.search(text) or any(word in text for word in words) for text in texts)
