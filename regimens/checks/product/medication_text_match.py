"""A drug recognised by its words alone."""

from __future__ import annotations

from dataclasses import replace

from regimens.case import Case
from regimens.exposure import is_trace
from regimens.facts import Listing
from regimens.orders import Order
from regimens.substances import Substance
from regimens.verdict import Input, Outcome, Verdict, silent
from regimens.whatif import fingerprint


def check(case: Case) -> Verdict:
    """Ask to confirm what an order without a drug code that we know was taken for.

    Drafts of B12 or folic acid, and running drugs whose recognition changed a result. Traces are
    exempt.

    CITES: policy.
    """
    drafts = tuple(order for order in case.live_drafts if _by_text(case, order))
    matched = drafts + _decisive(case)
    if not matched:
        return silent("every drug that matters has a code")
    first = matched[0]
    return Verdict(
        Outcome.FIRED,
        "a drug was identified from its words alone",
        orders=tuple(order.reference for order in drafts),
        variant="unknown-code" if first.medicine and first.medicine.code_unknown else None,
        values={"text": first.medicine.text if first.medicine else "", "drug": _taken_for(first)},
        inputs=tuple(
            Input("drug text", order.medicine.text, reference=order.reference)
            for order in matched
            if order.medicine
        ),
    )


def _by_text(case: Case, order: Order) -> bool:
    ours = order.cobalamin is not None or order.contains(Substance.FOLIC_ACID)
    return bool(order.medicine and order.medicine.by_text and ours) and not is_trace(
        order, case.policy
    )


def _decisive(case: Case) -> tuple[Order, ...]:
    """Running drugs known by words alone without which the rules would have said something else."""
    candidates = [
        order
        for order in case.running
        if order.medicine
        and order.medicine.by_text
        and order.medicine.substances
        and not is_trace(order, case.policy)
    ]
    if not candidates:
        return ()
    now = fingerprint(case)
    alike = _alike(candidates)
    asked, unasked = alike[:MOST_ASKED], alike[MOST_ASKED:]
    decisive = [orders for orders in asked if fingerprint(_lacking(case, orders[0])) != now]
    references = {order.reference for orders in (*decisive, *unasked) for order in orders}
    return tuple(order for order in candidates if order.reference in references)


# Nobody takes as many different drugs that bear on B12. Each is asked of all the rules, so their
# number is not left to the sender; those beyond count as decisive, which only asks to confirm them.
MOST_ASKED = 20


def _alike(orders: list[Order]) -> list[list[Order]]:
    """The orders that differ by nothing but their reference, together: each would change the same."""
    groups: dict[str, list[Order]] = {}
    for order in orders:
        groups.setdefault(repr(replace(order, reference="")), []).append(order)
    return list(groups.values())


def _lacking(case: Case, order: Order) -> Case:
    listed = case.facts.medications
    items = tuple(other for other in listed.items if other is not order)
    medications: Listing[Order] = replace(listed, items=items)
    return case.within(facts=replace(case.facts, medications=medications))


def _taken_for(order: Order) -> str:
    return ", ".join(sorted(order.medicine.substances)) if order.medicine else ""
