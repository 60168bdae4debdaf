"""Cyanocobalamin ordered with Leber optic neuropathy."""

from __future__ import annotations

from regimens.case import Case, Source
from regimens.concepts import Concept
from regimens.exposure import is_injected
from regimens.modifiers import quoted
from regimens.orders import Order
from regimens.proposals import Proposal
from regimens.proposing import (
    add_regimen,
    loading_regimen,
    replacing,
    without_cyanocobalamin,
)
from regimens.substances import Substance
from regimens.verdict import Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Stop cyanocobalamin by any route: severe and swift optic atrophy was reported.

    Hydroxocobalamin is never flagged; it is a licensed treatment of the disease (C40).

    CITES: fda-cyanocobalamin-label, smpc-hydroxocobalamin-uk.
    """
    orders = tuple(o for o in case.cobalamin_drafts if o.contains(Substance.CYANOCOBALAMIN))
    if not orders:
        return not_applicable("no cyanocobalamin is ordered")
    coded = case.active(Concept.LEBER_OPTIC_ATROPHY)
    if not coded:
        return case.otherwise("no Leber optic neuropathy is recorded", Source.CONDITIONS)
    return Verdict(
        Outcome.FIRED,
        "cyanocobalamin is ordered and Leber optic neuropathy is recorded",
        orders=tuple(order.reference for order in orders),
        inputs=tuple(quoted(condition) for condition in coded),
        proposals=_proposals(case, orders),
    )


def _proposals(case: Case, orders: tuple[Order, ...]) -> tuple[Proposal, ...]:
    """The same injections of hydroxocobalamin; in place of tablets a course, but none for a child."""
    if any(is_injected(order) for order in orders):
        return (without_cyanocobalamin(case, orders),)
    if case.child:
        return ()
    course = add_regimen(case, "replace-hydroxocobalamin-course", loading_regimen(case))
    return (replacing(orders, course),)
