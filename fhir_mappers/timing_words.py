"""How often, read from free text; what cannot be read for certain is not read at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from fhir_mappers.names import plain_text
from regimens.quantities import DAYS_PER_PERIOD, PeriodUnit

_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "once": "1 times",
    "twice": "2 times", "thrice": "3 times",
}  # fmt: skip
_UNITS = {
    "h": PeriodUnit.HOUR, "hr": PeriodUnit.HOUR, "hrs": PeriodUnit.HOUR, "hour": PeriodUnit.HOUR,
    "hours": PeriodUnit.HOUR, "hourly": PeriodUnit.HOUR,
    "d": PeriodUnit.DAY, "day": PeriodUnit.DAY, "days": PeriodUnit.DAY, "daily": PeriodUnit.DAY,
    "w": PeriodUnit.WEEK, "wk": PeriodUnit.WEEK, "wks": PeriodUnit.WEEK, "week": PeriodUnit.WEEK,
    "weeks": PeriodUnit.WEEK, "weekly": PeriodUnit.WEEK,
    "mo": PeriodUnit.MONTH, "month": PeriodUnit.MONTH, "months": PeriodUnit.MONTH,
    "monthly": PeriodUnit.MONTH, "mth": PeriodUnit.MONTH, "mths": PeriodUnit.MONTH,
    "yr": PeriodUnit.YEAR, "year": PeriodUnit.YEAR, "years": PeriodUnit.YEAR,
    "yearly": PeriodUnit.YEAR, "annually": PeriodUnit.YEAR,
}  # fmt: skip
_NOUNS = "hours?|hrs?|h|days?|d|weeks?|wks?|months?|mths?|mo|years?|yr"
_NOUN = rf"({_NOUNS})"
# "q4w" is every four weeks; elsewhere a lone "w" stands for much else, as in "w/w" and "w/ food".
_SHORT = rf"({_NOUNS}|w(?!/))"
_LY = r"(hourly|daily|weekly|monthly|yearly|annually)"
_N = r"(\d{1,4}(?:\.\d{1,3})?)"
_TO = r"(?:\s*(?:-|\u2013|to|or)\s*(\d+(?:\.\d+)?))?"

BIWEEKLY = re.compile(r"\bbi[\s-]?(?:weekly|monthly)\b")
_FORTNIGHT = re.compile(r"\b(?:every fortnight|fortnightly|each fortnight)\b")
_EVERY_OTHER = re.compile(rf"\b(?:every|each) (?:other|second|2nd|alternate) {_NOUN}\b")
_ALTERNATE_DAYS = re.compile(
    r"\b(?:(?:on )?alternate days?|alternating days|alternate daily|qod|q\.o\.d\.?|eod)\b"
)
_EVERY_N = re.compile(rf"\b(?:every|each|q)\s*{_N}{_TO}\s*{_SHORT}\b")
_EVERY = re.compile(rf"\b(?:every|each|q)\s*{_SHORT}\b")
_N_TIMES = re.compile(rf"\b{_N}\s*(?:times|x|time)\s*(?:a|an|per|each|every|/)?\s*{_NOUN}\b")
_N_TIMES_LY = re.compile(rf"\b{_N}\s*(?:times|x)\s*{_LY}\b")
_N_LY = re.compile(
    rf"(?<![-\w.])(?<!b[ -])(?<!x ){_N}{_TO}[\s-]*{_LY}\b(?! (?:doses|injections|shots))"
)
_DOSES_LY = re.compile(rf"\b{_N}\s*{_LY} (?:doses|injections|shots)\b")
_PER = re.compile(rf"(?:\bper|/)\s*{_NOUN}\b")
# "Semi-weekly" and "tri-weekly" are not weekly; what they are, the clinician is asked to say.
_PLAIN_LY = re.compile(rf"(?<!semi[ -])(?<!tri[ -])(?<!bi[ -])\b{_LY}\b")
_ABBREVIATIONS = {
    r"\b(?:tiw)\b": (3, 1, PeriodUnit.WEEK),
    r"\b(?:quarterly)\b": (1, 3, PeriodUnit.MONTH),
    r"\b(?:bid|b\.i\.d\.?|bd)\b": (2, 1, PeriodUnit.DAY),
    r"\b(?:tid|t\.i\.d\.?|tds)\b": (3, 1, PeriodUnit.DAY),
    r"\b(?:qid|q\.i\.d\.?|qds)\b": (4, 1, PeriodUnit.DAY),
    r"\b(?:qd|od|o\.d\.|nightly|nocte|mane|(?:every|each) (?:morning|evening|night)|at (?:night|bedtime)|"
    r"in the morning)(?![\w.])": (1, 1, PeriodUnit.DAY),
    r"\b(?:half[- ]yearly|semi-?annually)\b": (1, 6, PeriodUnit.MONTH),
}
_WEEKDAYS = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur|urs)?(?:day)?s?\b")
_COUNT = re.compile(
    rf"(?:\bx|\u00d7)\s*{_N}\b(?!\s*(?:{_NOUN}|/|per|a |times|mg|ml|mcg|ug|microgram))"
    rf"|\b{_N}\s*(?:doses|injections|shots|times in total)\b"
)
_ONE_DOSE = re.compile(r"\b(?:single dose|one[- ]off|stat|once only|1 dose|1 times(?: only)?$)")
_FOR = re.compile(rf"(?:\bfor|\bx|\u00d7)\s*{_N}\s*{_SHORT}\b")
# British shorthand: "for 2/52" is two weeks, "every 3/12" three months. A date has no such word before it.
_FRACTION = re.compile(r"\b(for|every|each|x)\s*(\d{1,2})\s*/\s*(7|52|12)\b(?!\s*/)")
_WHOLES = {"7": "days", "52": "weeks", "12": "months"}
_HINTS = re.compile(
    r"\b(?:days?|weeks?|wks?|months?|years?|hours?|daily|weekly|monthly|yearly|annually|times|every|each|"
    r"per|directed|instructed|advised|protocol|schedule|regimen|regime|prn|then|until|follow(?:ed)?|"
    r"frequency|interval|course|loading|maintenance|regularly|occasionally)\b|\d\s*x\b|\bx\s*\d"
)
_AS_NEEDED = re.compile(r"\b(?:prn|p\.r\.n\.?|as needed|as required|when required|if needed)\b")


@dataclass(frozen=True, slots=True)
class SpokenTiming:
    """What words say of timing. `clear` is False when they speak of it and cannot be understood."""

    frequency: Decimal | None = None
    period: Decimal | None = None
    unit: PeriodUnit | None = None
    count: int | None = None
    bounds_days: int | None = None
    as_needed: bool = False
    biweekly: bool = False
    clear: bool = True

    @property
    def interval_days(self) -> Decimal | None:
        """Mean days between doses; None when the words do not say."""
        if self.period is None or self.unit is None:
            return None
        return self.period * DAYS_PER_PERIOD[self.unit] / (self.frequency or Decimal(1))

    @property
    def says_nothing(self) -> bool:
        """True when the words do not speak of timing at all."""
        stated = (self.period, self.count, self.bounds_days)
        return self.clear and not self.as_needed and all(one is None for one in stated)


def read_timing_words(text: str | None, *, about_timing: bool = False) -> SpokenTiming:
    """What a text says of timing; `about_timing` when the whole text is meant to say it.

    Several different intervals in one text ("daily for a week, then monthly") are not clear.
    Of a range ("every 2-3 months") the longest interval counts. "Biweekly x 6" has an end, though
    no interval.
    """
    if not text:
        return SpokenTiming()
    words = _in_digits(plain_text(text))
    count, bounds = _count(words), _bounds(words)
    as_needed = _AS_NEEDED.search(words) is not None
    if BIWEEKLY.search(words):
        return SpokenTiming(
            count=count, bounds_days=bounds, as_needed=as_needed, biweekly=True, clear=False
        )
    intervals = _intervals(words)
    if not intervals:
        silent = count is None and bounds is None and not as_needed
        unclear = silent and (about_timing or _HINTS.search(words) is not None)
        return SpokenTiming(count=count, bounds_days=bounds, as_needed=as_needed, clear=not unclear)
    if len(intervals) > 1:
        return SpokenTiming(as_needed=as_needed, clear=False)
    frequency, period, unit = intervals.pop()
    return SpokenTiming(
        frequency=frequency,
        period=period,
        unit=unit,
        count=count,
        bounds_days=bounds,
        as_needed=as_needed,
    )


def spoken_intervals(text: str | None) -> frozenset[Decimal]:
    """Every interval in days that a text names; empty when it names none."""
    if not text:
        return frozenset()
    return frozenset(
        period * DAYS_PER_PERIOD[unit] / frequency
        for frequency, period, unit in _intervals(_in_digits(plain_text(text)))
    )


_Interval = tuple[Decimal, Decimal, PeriodUnit]
_Reader = Callable[[re.Match[str]], _Interval]


def _in_digits(words: str) -> str:
    words = _FRACTION.sub(lambda found: f"{found[1]} {found[2]} {_WHOLES[found[3]]}", words)
    return re.sub(r"\b[a-z]+\b", lambda found: _NUMBERS.get(found[0], found[0]), words)


def _intervals(words: str) -> set[_Interval]:
    """The distinct intervals in the words, durations left aside."""
    rest = _FOR.sub(" ", words)
    found: set[_Interval] = set()
    for pattern, read in _readers():
        for match in pattern.finditer(rest):
            found.add(read(match))
        rest = pattern.sub(" ", rest)
    days = {match[1] for match in _WEEKDAYS.finditer(rest)}
    if days and not found:
        found.add((Decimal(len(days)), Decimal(1), PeriodUnit.WEEK))
    return found


def _count(words: str) -> int | None:
    if _ONE_DOSE.search(words):
        return 1
    found = {int(float(match[1] or match[3])) for match in _COUNT.finditer(_FOR.sub(" ", words))}
    return found.pop() if len(found) == 1 else None


def _bounds(words: str) -> int | None:
    found = {
        int(Decimal(match[1]) * DAYS_PER_PERIOD[_UNITS[match[2]]]) for match in _FOR.finditer(words)
    }
    return found.pop() if len(found) == 1 else None


def _once(period: Decimal | int, unit: PeriodUnit) -> _Interval:
    return (Decimal(1), Decimal(period), unit)


def _longest(found: re.Match[str]) -> _Interval:
    first, last, unit = found.groups()
    return _once(max(Decimal(first), Decimal(last or first)), _UNITS[unit])


def _times(found: re.Match[str]) -> _Interval:
    return (Decimal(found[1]), Decimal(1), _UNITS[found[2]])


@cache
def _readers() -> tuple[tuple[re.Pattern[str], _Reader], ...]:
    """Patterns in the order in which they are tried; what one has read, the next does not see."""
    readers: list[tuple[re.Pattern[str], _Reader]] = [
        (_FORTNIGHT, lambda _: _once(2, PeriodUnit.WEEK)),
        (_EVERY_OTHER, lambda found: _once(2, _UNITS[found[1]])),
        (_ALTERNATE_DAYS, lambda _: _once(2, PeriodUnit.DAY)),
        (_N_TIMES_LY, _times),
        (_N_TIMES, _times),
        (_EVERY_N, _longest),
        (_EVERY, lambda found: _once(1, _UNITS[found[1]])),
        *(_fixed(pattern, interval) for pattern, interval in _ABBREVIATIONS.items()),
        (_DOSES_LY, lambda found: _once(1, _UNITS[found[2]])),
        (_N_LY, _longest),
        (_PER, lambda found: _once(1, _UNITS[found[1]])),
        (_PLAIN_LY, lambda found: _once(1, _UNITS[found[1]])),
    ]
    return tuple(readers)


def _fixed(pattern: str, interval: tuple[int, int, PeriodUnit]) -> tuple[re.Pattern[str], _Reader]:
    frequency, period, unit = interval
    return re.compile(pattern), lambda _: (Decimal(frequency), Decimal(period), unit)
