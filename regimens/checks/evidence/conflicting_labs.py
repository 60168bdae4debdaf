"""Results that cannot both be right."""

from __future__ import annotations

from bisect import bisect_left

from regimens.advice import B12Status
from regimens.case import Case
from regimens.checks.evidence.nitrous_oxide_functional_deficiency import replaced
from regimens.facts import Analyte, LabResult
from regimens.proposing import order_tests
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent

OPPOSED = {B12Status.DEFICIENT, B12Status.UNLIKELY}


def check(case: Case) -> Verdict:
    """Say that results conflict, and how to settle it.

    B12 unlikely to be low against raised MMA, or low against normal MMA, with eGFR 60 or above
    and within 90 days; or two B12 results of opposite class within 30 days. Indeterminate never
    conflicts. Not on treatment.

    CITES: wainwright-2015, darnige-2023, seed-000.
    """
    if case.on_b12:
        return not_applicable("B12 is given")
    instead = replaced(case)
    if instead is not None:
        return instead
    pair = _against_mma(case) or _among_b12(case)
    if pair is None:
        return silent("no two results conflict")
    first, second = pair
    return Verdict(
        Outcome.FIRED,
        "two results of B12 status disagree",
        values={"first": _words(first), "second": _words(second)},
        inputs=tuple(Input.of(result) for result in pair),
        proposals=(order_tests("order-holotc-mma", Analyte.HOLOTC, Analyte.MMA),),
    )


def _against_mma(case: Case) -> tuple[LabResult, LabResult] | None:
    chemistry = case.chemistry
    b12, mma = chemistry.b12, chemistry.mma
    if b12 is None or mma is None or not chemistry.kidneys_confirm:
        return None
    if _apart(case, b12, mma) > case.policy.monitoring.metabolite_agreement_days:
        return None
    klass = chemistry.class_of(b12)
    opposed = (klass is B12Status.UNLIKELY and chemistry.mma_raised) or (
        klass is B12Status.DEFICIENT and chemistry.mma_normal
    )
    return (b12, mma) if opposed else None


def _among_b12(case: Case) -> tuple[LabResult, LabResult] | None:
    results = (
        *case.readings.all_within(Analyte.B12),
        *case.readings.all_within(Analyte.HOLOTC),
    )
    limit = case.policy.monitoring.class_agreement_days
    classed = [(case.chemistry.class_of(result), result) for result in results]
    of_class = {each: [r for klass, r in classed if klass is each] for each in OPPOSED}
    days = {each: sorted(map(case.readings.age_days, found)) for each, found in of_class.items()}
    for klass, one in classed:
        if klass in OPPOSED and _near(case.readings.age_days(one), days[_opposite(klass)], limit):
            others = of_class[_opposite(klass)]
            return one, next(other for other in others if _apart(case, one, other) <= limit)
    return None


def _opposite(klass: B12Status) -> B12Status:
    return B12Status.UNLIKELY if klass is B12Status.DEFICIENT else B12Status.DEFICIENT


def _near(day: int, days: list[int], limit: int) -> bool:
    """True when one of the sorted `days` lies no further away than `limit`."""
    at = bisect_left(days, day - limit)
    return at < len(days) and days[at] <= day + limit


def _apart(case: Case, one: LabResult, other: LabResult) -> int:
    return abs(case.readings.age_days(one) - case.readings.age_days(other))


def _words(result: LabResult) -> str:
    return f"{result.analyte.value} {result.measured}"
