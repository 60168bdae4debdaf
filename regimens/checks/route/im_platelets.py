"""An injection into muscle ordered with low platelets: three tiers without a gap."""

from __future__ import annotations

from enum import Enum

from regimens.case import Case, Source
from regimens.facts import Analyte
from regimens.orders import Order, Route
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import distinct, oral_bridge, task, to_route
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


class Tier(Enum):
    """How low the platelets are."""

    CRITICAL = "below 10"
    HIGH_RISK = "10 to 24"
    TECHNIQUE = "25 to 50"
    SAFE = "above 50"


def check_below_10(case: Case) -> Verdict:
    """Keep the needle out of the muscle below 10, never B12 from the patient.

    CITES: seed-003; pseudo-tma-pmc6717731 (B12 deficiency itself can be the cause).
    """
    return _check(case, Tier.CRITICAL)


def check_10_to_24(case: Case) -> Verdict:
    """Treat 10 to below 25 as high risk: the seed's tiers leave a gap here (C22).

    CITES: policy, seed-003.
    """
    return _check(case, Tier.HIGH_RISK)


def check_25_to_50(case: Case) -> Verdict:
    """Remind of technique from 25 to 50, both included.

    CITES: seed-003.
    """
    return _check(case, Tier.TECHNIQUE)


def tier(case: Case) -> Tier | None:
    """The tier of the current platelet count; None when there is none."""
    result = case.current(Analyte.PLATELETS)
    measured = result.measured if result else None
    if measured is None:
        return None
    limits = case.policy.platelets
    if measured.surely_below(limits.critical_below):
        return Tier.CRITICAL
    if measured.surely_below(limits.high_risk_below):
        return Tier.HIGH_RISK
    return Tier.TECHNIQUE if measured.surely_at_most(limits.technique_to) else Tier.SAFE


def _check(case: Case, wanted: Tier) -> Verdict:
    phases = tuple(case.drafted(Route.INTRAMUSCULAR))
    if not phases:
        return not_applicable("no cobalamin is ordered into muscle")
    found = tier(case)
    if found is None:
        return case.otherwise("no current platelet count", Source.LABS)
    inputs = tuple(Input.of(result) for result in (case.current(Analyte.PLATELETS),) if result)
    if found is not wanted:
        return silent(f"platelets are {found.value}", *inputs)
    orders = distinct(tuple(order for order, _ in phases))
    assumed = any(phase.route is None for _, phase in phases)
    return Verdict(
        Outcome.FIRED,
        f"IM is ordered with platelets {wanted.value}",
        orders=tuple(order.reference for order in orders),
        values={"platelets": inputs[0].value},
        inputs=inputs,
        notes=("route-assumed-im",) if assumed else (),
        proposals=_proposals(case, wanted, orders),
    )


def _proposals(case: Case, wanted: Tier, orders: tuple[Order, ...]) -> tuple[Proposal, ...]:
    deep_sc = to_route(case, "route-deep-sc", orders, Route.SUBCUTANEOUS)
    technique = Proposal(
        "add-technique-note",
        tuple(UpdateOrder(order.reference, note="low-platelet-technique") for order in orders),
    )
    oral = oral_bridge(case, orders)
    advice = task("haematology-advice", "haematology-advice")
    match wanted:
        case Tier.CRITICAL:
            return (deep_sc, *oral, advice)
        case Tier.HIGH_RISK:
            return (deep_sc, *oral, technique)
        case Tier.TECHNIQUE | Tier.SAFE:
            return (technique, deep_sc)
