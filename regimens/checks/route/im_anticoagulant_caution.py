"""An injection into muscle ordered for a patient on an anticoagulant."""

from __future__ import annotations

import re

from regimens.case import Case, Source
from regimens.facts import Analyte
from regimens.orders import AmountKind, Order, Phase, Route
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import distinct, oral_bridge, to_route
from regimens.substances import ANTICOAGULANTS, Substance
from regimens.verdict import Indicator, Input, Outcome, Verdict, not_applicable

_UNITS = re.compile(r"\b(?:units?|iu|u)\b")


def check(case: Case) -> Verdict:
    """Remind of bleeding; warn when a vitamin K antagonist's INR is above 3.0, old or missing.

    INR of exactly 3.0 and 14 days of age are still fine. A heparin at a dose that only prevents
    clots does not count; one of unknown dose does.

    CITES: nhs-sps-im-anticoagulants, thrombosis-2022.
    """
    phases = tuple(case.drafted(Route.INTRAMUSCULAR))
    if not phases:
        return not_applicable("no cobalamin is ordered into muscle")
    drugs = tuple(order for order in case.running if _treats(case, order))
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
            *oral_bridge(case, orders),
            _technique(orders),
        ),
    )


def _treats(case: Case, order: Order) -> bool:
    if order.contains(*(ANTICOAGULANTS - {Substance.HEPARIN})):
        return True
    preventive = all(_prevents(case, order, phase) for phase in order.phases)
    return order.contains(Substance.HEPARIN) and not preventive


def _prevents(case: Case, order: Order, phase: Phase) -> bool:
    doses, amount = case.policy.heparin, phase.amount
    daily = order.daily_micrograms(phase, Substance.HEPARIN)
    if daily is not None:
        return daily in doses.prophylaxis_micrograms_daily
    if amount is None or amount.kind is not AmountKind.UNKNOWN:
        return False
    in_units = _UNITS.search(amount.stated.lower()) is not None
    return in_units and amount.value <= doses.prophylaxis_units_to


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
