"""What B12 a patient receives, since when and until when."""

from __future__ import annotations

from datetime import date

import pytest

from regimens.advice import B12Status
from regimens.exposure import (
    courses,
    injections_recorded,
    is_running,
    is_therapeutic,
    is_trace,
    therapy_start,
)
from regimens.facts import Listing
from tests.regimens.builders import POLICY, TODAY, make, medication, procedures


@pytest.mark.parametrize(
    ("text", "therapeutic"),
    [
        ("hydroxocobalamin 99 micrograms IM monthly", False),
        ("hydroxocobalamin 100 micrograms IM monthly", True),
        ("hydroxocobalamin 101 micrograms IV monthly", True),
        ("cyanocobalamin 249 micrograms oral daily", False),
        ("cyanocobalamin 250 micrograms oral daily", True),
        ("cyanocobalamin 251 micrograms sublingual daily", True),
        ("cyanocobalamin 250 micrograms buccal daily", True),
        ("cyanocobalamin 500 micrograms oral on alternate days", True),
        ("cyanocobalamin 500 micrograms oral every 3 days", False),
        ("cyanocobalamin 1750 micrograms oral weekly", True),
        ("cyanocobalamin nasal spray 500 micrograms nasal weekly", False),
        ("cyanocobalamin tablet [1000 micrograms each] oral daily", True),
        ("cyanocobalamin tablet [100 micrograms each] oral daily", False),
        ("hydroxocobalamin injection [1000 micrograms/mL]", True),
        ("hydroxocobalamin IM monthly", True),
        ("multivitamin oral daily", False),
        ("folic acid 5 mg oral daily", False),
        ("no drug", False),
        ("hydroxocobalamin 50 micrograms IM daily then 1 mg monthly", True),
    ],
)
def test_what_treats(text: str, *, therapeutic: bool) -> None:
    """100 micrograms by needle, 250 a day on average else; a dose that is not known treats."""
    assert is_therapeutic(medication(text), POLICY, dietary=False) is therapeutic


@pytest.mark.parametrize(
    ("text", "therapeutic"),
    [
        ("cyanocobalamin tablet 50 micrograms oral daily", True),
        ("cyanocobalamin tablet 51 micrograms oral daily", True),
        ("cyanocobalamin tablet 50 micrograms oral on alternate days", False),
        ("cyanocobalamin 50 micrograms sublingual daily", False),
        ("cyanocobalamin tablet 49 micrograms oral daily", False),
    ],
)
def test_a_dietary_cause_lowers_the_limit_by_mouth(text: str, *, therapeutic: bool) -> None:
    """With a dietary cause and no malabsorptive one, 50 micrograms a day swallowed treat."""
    assert is_therapeutic(medication(text), POLICY, dietary=True) is therapeutic
    assert not is_therapeutic(medication(text), POLICY, dietary=False)


@pytest.mark.parametrize(
    ("text", "trace"),
    [
        ("cyanocobalamin 49 micrograms oral daily", True),
        ("cyanocobalamin 50 micrograms oral daily", False),
        ("cyanocobalamin 49 micrograms IM daily", False),
        ("multivitamin oral daily", True),
        ("multivitamin 60 micrograms oral daily", False),
        ("cyanocobalamin oral daily", False),
        ("folic acid 5 mg oral daily", False),
    ],
)
def test_what_is_a_trace(text: str, *, trace: bool) -> None:
    """Below 50 micrograms a dose by mouth, or a multivitamin that does not say how much."""
    assert is_trace(medication(text), POLICY) is trace


@pytest.mark.parametrize(
    ("text", "running"),
    [
        ("since 10 days ago", True),
        ("since today", True),
        ("since tomorrow", False),
        ("since 10 days ago until today", True),
        ("since 10 days ago until yesterday", False),
        ("for 14 days since 14 days ago", True),
        ("for 14 days since 15 days ago", False),
        ("", True),
        ("stopped 3 days ago", False),
        ("given 3 days ago", False),
    ],
)
def test_what_runs_today(text: str, *, running: bool) -> None:
    """Active, begun and not ended, both days included; an administration does not run."""
    assert is_running(medication(f"hydroxocobalamin 1 mg IM weekly {text}"), TODAY) is running


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("weekly since 50 days ago", TODAY),
        ("weekly", TODAY),
        ("weekly since 400 days ago, until 300 days ago", date(2025, 12, 18)),
        ("weekly for 4 doses since 100 days ago", date(2026, 8, 3)),
        ("weekly for 14 days since 100 days ago", date(2026, 7, 20)),
        ("weekly valid until day 90 since 100 days ago", TODAY),
        ("given 20 days ago", date(2026, 9, 24)),
        ("stopped 30 days ago", date(2026, 9, 14)),
    ],
)
def test_the_last_exposure(text: str, last: date) -> None:
    """Administration; else end, bounds, start and count; an open active order means today."""
    order = medication(f"hydroxocobalamin 1 mg IM {text}")
    found = courses((order,), Listing(), TODAY, POLICY, dietary=False)
    assert [course.last for course in found] == [last]


@pytest.mark.parametrize(
    "text",
    [
        "cancelled: hydroxocobalamin 1 mg IM weekly since 100 days ago",
        "entered in error: hydroxocobalamin 1 mg IM weekly since 100 days ago",
        "draft: hydroxocobalamin 1 mg IM weekly since 100 days ago",
        "hydroxocobalamin 1 mg IM weekly since tomorrow",
        "hydroxocobalamin 1 mg IM given tomorrow",
        "completed: hydroxocobalamin 1 mg IM weekly",
        "multivitamin oral daily since 100 days ago",
    ],
)
def test_what_was_never_given(text: str) -> None:
    """Cancelled, mistaken and future orders, drafts, traces, and what has no date at all."""
    assert not courses((medication(text),), Listing(), TODAY, POLICY, dietary=False)


def test_a_completed_order_without_an_end_ran_on_its_first_day() -> None:
    """No more than the first day is known of it."""
    order = medication("completed: hydroxocobalamin 1 mg IM weekly since 100 days ago")
    found = courses((order,), Listing(), TODAY, POLICY, dietary=False)
    assert [course.last for course in found] == [date(2026, 7, 6)]


def test_injections_recorded_as_procedures() -> None:
    """Each recorded injection up to today counts; one without a date, or planned, does not."""
    done = procedures(
        "vitamin B12 injection 20 days ago",
        "vitamin B12 injection in 2 days",
        "vitamin B12 injection",
        "RYGB 20 days ago",
    )
    found = injections_recorded(Listing(done), TODAY)
    assert [(course.last, course.injected, course.given) for course in found] == [
        (date(2026, 9, 24), True, True)
    ]


def start(*texts: str) -> date | None:
    orders = tuple(medication(text, f"medication-{n}") for n, text in enumerate(texts))
    return therapy_start(courses(orders, Listing(), TODAY, POLICY, dietary=False), 365)


def test_no_therapy_has_no_start() -> None:
    """Nothing given, nothing begun."""
    assert start() is None


def test_courses_within_a_year_are_one_therapy() -> None:
    """Loading, a gap of 365 days and maintenance began with the loading."""
    maintenance = "hydroxocobalamin 1 mg IM every 3 months since 100 days ago"
    assert start("hydroxocobalamin 1 mg IM given 465 days ago", maintenance) == date(2025, 7, 6)
    assert start("hydroxocobalamin 1 mg IM given 466 days ago", maintenance) == date(2026, 7, 6)


def test_a_chain_with_an_unknown_link_has_no_known_start() -> None:
    """An order of unknown start leaves the start of the therapy open."""
    assert start("hydroxocobalamin 1 mg IM every 3 months") is None
    later = "hydroxocobalamin 1 mg IM given 30 days ago"
    unknown = "hydroxocobalamin 1 mg IM every 3 months, until 60 days ago"
    assert start(later, unknown) is None
    assert start(later, unknown, "hydroxocobalamin 1 mg IM given 90 days ago") is None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("hydroxocobalamin 1 mg IM given 365 days ago", B12Status.TREATED),
        ("hydroxocobalamin 1 mg IM given 366 days ago", B12Status.UNKNOWN),
    ],
)
def test_on_b12_means_within_twelve_months(given: str, status: B12Status) -> None:
    """365 days is still within; one day more is not."""
    assert make(medications=[given]).status is status


def test_what_the_draft_set_revises_was_given_until_now() -> None:
    """A list entry with a draft's id is the draft, unless it began before today."""
    text = "hydroxocobalamin 1 mg IM every 3 months id same"
    before = make(text, medications=[f"{text}, active since 30 days ago"])
    today = make(text, medications=[f"{text}, active since today"])
    assert before.on_b12
    assert not today.on_b12
    assert not before.running_cobalamins
