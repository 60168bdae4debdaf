"""Oral B12 too little to treat a deficiency."""

from __future__ import annotations

from decimal import Decimal

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.checks.dose.b12_dose import in_words
from regimens.exposure import is_injected, usual_dose
from regimens.orders import Order, Phase, Route, phases_of
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import DAILY, tablet_for
from regimens.verdict import Outcome, Verdict, not_applicable, silent

BY_MOUTH = (Route.ORAL, Route.SUBLINGUAL, Route.BUCCAL)


def check(case: Case) -> Verdict:
    """Ask for 1000 micrograms a day by mouth when a deficiency is treated that way.

    The mean daily dose counts, over all oral drafts; 1000 itself is silent. A formulary may
    accept less for a coded dietary cause. Reads the biochemistry. Not judged beside injections,
    nor when the dose is not known.

    CITES: seed-001, seed-002, uk-pgd-diet.
    """
    phases = tuple(
        (order, phase)
        for order, phase in phases_of(case.cobalamin_drafts)
        if order.route_of(phase) in BY_MOUTH
    )
    if not phases or any(is_injected(order) for order in case.cobalamins_in_set):
        return not_applicable("oral B12 is not what treats")
    if any(is_injected(order) for order in case.running_cobalamins):
        return not_applicable("injections are running")
    daily = _daily(phases)
    if daily is None:
        return not_applicable("the daily dose is not known")
    if case.biochemistry is not B12Status.DEFICIENT:
        return case.otherwise("the results do not show deficiency", Source.LABS)
    if case.dietary and daily >= case.formulary.dietary_oral_daily_from_micrograms:
        return not_applicable("enough for a dietary cause in this formulary")
    if daily >= case.policy.dose_micrograms.oral_treatment_daily_from:
        return silent("1000 micrograms a day or more")
    return Verdict(
        Outcome.FIRED,
        "a deficiency is treated with less than 1000 micrograms a day by mouth",
        orders=tuple(dict.fromkeys(order.reference for order, _ in phases)),
        values={"dose": in_words(daily)},
        inputs=case.reading.inputs,
        proposals=(_enough(case, phases[0][0]),),
    )


def _daily(phases: tuple[tuple[Order, Phase], ...]) -> Decimal | None:
    total = Decimal(0)
    for order, phase in phases:
        dose = usual_dose(order, phase)
        if dose is None:
            return None
        total += dose / (phase.timing.interval_days or Decimal(1))
    return round(total, 2)


def _enough(case: Case, order: Order) -> Proposal:
    dose = case.policy.dose_micrograms.oral_treatment_daily_from
    change = UpdateOrder(order.reference, product=tablet_for(case), micrograms=dose, timing=DAILY)
    return Proposal("oral-1000-daily", (change,), recommended=True)
