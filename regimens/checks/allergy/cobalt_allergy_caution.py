"""A cobalamin ordered for a patient with a cobalt allergy."""

from __future__ import annotations

from regimens.case import Case, Source
from regimens.facts import Allergen
from regimens.proposals import Proposal, UpdateOrder
from regimens.proposing import task
from regimens.verdict import Input, Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Warn and observe: cobalamins contain cobalt. A contraindication on the US label.

    Every amount counts, traces too. The urgency is the formulary's.

    CITES: mhra-cobalt, fda-cyanocobalamin-label.
    """
    drafts = tuple(order for order in case.live_drafts if order.cobalamin)
    if not drafts:
        return not_applicable("no cobalamin is ordered")
    allergies = [a for a in case.facts.allergies.items if Allergen.COBALT in a.allergens]
    if not allergies:
        return case.otherwise("no cobalt allergy is recorded", Source.ALLERGIES)
    note = tuple(UpdateOrder(order.reference, note="cobalt-observation") for order in drafts)
    return Verdict(
        Outcome.FIRED,
        "a cobalamin is ordered and a cobalt allergy is recorded",
        indicator=case.formulary.cobalt_allergy,
        orders=tuple(order.reference for order in drafts),
        inputs=tuple(Input("allergy", a.text, reference=a.reference) for a in allergies),
        proposals=(
            Proposal("add-observation-note", note),
            task("allergy-advice", "allergy-advice"),
        ),
    )
