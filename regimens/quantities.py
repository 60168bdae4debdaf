"""Measured values with their comparator and unit, and the arithmetic of time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

MOST_DECIMALS = 2
TWO_PLACES = Decimal("0.01")


class Comparator(StrEnum):
    """How a laboratory qualifies a number; EXACT is a plain number."""

    EXACT = ""
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its unit and comparator; never a bare float.

    Comparisons are three-valued by pairs: `surely_below` and `surely_not_below` may both be
    False, when the comparator leaves the question open.
    """

    value: Decimal
    unit: str
    comparator: Comparator = Comparator.EXACT

    def surely_below(self, limit: Decimal) -> bool:
        """True when the whole reported interval lies below `limit` (exclusive)."""
        match self.comparator:
            case Comparator.EXACT | Comparator.AT_MOST:
                return self.value < limit
            case Comparator.BELOW:
                return self.value <= limit
            case Comparator.ABOVE | Comparator.AT_LEAST:
                return False

    def surely_at_least(self, limit: Decimal) -> bool:
        """True when the whole reported interval lies at or above `limit`."""
        match self.comparator:
            case Comparator.EXACT | Comparator.AT_LEAST | Comparator.ABOVE:
                return self.value >= limit
            case Comparator.BELOW | Comparator.AT_MOST:
                return False

    def surely_above(self, limit: Decimal) -> bool:
        """True when the whole reported interval lies above `limit` (exclusive)."""
        match self.comparator:
            case Comparator.EXACT | Comparator.AT_LEAST:
                return self.value > limit
            case Comparator.ABOVE:
                return self.value >= limit
            case Comparator.BELOW | Comparator.AT_MOST:
                return False

    def surely_at_most(self, limit: Decimal) -> bool:
        """True when the whole reported interval lies at or below `limit`."""
        match self.comparator:
            case Comparator.EXACT | Comparator.AT_MOST | Comparator.BELOW:
                return self.value <= limit
            case Comparator.ABOVE | Comparator.AT_LEAST:
                return False

    def __str__(self) -> str:
        return f"{self.comparator}{plain(self.value)} {self.unit}".strip()


def plain(value: Decimal) -> str:
    """A decimal as a person writes it: no exponent, no trailing zeros after the point."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value: Decimal) -> str:
    """A measured number as a card shows it: two decimals at the most, cut and not rounded.

    Rounding could lift a value over the very limit that it fell below.
    """
    places = value.as_tuple().exponent
    long = isinstance(places, int) and places < -MOST_DECIMALS
    return plain(value.quantize(TWO_PLACES, rounding=ROUND_DOWN)) if long else f"{value:f}"


class PeriodUnit(StrEnum):
    """Units of a dosing period, as FHIR spells them."""

    SECOND = "s"
    MINUTE = "min"
    HOUR = "h"
    DAY = "d"
    WEEK = "wk"
    MONTH = "mo"
    YEAR = "a"


# For interval ceilings 1 month = 31 days and 1 year = 366 days, so that the longest month a
# prescriber can mean never counts as too long (decisions, section 1).
DAYS_PER_PERIOD: dict[PeriodUnit, Decimal] = {
    PeriodUnit.SECOND: Decimal(1) / Decimal(86_400),
    PeriodUnit.MINUTE: Decimal(1) / Decimal(1_440),
    PeriodUnit.HOUR: Decimal(1) / Decimal(24),
    PeriodUnit.DAY: Decimal(1),
    PeriodUnit.WEEK: Decimal(7),
    PeriodUnit.MONTH: Decimal(31),
    PeriodUnit.YEAR: Decimal(366),
}
