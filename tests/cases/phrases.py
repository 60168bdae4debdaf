"""Reading a phrase from left to right: what every phrase of the case language shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from regimens.months import MONTHS_PER_YEAR, add_months

T = TypeVar("T")

NUMBER = r"(\d+(?:\.\d+)?)"
SPAN = r"(\d+) (day|week|month|year)s?"
WHEN = rf"(today|yesterday|tomorrow|{SPAN} ago|in {SPAN})"


class PhraseError(Exception):
    """A phrase of a case cannot be read: which phrase, and from where on."""

    def __init__(self, phrase: str, rest: str, expected: str) -> None:
        super().__init__(f"cannot read {rest!r} in {phrase!r}: expected {expected}")


class Phrase:
    """A phrase and how much of it is still to be read; capitals do not matter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest = text.strip()

    def take(self, pattern: str) -> re.Match[str] | None:
        """What the phrase now begins with, taken off; None when it begins otherwise.

        The pattern must end where a word ends, so that "day" is never read out of "daily".
        """
        found = re.match(rf"(?:{pattern})(?![\w%])", self.rest, re.IGNORECASE)
        if found is not None:
            self.rest = self.rest[found.end() :].lstrip(" ,")
        return found

    def take_mark(self, pattern: str) -> re.Match[str] | None:
        """The same for a remark in brackets."""
        found = re.match(pattern, self.rest, re.IGNORECASE)
        if found is not None:
            self.rest = self.rest[found.end() :].lstrip(" ,")
        return found

    def take_name(self, table: Mapping[str, T]) -> T | None:
        """The longest name of the table with which the phrase now begins, as what it stands for."""
        for name in sorted(table, key=len, reverse=True):
            if self.take(re.escape(name)) is not None:
                return table[name]
        return None

    def take_when(self, today: date) -> date | None:
        """A day told from today: today, yesterday, tomorrow, 3 weeks ago, in 2 days."""
        found = self.take(WHEN)
        return None if found is None else day_told(found.group(1), today)

    def fail(self, expected: str) -> PhraseError:
        """The error that says where reading stopped."""
        return PhraseError(self.text, self.rest, expected)

    def read_all(self, clauses: Mapping[str, Callable[[re.Match[str]], object]]) -> None:
        """Read every remaining clause by the first pattern that fits; fail on one that none fits."""
        while self.rest:
            for pattern, note in clauses.items():
                found = self.take_mark(pattern) if pattern.startswith(r"\[") else self.take(pattern)
                if found is not None:
                    note(found)
                    break
            else:
                raise self.fail("another clause of the language")


def day_told(words: str, today: date) -> date:
    """The day that words such as "3 weeks ago" mean; months and years by the calendar."""
    near = {"today": 0, "yesterday": -1, "tomorrow": 1}
    lower = words.lower()
    if lower in near:
        return today + timedelta(days=near[lower])
    found = re.search(SPAN, lower)
    if found is None:
        raise PhraseError(words, words, "a day")
    sign = 1 if lower.startswith("in ") else -1
    count = sign * int(found.group(1))
    match found.group(2):
        case "day":
            return today + timedelta(days=count)
        case "week":
            return today + timedelta(weeks=count)
        case "month":
            return add_months(today, count)
        case _:
            return add_months(today, MONTHS_PER_YEAR * count)


def number(text: str) -> Decimal:
    """A number as written."""
    return Decimal(text)
