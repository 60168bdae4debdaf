"""The regimen that fits: every row of table 4c, in both formularies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from regimens.advice import Moment, Option
from regimens.advise import advise
from regimens.case import Case
from regimens.proposals import DeleteOrder, PlannedOrder
from regimens.quantities import plain
from regimens.recommend import options_for, prophylaxis, recommend
from tests.regimens.builders import make

LOW = ["B12 120 ng/L 5 days ago"]
BORDERLINE = ["B12 250 ng/L 5 days ago"]


def told(order: PlannedOrder) -> str:
    """An order in words: product, dose, route, how often, how long, from when."""
    timing = order.timing
    assert timing.frequency is not None
    assert timing.period is not None
    assert timing.period_unit is not None
    days = f" for {timing.bounds_days} d" if timing.bounds_days else ""
    return (
        f"{order.purpose.value}: {order.product} {plain(order.micrograms)} {order.route.value} "
        f"{plain(timing.frequency)}/{plain(timing.period)} {timing.period_unit.value}{days} "
        f"from {timing.starts_on}"
    )


def orders(option: Option) -> list[str]:
    return [told(order) for order in option.orders]


def chosen(case: Case) -> str | None:
    recommendation = recommend(case)
    return recommendation.regimen if recommendation else None


UK_THREE_A_WEEK = "loading: hydroxocobalamin-injection 1000 IM 3/1 wk for 14 d from 2026-10-14"
UK_THREE_MONTHLY = "maintenance: hydroxocobalamin-injection 1000 IM 1/3 mo from 2027-01-28"
US_DAILY = "loading: cyanocobalamin-injection 1000 IM 1/1 d for 7 d from 2026-10-14"
US_WEEKLY = "loading: cyanocobalamin-injection 1000 IM 1/1 wk for 28 d from 2026-10-21"
US_MONTHLY = "maintenance: cyanocobalamin-injection 1000 IM 1/1 mo from 2026-12-18"

ROWS: list[tuple[str, str, dict[str, Any], str, bool, list[str]]] = [
    (
        "irreversible malabsorption",
        "uk",
        {"labs": LOW, "conditions": ["pernicious anaemia"]},
        "deficient-irreversible",
        True,
        [UK_THREE_A_WEEK, UK_THREE_MONTHLY],
    ),
    (
        "irreversible malabsorption",
        "us",
        {"labs": LOW, "conditions": ["pernicious anaemia"]},
        "deficient-irreversible",
        True,
        [US_DAILY, US_WEEKLY, US_MONTHLY],
    ),
    (
        "total gastrectomy, deficient",
        "uk",
        {"labs": LOW, "procedures": ["total gastrectomy"]},
        "deficient-irreversible",
        True,
        [UK_THREE_A_WEEK, UK_THREE_MONTHLY],
    ),
    (
        "neurological involvement",
        "uk",
        {"labs": LOW, "conditions": ["paraesthesia"]},
        "deficient-neuro",
        True,
        [
            "loading: hydroxocobalamin-injection 1000 IM 1/2 d for 42 d from 2026-10-14",
            "maintenance: hydroxocobalamin-injection 1000 IM 1/2 mo from 2027-01-25",
        ],
    ),
    (
        "neurological involvement",
        "us",
        {"labs": LOW, "conditions": ["paraesthesia"]},
        "deficient-neuro",
        True,
        [
            US_DAILY,
            "loading: cyanocobalamin-injection 1000 IM 1/2 d for 35 d from 2026-10-21",
            "maintenance: cyanocobalamin-injection 1000 IM 1/1 mo from 2026-12-25",
        ],
    ),
    (
        "dietary",
        "uk",
        {"labs": LOW, "conditions": ["vegan diet"]},
        "deficient-dietary",
        False,
        ["treatment: cyanocobalamin-tablet-50 50 oral 1/1 d from 2026-10-14"],
    ),
    (
        "dietary",
        "us",
        {"labs": LOW, "conditions": ["vegan diet"]},
        "deficient-dietary",
        False,
        ["treatment: cyanocobalamin-tablet-1mg 1000 oral 1/1 d from 2026-10-14"],
    ),
    (
        "drug-induced",
        "uk",
        {"labs": LOW, "medications": ["metformin oral daily, active since 1 year ago"]},
        "deficient-drug-induced",
        False,
        ["treatment: cyanocobalamin-tablet-1mg 1000 oral 1/1 d from 2026-10-14"],
    ),
    (
        "drug-induced",
        "us",
        {"labs": LOW, "medications": ["omeprazole oral daily, active since 2 years ago"]},
        "deficient-drug-induced",
        False,
        ["treatment: cyanocobalamin-tablet-1mg 1000 oral 1/1 d from 2026-10-14"],
    ),
    (
        "kidneys below 50",
        "uk",
        {"labs": [*LOW, "eGFR 49"], "conditions": ["pernicious anaemia"]},
        "deficient-irreversible",
        True,
        [UK_THREE_A_WEEK, UK_THREE_MONTHLY],
    ),
    (
        "kidneys below 50",
        "us",
        {"labs": [*LOW, "eGFR 49"], "conditions": ["pernicious anaemia"]},
        "deficient-irreversible",
        True,
        [
            "loading: hydroxocobalamin-injection 1000 IM 1/1 d for 7 d from 2026-10-14",
            "loading: hydroxocobalamin-injection 1000 IM 1/1 wk for 28 d from 2026-10-21",
            "maintenance: hydroxocobalamin-injection 1000 IM 1/1 mo from 2026-12-18",
        ],
    ),
    (
        "platelets of 8: deep SC in place of IM",
        "uk",
        {"labs": [*LOW, "platelets 8"]},
        "deficient",
        False,
        [
            "loading: hydroxocobalamin-injection 1000 SC 3/1 wk for 14 d from 2026-10-14",
            "maintenance: hydroxocobalamin-injection 1000 SC 1/3 mo from 2027-01-28",
        ],
    ),
    (
        "platelets of 25: IM with technique",
        "uk",
        {"labs": [*LOW, "platelets 25"]},
        "deficient",
        False,
        [UK_THREE_A_WEEK, UK_THREE_MONTHLY],
    ),
    (
        "nitrous oxide with a level that is not low",
        "uk",
        {
            "labs": ["B12 400 ng/L", "MMA 900", "eGFR 90"],
            "conditions": ["nitrous oxide exposure"],
        },
        "nitrous-oxide",
        False,
        ["loading: hydroxocobalamin-injection 1000 IM 1/2 d for 42 d from 2026-10-14"],
    ),
    (
        "nitrous oxide with a level that is not low",
        "us",
        {
            "labs": ["B12 400 ng/L", "MMA 900", "eGFR 90"],
            "conditions": ["nitrous oxide exposure"],
        },
        "nitrous-oxide",
        False,
        ["loading: cyanocobalamin-injection 1000 IM 1/2 d for 42 d from 2026-10-14"],
    ),
    (
        "Leber: hydroxocobalamin only",
        "us",
        {"labs": LOW, "conditions": ["Leber optic atrophy"]},
        "deficient",
        False,
        [
            "loading: hydroxocobalamin-injection 1000 IM 1/1 d for 7 d from 2026-10-14",
            "loading: hydroxocobalamin-injection 1000 IM 1/1 wk for 28 d from 2026-10-21",
            "maintenance: hydroxocobalamin-injection 1000 IM 1/1 mo from 2026-12-18",
        ],
    ),
    (
        "indeterminate with neurological involvement",
        "uk",
        {"labs": BORDERLINE, "conditions": ["numbness"]},
        "deficient-neuro",
        True,
        [
            "loading: hydroxocobalamin-injection 1000 IM 1/2 d for 42 d from 2026-10-14",
            "maintenance: hydroxocobalamin-injection 1000 IM 1/2 mo from 2027-01-25",
        ],
    ),
]


@pytest.mark.parametrize(
    ("formulary", "given", "regimen", "lifelong", "expected"),
    [row[1:] for row in ROWS],
    ids=[f"{row[1]}: {row[0]}" for row in ROWS],
)
def test_the_rows_of_the_table(
    formulary: str, given: dict[str, Any], regimen: str, expected: list[str], *, lifelong: bool
) -> None:
    """The first choice is the row's regimen, as orders in sequence from today."""
    recommendation = recommend(make(formulary=formulary, **given))
    assert recommendation is not None
    assert recommendation.regimen == regimen
    first = recommendation.options[0]
    assert (orders(first), first.lifelong) == (expected, lifelong)


@pytest.mark.parametrize(
    "given",
    [
        {"labs": BORDERLINE},
        {"labs": BORDERLINE, "conditions": ["glossitis"]},
        {"labs": ["B12 500 ng/L"]},
        {"labs": ["B12 500 ng/L"], "conditions": ["paraesthesia"]},
        {"conditions": ["paraesthesia", "pernicious anaemia"]},
        {"labs": ["B12 100 ng/L"], "age": 17},
        {
            "labs": ["B12 100 ng/L"],
            "medications": ["hydroxocobalamin 1 mg IM every 3 months, active since 90 days ago"],
        },
        {"labs": ["B12 100 ng/L"], "patient": "unread"},
        {"procedures": ["RYGB"]},
    ],
)
def test_no_regimen(given: dict[str, Any]) -> None:
    """Indeterminate without nerves, unlikely, unknown, treated, a child, an unread patient."""
    assert recommend(make(**given)) is None


@pytest.mark.parametrize(
    ("given", "regimen"),
    [
        ({"conditions": ["paraesthesia", "pernicious anaemia", "vegan diet"]}, "deficient-neuro"),
        ({"conditions": ["glossitis", "pernicious anaemia"]}, "deficient-neuro"),
        ({"conditions": ["vegan diet", "pernicious anaemia"]}, "deficient-irreversible"),
        ({"conditions": ["vegan diet", "coeliac disease"]}, "deficient"),
        (
            {"conditions": ["vegan diet"], "medications": ["metformin, active since 1 year ago"]},
            "deficient-dietary",
        ),
        ({"conditions": ["nitrous oxide exposure"]}, "deficient"),
        ({"conditions": ["nitrous oxide exposure", "paraesthesia"]}, "deficient-neuro"),
        ({}, "deficient"),
    ],
)
def test_the_order_of_precedence(given: dict[str, Any], regimen: str) -> None:
    """Nerves, then irreversible causes, diet, drugs; a low level needs no nitrous oxide to explain."""
    assert chosen(make(labs=LOW, **given)) == regimen


@pytest.mark.parametrize(
    ("formulary", "given", "regimen", "expected"),
    [
        (
            "uk",
            {"procedures": ["RYGB"]},
            "prophylaxis-bypass",
            ["prophylaxis: hydroxocobalamin-injection 1000 IM 1/3 mo from 2026-10-14"],
        ),
        (
            "us",
            {"procedures": ["OAGB"]},
            "prophylaxis-bypass",
            ["prophylaxis: cyanocobalamin-tablet-1mg 1000 oral 1/1 d from 2026-10-14"],
        ),
        (
            "uk",
            {"procedures": ["sleeve gastrectomy"]},
            "prophylaxis-sleeve",
            ["prophylaxis: hydroxocobalamin-injection 1000 IM 1/3 mo from 2026-10-14"],
        ),
        (
            "us",
            {"procedures": ["gastric band"]},
            "prophylaxis-sleeve",
            ["prophylaxis: cyanocobalamin-tablet-1mg 1000 oral 1/1 d from 2026-10-14"],
        ),
        (
            "uk",
            {"procedures": ["total gastrectomy"]},
            "prophylaxis-gastrectomy",
            ["prophylaxis: hydroxocobalamin-injection 1000 IM 1/3 mo from 2026-10-14"],
        ),
        (
            "uk",
            {"procedures": ["ileal resection 21 cm"]},
            "prophylaxis-ileal",
            ["prophylaxis: hydroxocobalamin-injection 1000 IM 1/1 mo from 2026-10-14"],
        ),
        (
            "us",
            {"conditions": ["ileal Crohn's disease 31 cm"]},
            "prophylaxis-ileal",
            ["prophylaxis: cyanocobalamin-injection 1000 IM 1/1 mo from 2026-10-14"],
        ),
        (
            "uk",
            {"procedures": ["RYGB"], "conditions": ["pregnancy"]},
            "pregnant-bariatric",
            ["prophylaxis: hydroxocobalamin-injection 1000 IM 1/3 mo from 2026-10-14"],
        ),
        (
            "us",
            {"procedures": ["RYGB"], "conditions": ["pregnancy"]},
            "pregnant-bariatric",
            ["prophylaxis: cyanocobalamin-injection 1000 IM 1/1 mo from 2026-10-14"],
        ),
    ],
)
def test_the_rows_of_prophylaxis(
    formulary: str, given: dict[str, Any], regimen: str, expected: list[str]
) -> None:
    """What was done to the gut chooses the prophylactic regimen; it is always for life."""
    case = make(formulary=formulary, **given)
    found = prophylaxis(case)
    assert found is not None
    assert found[0] == regimen
    first = options_for(case, regimen)[0]
    assert (orders(first), first.lifelong) == (expected, True)


def test_no_prophylaxis_without_a_cause() -> None:
    """Pernicious anaemia is treated, not prevented; a short resection needs nothing."""
    case = make(conditions=["pernicious anaemia"], procedures=["ileal resection 20 cm"])
    assert prophylaxis(case) is None


def test_the_alternatives_of_impaired_kidneys() -> None:
    """Hydroxocobalamin, methylcobalamin by mouth, then cyanocobalamin with a reason."""
    case = make(labs=[*LOW, "eGFR 49"], formulary="us", conditions=["pernicious anaemia"])
    recommendation = recommend(case)
    assert recommendation is not None
    options = recommendation.options
    assert [option.orders[0].product for option in options] == [
        "hydroxocobalamin-injection",
        "methylcobalamin-tablet-1mg",
        "cyanocobalamin-injection",
    ]
    assert [option.notes for option in options] == [("supply-uncertain",), (), ("override-needed",)]
    assert "kidney" in recommendation.monitoring


def test_an_eGFR_of_50_changes_nothing() -> None:  # noqa: N802 (a laboratory's own spelling)
    """Exactly 50 is not below 50: cyanocobalamin stays, and is the only option."""
    recommendation = recommend(make(labs=[*LOW, "eGFR 50"], formulary="us"))
    assert recommendation is not None
    assert [option.orders[0].product for option in recommendation.options] == [
        "cyanocobalamin-injection"
    ]


@pytest.mark.parametrize(("formulary", "noted"), [("us", True), ("uk", False)])
def test_hydroxocobalamin_is_offered_with_word_of_its_shortage(
    formulary: str, *, noted: bool
) -> None:
    """Where a shortage is on record; other products are offered without."""
    case = make(labs=[*LOW, "eGFR 49"], formulary=formulary)
    recommendation = recommend(case)
    assert recommendation is not None
    told = ["supply-uncertain" in option.notes for option in recommendation.options]
    assert told == [noted] + [False] * (len(told) - 1)


def test_nitrous_oxide_is_stopped_whatever_the_level() -> None:
    """A low level takes the usual regimen, and the exposure still has to end."""
    case = make(labs=LOW, conditions=["nitrous oxide exposure"])
    recommendation = recommend(case)
    assert recommendation is not None
    assert recommendation.regimen == "deficient"
    assert recommendation.monitoring[0] == "stop-nitrous-oxide"


def test_nitrous_oxide_is_named_once() -> None:
    """Its own regimen says so already."""
    labs = ["B12 400 ng/L today", "MMA 600 today", "eGFR 80 today"]
    case = make(labs=labs, conditions=["nitrous oxide exposure"])
    recommendation = recommend(case)
    assert recommendation is not None
    assert recommendation.regimen == "nitrous-oxide"
    assert recommendation.monitoring.count("stop-nitrous-oxide") == 1


@pytest.mark.parametrize(
    ("labs", "orders", "told"),
    [
        (["B12 250 ng/L today"], [], True),
        (["B12 250 ng/L today", "MMA 350 today", "eGFR 50 today"], [], False),
        (["B12 250 ng/L today"], ["test: MMA"], False),
        (["B12 120 ng/L today"], [], False),
    ],
)
def test_mma_comes_first_where_b12_does_not_settle_it(
    labs: list[str], orders: list[str], *, told: bool
) -> None:
    """Treatment changes MMA; nobody waits for its result."""
    recommendation = recommend(make(*orders, labs=labs, conditions=["paraesthesia"]))
    if told:
        assert recommendation is not None
        assert recommendation.monitoring[0] == "mma-first"
    else:
        assert recommendation is None or "mma-first" not in recommendation.monitoring


def test_impaired_kidneys_by_mouth() -> None:
    """An oral regimen uses methylcobalamin; there is no injection to choose between."""
    case = make(labs=[*LOW, "eGFR 49"], formulary="us", conditions=["vegan diet"])
    recommendation = recommend(case)
    assert recommendation is not None
    assert recommendation.options[0].orders[0].product == "methylcobalamin-tablet-1mg"


def test_leber_and_impaired_kidneys_offer_no_cyanocobalamin() -> None:
    """Not even with a reason: optic atrophy is critical."""
    case = make(labs=[*LOW, "eGFR 49"], formulary="us", conditions=["Leber optic atrophy"])
    recommendation = recommend(case)
    assert recommendation is not None
    products = {order.product for option in recommendation.options for order in option.orders}
    assert not any(product.startswith("cyanocobalamin") for product in products)


def test_dietary_alternatives_in_the_united_kingdom() -> None:
    """50 micrograms by mouth, or three injections a week for two weeks and then twice a year."""
    recommendation = recommend(make(labs=LOW, conditions=["vegan diet"]))
    assert recommendation is not None
    assert orders(recommendation.options[1]) == [
        UK_THREE_A_WEEK,
        "maintenance: hydroxocobalamin-injection 1000 IM 1/6 mo from 2027-04-28",
    ]


def test_what_to_watch() -> None:
    """Low platelets add their recheck, pernicious anaemia its potassium, to the calendar."""
    case = make(labs=[*LOW, "platelets 8"], conditions=["pernicious anaemia"])
    recommendation = recommend(case)
    assert recommendation is not None
    assert "platelets" in recommendation.monitoring
    potassium = [step.on for step in recommendation.calendar if "potassium" in step.what]
    assert potassium == [date(2026, 10, 14), date(2026, 10, 15), date(2026, 10, 16)]
    rechecks = [step.on for step in recommendation.calendar if step.what == "platelet-recheck"]
    assert rechecks == [date(2026, 10, 16), date(2026, 10, 17)]


def test_a_regimen_takes_the_place_of_what_is_drafted() -> None:
    """Two courses of B12 side by side would be double treatment."""
    case = make(
        "methylcobalamin 1 mg IM three times a week for 14 days",
        "methylcobalamin 1 mg IM every 3 months",
        labs=LOW,
    )
    said = advise(case.facts, case.drafts, case.moment, case.knowledge)
    regimen = next(one for one in said.fired if one.rule == "b12-regimen")
    (proposal,) = regimen.verdict.proposals
    gone = [one.reference for one in proposal.changes if isinstance(one, DeleteOrder)]
    assert gone == ["draft-1", "draft-2"]


def test_what_withholds_every_regimen_is_named() -> None:
    """No start, no dates, but each concern with its values: the clinician settles it first."""
    case = make(
        labs=["B12 120 ng/L 5 days ago", "eGFR 40 5 days ago"],
        conditions=["pernicious anaemia"],
        allergies=["hydroxocobalamin"],
        formulary="us",
        moment=Moment.OPENING,
    )
    said = advise(case.facts, case.drafts, case.moment, case.knowledge)
    assert said.recommendation is not None
    assert (said.recommendation.options, said.recommendation.calendar) == ((), ())
    (regimen,) = said.fired
    assert [(one.rule, dict(one.verdict.values)) for one in regimen.in_the_way] == [
        ("b12-allergy", {"drug": "hydroxocobalamin"}),
        ("oral-b12-malabsorption", {"cause": "pernicious anaemia"}),
        ("cyanocobalamin-renal-impairment", {"kidney": "40"}),
    ]
