"""What a measured value surely is, and how it is written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from regimens.quantities import DAYS_PER_PERIOD, Comparator, Measured, PeriodUnit, plain

LIMIT = Decimal(60)
BELOW, AT, ABOVE = "59", "60", "61"


def measured(value: str, comparator: str) -> Measured:
    return Measured(Decimal(value), "mL/min", Comparator(comparator))


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        ("", (True, False, False)),
        ("<", (True, True, False)),
        ("<=", (True, False, False)),
        (">", (False, False, False)),
        (">=", (False, False, False)),
    ],
)
def test_surely_below(comparator: str, expected: tuple[bool, ...]) -> None:
    """Below 60 is certain only when the whole reported interval is: "<60" is, "<=60" is not."""
    found = tuple(measured(v, comparator).surely_below(LIMIT) for v in (BELOW, AT, ABOVE))
    assert found == expected


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        ("", (False, True, True)),
        ("<", (False, False, False)),
        ("<=", (False, False, False)),
        (">", (False, True, True)),
        (">=", (False, True, True)),
    ],
)
def test_surely_at_least(comparator: str, expected: tuple[bool, ...]) -> None:
    """60 or above is certain of 60, ">60" and ">=60", never of ">59"."""
    found = tuple(measured(v, comparator).surely_at_least(LIMIT) for v in (BELOW, AT, ABOVE))
    assert found == expected


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        ("", (False, False, True)),
        ("<", (False, False, False)),
        ("<=", (False, False, False)),
        (">", (False, True, True)),
        (">=", (False, False, True)),
    ],
)
def test_surely_above(comparator: str, expected: tuple[bool, ...]) -> None:
    """Above 60 is certain of ">60", not of 60 or ">=60"."""
    found = tuple(measured(v, comparator).surely_above(LIMIT) for v in (BELOW, AT, ABOVE))
    assert found == expected


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        ("", (True, True, False)),
        ("<", (True, True, False)),
        ("<=", (True, True, False)),
        (">", (False, False, False)),
        (">=", (False, False, False)),
    ],
)
def test_surely_at_most(comparator: str, expected: tuple[bool, ...]) -> None:
    """60 or below is certain of 60, "<60" and "<=60", never of "<61"."""
    found = tuple(measured(v, comparator).surely_at_most(LIMIT) for v in (BELOW, AT, ABOVE))
    assert found == expected


@pytest.mark.parametrize("comparator", list(Comparator))
@pytest.mark.parametrize("value", [BELOW, AT, ABOVE])
def test_opposite_claims_are_never_both_certain(value: str, comparator: Comparator) -> None:
    """Nothing is surely below and surely not below; both may be open."""
    one = Measured(Decimal(value), "mL/min", comparator)
    assert not (one.surely_below(LIMIT) and one.surely_at_least(LIMIT))
    assert not (one.surely_above(LIMIT) and one.surely_at_most(LIMIT))


def test_a_value_is_written_with_comparator_and_unit() -> None:
    """A card reads "<150 ng/L" and, without a unit, "3"."""
    assert str(Measured(Decimal(150), "ng/L", Comparator.BELOW)) == "<150 ng/L"
    assert str(Measured(Decimal("3.0"), "")) == "3"


@pytest.mark.parametrize(
    ("value", "text"), [("1000", "1000"), ("1E+3", "1000"), ("2.50", "2.5"), ("0.10", "0.1")]
)
def test_a_plain_number(value: str, text: str) -> None:
    """A number has no exponent and no idle zeros; zeros before the point stay."""
    assert plain(Decimal(value)) == text


def test_the_longest_month_and_year_count() -> None:
    """For ceilings a month is 31 days and a year 366."""
    assert DAYS_PER_PERIOD[PeriodUnit.MONTH] == 31
    assert DAYS_PER_PERIOD[PeriodUnit.YEAR] == 366
    assert DAYS_PER_PERIOD[PeriodUnit.HOUR] * 24 == 1
