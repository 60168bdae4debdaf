"""Raised MMA or homocysteine that the kidneys may explain."""

from __future__ import annotations

from regimens.advice import Moment
from regimens.case import Case, Source
from regimens.facts import Analyte, LabResult
from regimens.proposing import order_tests
from regimens.verdict import Input, Outcome, Verdict, silent


def check(case: Case) -> Verdict:
    """Say that raised metabolites prove nothing below eGFR 60; exactly 60 is silent.

    When a chart is opened only results of the last 30 days speak.

    CITES: mma-ckd-2018, mma-jcm-2020.
    """
    kidney = case.kidney
    limit = case.policy.kidney.confirms_metabolites_from
    if kidney is None or kidney.measured is None:
        return case.otherwise("kidney function is not known", Source.LABS)
    if not kidney.measured.surely_below(limit):
        return silent("kidney function is 60 or above", Input.of(kidney))
    raised = _raised(case)
    if not raised:
        return case.otherwise("neither MMA nor homocysteine is raised", Source.LABS)
    return Verdict(
        Outcome.FIRED,
        "raised metabolites with kidney function below 60",
        values={"kidney": Input.of(kidney).value},
        inputs=(*(Input.of(result) for result in raised), Input.of(kidney)),
        proposals=(order_tests("order-holotc", Analyte.HOLOTC),),
    )


def _raised(case: Case) -> tuple[LabResult, ...]:
    chemistry = case.chemistry
    candidates = (
        (chemistry.mma, chemistry.mma_raised),
        (chemistry.homocysteine, chemistry.homocysteine_raised),
    )
    return tuple(
        result for result, above in candidates if result and above and _speaks(case, result)
    )


def _speaks(case: Case, result: LabResult) -> bool:
    if case.moment is not Moment.OPENING:
        return True
    return case.readings.age_days(result) <= case.policy.windows_days.recent_result
