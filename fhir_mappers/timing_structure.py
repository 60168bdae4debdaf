"""The structured part of a timing: repeat, events, abbreviations, weekdays and bounds."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal

from fhir_mappers import dates
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.dosages import Repeat
from fhir_mappers.shapes.dosages import Timing as TimingShape
from fhir_mappers.shapes.elements import Quantity, Range
from regimens.orders import Timing
from regimens.quantities import DAYS_PER_PERIOD, PeriodUnit

NOT_UNDERSTOOD = "cannot be understood"
_UNITS = {
    **{unit.value: unit for unit in PeriodUnit},
    "second": PeriodUnit.SECOND, "seconds": PeriodUnit.SECOND,
    "minute": PeriodUnit.MINUTE, "minutes": PeriodUnit.MINUTE,
    "hour": PeriodUnit.HOUR, "hours": PeriodUnit.HOUR, "hr": PeriodUnit.HOUR,
    "day": PeriodUnit.DAY, "days": PeriodUnit.DAY,
    "week": PeriodUnit.WEEK, "weeks": PeriodUnit.WEEK, "w": PeriodUnit.WEEK,
    "month": PeriodUnit.MONTH, "months": PeriodUnit.MONTH,
    "year": PeriodUnit.YEAR, "years": PeriodUnit.YEAR, "y": PeriodUnit.YEAR,
}  # fmt: skip


def high_end(dose_range: Range | None) -> Quantity | None:
    """The upper end of a range, in the unit of the lower when it has none of its own."""
    if dose_range is None:
        return None
    high, low = dose_range.high, dose_range.low
    if high and not (high.unit or high.code) and low:
        return Quantity(value=high.value, unit=low.unit, system=low.system, code=low.code)
    return high or low


def read_structure(timing: TimingShape | None, reading: Reading) -> Timing:
    """The structured part of a timing; empty when there is none.

    Of a range of periods the longest counts, of a range of bounds the longest.
    """
    if timing is None:
        return Timing()
    days = [day for text in timing.event if (day := dates.first_day(text, reading.timezone))]
    structured = _from_code(timing, reading)
    if timing.repeat is not None:
        structured = _from_repeat(timing.repeat, structured, reading)
    if days and structured.period is None and structured.count is None:
        period = _spacing(sorted(days))
        unit = PeriodUnit.DAY if period else None
        structured = replace(structured, count=len(days), period=period, period_unit=unit)
    if days and structured.starts_on is None:
        structured = replace(structured, starts_on=min(days))
    return structured


def _spacing(days: list[date]) -> Decimal | None:
    """Mean days between these dates; None for one date."""
    gaps, span = len(days) - 1, (days[-1] - days[0]).days
    return Decimal(span) / gaps if gaps and span else None


def _from_code(timing: TimingShape, reading: Reading) -> Timing:
    codes = reading.codes
    for coding in timing.code.coding if timing.code else ():
        known = codes.timings.get((coding.code or "").upper())
        ours = coding.system is None or codes.systems.key(coding.system) == "gts"
        if known is not None and ours:
            frequency, period, unit = known
            return Timing(Decimal(frequency), Decimal(period), unit)
    return Timing()


def _from_repeat(repeat: Repeat, coded: Timing, reading: Reading) -> Timing:
    unit = _UNITS.get(repeat.period_unit.strip().lower()) if repeat.period_unit else None
    period = repeat.period_max or repeat.period
    if period is None and unit is not None and repeat.frequency is not None:
        period = Decimal(1)
    if _daily_by_hours(repeat, coded):
        period, unit = Decimal(1), PeriodUnit.DAY
    frequency = repeat.frequency or _times_of_day(repeat)
    numbers = (period, repeat.frequency)
    broken = (unit is None) != (period is None) or any(
        number is not None and number <= 0 for number in numbers
    )
    if broken or period is None:
        timing = replace(coded, ambiguous=NOT_UNDERSTOOD if broken else None)
    else:
        timing = Timing(frequency, period, unit)
    return _bounded(_on_weekdays(timing, repeat), repeat, reading)


def _daily_by_hours(repeat: Repeat, coded: Timing) -> bool:
    """True where hours of the day stand alone: they are meant for every day."""
    stated = (repeat.period, repeat.period_max, repeat.period_unit, coded.period)
    alone = not any(stated) and not repeat.day_of_week
    return alone and bool(repeat.time_of_day)


def _times_of_day(repeat: Repeat) -> Decimal | None:
    return Decimal(len(repeat.time_of_day)) if repeat.time_of_day else None


def _on_weekdays(timing: Timing, repeat: Repeat) -> Timing:
    """Named weekdays count as doses per week: three days are three times a week."""
    days = Decimal(len(set(repeat.day_of_week)))
    if not days:
        return timing
    weekly = timing.period_unit is PeriodUnit.WEEK
    per_day = timing.frequency if timing.period_unit is PeriodUnit.DAY else None
    return replace(
        timing,
        frequency=days * (per_day or Decimal(1)),
        period=timing.period if weekly else Decimal(1),
        period_unit=PeriodUnit.WEEK,
    )


def _bounded(timing: Timing, repeat: Repeat, reading: Reading) -> Timing:
    starts = ends = None
    days = _days(repeat.bounds_duration or repeat.bounds_quantity or high_end(repeat.bounds_range))
    if repeat.bounds_period is not None:
        starts = dates.first_day(repeat.bounds_period.start, reading.timezone)
        ends = dates.last_day(repeat.bounds_period.end, reading.timezone)
    if starts and ends and days is None:
        days = max((ends - starts).days + 1, 0)
    count = repeat.count if repeat.count and repeat.count > 0 else None
    return replace(timing, count=count, bounds_days=days, starts_on=starts, ends_on=ends)


def _days(duration: Quantity | None) -> int | None:
    """Whole days of a duration, begun days counted; None when its unit is not one of time."""
    if duration is None or duration.value is None:
        return None
    for text in (duration.code, duration.unit):
        unit = _UNITS.get(text.strip().lower()) if text else None
        if unit is not None:
            return math.ceil(duration.value * DAYS_PER_PERIOD[unit])
    return None
