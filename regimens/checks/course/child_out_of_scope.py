"""An adult regimen ordered for a child."""

from __future__ import annotations

from regimens.case import Case
from regimens.proposing import task
from regimens.verdict import Input, Outcome, Verdict, cannot_tell, not_applicable, silent


def check(case: Case) -> Verdict:
    """Say that adult regimens do not apply; only the safety rules stay active.

    Concerns every order that the adult rules would have judged: B12, a treating dose of folic
    acid, and B12 that is being stopped. The age floor is the formulary's. An unknown birth date
    cannot be decided.

    CITES: ng239 (it covers 16 and over).
    """
    ending = tuple(order for order, _ in case.stops)
    orders = (*case.cobalamin_drafts, *case.folic_acid_drafts, *ending)
    if not orders:
        return not_applicable("no cobalamin and no treating dose of folic acid is ordered")
    age = case.facts.age_years
    if age is None:
        return cannot_tell("the birth date is not known", "date of birth")
    if not case.child:
        return silent("the patient is an adult")
    return Verdict(
        Outcome.FIRED,
        "an order that adult rules would judge, for a patient below the age floor",
        orders=tuple(dict.fromkeys(order.reference for order in orders)),
        values={"floor": str(case.formulary.adult_from_years)},
        inputs=(Input("age", str(age), "years"),),
        proposals=(task("paediatric-guidance", "paediatric-guidance"),),
    )
