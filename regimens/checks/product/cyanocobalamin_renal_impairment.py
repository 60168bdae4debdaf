"""Cyanocobalamin ordered with impaired kidneys."""

from __future__ import annotations

from regimens.case import ADVANCED_KIDNEY_DISEASE, Case, Source
from regimens.exposure import is_injected, usual_dose
from regimens.facts import Analyte
from regimens.modifiers import quoted
from regimens.orders import Order
from regimens.proposals import Proposal
from regimens.proposing import (
    add_regimen,
    loading_regimen,
    own_schedule,
    replacing,
    to_methylcobalamin,
    without_cyanocobalamin,
)
from regimens.substances import Substance
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Prefer another cobalamin below eGFR 50: its cyanide is cleared by the kidneys.

    Exactly 50 is silent. Without a value in its window, coded stage 4 or 5, kidney failure or
    dialysis counts; without either the rule on unknown kidney function speaks. Doses below 50
    micrograms are a trace.

    CITES: seed-002 (cut point), divine-2010 and spence-2017 (indirect: a combined oral tablet).
    """
    orders = tuple(order for order in case.cobalamin_drafts if _counts(case, order))
    if not orders:
        return not_applicable("no cyanocobalamin above a trace is ordered")
    evidence = _evidence(case)
    if evidence is None:
        return case.otherwise("no value and no diagnosis of it", Source.LABS, Source.CONDITIONS)
    if not case.kidney_impaired:
        return silent("kidney function is not below 50", evidence)
    return Verdict(
        Outcome.FIRED,
        "cyanocobalamin is ordered and kidney function is below 50",
        orders=tuple(order.reference for order in orders),
        values={"kidney": evidence.value},
        variant=_variant(case),
        inputs=(evidence,),
        proposals=_proposals(case, orders),
    )


def _counts(case: Case, order: Order) -> bool:
    if not order.contains(Substance.CYANOCOBALAMIN):
        return False
    doses = [usual_dose(order, phase) for phase in order.phases]
    least = case.policy.dose_micrograms.renal_from
    return any(dose is None or dose >= least for dose in doses)


def _evidence(case: Case) -> Input | None:
    if case.kidney is not None:
        return Input.of(case.kidney)
    coded = case.active(*ADVANCED_KIDNEY_DISEASE)
    return quoted(coded[0]) if coded else None


def _variant(case: Case) -> str | None:
    """Another wording where the evidence is a diagnosis, or creatinine clearance."""
    if case.kidney is None:
        return "coded"
    return "clearance" if case.kidney.analyte is Analyte.CREATININE_CLEARANCE else None


def _proposals(case: Case, orders: tuple[Order, ...]) -> tuple[Proposal, ...]:
    injected = tuple(order for order in orders if is_injected(order))
    by_mouth = to_methylcobalamin(case, orders)
    if injected:
        hydroxocobalamin = without_cyanocobalamin(case, orders)
        needle = any(own_schedule(case, order) for order in injected)
        return (hydroxocobalamin,) if needle else (hydroxocobalamin, by_mouth)
    hydroxo = add_regimen(case, "replace-hydroxocobalamin-course", loading_regimen(case))
    course = replacing(orders, hydroxo)
    return (course,) if case.needs_injections else (by_mouth, course)
