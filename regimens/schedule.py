"""The injection calendar: every dose and every monitoring step, by date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, takewhile

from regimens.advice import Step
from regimens.knowledge.schema import Policy
from regimens.months import add_months
from regimens.orders import Route, Timing
from regimens.proposals import PlannedOrder, Purpose
from regimens.quantities import DAYS_PER_PERIOD, PeriodUnit

MONTHS_AHEAD = 12
SATURDAY = 5
HOURS_PER_DAY = 24
DAYS_PER_WEEK = 7
# Three times a week is Monday, Wednesday, Friday in kind: days 0, 2 and 4, whatever the first is.
THREE_A_WEEK = (0, 2, 4)

# Monitoring policies that become dated steps; the others are words only.
DATED = frozenset(
    {
        "baseline",
        "bariatric-schedule",
        "clinical-review",
        "neuro-review",
        "platelets",
        "potassium-if-severe",
        "response",
        "schedule",
        "three-months",
        "trimester",
        "yearly",
    }
)

DOSE = "dose"
CHECK = "check"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a calendar is made of: the day it starts, and what the site decided.

    `potassium` is True where loading may lower it; `next_weekday` moves weekend steps to Monday.
    """

    start: date
    policy: Policy
    potassium: bool = False
    next_weekday: bool = False


def calendar(
    orders: tuple[PlannedOrder, ...], monitoring: Iterable[str], plan: Plan
) -> tuple[Step, ...]:
    """Every dose of the first twelve months and every monitoring step, in order of date.

    Months are real and counted from the start, never chained. Weekends are marked; with
    `next_weekday` they are moved to the Monday, but never for doses on alternate days or more
    often than twice a week, nor for potassium.
    """
    steps = [step for order in orders for step in _doses(order, plan)]
    if plan.potassium and any(order.purpose is Purpose.LOADING for order in orders):
        steps += _potassium(plan)
    for name in monitoring:
        steps += _monitoring(name, plan)
    return tuple(sorted(steps, key=lambda step: (step.on, step.kind, step.what)))


def dose_days(timing: Timing, start: date, until: date) -> Iterator[date]:
    """The days of a recurring timing from its own start, `until` excluded.

    A frequency within a period is spread evenly; three times a week is days 0, 2 and 4.
    """
    first = timing.starts_on or start
    end = until if timing.bounds_days is None else min(until, first + timedelta(timing.bounds_days))
    return takewhile(lambda day: day < end, islice(_days(timing, first), timing.count))


def _days(timing: Timing, first: date) -> Iterator[date]:
    period, unit = timing.period or Decimal(1), timing.period_unit or PeriodUnit.DAY
    frequency = int(timing.frequency or 1)
    cycle = 0
    while True:
        if unit in {PeriodUnit.MONTH, PeriodUnit.YEAR} and frequency == 1:
            months = int(period) * (MONTHS_AHEAD if unit is PeriodUnit.YEAR else 1)
            yield add_months(first, cycle * months)
        else:
            length = period * DAYS_PER_PERIOD[unit]
            for offset in _offsets(length, frequency):
                yield first + timedelta(days=int(cycle * length) + offset)
        cycle += 1


def _offsets(length: Decimal, frequency: int) -> tuple[int, ...]:
    if length == DAYS_PER_WEEK and frequency == len(THREE_A_WEEK):
        return THREE_A_WEEK
    return tuple(int(length * number / frequency) for number in range(frequency))


def _doses(order: PlannedOrder, plan: Plan) -> Iterator[Step]:
    start = plan.start
    if order.route is Route.ORAL:
        first = order.timing.starts_on or start
        yield _step(first, DOSE, f"{order.purpose.value}-oral", move=False)
        return
    interval = order.timing.interval_days or Decimal(0)
    movable = plan.next_weekday and interval > THREE_A_WEEK[1]
    for day in dose_days(order.timing, start, add_months(start, MONTHS_AHEAD) + timedelta(days=1)):
        yield _step(day, DOSE, order.purpose.value, move=movable)


def _potassium(plan: Plan) -> list[Step]:
    hours = plan.policy.potassium.checks_hours
    return [
        _step(plan.start + timedelta(hours=hour), CHECK, f"potassium-{hour}h", move=False)
        for hour in hours
    ]


def _monitoring(name: str, plan: Plan) -> list[Step]:
    """The dated steps of one monitoring policy; those without a date are words on the card."""
    limits = plan.policy.monitoring
    by_month = {
        "schedule": (limits.months, "blood-count-and-level"),
        "clinical-review": (limits.months, "clinical-review-and-blood-count"),
        "bariatric-schedule": (limits.months, "blood-count-and-level"),
        "three-months": (limits.months[:1], "blood-count-and-level"),
        "trimester": (limits.trimester_months, "active-b12"),
        "yearly": ((MONTHS_AHEAD,), "blood-count-and-level"),
    }
    if name in by_month:
        months, what = by_month[name]
        days = [add_months(plan.start, month) for month in months]
        return [_step(day, CHECK, what, move=plan.next_weekday) for day in days]
    return [
        _step(plan.start + timedelta(days=days), CHECK, what, move=move and plan.next_weekday)
        for days, what, move in _early(name, plan.policy)
    ]


def _early(name: str, policy: Policy) -> list[tuple[int, str, bool]]:
    """Steps counted in days: day, what, and whether a weekend may move it."""
    limits = policy.monitoring
    first, last = limits.response_days
    match name:
        case "baseline":
            return [(0, "baseline-bloods", False)]
        case "response":
            return [(day, "response-bloods", False) for day in range(first, last + 1)]
        case "neuro-review":
            return [(policy.course_days.neuro_review, "neurological-review", True)]
        case "platelets":
            days = [hours // HOURS_PER_DAY for hours in limits.platelet_recheck_hours]
            return [(day, "platelet-recheck", False) for day in days]
        case _:
            return []


def _step(day: date, kind: str, what: str, *, move: bool) -> Step:
    weekend = day.weekday() >= SATURDAY
    if weekend and move:
        day += timedelta(days=DAYS_PER_WEEK - day.weekday())
        weekend = False
    return Step(on=day, kind=kind, what=what, weekend=weekend)
