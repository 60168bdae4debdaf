"""Loading started in severe or pernicious anaemia without potassium checks."""

from __future__ import annotations

from regimens.case import Case, Exemption, Source
from regimens.facts import Analyte
from regimens.proposals import Proposal
from regimens.proposing import potassium_checks
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for potassium today, at 24 and at 48 hours: it falls as blood is made again.

    Pernicious anaemia whatever the Hb, anti-IF antibodies, Hb below 80 g/L or Hct below 25 %.
    Only an order for potassium silences it, never a past result. Speaks at signing. Rests on
    absence of treatment.

    CITES: fda-cyanocobalamin-label, seed-001, seed-002.
    """
    loading = case.phases_without(case.loading_drafts, Exemption.ANTIDOTE)
    if not loading or case.on_b12:
        return not_applicable("no parenteral loading is started")
    if not case.potassium_at_risk:
        return case.otherwise(
            "neither pernicious nor severe anaemia", Source.LABS, Source.CONDITIONS
        )
    if Analyte.POTASSIUM in case.drafts.tests:
        return silent("potassium is ordered")
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    blood = (case.current(Analyte.HAEMOGLOBIN), case.current(Analyte.HAEMATOCRIT))
    potassium = case.current(Analyte.POTASSIUM)
    return Verdict(
        Outcome.FIRED,
        "loading starts in severe or pernicious anaemia without potassium checks",
        orders=tuple(dict.fromkeys(order.reference for order, _ in loading)),
        inputs=(
            *(cause.evidence for cause in case.irreversible if cause.kind == "autoimmune"),
            *(Input.of(result) for result in (*blood, potassium) if result),
        ),
        proposals=(Proposal("order-potassium", tuple(potassium_checks(case)), recommended=True),),
    )
