"""Whether two B12 orders are the same treatment."""

from __future__ import annotations

from regimens.orders import Order, Route
from regimens.substances import Substance


def same_product_and_route(one: Order, other: Order) -> bool:
    """True when two cobalamin orders do not differ in ingredient or route, as far as stated."""
    return not differing_ingredient(one, other) and not differing_route(one, other)


def differing_ingredient(one: Order, other: Order) -> bool:
    """True when both name their cobalamin and the names differ."""
    names = {one.cobalamin, other.cobalamin} - {Substance.COBALAMIN, None}
    return len(names) > 1


def differing_route(one: Order, other: Order) -> bool:
    """True when both state routes and have none in common."""
    ours, theirs = _routes(one), _routes(other)
    return bool(ours) and bool(theirs) and ours.isdisjoint(theirs)


def _routes(order: Order) -> frozenset[Route]:
    return frozenset(r for phase in order.phases if (r := order.route_of(phase)) is not None)
