"""Loading started while potassium is low."""

from __future__ import annotations

from regimens.case import Case, Exemption, Source
from regimens.facts import Analyte
from regimens.proposals import BookTask, OrderTest, Proposal
from regimens.verdict import Input, Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Ask to correct potassium below 3.5 first; loading lowers it further. 3.5 is silent.

    CITES: fda-cyanocobalamin-label, seed-001, seed-002.
    """
    loading = case.phases_without(case.loading_drafts, Exemption.ANTIDOTE)
    if not loading or case.on_b12:
        return not_applicable("no parenteral loading is started")
    low = case.below(Analyte.POTASSIUM, case.policy.potassium.low_below)
    if low is None:
        return case.otherwise("no low potassium in the last week", Source.LABS)
    evidence = Input.of(low)
    return Verdict(
        Outcome.FIRED,
        "loading starts while potassium is low",
        orders=tuple(dict.fromkeys(order.reference for order, _ in loading)),
        values={"potassium": evidence.value},
        inputs=(evidence,),
        proposals=(
            Proposal("repeat-potassium", (OrderTest(Analyte.POTASSIUM),)),
            Proposal("correct-potassium", (BookTask("correct-potassium"),)),
        ),
    )
