"""Loading without the maintenance that an irreversible cause needs."""

from __future__ import annotations

from regimens.case import Case, Exemption, Source
from regimens.orders import phases_of
from regimens.proposing import MAINTENANCE, add_regimen, loading_regimen
from regimens.verdict import Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask to plan maintenance for life when loading is drafted or running.

    Speaks at signing. Rests on absence: the medication list must have been read.

    CITES: seed-002, seed-003, seed-004.
    """
    loading = case.phases_without(case.loading_drafts, Exemption.ANTIDOTE, Exemption.PREMEDICATION)
    if not loading and not case.loading_running:
        return not_applicable("no loading is ordered or running")
    if not case.irreversible:
        needed = (Source.CONDITIONS, Source.PROCEDURES)
        return case.otherwise("no irreversible cause is recorded", *needed)
    everything = phases_of((*case.cobalamins_in_set, *case.running_cobalamins))
    if any(case.maintains(order, phase) for order, phase in everything):
        return silent("maintenance is ordered or running")
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    cause = case.irreversible[0]
    regimen = loading_regimen(case)
    return Verdict(
        Outcome.FIRED,
        "loading for an irreversible cause without any maintenance",
        orders=tuple(dict.fromkeys(order.reference for order, _ in loading)),
        values={"cause": cause.name[:1].upper() + cause.name[1:]},
        inputs=(cause.evidence,),
        proposals=(add_regimen(case, "add-maintenance", regimen, purposes=MAINTENANCE),),
    )
