"""A result that cannot be right as it was reported."""

from __future__ import annotations

from regimens.advice import Moment
from regimens.case import Case
from regimens.facts import Analyte, LabResult, Unusable
from regimens.proposing import order_tests
from regimens.verdict import Input, Outcome, Verdict, silent

HELD = frozenset({Unusable.IMPLAUSIBLE, Unusable.UNKNOWN_UNIT})
OF_INTEREST = frozenset(
    {
        Analyte.B12,
        Analyte.HOLOTC,
        Analyte.MMA,
        Analyte.HOMOCYSTEINE,
        Analyte.EGFR,
        Analyte.CREATININE_CLEARANCE,
        Analyte.PLATELETS,
        Analyte.POTASSIUM,
        Analyte.HAEMOGLOBIN,
        Analyte.HAEMATOCRIT,
    }
)


def check(case: Case) -> Verdict:
    """Say which newest result is not used, because its number or unit cannot be right.

    Held results count as missing everywhere and are never reinterpreted. When a chart is opened
    only results of the last 30 days speak.

    CITES: policy.
    """
    held = _held(case)
    if not held:
        return silent("no newest result is implausible")
    first = held[0]
    return Verdict(
        Outcome.FIRED,
        "a result is implausible as reported, and is not used",
        values={"lab": first.analyte.value, "reported": first.reported},
        variant="unknown-unit" if first.unusable is Unusable.UNKNOWN_UNIT else None,
        inputs=tuple(Input.of(result) for result in held),
        proposals=(order_tests("repeat-tests", *(result.analyte for result in held)),),
    )


def _held(case: Case) -> tuple[LabResult, ...]:
    found = [r for r in case.facts.labs.items if _speaks(case, r)]
    return tuple(sorted(found, key=lambda r: (case.readings.age_days(r), r.analyte, r.reference)))


def _speaks(case: Case, result: LabResult) -> bool:
    if result.unusable not in HELD or result.analyte not in OF_INTEREST:
        return False
    if result.taken_on is None or result.taken_on > case.today:
        return False
    if case.moment is Moment.OPENING:
        recent = case.policy.windows_days.recent_result
        if case.readings.age_days(result) > recent:
            return False
    usable = case.readings.newest(result.analyte)
    newer = usable is None or (usable.taken_on or case.today) < result.taken_on
    return newer and case.readings.in_window(result)


def held_b12(case: Case) -> bool:
    """True when the newest B12 or holoTC result is held."""
    return any(result.analyte in {Analyte.B12, Analyte.HOLOTC} for result in _held(case))
