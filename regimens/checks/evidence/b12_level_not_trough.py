"""A B12 level drawn too soon after an injection."""

from __future__ import annotations

from datetime import date

from regimens.advice import Moment
from regimens.case import Case, Source
from regimens.facts import Analyte
from regimens.proposing import task
from regimens.verdict import Input, Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Say that a level drawn within 14 days after an injection is no trough.

    Only injections recorded as given count, never a schedule. The day of the injection itself is
    silent, since a trough is drawn just before it. When a chart is opened only results of the
    last 30 days speak. The day of the next dose is not known here: repeating the level is a task,
    since a test ordered for today would be no trough either.

    CITES: seed-002.
    """
    result = case.current(Analyte.B12, Analyte.HOLOTC)
    if result is None or result.taken_on is None:
        return case.otherwise("no current B12 result", Source.LABS)
    recent = case.policy.windows_days.recent_result
    if case.moment is Moment.OPENING and case.readings.age_days(result) > recent:
        return not_applicable("the result is not recent")
    drawn = result.taken_on
    gaps = [(drawn - given).days for given in _injections(case) if given < drawn]
    limit = case.policy.monitoring.not_trough_days
    if not gaps or min(gaps) > limit:
        needed = (Source.MEDICATIONS, Source.PROCEDURES)
        return case.otherwise("not drawn within 14 days after a recorded injection", *needed)
    return Verdict(
        Outcome.FIRED,
        "B12 was drawn within 14 days after an injection",
        values={"days": str(min(gaps))},
        inputs=(Input.of(result),),
        proposals=(task("repeat-before-next-dose", "repeat-b12"),),
    )


def _injections(case: Case) -> tuple[date, ...]:
    return tuple(course.last for course in case.courses if course.given and course.injected)
