"""What a written case cannot say of the rules: results and orders of an unusual shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from regimens.advice import B12Status, Moment
from regimens.advise import advise
from regimens.case import Case
from regimens.exposure import usual_dose
from regimens.facts import Analyte, LabResult, Listing, Unusable
from regimens.knowledge.schema import RegimenPhase
from regimens.orders import Route
from regimens.proposals import DeleteOrder, OrderTest, Proposal, Purpose, UpdateOrder
from regimens.proposing import apply, one_interval_after, potassium_checks
from regimens.quantities import PeriodUnit
from regimens.recommend import recommend
from regimens.status import Biochemistry
from tests.regimens.builders import LIBRARY, TODAY, draft, make


def with_labs(case: Case, *results: LabResult) -> Case:
    facts = replace(case.facts, labs=Listing((*case.facts.labs.items, *results)))
    return replace(case, facts=facts)


def fired(case: Case) -> set[str]:
    advice = advise(case.facts, case.drafts, case.moment, case.knowledge)
    return {finding.rule for finding in advice.fired}


@pytest.mark.parametrize("taken_on", [None, date(2026, 10, 15)])
def test_an_implausible_result_of_no_known_day(taken_on: date | None) -> None:
    """Without a date, or dated tomorrow, it cannot be the newest: nothing is said of it."""
    result = LabResult(
        Analyte.POTASSIUM, "odd", taken_on=taken_on, unusable=Unusable.IMPLAUSIBLE, reported="410"
    )
    case = make("hydroxocobalamin 1 mg IM every 3 months")
    assert "lab-unit-implausible" not in fired(with_labs(case, result))


def test_reticulocytes_in_words_show_no_poor_response() -> None:
    """A result that was reported without a number neither rose nor fell."""
    worded = LabResult(Analyte.RETICULOCYTES, "words", taken_on=TODAY, reported="see comment")
    case = make(
        moment=Moment.OPENING,
        labs=["Hct 28 today"],
        medications=["hydroxocobalamin 1 mg IM three times a week, active since 7 days ago"],
    )
    assert "inadequate-haematologic-response" not in fired(with_labs(case, worded))


def test_a_b12_in_words_has_no_class() -> None:
    """A result without a number is unknown, whatever its words."""
    worded = LabResult(Analyte.B12, "words", taken_on=TODAY, reported="sample haemolysed")
    chemistry: Biochemistry = make().chemistry
    assert chemistry.class_of(worded) is B12Status.UNKNOWN


def test_a_route_that_no_regimen_knows() -> None:
    """B12 by a route no regimen knows matches none: the regimen is recommended."""
    case = make("hydroxocobalamin 1 mg by another route monthly", labs=["B12 120 ng/L today"])
    assert "b12-regimen" in fired(case)


def test_fired_rules_come_most_urgent_first() -> None:
    """Critical, warning, info; among equals in the order of the rules."""
    case = make(
        "cyanocobalamin 1000 micrograms IM weekly for 4 doses",
        formulary="us",
        labs=["eGFR 40 today", "platelets 8 today"],
    )
    advice = advise(case.facts, case.drafts, case.moment, case.knowledge)
    ranks = [finding.indicator.rank for finding in advice.fired]
    assert ranks == sorted(ranks)
    assert advice.fired[0].rule == "im-platelets-below-10"


def test_potassium_is_ordered_once() -> None:
    """Where the set orders potassium already, no suggestion orders it again."""
    asked = potassium_checks(make())
    assert asked == [
        OrderTest(Analyte.POTASSIUM, date(2026, 10, 14)),
        OrderTest(Analyte.POTASSIUM, date(2026, 10, 15)),
        OrderTest(Analyte.POTASSIUM, date(2026, 10, 16)),
    ]
    assert potassium_checks(make("test: potassium")) == []


@pytest.mark.parametrize(
    ("frequency", "period", "unit", "day"),
    [
        (1, 2, PeriodUnit.MONTH, date(2026, 12, 14)),
        (1, 8, PeriodUnit.WEEK, date(2026, 12, 9)),
        (2, 1, PeriodUnit.WEEK, date(2026, 10, 17)),
    ],
)
def test_one_interval_after(frequency: int, period: int, unit: PeriodUnit, day: date) -> None:
    """Real months where the interval is in months, else days."""
    phase = RegimenPhase(
        purpose=Purpose.MAINTENANCE,
        product="hydroxocobalamin-injection",
        micrograms=Decimal(1000),
        route=Route.INTRAMUSCULAR,
        frequency=Decimal(frequency),
        period=Decimal(period),
        unit=unit,
    )
    assert one_interval_after(phase, TODAY) == day


def test_an_edit_of_an_order_that_is_not_drafted_changes_nothing() -> None:
    """A suggestion may name an order that has left the set."""
    case = make("hydroxocobalamin 1 mg IM every 3 months")
    gone = Proposal("x", (UpdateOrder("gone", micrograms=Decimal(1)), DeleteOrder("gone")))
    assert apply(case, gone).drafts.orders == case.drafts.orders


def test_the_calendar_may_move_weekends_to_monday() -> None:
    """Where the site wants it, monitoring that falls on a Saturday or Sunday is on Monday."""
    knowledge = LIBRARY.knowledge("uk")
    moved = replace(
        knowledge, formulary=knowledge.formulary.model_copy(update={"weekend": "next_weekday"})
    )
    case = make(labs=["B12 120 ng/L today"])
    marked, weekday = recommend(case), recommend(replace(case, knowledge=moved))
    assert marked is not None
    assert weekday is not None
    assert any(step.weekend for step in marked.calendar)
    reviews = [step for step in weekday.calendar if "review" in step.what]
    assert not any(step.weekend for step in reviews)


def test_usual_dose_of_an_order_without_b12() -> None:
    """Folic acid holds no cobalamin, so it has no usual dose of one."""
    order = draft("folic acid 5 mg oral daily")
    assert usual_dose(order, order.phases[0]) is None


WEEKLY = "hydroxocobalamin 1 mg IM weekly for 8 doses"
MONTHLY = "hydroxocobalamin 1 mg IM every 2 months"
DAILY = "hydroxocobalamin 1 mg IM daily for 7 days"
ONCE = "hydroxocobalamin 1 mg IM once"


@pytest.mark.parametrize(
    ("orders", "inadequate"),
    [
        ((WEEKLY, MONTHLY), True),
        ((MONTHLY, WEEKLY), True),
        ((ONCE, WEEKLY), True),
        ((DAILY, WEEKLY), False),
        ((WEEKLY, DAILY), False),
        ((f"{WEEKLY} from day 1", DAILY), False),
    ],
)
def test_loading_that_starts_with_other_phases(
    orders: tuple[str, ...], *, inadequate: bool
) -> None:
    """Of phases that start together the closest loading is judged, whatever is written first."""
    case = make(*orders, labs=["B12 120 ng/L today"], conditions=["paraesthesia"])
    assert ("neuro-loading-inadequate" in fired(case)) is inadequate


def test_overlapping_drafts_are_all_named() -> None:
    """Of two products in one set neither is to blame: the card is about both."""
    case = make(
        "hydroxocobalamin 1 mg IM monthly",
        "cyanocobalamin 1 mg IM monthly",
        "folic acid 5 mg oral daily",
    )
    advice = advise(case.facts, case.drafts, case.moment, case.knowledge)
    (found,) = (each for each in advice.fired if each.rule == "duplicate-b12-therapy")
    assert set(found.verdict.orders) == {"draft-1", "draft-2"}


@pytest.mark.parametrize(
    "orders",
    [
        ("timing 'bimonthly'", "timing 'biweekly'", "timing 'now and then'"),
        ("timing 'now and then'", "timing 'bimonthly'", "timing 'biweekly'"),
    ],
)
def test_readings_of_one_word_are_offered_for_its_order_alone(orders: tuple[str, ...]) -> None:
    """Twice a week is never written into an order that says "bimonthly"."""
    case = make(*(f"hydroxocobalamin 1 mg IM {words}" for words in orders))
    advice = advise(case.facts, case.drafts, case.moment, case.knowledge)
    (found,) = (each for each in advice.fired if each.rule == "timing-ambiguous")
    position = orders.index("timing 'biweekly'") + 1
    changed = {
        change.reference
        for proposal in found.verdict.proposals
        for change in proposal.changes
        if isinstance(change, UpdateOrder)
    }
    assert changed == {f"draft-{position}"}
    assert len(found.verdict.orders) == len(orders)
