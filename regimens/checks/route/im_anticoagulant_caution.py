"""An injection into muscle ordered for a patient on an anticoagulant."""

from __future__ import annotations

from regimens.case import Case, Source
from regimens.facts import Analyte
from regimens.orders import Order, Route
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import distinct, oral_instead, to_route
from regimens.substances import ANTICOAGULANTS, Substance
from regimens.verdict import Indicator, Input, Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Remind of bleeding; warn when a vitamin K antagonist's INR is above 3.0, old or missing.

    INR of exactly 3.0 and 14 days of age are still fine.

    CITES: nhs-sps-im-anticoagulants, thrombosis-2022.
    """
    phases = tuple(case.drafted(Route.INTRAMUSCULAR))
    if not phases:
        return not_applicable("no cobalamin is ordered into muscle")
    drugs = tuple(order for order in case.running if order.contains(*ANTICOAGULANTS))
    if not drugs:
        return case.otherwise("no anticoagulant is running", Source.MEDICATIONS)
    orders = distinct(tuple(order for order, _ in phases))
    inr = case.current(Analyte.INR)
    drug = _name(drugs[0])
    return Verdict(
        Outcome.FIRED,
        "IM is ordered and an anticoagulant is running",
        indicator=Indicator.WARNING if _risky(case, drugs) else None,
        orders=tuple(order.reference for order in orders),
        values={"drug": drug},
        inputs=(
            *(Input("anticoagulant", _name(order), reference=order.reference) for order in drugs),
            *((Input.of(inr),) if inr else ()),
        ),
        notes=("route-assumed-im",) if any(phase.route is None for _, phase in phases) else (),
        proposals=(
            to_route(case, "route-deep-sc", orders, Route.SUBCUTANEOUS),
            oral_instead(case, "oral-bridge", orders),
            _technique(orders),
        ),
    )


def _risky(case: Case, drugs: tuple[Order, ...]) -> bool:
    if not any(order.contains(Substance.VITAMIN_K_ANTAGONIST) for order in drugs):
        return False
    inr = case.current(Analyte.INR)
    if inr is None or inr.measured is None:
        return True
    return not inr.measured.surely_at_most(case.policy.inr.high_above)


def _name(order: Order) -> str:
    found = order.medicine.substances & ANTICOAGULANTS if order.medicine else frozenset()
    return min(found, default=Substance.HEPARIN).value


def _technique(orders: tuple[Order, ...]) -> Proposal:
    changes = tuple(UpdateOrder(o.reference, note="anticoagulant-technique") for o in orders)
    return Proposal("add-technique-note", changes)
