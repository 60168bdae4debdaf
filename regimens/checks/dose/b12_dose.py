"""A B12 dose that is a unit error, or lies outside the usual range."""

from __future__ import annotations

from decimal import Decimal

from regimens.case import Case, Exemption
from regimens.orders import INJECTED, Order, Phase, phases_of
from regimens.proposals import Proposal, UpdateOrder
from regimens.quantities import plain
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent

MICROGRAMS_PER_MILLIGRAM = Decimal(1000)
Dosed = tuple[Order, Phase, Decimal]


def check_unit_error(case: Case) -> Verdict:
    """Stop a single dose of 10 mg or more: milligrams were written for micrograms.

    10 mg itself fires. A volume or a count is judged by the product's strength, from its code or
    its text; without a strength nothing is judged, and the trace says so. Cyanide antidotes and
    coded disorders of cobalamin metabolism are exempt.

    CITES: ismp-units, guidelinecentral-asmbs and seed-000 (which carry the slip themselves).
    """
    doses = _doses(case, Exemption.ANTIDOTE, Exemption.METABOLIC)
    if not doses:
        return not_applicable("no B12 dose that can be judged")
    wrong = [dosed for dosed in doses if dosed[2] >= case.policy.dose_micrograms.unit_error_from]
    if not wrong:
        return silent("every B12 dose is below 10 mg")
    return _fired("a single dose of 10 mg or more is ordered", wrong, case, "set-usual-dose")


def check_outside_usual_range(case: Case) -> Verdict:
    """Ask about an injected dose above 2 mg, or below 30 micrograms.

    Both bounds are usual themselves. A dose that is a unit error is left to that rule.

    CITES: fda-cyanocobalamin-label, fda-hydroxocobalamin-label, seed-001.
    """
    limits = case.policy.dose_micrograms
    doses = [
        (order, phase, dose)
        for order, phase, dose in _doses(case, Exemption.ANTIDOTE, Exemption.METABOLIC)
        if order.route_of(phase) in INJECTED
    ]
    if not doses:
        return not_applicable("no injected B12 dose that can be judged")
    if any(dose >= limits.unit_error_from for _, _, dose in doses):
        return not_applicable("a dose is a unit error")
    odd = [dosed for dosed in doses if not limits.usual_from <= dosed[2] <= limits.usual_to]
    if not odd:
        return silent("every injected dose is in the usual range")
    return _fired("an injected dose is outside the usual range", odd, case, "set-usual-dose")


def _doses(case: Case, *exempt: Exemption) -> list[Dosed]:
    orders = case.without(case.cobalamin_drafts, *exempt)
    found = []
    for order, phase in phases_of(orders):
        cobalamin = order.cobalamin
        dose = order.micrograms(phase, cobalamin) if cobalamin else None
        if dose is not None:
            found.append((order, phase, dose))
    return found


def _fired(why: str, doses: list[Dosed], case: Case, key: str) -> Verdict:
    order, phase, dose = max(doses, key=lambda dosed: dosed[2])
    stated = phase.amount.stated if phase.amount else ""
    return Verdict(
        Outcome.FIRED,
        why,
        orders=tuple(dict.fromkeys(order.reference for order, _, _ in doses)),
        values={
            "dose": in_words(dose),
            "milligrams": plain(dose / MICROGRAMS_PER_MILLIGRAM),
            "stated": stated,
        },
        inputs=(Input("ordered dose", stated or in_words(dose), reference=order.reference),),
        proposals=(_usual_dose(doses, case, key),),
    )


def _usual_dose(doses: list[Dosed], case: Case, key: str) -> Proposal:
    """The usual dose in place of each wrong one; route and schedule are kept."""
    changes = tuple(
        UpdateOrder(
            order.reference,
            micrograms=case.policy.dose_micrograms.usual_dose,
            phases=(order.phases.index(phase),),
        )
        for order, phase, _ in doses
    )
    return Proposal(key, changes, recommended=True)


def in_words(dose: Decimal) -> str:
    """A dose as a card writes it: micrograms below 1 mg, milligrams from there."""
    if dose < MICROGRAMS_PER_MILLIGRAM:
        return f"{plain(dose)} micrograms"
    return f"{plain(dose / MICROGRAMS_PER_MILLIGRAM)} mg"
