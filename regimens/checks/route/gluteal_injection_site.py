"""An injection ordered into the buttock."""

from __future__ import annotations

from regimens.case import Case
from regimens.orders import INJECTED, Site
from regimens.proposals import Proposal, UpdateOrder
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for the deltoid or the vastus lateralis: the sciatic nerve runs through the buttock.

    The ventrogluteal site is not flagged. A site that is not stated is silent.

    CITES: seed-002, seed-003.
    """
    if not case.injected_drafts:
        return not_applicable("no cobalamin is injected")
    orders = tuple(
        dict.fromkeys(
            order.reference
            for order, phase in case.injected_drafts
            if phase.site is Site.BUTTOCK and order.route_of(phase) in INJECTED
        )
    )
    if not orders:
        return silent("no injection into the buttock is ordered")
    return Verdict(
        Outcome.FIRED,
        "an injection into the buttock is ordered",
        orders=orders,
        inputs=tuple(Input("injection site", "buttock", reference=order) for order in orders),
        proposals=(
            _move("site-deltoid", orders, Site.DELTOID),
            _move("site-vastus-lateralis", orders, Site.VASTUS_LATERALIS),
        ),
    )


def _move(key: str, orders: tuple[str, ...], site: Site) -> Proposal:
    return Proposal(key, tuple(UpdateOrder(order, site=site) for order in orders))
