"""Follow-up of B12 therapy that is overdue."""

from __future__ import annotations

from datetime import date, timedelta

from regimens.case import Case, Exemption, Source
from regimens.facts import Analyte
from regimens.months import add_months
from regimens.proposals import BookTask, OrderTest, Proposal
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for a blood count 30 days after one was due: at 3, 6, 12 months, then yearly.

    A CBC is any Hb or Hct. One lies in time from 30 days before it is due. For a therapy of
    unknown start the yearly interval alone counts. A cyanide antidote is exempt. Rests on absence.

    CITES: bomss-2020, seed-002, seed-003; bnssg-b12 (a level on treatment tells nothing).
    """
    if not case.opening_or_b12_drafted:
        return not_applicable("at signing, only where a cobalamin is ordered")
    if not case.on_b12 or not case.running_therapy:
        return not_applicable("no B12 therapy is running")
    if not case.without(case.running_therapy, Exemption.ANTIDOTE):
        return not_applicable("a cyanide antidote is no course to follow")
    last = case.readings.newest(Analyte.HAEMOGLOBIN, Analyte.HAEMATOCRIT)
    due = overdue(case, case.therapy_start, last.taken_on if last else None)
    if due is None:
        return silent("no blood count is overdue", *((Input.of(last),) if last else ()))
    if case.unread(Source.LABS):
        return case.otherwise("", Source.LABS)
    when = last.taken_on.isoformat() if last and last.taken_on else "never"
    return Verdict(
        Outcome.FIRED,
        "a blood count on B12 therapy is overdue",
        values={"date": when, "due": due.isoformat()},
        inputs=(Input.of(last),) if last else (),
        notes=("monitor-level",) if case.formulary.monitors_b12_level else ("level-optional",),
        proposals=_proposals(case),
    )


def overdue(case: Case, start: date | None, last: date | None) -> date | None:
    """The due date that passed more than the tolerance ago without a count, or None."""
    policy = case.policy.monitoring
    tolerance = timedelta(days=policy.tolerance_days)
    yearly = timedelta(days=policy.yearly_days)
    if start is None:
        return _after(case, None if last is None else last + yearly, tolerance)
    passed = [
        due
        for month in policy.months
        if (due := add_months(start, month)) + tolerance <= case.today
    ]
    if not passed:
        return None
    if last is None or last < passed[-1] - tolerance:
        return passed[-1]
    finished = len(passed) == len(policy.months)
    return _after(case, last + yearly, tolerance) if finished else None


def _after(case: Case, due: date | None, tolerance: timedelta) -> date | None:
    if due is None:
        return case.today
    return due if due + tolerance <= case.today else None


def _proposals(case: Case) -> tuple[Proposal, ...]:
    tests = [OrderTest(Analyte.HAEMOGLOBIN)]
    if case.formulary.monitors_b12_level:
        tests += [OrderTest(Analyte.B12), OrderTest(Analyte.HOMOCYSTEINE)]
    review = Proposal("book-symptom-review", (BookTask("symptom-review"),))
    return (Proposal("order-monitoring", tuple(tests)), review)
