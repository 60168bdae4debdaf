"""A result that would have mattered, had it not been too old."""

from __future__ import annotations

from regimens.case import Case
from regimens.facts import Analyte, LabResult
from regimens.proposing import order_tests
from regimens.selection import KIDNEY
from regimens.verdict import Input, Outcome, Verdict, silent
from regimens.whatif import fingerprint

SERIES: tuple[tuple[Analyte, ...], ...] = (
    (Analyte.B12,),
    (Analyte.HOLOTC,),
    (Analyte.MMA,),
    (Analyte.HOMOCYSTEINE,),
    KIDNEY,
    (Analyte.PLATELETS,),
    (Analyte.POTASSIUM,),
    (Analyte.HAEMOGLOBIN,),
    (Analyte.HAEMATOCRIT,),
    (Analyte.MCV,),
    (Analyte.RETICULOCYTES,),
    (Analyte.FOLATE,),
    (Analyte.RED_CELL_FOLATE,),
    (Analyte.FERRITIN,),
    (Analyte.IRON,),
    (Analyte.INR,),
)


def check(case: Case) -> Verdict:
    """Quote a newest value that is out of its window and would have changed the advice.

    Each such value is put back in turn, and the rules are asked again.

    CITES: policy.
    """
    stale = [
        (series, result)
        for series in SERIES
        if case.current(*series) is None
        and (result := case.readings.newest(*series)) is not None
        and result.analyte not in case.drafts.tests
    ]
    if not stale:
        return silent("no newest result is out of its window")
    now = fingerprint(case)
    decisive = [
        result
        for series, result in stale
        if fingerprint(case.within(unexpired=frozenset(series))) != now
    ]
    if not decisive:
        return silent("no result out of its window would have changed the advice")
    return _fired(case, decisive)


def _fired(case: Case, decisive: list[LabResult]) -> Verdict:
    first = decisive[0]
    age = str(case.readings.age_days(first))
    return Verdict(
        Outcome.FIRED,
        "a result that would have mattered is out of its window",
        values={
            "lab": first.analyte.value,
            "days": age,
            "labs": ", ".join(
                f"{r.analyte.value} ({case.readings.age_days(r)} days)" for r in decisive
            ),
        },
        inputs=tuple(Input.of(result) for result in decisive),
        proposals=(order_tests("repeat-tests", *(result.analyte for result in decisive)),),
    )
