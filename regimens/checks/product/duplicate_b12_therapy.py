"""Two B12 products that would overlap."""

from __future__ import annotations

from itertools import combinations

from regimens.alike import differing_ingredient, differing_route
from regimens.case import Case, Source
from regimens.exposure import is_injected
from regimens.orders import Order
from regimens.proposals import BookTask, DeleteOrder, Proposal
from regimens.proposing import distinct
from regimens.verdict import Input, Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Ask to keep one of two therapeutic cobalamins of different ingredient or route.

    Compares each draft with what is running, and injections of different ingredients within the
    set. Phases that follow one another, the same product and route scheduled anew, traces, and
    what the set stops or replaces do not overlap.

    CITES: policy.
    """
    drafts = tuple(order for order in case.cobalamin_drafts if case.is_therapeutic(order))
    if not drafts:
        return not_applicable("no therapeutic cobalamin is ordered")
    pairs = [*_with_running(case, drafts), *_within_the_set(case, drafts)]
    if not pairs:
        return case.otherwise("no two B12 products overlap", Source.MEDICATIONS)
    draft, other = pairs[0]
    concerned = {order.reference for pair in pairs for order in pair}
    return Verdict(
        Outcome.FIRED,
        "two therapeutic cobalamins differ in ingredient or route and overlap",
        orders=tuple(order.reference for order in drafts if order.reference in concerned),
        values={"first": _name(other), "second": _name(draft)},
        inputs=(
            Input("running order", _name(other), on=other.first_day, reference=other.reference),
        ),
        proposals=_proposals(case, pairs),
    )


def _with_running(case: Case, drafts: tuple[Order, ...]) -> list[tuple[Order, Order]]:
    return [
        (draft, running)
        for draft in drafts
        for running in case.running_cobalamins
        if _differ(draft, running) and _overlap(case, draft, running)
    ]


def _within_the_set(case: Case, drafts: tuple[Order, ...]) -> list[tuple[Order, Order]]:
    injected = [order for order in drafts if is_injected(order)]
    return [
        (second, first)
        for first, second in combinations(injected, 2)
        if differing_ingredient(first, second) and _overlap(case, second, first)
    ]


def _differ(one: Order, other: Order) -> bool:
    return differing_ingredient(one, other) or differing_route(one, other)


def _overlap(case: Case, draft: Order, other: Order) -> bool:
    start, end = case.start_of(draft), draft.last_day
    other_start, other_end = other.first_day or case.today, other.last_day
    # The day on which one ends and the other begins is a change, not an overlap.
    begins_in_time = other_end is None or start < other_end
    return begins_in_time and (end is None or other_start < end)


def _name(order: Order) -> str:
    cobalamin = order.cobalamin
    routes = [route.value for phase in order.phases if (route := order.route_of(phase))]
    return " ".join([cobalamin.value if cobalamin else "B12", *routes[:1]])


def _proposals(case: Case, pairs: list[tuple[Order, Order]]) -> tuple[Proposal, ...]:
    """Take out all drafts of one product, or all of the other: a course may be several orders."""
    draft, other = pairs[0]
    concerned = distinct(tuple(order for pair in pairs for order in pair))
    drafts = {order.reference for order in case.drafts.orders}
    drafted = [order for order in concerned if order.reference in drafts]
    drop = _without("drop-draft", draft, drafted)
    if other in drafted:
        return (drop, _without("drop-other-draft", other, drafted))
    # A running order is not ours to edit: the clinician is asked to stop it.
    stop = BookTask("stop-other-product", about=other.reference, drug=_name(other))
    return (Proposal("stop-other", (stop,), values={"drug": _name(other)}), drop)


def _without(key: str, product: Order, drafted: list[Order]) -> Proposal:
    """Take out this draft, and those beside it of the same ingredient and route."""
    same = (order for order in drafted if order is product or not _differ(order, product))
    changes = tuple(DeleteOrder(order.reference) for order in same)
    return Proposal(key, changes, values={"drug": _name(product)})
