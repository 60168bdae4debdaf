"""Hydroxocobalamin: preferred in some formularies, short of supply in others."""

from __future__ import annotations

from regimens.case import Case, Exemption
from regimens.orders import Order, Route
from regimens.proposals import Proposal
from regimens.proposing import (
    avoids_cyanocobalamin,
    distinct,
    to_hydroxocobalamin,
    without_cyanocobalamin,
)
from regimens.substances import Substance
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check_availability(case: Case) -> Verdict:
    """Say that supply is uncertain where hydroxocobalamin is drafted or suggested.

    Comes after the other rules, to know what they suggest. A record older than 90 days reads
    "check supply". Antidotes are exempt.

    CITES: fda-shortages.
    """
    shortage = case.formulary.hydroxocobalamin_shortage
    if shortage is None or not shortage.in_shortage:
        return not_applicable("no shortage is recorded in this formulary")
    drafted = tuple(o for o in case.cobalamin_drafts if o.contains(Substance.HYDROXOCOBALAMIN))
    ordinary = case.without(drafted, Exemption.ANTIDOTE)
    if not ordinary and Substance.HYDROXOCOBALAMIN not in case.suggested:
        return silent("hydroxocobalamin is neither ordered nor suggested")
    age = (case.today - shortage.recorded_on).days
    return Verdict(
        Outcome.FIRED,
        "hydroxocobalamin is ordered or suggested during a recorded shortage",
        orders=tuple(order.reference for order in ordinary),
        values={"recorded": shortage.recorded_on.isoformat(), "note": shortage.note},
        variant="check-supply" if age > case.policy.monitoring.shortage_record_days else None,
        inputs=(Input("shortage record", shortage.note, on=shortage.recorded_on),),
    )


def check_preferred(case: Case) -> Verdict:
    """Say that hydroxocobalamin is the injection of choice where the formulary says so.

    CITES: seed-002, seed-003.
    """
    if not case.formulary.hydroxocobalamin_preferred:
        return not_applicable("this formulary has no such preference")
    orders = distinct(
        tuple(
            order
            for order, _ in case.drafted(Route.INTRAMUSCULAR)
            if order.contains(Substance.CYANOCOBALAMIN)
        )
    )
    if not orders:
        return not_applicable("no cyanocobalamin is ordered into muscle")
    return Verdict(
        Outcome.FIRED,
        "cyanocobalamin is ordered into muscle where hydroxocobalamin is preferred",
        orders=tuple(order.reference for order in orders),
        proposals=(_replacement(case, orders),),
    )


def _replacement(case: Case, orders: tuple[Order, ...]) -> Proposal:
    """Hydroxocobalamin; where cyanocobalamin is to be avoided, what the card on that offers too."""
    if not avoids_cyanocobalamin(case):
        return to_hydroxocobalamin(case, orders, lengthen=True)
    every = (o for o in case.cobalamin_drafts if o.contains(Substance.CYANOCOBALAMIN))
    return without_cyanocobalamin(case, tuple(every))
