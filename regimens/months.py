"""Real months, counted from the start and never chained: 31 Jan, 28 Feb, 31 Mar."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

MONTHS_PER_YEAR = 12


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month."""
    index = day.year * MONTHS_PER_YEAR + (day.month - 1) + months
    year, month = divmod(index, MONTHS_PER_YEAR)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
