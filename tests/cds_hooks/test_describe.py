"""Orders and proposals in words."""

from datetime import date
from decimal import Decimal

import pytest

from cds_hooks import describe
from regimens.facts import Analyte
from regimens.orders import Route, Site, Timing
from regimens.proposals import (
    BookTask,
    Change,
    CreateOrder,
    DeleteOrder,
    OrderTest,
    PlannedOrder,
    Proposal,
    Purpose,
    UpdateOrder,
)
from regimens.quantities import PeriodUnit
from tests.cds_hooks.builders import LOADING, MAINTENANCE, PRODUCTS, WORDING, every


@pytest.mark.parametrize(
    ("micrograms", "words", "in_full"),
    [
        ("1000", "1 mg", "1 mg (1000 micrograms)"),
        ("1500", "1.5 mg", "1.5 mg (1500 micrograms)"),
        ("2000.0", "2 mg", "2 mg (2000 micrograms)"),
        ("1E+3", "1 mg", "1 mg (1000 micrograms)"),
        ("999", "999 micrograms", "999 micrograms"),
        ("50", "50 micrograms", "50 micrograms"),
        ("2.5", "2.5 micrograms", "2.5 micrograms"),
    ],
)
def test_doses_are_milligrams_or_micrograms_spelt_out(
    micrograms: str, words: str, in_full: str
) -> None:
    """From 1 mg on in milligrams; no abbreviation that is misread, no trailing zero."""
    assert describe.dose(Decimal(micrograms)) == words
    assert describe.dose_in_full(Decimal(micrograms)) == in_full


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (every(1, PeriodUnit.DAY), "daily"),
        (every(2, PeriodUnit.DAY), "on alternate days"),
        (every(3, PeriodUnit.DAY), "every 3 days"),
        (every(1, PeriodUnit.WEEK), "weekly"),
        (every(1, PeriodUnit.WEEK, 2), "twice a week"),
        (every(1, PeriodUnit.WEEK, 3), "three times a week"),
        (every(2, PeriodUnit.WEEK), "every 2 weeks"),
        (every(1, PeriodUnit.MONTH), "monthly"),
        (every(2, PeriodUnit.MONTH), "every 2 months"),
        (every(1, PeriodUnit.YEAR, 2), "twice a year"),
        (every(1, PeriodUnit.YEAR), "yearly"),
        (every(1, PeriodUnit.DAY, 7), "7 times a day"),
        (every(2, PeriodUnit.WEEK, 3), "three times every 2 weeks"),
        (every(1, PeriodUnit.HOUR, 2), "twice an hour"),
        (every(1, PeriodUnit.HOUR), "every hour"),
        (Timing(period=Decimal(2), period_unit=PeriodUnit.MONTH), "every 2 months"),
        (Timing(Decimal("0.5"), Decimal(1), PeriodUnit.WEEK), "0.5 times a week"),
        (Timing(count=1), "once"),
        (Timing(text="as directed"), "as directed"),
        (Timing(), ""),
    ],
)
def test_intervals_read_as_a_clinician_says_them(timing: Timing, words: str) -> None:
    """No word that has two readings: never biweekly, bimonthly or fortnightly."""
    assert describe.interval(timing) == words


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (every(1, PeriodUnit.WEEK, 3, days=14), "three times a week for 2 weeks"),
        (every(1, PeriodUnit.DAY, days=7), "daily for 1 week"),
        (every(1, PeriodUnit.DAY, days=10), "daily for 10 days"),
        (every(1, PeriodUnit.DAY, days=1), "daily for 1 day"),
        (
            Timing(Decimal(1), Decimal(1), PeriodUnit.WEEK, count=8),
            "weekly for 8 doses",
        ),
        (
            Timing(
                Decimal(1),
                Decimal(1),
                PeriodUnit.WEEK,
                starts_on=date(2027, 1, 3),
                ends_on=date(2027, 2, 28),
            ),
            "weekly from 3 Jan 2027 until 28 Feb 2027",
        ),
        (
            Timing(Decimal(1), Decimal(1), PeriodUnit.DAY, as_needed=True),
            "daily as needed",
        ),
    ],
)
def test_a_course_tells_its_length(timing: Timing, words: str) -> None:
    """Everything that is stated is said, since some EHRs show nothing but these words."""
    assert describe.course(timing) == words


def test_a_regimen_is_one_sentence() -> None:
    """The drug is named once, and lifelong treatment is called so."""
    assert describe.regimen((LOADING, MAINTENANCE), PRODUCTS, lifelong=True) == (
        "hydroxocobalamin 1 mg IM three times a week for 2 weeks, "
        "then 1 mg IM every 2 months, for life"
    )


def test_a_regimen_names_the_drug_again_when_it_changes() -> None:
    """A product that the names do not hold is called by its id."""
    tablet = PlannedOrder(
        "methylcobalamin-tablet-1mg",
        Decimal(1000),
        Route.ORAL,
        every(1, PeriodUnit.DAY),
        Purpose.TREATMENT,
    )
    assert describe.regimen((LOADING, tablet), PRODUCTS) == (
        "hydroxocobalamin 1 mg IM three times a week for 2 weeks, "
        "then methylcobalamin 1 mg by mouth daily"
    )


def test_the_start_leaves_the_duration_out() -> None:
    """A summary has room for the first thing to give and no more."""
    assert describe.start(LOADING, PRODUCTS) == "hydroxocobalamin 1 mg IM three times a week"


@pytest.mark.parametrize(
    ("route", "words"),
    [(route, describe.route(route)) for route in Route],
)
def test_every_route_has_words(route: Route, words: str) -> None:
    """None is shown as a code."""
    assert words
    assert route is not Route.SUBCUTANEOUS or words == "deep SC"


REFERENCE = "MedicationRequest/1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            CreateOrder(LOADING),
            "Order hydroxocobalamin 1 mg/mL injection: "
            "1 mg IM three times a week for 2 weeks (loading)",
        ),
        (UpdateOrder(REFERENCE, route=Route.SUBCUTANEOUS), "Change the route to deep SC"),
        (
            UpdateOrder(REFERENCE, micrograms=Decimal(1000)),
            "Set the dose to 1 mg (1000 micrograms)",
        ),
        (
            UpdateOrder(
                REFERENCE,
                product="hydroxocobalamin-injection",
                micrograms=Decimal(1000),
                route=Route.INTRAMUSCULAR,
            ),
            "Change the product to hydroxocobalamin 1 mg/mL injection, "
            "set the dose to 1 mg (1000 micrograms), change the route to IM",
        ),
        (
            UpdateOrder(REFERENCE, site=Site.DELTOID, phases=(1,)),
            "Change the site to deltoid (dosage instruction 2)",
        ),
        (
            UpdateOrder(REFERENCE, timing=every(2, PeriodUnit.MONTH), phases=(0, 2)),
            "Give every 2 months (dosage instruction 1 and 3)",
        ),
        (
            UpdateOrder(REFERENCE, note="low-platelet-technique"),
            "Add the note: Low platelets: deltoid, 25–27 G needle, firm pressure for 5 to 10 minutes.",  # noqa: RUF001
        ),
        (UpdateOrder(REFERENCE, status="active"), "Keep the order running"),
        (UpdateOrder(REFERENCE, status="stopped"), "Set it to stopped"),
        (UpdateOrder(REFERENCE), "Keep the order as it is"),
        (DeleteOrder(REFERENCE), "Remove the order"),
        (OrderTest(Analyte.POTASSIUM), "Order potassium"),
        (OrderTest(Analyte.POTASSIUM, date(2026, 11, 22)), "Order potassium on 22 Nov 2026"),
        (
            BookTask("symptom-review", date(2027, 1, 3)),
            "Review symptoms under vitamin B12 treatment. By 3 Jan 2027",
        ),
    ],
)
def test_every_change_is_an_instruction(change: Change, words: str) -> None:
    """The words alone are enough to make the change by hand."""
    assert describe.change(change, PRODUCTS, WORDING) == words


def test_a_proposal_tells_all_its_changes() -> None:
    """Its changes belong together, also when made by hand."""
    offer = Proposal("x", (DeleteOrder(REFERENCE), OrderTest(Analyte.B12)))
    assert describe.proposal(offer, PRODUCTS, WORDING) == "Remove the order; Order B12"


def test_months_are_words() -> None:
    """A date reads the same in every country."""
    assert [describe.day(date(2026, month, 9)) for month in (1, 12)] == ["9 Jan 2026", "9 Dec 2026"]
