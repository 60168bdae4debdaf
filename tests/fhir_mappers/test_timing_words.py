"""How often, in the words that prescribers use."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fhir_mappers.timing_words import SpokenTiming, read_timing_words, spoken_intervals
from regimens.quantities import PeriodUnit

D, W, M, A, H = (
    PeriodUnit.DAY,
    PeriodUnit.WEEK,
    PeriodUnit.MONTH,
    PeriodUnit.YEAR,
    PeriodUnit.HOUR,
)


@pytest.mark.parametrize(
    ("text", "frequency", "period", "unit"),
    [
        ("once daily", 1, 1, D),
        ("daily", 1, 1, D),
        ("OD", 1, 1, D),
        ("qd", 1, 1, D),
        ("every day", 1, 1, D),
        ("each morning", 1, 1, D),
        ("at night", 1, 1, D),
        ("twice daily", 2, 1, D),
        ("bd", 2, 1, D),
        ("BID", 2, 1, D),
        ("tds", 3, 1, D),
        ("QID", 4, 1, D),
        ("every 8 hours", 1, 8, H),
        ("q4h", 1, 4, H),
        ("alternate days", 1, 2, D),
        ("on alternate days", 1, 2, D),
        ("every other day", 1, 2, D),
        ("every second day", 1, 2, D),
        ("qod", 1, 2, D),
        ("every 3 days", 1, 3, D),
        ("weekly", 1, 1, W),
        ("once a week", 1, 1, W),
        ("once weekly", 1, 1, W),
        ("every week", 1, 1, W),
        ("twice a week", 2, 1, W),
        ("twice weekly", 2, 1, W),
        ("three times a week", 3, 1, W),
        ("3 times per week", 3, 1, W),
        ("1 mg IM 3x/week", 3, 1, W),
        ("3 x weekly", 3, 1, W),
        ("TIW", 3, 1, W),
        ("Mon, Wed and Fri", 3, 1, W),
        ("Mondays and Thursdays", 2, 1, W),
        ("fortnightly", 1, 2, W),
        ("every fortnight", 1, 2, W),
        ("every other week", 1, 2, W),
        ("every 2 weeks", 1, 2, W),
        ("q2wk", 1, 2, W),
        ("q4w", 1, 4, W),
        ("every 3/12", 1, 3, M),
        ("each 8/52", 1, 8, W),
        ("1 mg IM q12w", 1, 12, W),
        ("q8-12w", 1, 12, W),
        ("Q 4 W", 1, 4, W),
        ("qw", 1, 1, W),
        ("2-weekly", 1, 2, W),
        ("monthly", 1, 1, M),
        ("once a month", 1, 1, M),
        ("1 mg IM every month", 1, 1, M),
        ("every three months", 1, 3, M),
        ("every 3 months", 1, 3, M),
        ("3 monthly", 1, 3, M),
        ("three-monthly", 1, 3, M),
        ("quarterly", 1, 3, M),
        ("every 2-3 months", 1, 3, M),
        ("every 2 to 3 months", 1, 3, M),
        ("every 8 to 12 weeks", 1, 12, W),
        ("12 weekly", 1, 12, W),
        ("yearly", 1, 1, A),
        ("twice yearly", 2, 1, A),
        ("half-yearly", 1, 6, M),
        ("vitamin b-12 monthly", 1, 1, M),
        ("vitamin b 12 monthly", 1, 1, M),
        ("B12 weekly", 1, 1, W),
        ("Inj cyanocobalamin 1000 mcg IM monthly", 1, 1, M),
    ],
)
def test_an_interval_in_words(text: str, frequency: int, period: int, unit: PeriodUnit) -> None:
    """Each expression names one interval; of a range the longest counts."""
    found = read_timing_words(text)
    assert (found.frequency, found.period, found.unit, found.clear) == (
        Decimal(frequency),
        Decimal(period),
        unit,
        True,
    )


@pytest.mark.parametrize(
    ("text", "count", "bounds"),
    [
        ("weekly x 4", 4, None),
        ("weekly x4", 4, None),
        ("weekly for 4 doses", 4, None),
        ("monthly, 6 injections", 6, None),
        ("daily for 7 days", None, 7),
        ("daily x 7 days", None, 7),
        ("3x/week for 2 weeks", None, 14),
        ("alternate days for six weeks", None, 42),
        ("daily for 3 months", None, 93),
        ("q1w x 6w", None, 42),
        ("weekly", None, None),
        ("alternate days for 2/52", None, 14),
        ("daily x 7/7", None, 7),
        ("monthly, from 1/12", None, None),
        ("monthly for 1/12/2026", None, None),
    ],
)
def test_a_limit_in_words(text: str, count: int | None, bounds: int | None) -> None:
    """A count of doses and a duration are told apart."""
    found = read_timing_words(text)
    assert (found.count, found.bounds_days, found.clear) == (count, bounds, True)


@pytest.mark.parametrize("text", ["single dose", "stat", "once only", "1 mg IM once", "one dose"])
def test_one_dose_in_words(text: str) -> None:
    """A single dose has a count and no interval."""
    found = read_timing_words(text)
    assert (found.count, found.period) == (1, None)


@pytest.mark.parametrize(
    "text",
    [
        "biweekly",
        "bi-weekly",
        "bimonthly",
        "bi-monthly",
        "Biweekly x 6",
        "every 2 weeks (biweekly)",
    ],
)
def test_biweekly_is_never_understood(text: str) -> None:
    """The word means two opposite things, whatever stands beside it."""
    found = read_timing_words(text)
    assert (found.biweekly, found.clear, found.period) == (True, False, None)


@pytest.mark.parametrize(
    "text",
    [
        "as directed",
        "per protocol",
        "daily for 7 days then weekly",
        "loading course as per local schedule",
        "every now and then",
        "regularly",
        "semi-weekly",
        "tri weekly",
        "bi-annually",
    ],
)
def test_words_that_cannot_be_understood_say_so(text: str) -> None:
    """Words about timing without one clear interval are not guessed."""
    assert read_timing_words(text).clear is False


@pytest.mark.parametrize(
    "text",
    [
        "Inject 1 mg intramuscularly",
        "IM",
        "left deltoid",
        "with food",
        "w/ food",
        "0.1 % w/v",
        "",
        None,
    ],
)
def test_words_about_something_else_say_nothing(text: str | None) -> None:
    """A dose, a route or a site is not a timing."""
    assert read_timing_words(text).says_nothing


def test_text_that_should_be_timing_must_be_understood() -> None:
    """In the element meant for timing any word that is not understood is unclear."""
    assert read_timing_words("soon", about_timing=True).clear is False


def test_as_needed_is_understood() -> None:
    """As needed is no interval and no riddle."""
    assert read_timing_words("prn") == SpokenTiming(as_needed=True)


def test_several_intervals_are_all_heard() -> None:
    """A structure may agree with any interval that its words name."""
    found = spoken_intervals("daily for 7 days then weekly")
    assert found == {Decimal(1), Decimal(7)}
    assert spoken_intervals(None) == frozenset()
