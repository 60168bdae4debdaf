"""A long record costs its length, and nothing of it is passed over in silence."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from regimens.advise import advise
from regimens.case import Case
from regimens.checks.product.medication_text_match import MOST_ASKED
from regimens.facts import Listing
from tests.regimens.builders import facts, labs, make, medication
from tests.regimens.test_check_details import verdict

AT_MOST_S = 5.0  # the square of these numbers takes minutes
BY_WORDS = "hydroxocobalamin 1 mg IM every 3 months text only, active since 90 days ago"
LOADING = "hydroxocobalamin 1 mg IM three times a week for 14 days"
CODED = "hydroxocobalamin 1 mg IM every 3 months, active since 90 days ago"


def medicated(text: str, times: int) -> Case:
    """A case at signing whose medication list holds an order that many times."""
    items = tuple(medication(text, f"medication-{n}") for n in range(times))
    case = make("folic acid tablet 5 mg oral daily")
    return case.within(facts=replace(facts(), medications=Listing(items)))


def resulted(times: int) -> Case:
    """A case at signing with that many results in turn low and high, of days far apart."""
    one, other = labs("B12 100 ng/L 300 days ago", "B12 900 ng/L 30 days ago")
    items = tuple(replace((one, other)[n % 2], reference=f"lab-{n}") for n in range(times))
    case = make(LOADING)
    return case.within(facts=replace(facts(), labs=Listing(items)))


@pytest.mark.parametrize(
    "case",
    [medicated(BY_WORDS, 1500), medicated(CODED, 1500), resulted(3000)],
    ids=["words", "codes", "labs"],
)
def test_a_record_of_thousands_of_entries_is_judged_in_seconds(case: Case) -> None:
    """Nothing compares each with each, nor asks all rules about each."""
    started = time.process_time()
    advise(case.facts, case.drafts, case.moment, case.knowledge)
    assert time.process_time() - started < AT_MOST_S


@pytest.mark.parametrize(("days", "conflict"), [(30, True), (31, False)])
def test_two_results_conflict_up_to_a_distance(days: int, conflict: bool) -> None:
    """In whichever order, and with others of the same class nearer by."""
    given = ["B12 900 ng/L 10 days ago", f"B12 100 ng/L {10 + days} days ago"]
    for order in (given, given[::-1]):
        case = make(LOADING, labs=["B12 950 ng/L 5 days ago", *order])
        advice = advise(case.facts, case.drafts, case.moment, case.knowledge)
        spoken = {finding.rule for finding in advice.fired}
        assert ("conflicting-labs" in spoken) is conflict


def test_drugs_beyond_those_that_are_asked_about_are_to_be_confirmed() -> None:
    """Rather one confirmation too many than a drug that decided unseen."""
    orders = [
        medication(f"metformin tablet {100 + n} mg oral daily text only", f"medication-{n}")
        for n in range(MOST_ASKED + 2)
    ]
    case = make("folic acid tablet 5 mg oral daily")
    case = case.within(facts=replace(case.facts, medications=Listing(tuple(orders))))
    told = {one.reference for one in verdict(case, "medication-text-match").inputs}
    assert told == {f"medication-{MOST_ASKED}", f"medication-{MOST_ASKED + 1}"}
