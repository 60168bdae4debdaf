"""Vitamin B12 ordered into a vein."""

from __future__ import annotations

from regimens.case import Case, Exemption
from regimens.concepts import Concept
from regimens.orders import Order, Route
from regimens.proposing import distinct, to_route, with_potassium
from regimens.substances import Substance
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for IM or deep SC: what is given into a vein is lost in the urine.

    Cyanide antidotes, vasoplegia orders and methylcobalamin for dialysis patients are exempt. A
    route that is not stated is never taken as intravenous.

    CITES: fda-cyanocobalamin-label, seed-002.
    """
    if not case.cobalamin_drafts:
        return not_applicable("no cobalamin is ordered")
    orders = misdirected(case)
    if not orders:
        return silent("no cobalamin is ordered IV, or its use is exempt")
    return Verdict(
        Outcome.FIRED,
        "a cobalamin is ordered IV",
        orders=tuple(order.reference for order in orders),
        inputs=tuple(Input("route", "IV", reference=order.reference) for order in orders),
        proposals=(
            with_potassium(case, to_route(case, "route-im", orders, Route.INTRAMUSCULAR)),
            with_potassium(case, to_route(case, "route-sc", orders, Route.SUBCUTANEOUS)),
        ),
    )


def misdirected(case: Case) -> tuple[Order, ...]:
    """The cobalamin drafts that go into a vein without a use that asks for it."""
    into_vein = (order for order, _ in case.drafted(Route.INTRAVENOUS))
    return distinct(tuple(order for order in into_vein if not _legitimate(case, order)))


def _legitimate(case: Case, order: Order) -> bool:
    if Exemption.ANTIDOTE in case.exemptions(order):
        return True
    if case.reasoned(order, Concept.VASOPLEGIA) or case.active(Concept.VASOPLEGIA):
        return True
    dialysis = case.active(Concept.DIALYSIS, Concept.KIDNEY_FAILURE)
    return order.contains(Substance.MECOBALAMIN) and bool(dialysis)
