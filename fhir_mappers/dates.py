"""FHIR dates and instants as days in the client's timezone."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, tzinfo

# Records write a day of the year 9999 where they mean that there is none.
_NEVER = 9000

_BLANK_BEFORE_TIME = re.compile(r"\s*\d{4}-\d{2}-\d{2}[t ]\d")
_PARTS = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$")


def first_day(text: str | None, timezone: tzinfo) -> date | None:
    """The day of a date or instant; a year or month alone is its first day, None is unreadable."""
    return _day(text, timezone, last=False)


def last_day(text: str | None, timezone: tzinfo) -> date | None:
    """The day of a date or instant; a year or month alone is its last day, None is unreadable."""
    return _day(text, timezone, last=True)


def instant(text: str | None, timezone: tzinfo) -> datetime | None:
    """The moment, in the client's timezone; None when the text holds no time of day.

    A time without a zone is taken to be in the client's timezone.
    """
    if not text or not _has_time(text):
        return None
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone)
    try:
        return moment.astimezone(timezone)
    except OverflowError:
        return None


def _day(text: str | None, timezone: tzinfo, *, last: bool) -> date | None:
    day = _any_day(text, timezone, last=last)
    return None if day is None or day.year >= _NEVER else day


def _any_day(text: str | None, timezone: tzinfo, *, last: bool) -> date | None:
    if not text:
        return None
    if _has_time(text):
        moment = instant(text, timezone)
        return moment.date() if moment else None
    if len(text) == len("2026-01-01"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    return _partial(text, last=last)


def _has_time(text: str) -> bool:
    """True when a time follows the day, behind a T, or a blank as databases write it."""
    return "T" in text or _BLANK_BEFORE_TIME.match(text) is not None


def _partial(text: str, *, last: bool) -> date | None:
    found = _PARTS.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        return _complete(year or 0, month, day, last=last)
    except ValueError:
        return None


def _complete(year: int, month: int | None, day: int | None, *, last: bool) -> date:
    month = month or (12 if last else 1)
    return date(year, month, day or (monthrange(year, month)[1] if last else 1))
