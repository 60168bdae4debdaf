"""What an order says of dose, route, interval and end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from regimens.orders import Medicine, Order, Phase, Route, Timing, phases_of
from regimens.quantities import PeriodUnit
from regimens.substances import Substance
from tests.regimens.builders import draft, medication

CYANO = Substance.CYANOCOBALAMIN


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("three times a week", Decimal(7) / 3),
        ("every 12 hours", Decimal("0.5")),
        ("every 2 months", Decimal(62)),
        ("yearly", Decimal(366)),
    ],
)
def test_the_interval_is_the_mean_of_the_period(words: str, days: Decimal) -> None:
    """Period over frequency, with 31 days a month and 366 a year."""
    assert draft(f"cyanocobalamin 1 mg IM {words}").phases[0].timing.interval_days == days


def test_a_period_without_a_frequency_is_once() -> None:
    """FHIR leaves a frequency of 1 out."""
    assert Timing(period=Decimal(2), period_unit=PeriodUnit.WEEK).interval_days == 14


@pytest.mark.parametrize(
    "timing",
    [
        Timing(),
        Timing(frequency=Decimal(3)),
        Timing(period=Decimal(1)),
        Timing(count=1, frequency=Decimal(1), period=Decimal(1), period_unit=PeriodUnit.DAY),
    ],
)
def test_no_interval(timing: Timing) -> None:
    """A single dose has no interval, and nothing is guessed where none is stated."""
    assert timing.interval_days is None


@pytest.mark.parametrize(
    ("words", "doses"),
    [
        ("weekly for 6 doses", Decimal(6)),
        ("on alternate days for 14 days", Decimal(7)),
        ("weekly", None),
        ("for 14 days", None),
        ("once", Decimal(1)),
    ],
)
def test_how_many_doses(words: str, doses: Decimal | None) -> None:
    """A count, else the duration over the interval; None for an open phase."""
    assert draft(f"cyanocobalamin 1 mg IM {words}").phases[0].timing.doses == doses


def test_a_period_of_zero_gives_no_number_of_doses() -> None:
    """A malformed period of 0 divides nothing."""
    timing = Timing(period=Decimal(0), period_unit=PeriodUnit.DAY, bounds_days=14)
    assert timing.doses is None


@pytest.mark.parametrize(
    ("words", "bounded"),
    [
        ("weekly", False),
        ("weekly for 4 doses", True),
        ("weekly for 28 days", True),
        ("weekly until day 28", True),
    ],
)
def test_what_bounds_a_phase(words: str, *, bounded: bool) -> None:
    """A count, a duration or an end date limits a phase."""
    assert draft(f"cyanocobalamin 1 mg IM {words}").phases[0].timing.bounded is bounded


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("valid until day 9", date(2026, 10, 23)),
        ("until day 20", date(2026, 11, 3)),
        ("for 14 days", date(2026, 10, 28)),
        ("weekly for 4 doses", date(2026, 11, 11)),
        ("for 3 doses", date(2026, 10, 17)),
        ("weekly", None),
        ("daily for 7 days then weekly for 4 doses from day 7", date(2026, 11, 18)),
        ("daily for 7 days then monthly from day 7", None),
    ],
)
def test_the_last_day(text: str, last: date | None) -> None:
    """End, bounds, else start and count times interval; one open phase leaves the order open."""
    assert medication(f"cyanocobalamin 1 mg IM {text} since today").last_day == last


def test_doses_at_an_ambiguous_interval_end_on_no_known_day() -> None:
    """Six doses "biweekly" take three weeks or twelve; a length tells the end all the same."""
    timing = Timing(count=6, ambiguous="biweekly")
    order = Order("m", phases=(Phase(timing=timing),), starts_on=date(2026, 10, 14))
    assert order.last_day is None
    ended = replace(timing, bounds_days=42)
    assert replace(order, phases=(Phase(timing=ended),)).last_day == date(2026, 11, 25)


def test_no_last_day_without_a_start() -> None:
    """A duration from an unknown day ends on an unknown day."""
    order = draft("cyanocobalamin 1 mg IM weekly for 4 doses")
    assert (order.first_day, order.last_day) == (None, None)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("since 10 days ago, written 20 days ago", date(2026, 10, 4)),
        ("from day 3, written 20 days ago", date(2026, 10, 17)),
        ("written 20 days ago", date(2026, 9, 24)),
    ],
)
def test_the_first_day(text: str, first: date) -> None:
    """The stated start, else the earliest phase, else the day it was written."""
    assert medication(f"cyanocobalamin 1 mg IM weekly {text}").first_day == first


@pytest.mark.parametrize(
    ("text", "micrograms"),
    [
        ("cyanocobalamin 1 mg IM", Decimal(1000)),
        ("cyanocobalamin 0.5 mL IM [1000 micrograms/mL]", Decimal(500)),
        ("cyanocobalamin 2 tablets oral [50 micrograms each]", Decimal(100)),
        ("cyanocobalamin 0.5 mL IM", None),
        ("cyanocobalamin 2 tablets oral", None),
        ("cyanocobalamin 30 IU IM", None),
        ("cyanocobalamin IM", None),
    ],
)
def test_micrograms_of_one_substance(text: str, micrograms: Decimal | None) -> None:
    """Mass as it is; volume and count by the product's strength, None without one."""
    order = draft(text)
    assert order.micrograms(order.phases[0], CYANO) == micrograms


@pytest.mark.parametrize(
    ("text", "cobalamin", "folate"),
    [
        ("vitamin B12 with folic acid 1 tablet [500 micrograms each] oral", 500, 500),
        ("vitamin B12 with folic acid 1 mg oral", None, None),
    ],
)
def test_micrograms_of_a_combination(text: str, cobalamin: int | None, folate: int | None) -> None:
    """Two substances in one tablet are told apart by strength; a mass cannot be split."""
    order = draft(text)
    phase = order.phases[0]
    assert order.micrograms(phase, Substance.COBALAMIN) == cobalamin
    assert order.micrograms(phase, Substance.FOLIC_ACID) == folate


def test_daily_micrograms() -> None:
    """5 mg a week is 714.29 micrograms a day; without an interval nothing is known."""
    weekly, once = draft("folic acid 5 mg oral weekly"), draft("folic acid 5 mg oral once")
    daily = weekly.daily_micrograms(weekly.phases[0], Substance.FOLIC_ACID)
    assert daily is not None
    assert round(daily, 2) == Decimal("714.29")
    assert once.daily_micrograms(once.phases[0], Substance.FOLIC_ACID) is None


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("cyanocobalamin injection SC", Route.SUBCUTANEOUS),
        ("cyanocobalamin injection", Route.INTRAMUSCULAR),
        ("cyanocobalamin tablet", Route.ORAL),
        ("cyanocobalamin nasal spray", Route.NASAL),
        ("cyanocobalamin", None),
        ("no drug", None),
    ],
)
def test_the_route(text: str, route: Route | None) -> None:
    """The stated route, else what the form tells; an injectable counts as into muscle."""
    order = draft(text)
    assert order.route_of(order.phases[0]) is route


def test_an_order_without_a_drug() -> None:
    """It contains nothing and gives nothing."""
    order = draft("no drug 1 mg IM")
    assert not order.contains(CYANO)
    assert order.cobalamin is None
    assert order.micrograms(order.phases[0], CYANO) is None


def test_a_product_has_at_most_one_cobalamin() -> None:
    """Folic acid beside it does not hide the cobalamin, and a product without one has none."""
    both = Medicine("both", frozenset({Substance.FOLIC_ACID, CYANO}))
    assert both.cobalamin is CYANO
    assert Medicine("folic acid", frozenset({Substance.FOLIC_ACID})).cobalamin is None


def test_phases_come_with_their_order() -> None:
    """Two orders of one and two phases are three phases."""
    one, two = Order("a"), Order("b", phases=(Phase(), Phase()))
    assert [order.reference for order, _ in phases_of((one, two))] == ["a", "b", "b"]
