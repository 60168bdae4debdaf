"""What a rule hands to its card besides speaking: drugs, causes, evidence, proposals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from regimens.advice import Moment
from regimens.advise import advise
from regimens.case import Case
from regimens.checks.dose.b12_dose import in_words
from regimens.checks.product import medication_text_match
from regimens.checks.timing.maintenance_interval import in_words as months_in_words
from regimens.facts import Analyte, Listing
from regimens.intervals import DAYS_PER_MONTH
from regimens.orders import Amount, AmountKind, Route
from regimens.proposals import (
    BookTask,
    CreateOrder,
    DeleteOrder,
    OrderTest,
    Proposal,
    UpdateOrder,
)
from regimens.proposing import apply
from regimens.quantities import PeriodUnit
from regimens.verdict import Outcome, Verdict
from tests.regimens.builders import TODAY, facts, make


def judged(case: Case, rule: str) -> Verdict:
    """What this rule says of the case, speaking or not."""
    advice = advise(case.facts, case.drafts, case.moment, case.knowledge)
    return next(finding.verdict for finding in advice.findings if finding.rule == rule)


def verdict(case: Case, rule: str) -> Verdict:
    """What this rule says of the case; it must speak."""
    found = judged(case, rule)
    assert found.fired, found.why
    return found


def proposal(case: Case, rule: str, key: str) -> Proposal:
    """The first proposal of this name that the rule makes."""
    return next(one for one in verdict(case, rule).proposals if one.key == key)


def updates(offered: Proposal) -> list[UpdateOrder]:
    return [change for change in offered.changes if isinstance(change, UpdateOrder)]


def test_an_allergy_card_names_the_drug_of_the_first_clash() -> None:
    """The drug is the first that clashes, not the first that is drafted."""
    case = make(
        "hydroxocobalamin 1 mg IM monthly",
        "cyanocobalamin 1 mg IM monthly",
        "methylcobalamin 1 mg oral daily",
        allergies=["cyanocobalamin", "methylcobalamin"],
    )
    said = verdict(case, "b12-allergy")
    assert said.values == {"drug": "cyanocobalamin"}
    assert said.orders == ("draft-2", "draft-3")


def test_the_other_cobalamin_is_the_one_that_nobody_reacted_to() -> None:
    """After hydroxocobalamin cyanocobalamin, and the other way round."""
    for drug, other in (
        ("hydroxocobalamin", "cyanocobalamin-injection"),
        ("cyanocobalamin", "hydroxocobalamin-injection"),
    ):
        case = make(f"{drug} 1 mg IM monthly", allergies=[drug])
        (change,) = updates(proposal(case, "b12-allergy", "switch-cobalamin"))
        assert (change.product, change.micrograms) == (other, Decimal(1000))


def test_an_injection_takes_over_no_route_of_a_tablet_or_a_spray() -> None:
    """A course of the other cobalamin replaces what is swallowed or sprayed, under advice."""
    for order in ("tablet 1 mg oral daily", "nasal spray 500 micrograms nasal weekly"):
        case = make(
            f"cyanocobalamin {order}",
            formulary="us",
            labs=["B12 150 pg/mL today"],
            allergies=["cyanocobalamin"],
        )
        offered = proposal(case, "b12-allergy", "switch-cobalamin")
        created = [change.order for change in offered.changes if isinstance(change, CreateOrder)]
        assert offered.changes[0] == DeleteOrder("draft-1")
        assert {one.product for one in created} == {"hydroxocobalamin-injection"}
        assert {one.route for one in created} == {Route.INTRAMUSCULAR}
        assert BookTask("allergy-advice") in offered.changes


def test_a_swallowed_allergen_is_no_reason_for_a_course_without_deficiency() -> None:
    """Nor is it for a patient who is treated: advice is asked for, and nothing else."""
    daily = "cyanocobalamin 1 mg oral daily"
    for running in ([], [f"{daily}, active since 90 days ago"]):
        case = make(daily, allergies=["cyanocobalamin"], medications=running)
        offered = verdict(case, "b12-allergy").proposals
        assert [one.key for one in offered] == ["allergy-advice"]


def test_what_is_swallowed_beside_an_injection_goes_with_the_switch() -> None:
    """The injection becomes the other cobalamin, and the tablet is taken out."""
    case = make(
        "cyanocobalamin 1 mg IM monthly",
        "cyanocobalamin 1 mg oral daily",
        allergies=["cyanocobalamin"],
    )
    offered = proposal(case, "b12-allergy", "switch-cobalamin")
    assert offered.changes[0] == DeleteOrder("draft-2")
    assert [change.reference for change in updates(offered)] == ["draft-1"]


def test_cyanocobalamin_in_place_of_hydroxocobalamin_comes_every_month() -> None:
    """It is retained less: an interval of three months is too long for it."""
    case = make("hydroxocobalamin 1 mg IM every 3 months", allergies=["hydroxocobalamin"])
    (change,) = updates(proposal(case, "b12-allergy", "switch-cobalamin"))
    assert change.timing is not None
    assert change.timing.interval_days == DAYS_PER_MONTH


def test_the_other_cobalamin_replaces_the_order_that_ran_so_far() -> None:
    """Else the two would overlap, and the switch be withheld."""
    case = make(
        "hydroxocobalamin 1 mg IM every 2 months",
        allergies=["hydroxocobalamin"],
        medications=["hydroxocobalamin 1 mg IM every 2 months, active since 90 days ago"],
    )
    (change,) = updates(proposal(case, "b12-allergy", "switch-cobalamin"))
    assert change.replaces == "medication-1"


def test_an_interval_that_the_other_cobalamin_allows_stays() -> None:
    """Shorter is always accepted."""
    case = make("cyanocobalamin 1 mg IM monthly", allergies=["cyanocobalamin"])
    (change,) = updates(proposal(case, "b12-allergy", "switch-cobalamin"))
    assert change.timing is None


@pytest.mark.parametrize(
    ("lab", "conditions"), [("eGFR 40 today", []), ("eGFR 80 today", ["Leber optic atrophy"])]
)
def test_enough_by_mouth_is_no_cyanocobalamin_where_that_is_avoided(
    lab: str, conditions: list[str]
) -> None:
    """What one card raises to 1 mg, another must not ask to avoid."""
    labs = ["B12 120 ng/L today", lab]
    case = make("cyanocobalamin tablet 500 micrograms oral daily", labs=labs, conditions=conditions)
    (change,) = updates(proposal(case, "oral-b12-dose-too-low", "oral-1000-daily"))
    assert change.product == "methylcobalamin-tablet-1mg"


def test_enough_by_mouth_is_else_the_tablet_of_the_formulary() -> None:
    """Kidneys that work need no other product."""
    case = make(
        "cyanocobalamin tablet 500 micrograms oral daily",
        labs=["B12 120 ng/L today", "eGFR 80 today"],
    )
    (change,) = updates(proposal(case, "oral-b12-dose-too-low", "oral-1000-daily"))
    assert change.product == "cyanocobalamin-tablet-1mg"


@pytest.mark.parametrize(
    ("drug", "given", "months"),
    [
        ("hydroxocobalamin", {"conditions": ["paraesthesia"]}, [2, 1]),
        ("cyanocobalamin", {"conditions": ["paraesthesia"]}, [1]),
        (
            "hydroxocobalamin",
            {"conditions": ["paraesthesia"], "procedures": ["ileal resection 30 cm"]},
            [1],
        ),
    ],
)
def test_an_interval_for_the_nerves_suits_product_and_cause_too(
    drug: str, given: dict[str, Any], months: list[int]
) -> None:
    """What one rule recommends, another must not call too long."""
    case = make(f"{drug} 1 mg IM every 4 months", **given)
    neuro = verdict(case, "maintenance-interval-too-long-neuro").proposals
    timings = [change.timing for one in neuro for change in updates(one)]
    assert [timing.period for timing in timings if timing] == months
    assert [one.recommended for one in neuro] == [True, False][: len(months)]
    (product,) = verdict(case, "maintenance-interval-too-long").proposals
    assert product.changes == neuro[0].changes


def test_only_the_first_option_of_a_regimen_is_recommended() -> None:
    """A vegan is offered tablets and injections; the tablets are recommended."""
    case = make(moment=Moment.OPENING, labs=["B12 120 ng/L today"], conditions=["vegan diet"])
    offered = verdict(case, "b12-regimen").proposals
    assert len(offered) > 1
    assert [one.recommended for one in offered] == [True] + [False] * (len(offered) - 1)


@pytest.mark.parametrize(
    ("lab", "conditions", "dose"),
    [
        ("eGFR 40 today", [], 1000),
        ("eGFR 80 today", ["Leber optic atrophy"], 1000),
        ("eGFR 80 today", [], 50),
    ],
)
def test_no_order_asks_for_less_than_one_tablet(lab: str, conditions: list[str], dose: int) -> None:
    """The dose of the small tablet stays behind when a larger one replaces it."""
    case = make(
        moment=Moment.OPENING,
        labs=["B12 120 ng/L today", lab],
        conditions=["vegan diet", *conditions],
    )
    changes = [change for one in verdict(case, "b12-regimen").proposals for change in one.changes]
    orders = [change.order for change in changes if isinstance(change, CreateOrder)]
    by_mouth = [order.micrograms for order in orders if order.route is Route.ORAL]
    assert by_mouth == [Decimal(dose)]


def test_a_level_is_repeated_before_the_next_dose_and_not_today() -> None:
    """A test ordered for today would be drawn even sooner after the injection than the rule allows."""
    case = make(
        moment=Moment.OPENING,
        labs=["B12 900 ng/L today"],
        medications=["hydroxocobalamin 1 mg IM given 2 days ago"],
    )
    assert verdict(case, "b12-level-not-trough").proposals[0].changes == (BookTask("repeat-b12"),)


@pytest.mark.parametrize(("measured", "variant"), [([], "never"), (["eGFR 80 500 days ago"], None)])
def test_kidney_function_that_is_not_known_recommends_no_other_product(
    measured: list[str], variant: str | None
) -> None:
    """Hydroxocobalamin may be chosen; an old value is spoken of only where there is one."""
    case = make(
        "cyanocobalamin 1 mg IM monthly", formulary="us", labs=["B12 120 pg/mL today", *measured]
    )
    said = verdict(case, "renal-function-unknown")
    assert said.variant == variant
    assert [one.recommended for one in said.proposals] == [False, False]


@pytest.mark.parametrize(
    ("labs", "tests"),
    [
        ([], [Analyte.MMA, Analyte.HOLOTC]),
        (["active B12 50 today"], [Analyte.MMA]),
        (["eGFR 59 today"], [Analyte.HOLOTC]),
        (["eGFR 60 today"], [Analyte.MMA, Analyte.HOLOTC]),
    ],
)
def test_what_was_just_measured_is_not_ordered_again(labs: list[str], tests: list[Analyte]) -> None:
    """B12 has left the question open: what settles it is ordered, as the card says."""
    case = make("folic acid 5 mg oral daily", labs=["B12 340 ng/L today", *labs])
    ordered = proposal(case, "folic-acid-b12-status-unknown", "order-second-line")
    assert ordered.changes == tuple(OrderTest(each) for each in tests)


def test_tests_that_the_set_orders_are_not_offered_again() -> None:
    """The rule still speaks: the results are not there yet. One of two is still offered."""
    folic = "folic acid 5 mg oral daily"
    rule = "folic-acid-b12-status-unknown"
    one, both = make(folic, "test: B12"), make(folic, "tests: B12 MMA")
    assert [each.key for each in verdict(one, rule).proposals] == ["order-b12", "hold-folic-acid"]
    assert [each.key for each in verdict(both, rule).proposals] == ["hold-folic-acid"]


def test_with_every_result_at_hand_there_is_nothing_to_order() -> None:
    """A deficiency that two tests make unlikely needs no third."""
    labs = ["B12 500 ng/L today", "MMA 200 today", "active B12 100 today", "eGFR 80 today"]
    case = make("hydroxocobalamin 1 mg IM monthly", labs=labs)
    assert verdict(case, "treatment-without-evidence").proposals == ()


def test_the_product_to_stop_is_named_before_the_draft_is_given_up() -> None:
    """What is drafted was meant: the running order is the first to ask about."""
    case = make(
        "hydroxocobalamin 1 mg IM every 2 months",
        conditions=["pernicious anaemia"],
        medications=["cyanocobalamin 1 mg oral daily, active since 90 days ago"],
    )
    stop = verdict(case, "duplicate-b12-therapy").proposals[0]
    assert stop.changes == (
        BookTask("stop-other-product", about="medication-1", drug="cyanocobalamin oral"),
    )


def test_a_course_of_several_drafts_is_given_up_as_a_whole() -> None:
    """Loading and what follows it: one of them alone would still run beside the other product."""
    case = make(
        "hydroxocobalamin 1 mg IM three times a week for 14 days",
        "hydroxocobalamin 1 mg IM every 3 months from day 14",
        medications=["cyanocobalamin 1 mg oral daily, active since 400 days ago"],
    )
    offered = proposal(case, "duplicate-b12-therapy", "drop-draft")
    assert offered.changes == (DeleteOrder("draft-1"), DeleteOrder("draft-2"))
    assert not judged(apply(case, offered), "duplicate-b12-therapy").fired


def test_either_of_two_drafted_courses_can_be_given_up_as_a_whole() -> None:
    """The drafts of the one, or those of the other."""
    case = make(
        "hydroxocobalamin 1 mg IM weekly for 6 doses",
        "cyanocobalamin 1 mg IM weekly for 6 doses",
        "cyanocobalamin 1 mg IM monthly",
    )
    drop = proposal(case, "duplicate-b12-therapy", "drop-draft")
    other = proposal(case, "duplicate-b12-therapy", "drop-other-draft")
    assert drop.changes == (DeleteOrder("draft-2"), DeleteOrder("draft-3"))
    assert other.changes == (DeleteOrder("draft-1"),)


def test_loading_before_what_is_drafted_is_recommended() -> None:
    """Of one product, so nothing is switched where the draft is of the loading's product."""
    case = make("hydroxocobalamin 1 mg IM every 3 months", labs=["B12 120 ng/L today"])
    (loading,) = verdict(case, "loading-missing").proposals
    assert loading.recommended
    assert [change.product for change in updates(loading)] == [None]


@pytest.mark.parametrize(
    ("orders", "first"),
    [
        (["every 3 months"], date(2027, 1, 28)),
        (["monthly from day 13"], date(2026, 11, 28)),
        (["monthly from day 14"], None),
        (["every 8 days for 6 doses"], date(2026, 11, 5)),
        (["twice a month"], date(2026, 11, 12)),
        (["monthly until day 28"], None),
        (["monthly valid until day 28"], None),
        (["monthly valid until day 100"], date(2026, 11, 28)),
        (["monthly for 3 doses then every 3 months"], None),
    ],
)
def test_what_is_drafted_follows_one_interval_after_the_loading(
    orders: list[str], first: date | None
) -> None:
    """Two weeks from 14 October, then the interval; what begins later anyway stays."""
    case = make(*(f"hydroxocobalamin 1 mg IM {o}" for o in orders), labs=["B12 120 ng/L today"])
    (loading,) = verdict(case, "loading-missing").proposals
    starts = [change.timing.starts_on for change in updates(loading) if change.timing]
    assert starts == ([] if first is None else [first])


def test_a_course_into_a_vein_is_moved_instead_of_doubled() -> None:
    """The drafted course loads once it goes into muscle; the maintenance follows it."""
    case = make(
        "hydroxocobalamin 1 mg IV three times a week for 14 days",
        "hydroxocobalamin 1 mg IM every 3 months",
        labs=["B12 120 ng/L today"],
        conditions=["pernicious anaemia"],
    )
    said = verdict(case, "loading-missing")
    (loading,) = said.proposals
    assert (said.variant, loading.key, loading.recommended) == ("by-vein", "route-im", True)
    assert [(c.reference, c.route) for c in updates(loading)] == [
        ("draft-1", Route.INTRAMUSCULAR),
        ("draft-2", None),
    ]
    assert updates(loading)[1].timing == replace(
        case.drafts.orders[1].phases[0].timing, starts_on=date(2027, 1, 28)
    )
    assert not any(isinstance(change, CreateOrder) for change in loading.changes)


def test_a_course_into_a_vein_takes_the_product_that_the_kidneys_ask_for() -> None:
    """Hydroxocobalamin into muscle, in one step and without a second course."""
    case = make(
        "cyanocobalamin 1 mg IV three times a week for 14 days",
        "cyanocobalamin 1 mg IM every 3 months from day 14",
        labs=["B12 120 ng/L today", "eGFR 40 today"],
    )
    (loading,) = verdict(case, "loading-missing").proposals
    assert [(c.product, c.route) for c in updates(loading)] == [
        ("hydroxocobalamin-injection", Route.INTRAMUSCULAR)
    ] * 2
    assert len(loading.changes) == 2


def test_tablets_beside_maintenance_do_not_become_injections() -> None:
    """Loading switches the drafted injections alone."""
    case = make(
        "cyanocobalamin 1 mg oral daily",
        "cyanocobalamin 1 mg IM monthly",
        labs=["B12 120 ng/L today", "eGFR 40 today"],
    )
    (loading,) = verdict(case, "loading-missing").proposals
    assert [c.reference for c in updates(loading)] == ["draft-2"]


def test_a_single_course_into_a_vein_that_would_not_load_is_no_course() -> None:
    """Monthly doses into a vein stay with the rule about the vein; loading is added."""
    case = make("hydroxocobalamin 1 mg IV monthly", labs=["B12 120 ng/L today"])
    said = verdict(case, "loading-missing")
    assert (said.variant, said.proposals[0].key) == (None, "add-loading")


def test_a_course_into_a_vein_goes_under_the_skin_with_low_platelets() -> None:
    """A course without an end leaves the maintenance where it is: nobody knows when it follows."""
    case = make(
        "hydroxocobalamin 1 mg IV on alternate days",
        "hydroxocobalamin 1 mg SC every 3 months",
        labs=["B12 120 ng/L today", "platelets 8 today"],
    )
    (loading,) = verdict(case, "loading-missing").proposals
    assert [(c.reference, c.route) for c in updates(loading)] == [("draft-1", Route.SUBCUTANEOUS)]


def test_loading_with_hydroxocobalamin_takes_the_maintenance_with_it() -> None:
    """Where kidneys ask for hydroxocobalamin, the drafted cyanocobalamin becomes it too."""
    case = make(
        "cyanocobalamin 1 mg IM monthly",
        labs=["B12 120 ng/L today", "eGFR 40 today"],
    )
    (loading,) = verdict(case, "loading-missing").proposals
    (change,) = updates(loading)
    assert (change.reference, change.product) == ("draft-1", "hydroxocobalamin-injection")
    assert change.timing is not None
    assert change.timing.period == Decimal(3)


def test_loading_is_of_no_product_that_the_formulary_does_not_accept() -> None:
    """Methylcobalamin is injected nowhere here: the formulary's own product loads."""
    case = make(
        "methylcobalamin 1 mg IM monthly",
        formulary="us",
        labs=["B12 120 ng/L today", "eGFR 80 today"],
    )
    (loading,) = judged(case, "loading-missing").proposals
    created = [one.order.product for one in loading.changes if isinstance(one, CreateOrder)]
    assert set(created) == {"cyanocobalamin-injection"}


def test_loading_is_of_the_product_that_the_formulary_prefers() -> None:
    """Else one card adds cyanocobalamin while another asks to replace it."""
    case = make("cyanocobalamin 1 mg IM monthly", labs=["B12 120 ng/L today", "eGFR 80 today"])
    (loading,) = verdict(case, "loading-missing").proposals
    created = [change.order for change in loading.changes if isinstance(change, CreateOrder)]
    assert {one.product for one in created} == {"hydroxocobalamin-injection"}
    (preferred,) = verdict(case, "hydroxocobalamin-preferred").proposals
    (maintenance,) = updates(loading)
    assert maintenance.timing is not None
    assert maintenance.timing.starts_on is not None  # once the loading is over
    timing = replace(maintenance.timing, starts_on=None)
    assert [replace(maintenance, timing=timing)] == updates(preferred)


def test_tablets_beside_the_injection_become_no_injection() -> None:
    """Only what goes by needle takes on the product of the loading."""
    case = make(
        "cyanocobalamin 1 mg IM monthly",
        "methylcobalamin 1 mg oral daily",
        labs=["B12 120 ng/L today", "eGFR 80 today"],
    )
    (loading,) = judged(case, "loading-missing").proposals
    assert [change.reference for change in updates(loading)] == ["draft-1"]


def test_closer_loading_takes_the_rest_of_its_course_with_it() -> None:
    """Loading with another product than the drafted maintenance would overlap with it."""
    case = make(
        "cyanocobalamin 1 mg IM weekly for 4 doses",
        "cyanocobalamin 1 mg IM monthly from day 28",
        labs=["B12 120 ng/L today", "eGFR 80 today"],
        conditions=["paraesthesia"],
    )
    closer = proposal(case, "neuro-loading-inadequate", "loading-alternate-days")
    (change,) = updates(closer)
    assert (change.reference, change.product) == ("draft-2", "hydroxocobalamin-injection")


@pytest.mark.parametrize(("moment", "checks"), [(Moment.SELECTING, 3), (Moment.SIGNING, 0)])
def test_potassium_for_loading_that_is_drafted_is_ordered_once(moment: Moment, checks: int) -> None:
    """At signing the card on potassium offers it; both taken together would order it twice."""
    case = make(
        "hydroxocobalamin 1 mg IM weekly for 6 doses",
        moment=moment,
        labs=["B12 120 ng/L today"],
        conditions=["pernicious anaemia", "neuropathy"],
    )
    offered = proposal(case, "neuro-loading-inadequate", "loading-alternate-days")
    assert sum(isinstance(change, OrderTest) for change in offered.changes) == checks
    assert judged(case, "potassium-check-needed").fired == (moment is Moment.SIGNING)


@pytest.mark.parametrize(
    ("formulary", "notes"), [("uk", ["neuro-review", None]), ("us", [None, "neuro-review", None])]
)
def test_loading_for_the_nerves_says_that_its_end_is_a_review(
    formulary: str, notes: list[str | None]
) -> None:
    """The last order of loading carries it: whoever gives the injections reads the order."""
    case = make(
        "cyanocobalamin 1 mg oral daily",
        formulary=formulary,
        labs=["B12 120 ng/L today"],
        conditions=["neuropathy"],
    )
    offered = proposal(case, "oral-b12-neuro", "replace-with-injections")
    created = [one.order for one in offered.changes if isinstance(one, CreateOrder)]
    assert [order.note for order in created] == notes


def test_closer_loading_of_the_same_product_leaves_the_rest_alone() -> None:
    """Where cyanocobalamin is loaded, the drafted maintenance stays as it is."""
    case = make(
        "cyanocobalamin 1 mg IM weekly for 4 doses",
        "cyanocobalamin 1 mg IM monthly from day 28",
        formulary="us",
        labs=["B12 120 pg/mL today", "eGFR 80 today"],
        conditions=["paraesthesia"],
    )
    (closer,) = judged(case, "neuro-loading-inadequate").proposals
    assert updates(closer) == []


@pytest.mark.parametrize(
    ("rule", "record"),
    [
        ("cyanocobalamin-renal-impairment", {"labs": ["eGFR 40 today"]}),
        ("cyanocobalamin-leber", {"conditions": ["Leber optic atrophy"]}),
    ],
)
@pytest.mark.parametrize(
    ("injected", "swallowed", "gone"),
    [
        ("monthly", "daily", True),
        ("daily for 7 days", "daily from day 7", False),
        ("daily for 7 days", "daily for 5 days", True),
    ],
)
def test_no_cyanocobalamin_is_left_beside_the_injection(
    rule: str, record: dict[str, Any], injected: str, swallowed: str, *, gone: bool
) -> None:
    """Tablets go where the injections last as long; else they become methylcobalamin."""
    drafts = (f"cyanocobalamin 1 mg IM {injected}", f"cyanocobalamin 1 mg oral {swallowed}")
    case = make(*drafts, **record)
    offered = proposal(case, rule, "replace-hydroxocobalamin")
    assert (DeleteOrder("draft-2") in offered.changes) == gone
    products = [change.product for change in updates(offered)]
    assert products == ["hydroxocobalamin-injection", "methylcobalamin-tablet-1mg"][: 2 - gone]
    after = apply(case, offered)
    assert not judged(after, rule).fired
    starts = [after.start_of(order) for order in after.cobalamin_drafts]
    assert starts == [case.start_of(order) for order in case.cobalamin_drafts][: 2 - gone]
    preferred = proposal(case, "hydroxocobalamin-preferred", "replace-hydroxocobalamin")
    assert preferred.changes == offered.changes


def test_an_order_that_is_sent_out_is_gone_when_it_is_taken_out() -> None:
    """It is active on the list as well, and would else seem to run beside what replaces it."""
    order = "hydroxocobalamin 1 mg IM three times a week for 14 days"
    case = make(
        order,
        labs=["platelets 8 today"],
        medications=[f"{order}, active since 0 days ago, id draft-1"],
    )
    (finding,) = (
        one
        for one in advise(case.facts, case.drafts, case.moment, case.knowledge).fired
        if one.rule == "im-platelets-below-10"
    )
    assert "oral-bridge" in [offer.key for offer in finding.verdict.proposals]
    assert finding.withheld == ()


def test_methylcobalamin_in_place_of_several_phases_is_one_daily_dose() -> None:
    """An edit would write the daily dose into each phase."""
    case = make(
        "cyanocobalamin 1 mg IM weekly for 28 days then monthly from day 28",
        formulary="us",
        labs=["B12 120 ng/L today", "eGFR 40 today"],
    )
    offered = proposal(case, "cyanocobalamin-renal-impairment", "replace-methylcobalamin-oral")
    removed, created = offered.changes
    assert removed == DeleteOrder("draft-1")
    assert isinstance(created, CreateOrder)
    assert (created.order.micrograms, created.order.route) == (Decimal(1000), Route.ORAL)
    assert created.order.timing.starts_on == TODAY


def test_hydroxocobalamin_that_is_drafted_already_is_not_drafted_twice() -> None:
    """The cyanocobalamin of the same part of the course is taken out instead of replaced."""
    case = make(
        "hydroxocobalamin 1 mg IM three times a week for 14 days",
        "hydroxocobalamin 1 mg IM every 3 months from day 14",
        "cyanocobalamin 1 mg IM monthly",
        labs=["B12 120 ng/L today", "eGFR 40 today"],
    )
    for rule in ("hydroxocobalamin-preferred", "cyanocobalamin-renal-impairment"):
        replaced = proposal(case, rule, "replace-hydroxocobalamin")
        assert replaced.changes == (DeleteOrder("draft-3"),)


@pytest.mark.parametrize(
    ("hydroxocobalamin", "cyanocobalamin", "removed"),
    [
        ("IM three times a week for 14 days", "IM monthly", False),
        ("IM every 3 months for 2 doses", "IM monthly", False),
        ("oral daily", "IM monthly", False),
        ("IM every 3 months from day 90", "IM monthly for 3 doses", False),
        ("IM every 3 months for 2 doses", "IM monthly for 3 doses", True),
        ("IM every 2 months for 1 doses", "IM monthly for 3 doses", False),
        ("IM every 3 months", "IM monthly for 3 doses", True),
        ("IM every 3 months", "IM monthly", True),
    ],
)
def test_only_a_draft_that_lasts_as_long_and_does_the_same_takes_the_place(
    hydroxocobalamin: str, cyanocobalamin: str, *, removed: bool
) -> None:
    """Loading is no maintenance, a bounded order no open one, a later one no present one."""
    case = make(
        f"hydroxocobalamin 1 mg {hydroxocobalamin}", f"cyanocobalamin 1 mg {cyanocobalamin}"
    )
    replaced = proposal(case, "hydroxocobalamin-preferred", "replace-hydroxocobalamin")
    assert (replaced.changes == (DeleteOrder("draft-2"),)) is removed


def test_loading_leaves_a_cyanocobalamin_that_suits_the_patient() -> None:
    """Tablets beside the injection are no reason to switch either."""
    case = make(
        "cyanocobalamin 1 mg IM monthly",
        "methylcobalamin 1 mg oral daily",
        formulary="us",
        labs=["B12 120 pg/mL today", "eGFR 80 today"],
    )
    (loading,) = verdict(case, "loading-missing").proposals
    assert [(c.reference, c.product) for c in updates(loading)] == [("draft-1", None)]


def test_maintenance_for_life_names_the_first_cause() -> None:
    """With a capital, since it begins the sentence."""
    case = make(
        "hydroxocobalamin 1 mg IM three times a week for 14 days",
        labs=["B12 120 ng/L today"],
        conditions=["pernicious anaemia"],
        procedures=["total gastrectomy 400 days ago"],
    )
    said = verdict(case, "lifelong-maintenance-missing")
    first = case.irreversible[0].name
    assert len(case.irreversible) > 1
    assert said.values == {"cause": first[0].upper() + first[1:]}


@pytest.mark.parametrize(
    ("loading", "first"),
    [
        ("three times a week for 14 days, active since 5 days ago", date(2027, 1, 23)),
        ("weekly, active since 5 days ago", date(2027, 1, 14)),
    ],
)
def test_maintenance_waits_for_the_loading_that_runs(loading: str, first: date) -> None:
    """One interval after its last day; after today where nobody has given it an end."""
    case = make(
        "folic acid 5 mg oral daily",
        conditions=["pernicious anaemia"],
        medications=[f"hydroxocobalamin 1 mg IM {loading}"],
    )
    offered = proposal(case, "lifelong-maintenance-missing", "add-maintenance")
    (created,) = [one.order for one in offered.changes if isinstance(one, CreateOrder)]
    assert created.timing.starts_on == first


def test_prophylaxis_recommends_the_regimen_of_the_formulary() -> None:
    """Its alternative is offered without a recommendation."""
    case = make(formulary="us", moment=Moment.OPENING, procedures=["RYGB 900 days ago"])
    said = verdict(case, "prophylaxis-missing")
    assert [one.recommended for one in said.proposals] == [True, False]
    assert said.values == {"procedure": "Roux-en-Y gastric bypass"}
    sleeve = make(moment=Moment.OPENING, procedures=["sleeve gastrectomy 900 days ago"])
    offered = verdict(sleeve, "prophylaxis-missing").proposals
    assert [one.recommended for one in offered] == [True, False]


def test_prophylaxis_names_the_first_operation() -> None:
    """With a capital, since it begins the sentence."""
    case = make(
        moment=Moment.OPENING, procedures=["RYGB 900 days ago", "total gastrectomy 400 days ago"]
    )
    said = verdict(case, "prophylaxis-missing")
    first = said.inputs[0].value
    assert len(said.inputs) == 2
    assert said.values["procedure"].lower() == first.lower()


STOPPED = "stopped: hydroxocobalamin 1 mg IM every 3 months id old"
RUNNING = "hydroxocobalamin 1 mg IM every 3 months, active since 2000 days ago, id old"


def test_a_stop_names_the_first_cause_and_recommends_to_keep_the_order() -> None:
    """An order that was open keeps its timing."""
    case = make(
        STOPPED,
        medications=[RUNNING],
        conditions=["pernicious anaemia"],
        procedures=["total gastrectomy 400 days ago"],
    )
    said = verdict(case, "stop-lifelong-b12")
    first = case.irreversible[0].name
    assert len(case.irreversible) > 1
    assert said.values == {"cause": first[0].upper() + first[1:]}
    keep = said.proposals[0]
    assert (keep.key, keep.recommended) == ("keep-order", True)
    (change,) = updates(keep)
    assert (change.reference, change.status, change.timing) == ("old", "active", None)


def test_keeping_an_order_that_gets_an_end_takes_the_end_away() -> None:
    """The interval stays."""
    case = make(
        "hydroxocobalamin 1 mg IM every 3 months valid until day 30 id old",
        medications=[RUNNING],
        conditions=["pernicious anaemia"],
    )
    keep = proposal(case, "stop-lifelong-b12", "keep-order")
    (change,) = updates(keep)
    assert change.open_ended
    assert change.timing is None
    (kept,) = apply(case, keep).drafts.orders
    assert kept.last_day is None
    bounded = make(
        "hydroxocobalamin 1 mg IM monthly for 3 doses replaces old",
        medications=[RUNNING],
        conditions=["pernicious anaemia"],
    )
    (change,) = updates(proposal(bounded, "stop-lifelong-b12", "keep-order"))
    assert change.timing is not None
    assert not change.timing.bounded
    assert not change.open_ended
    assert change.timing.interval_days == bounded.drafts.orders[0].phases[0].timing.interval_days


LOADING = "hydroxocobalamin 1 mg IM three times a week for 14 days"


def test_keeping_an_order_of_several_phases_opens_the_last_one_only() -> None:
    """A loading course keeps its end: open, it would go on for life."""
    case = make(
        f"{LOADING} then every 2 months from day 14 until day 300 replaces old",
        medications=[RUNNING],
        conditions=["pernicious anaemia"],
    )
    (change,) = updates(proposal(case, "stop-lifelong-b12", "keep-order"))
    assert change.phases == (1,)
    assert change.timing is not None
    assert not change.timing.bounded
    assert change.timing.starts_on == TODAY + timedelta(days=14)
    assert (change.timing.period, change.timing.period_unit) == (Decimal(2), PeriodUnit.MONTH)


def test_keeping_a_stopped_order_whose_last_phase_is_open_edits_no_timing() -> None:
    """The course before it has its own end, which is no stop."""
    case = make(
        f"stopped: {LOADING} then every 3 months id old",
        medications=[RUNNING],
        conditions=["pernicious anaemia"],
    )
    (change,) = updates(proposal(case, "stop-lifelong-b12", "keep-order"))
    assert (change.status, change.timing, change.phases) == ("active", None, None)


def test_a_dose_is_told_in_words_and_in_milligrams() -> None:
    """Micrograms below 1 mg, milligrams from there; the largest wrong dose is quoted."""
    case = make("cyanocobalamin 5 mg IM monthly", "cyanocobalamin 10 micrograms IM monthly")
    said = verdict(case, "b12-dose-outside-usual-range")
    assert (said.values["dose"], said.values["milligrams"]) == ("5 mg", "5")
    assert said.orders == ("draft-1", "draft-2")
    assert in_words(Decimal(999)) == "999 micrograms"
    assert in_words(Decimal(1000)) == "1 mg"
    assert in_words(Decimal(2500)) == "2.5 mg"
    small = verdict(make("cyanocobalamin 10 micrograms IM monthly"), "b12-dose-outside-usual-range")
    assert (small.values["dose"], small.values["milligrams"]) == ("10 micrograms", "0.01")


def test_the_mean_daily_dose_by_mouth_is_told() -> None:
    """A weekly tablet is divided by seven; without a frequency the dose counts as daily."""
    low = ["B12 120 ng/L today"]
    weekly = verdict(make("cyanocobalamin 1 mg oral weekly", labs=low), "oral-b12-dose-too-low")
    assert weekly.values == {"dose": "142.86 micrograms"}
    bare = verdict(make("cyanocobalamin 500 micrograms oral", labs=low), "oral-b12-dose-too-low")
    assert bare.values == {"dose": "500 micrograms"}


def test_the_first_of_two_oral_drafts_gets_the_full_dose() -> None:
    """One edit is enough: the other draft stays."""
    case = make(
        "cyanocobalamin 100 micrograms oral daily",
        "methylcobalamin 100 micrograms oral daily",
        labs=["B12 120 ng/L today"],
    )
    offered = proposal(case, "oral-b12-dose-too-low", "oral-1000-daily")
    assert offered.recommended
    (change,) = updates(offered)
    assert (change.reference, change.micrograms) == ("draft-1", Decimal(1000))


def test_folic_acid_is_delayed_until_loading_is_complete() -> None:
    """Two weeks of loading in the British formulary, counted from today."""
    case = make(
        "hydroxocobalamin 1 mg IM three times a week for 14 days",
        "folic acid 5 mg oral daily",
        labs=["B12 120 ng/L today"],
    )
    offered = proposal(case, "folic-acid-b12-not-yet-replete", "delay-folic-acid")
    (change,) = updates(offered)
    assert change.timing is not None
    assert change.timing.starts_on == TODAY + timedelta(days=14)


@pytest.mark.parametrize(
    ("loading", "days"), [("weekly for 6 doses", 42), ("weekly", 14), ("daily for 5 doses", 5)]
)
def test_folic_acid_waits_for_the_loading_that_is_ordered(loading: str, days: int) -> None:
    """Not for the formulary's, unless the one that is ordered has no end."""
    orders = (f"hydroxocobalamin 1 mg IM {loading}", "folic acid 5 mg oral daily")
    case = make(*orders, labs=["B12 120 ng/L today"])
    offered = proposal(case, "folic-acid-b12-not-yet-replete", "delay-folic-acid")
    (change,) = updates(offered)
    assert change.timing is not None
    assert change.timing.starts_on == TODAY + timedelta(days=days)


def test_folic_acid_waits_only_for_what_is_left_of_the_loading_that_runs() -> None:
    """Four of fourteen days."""
    case = make(
        "folic acid 5 mg oral daily",
        labs=["B12 88 ng/L 12 days ago"],
        medications=[
            "hydroxocobalamin 1 mg IM three times a week for 14 days, active since 10 days ago"
        ],
    )
    offered = proposal(case, "folic-acid-b12-not-yet-replete", "delay-folic-acid")
    (change,) = updates(offered)
    assert change.timing is not None
    assert change.timing.starts_on == TODAY + timedelta(days=4)


def test_b12_that_is_drafted_for_later_moves_to_today_as_a_whole() -> None:
    """Loading and what follows it, so that the gap between them stays."""
    case = make(
        "folic acid 5 mg oral daily",
        "hydroxocobalamin 1 mg IM three times a week for 14 days from day 7",
        "hydroxocobalamin 1 mg IM every 3 months from day 110",
        labs=["B12 88 ng/L 3 days ago"],
    )
    today = proposal(case, "folic-acid-before-b12", "start-b12-today")
    assert [c.timing.starts_on for c in updates(today) if c.timing] == [
        TODAY,
        TODAY + timedelta(days=103),
    ]
    wait = proposal(case, "folic-acid-before-b12", "delay-folic-acid-to-b12")
    assert [c.timing.starts_on for c in updates(wait) if c.timing] == [TODAY + timedelta(days=7)]


@pytest.mark.parametrize(
    ("orders", "conditions", "medications", "checks"),
    [
        (["1 mg IV three times a week for 14 days"], ["pernicious anaemia"], [], 3),
        (["1 mg IV three times a week for 14 days"], [], [], 0),
        (["1 mg IV every 3 months"], ["pernicious anaemia"], [], 0),
        (
            ["1 mg IV weekly", "1 mg IM on alternate days for 14 days"],
            ["pernicious anaemia"],
            [],
            0,
        ),
        (
            ["1 mg IV weekly"],
            ["pernicious anaemia"],
            ["hydroxocobalamin 1 mg IM every 3 months, active since 400 days ago"],
            0,
        ),
    ],
)
def test_a_course_out_of_the_vein_brings_the_potassium_checks_it_needs(
    orders: list[str], conditions: list[str], medications: list[str], checks: int
) -> None:
    """Only where the change makes it load, and potassium may fall."""
    case = make(
        *(f"hydroxocobalamin {order}" for order in orders),
        labs=["B12 150 ng/L 4 days ago"],
        conditions=conditions,
        medications=medications,
    )
    offered = proposal(case, "b12-iv-route", "route-im")
    assert sum(isinstance(change, OrderTest) for change in offered.changes) == checks


def test_of_two_folic_acids_only_the_one_without_b12_waits() -> None:
    """The other holds B12, which must not wait."""
    case = make(
        "hydroxocobalamin 1 mg IM three times a week for 14 days",
        "vitamin B12 with folic acid 1 tablet oral daily",
        "folic acid 5 mg oral daily",
        labs=["B12 120 ng/L today"],
    )
    offered = proposal(case, "folic-acid-b12-not-yet-replete", "delay-folic-acid")
    assert [change.reference for change in updates(offered)] == ["draft-3"]


def test_folic_acid_has_another_wording_where_b12_is_indeterminate() -> None:
    """Only there: without any result the rule has its usual words."""
    unknown = make("folic acid 5 mg oral daily")
    assert verdict(unknown, "folic-acid-b12-status-unknown").variant is None
    between = make("folic acid 5 mg oral daily", labs=["B12 250 ng/L today"])
    assert verdict(between, "folic-acid-b12-status-unknown").variant == "indeterminate"


@pytest.mark.parametrize(
    ("drug", "named"),
    [
        ("warfarin", "vitamin K antagonist"),
        ("apixaban", "direct oral anticoagulant"),
        ("heparin", "heparin"),
    ],
)
def test_an_anticoagulant_is_named(drug: str, named: str) -> None:
    """By its class, as the rules know it."""
    case = make(
        "hydroxocobalamin 1 mg IM every 3 months",
        medications=[f"{drug}, active since 30 days ago"],
    )
    said = verdict(case, "im-anticoagulant-caution")
    assert said.values == {"drug": named}
    assert said.inputs[0].value == named


def test_the_first_of_two_anticoagulants_is_named() -> None:
    """Both are quoted."""
    case = make(
        "hydroxocobalamin 1 mg IM every 3 months",
        medications=[
            "apixaban, active since 30 days ago",
            "warfarin, active since 30 days ago",
        ],
    )
    said = verdict(case, "im-anticoagulant-caution")
    assert said.values == {"drug": "direct oral anticoagulant"}
    assert len(said.inputs) == 2


@pytest.mark.parametrize(
    "amount",
    [
        Amount(Decimal("0.2"), AmountKind.VOLUME, "0.2 mL of 25000 units/mL"),
        Amount(Decimal(1), AmountKind.COUNT, "1 unit dose"),
        Amount(Decimal(300000), AmountKind.MASS, "300 mg, 30000 units"),
    ],
    ids=lambda amount: str(amount.kind),
)
def test_heparin_not_counted_in_units_is_no_dose_that_only_prevents(amount: Amount) -> None:
    """The number counts something else, even where the words mention units."""
    (heparin,) = facts(medications=["heparin SC, active since 3 days ago"]).medications.items
    heparin = replace(heparin, phases=(replace(heparin.phases[0], amount=amount),))
    case = make("hydroxocobalamin 1 mg IM every 3 months")
    given = replace(case.facts, medications=Listing((heparin,)))
    assert verdict(replace(case, facts=given), "im-anticoagulant-caution").fired


@pytest.mark.parametrize(
    ("kidney", "variant"),
    [
        ({"labs": ["eGFR 40 today"]}, None),
        ({"labs": ["CrCl 40 today"]}, "clearance"),
        ({"conditions": ["dialysis"]}, "coded"),
    ],
)
def test_cyanocobalamin_is_worded_by_what_is_known_of_the_kidneys(
    kidney: dict[str, Any], variant: str | None
) -> None:
    """A filtration rate, a clearance, or a diagnosis alone."""
    case = make("cyanocobalamin 1 mg IM monthly", **kidney)
    assert verdict(case, "cyanocobalamin-renal-impairment").variant == variant


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("cyanocobalamin-renal-impairment", {"labs": ["eGFR 40 today"]}),
        ("cyanocobalamin-leber", {"conditions": ["Leber optic atrophy"]}),
        ("hydroxocobalamin-preferred", {}),
    ],
)
def test_hydroxocobalamin_instead_comes_at_its_own_interval(
    rule: str, given: dict[str, Any]
) -> None:
    """Monthly maintenance of cyanocobalamin becomes one of three months in the British formulary."""
    case = make("cyanocobalamin 1 mg IM monthly", **given)
    (change,) = updates(proposal(case, rule, "replace-hydroxocobalamin"))
    assert change.timing is not None
    assert (change.timing.period, change.timing.period_unit) == (Decimal(3), PeriodUnit.MONTH)


PREMEDICATION = "cyanocobalamin 1 mg IM every 9 weeks"
PEMETREXED = ["pemetrexed, active since 20 days ago"]


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("cyanocobalamin-renal-impairment", {"labs": ["eGFR 40 today"]}),
        ("hydroxocobalamin-preferred", {}),
    ],
)
@pytest.mark.parametrize(
    "use",
    [{"medications": PEMETREXED}, {"conditions": ["inborn error of cobalamin metabolism"]}],
    ids=["premedication", "metabolic"],
)
def test_a_use_with_a_schedule_of_its_own_keeps_it(
    rule: str, given: dict[str, Any], use: dict[str, Any]
) -> None:
    """Another product comes as often, and by needle."""
    case = make(PREMEDICATION, **given, **use)
    (change,) = updates(proposal(case, rule, "replace-hydroxocobalamin"))
    assert change.timing is None
    offered = {each.key for each in verdict(case, rule).proposals}
    assert offered == {"replace-hydroxocobalamin"}


def test_premedication_keeps_its_interval_with_the_other_cobalamin() -> None:
    """Nine weeks are what it asks for, whichever cobalamin is given."""
    case = make(
        "hydroxocobalamin 1 mg IM every 9 weeks",
        allergies=["hydroxocobalamin"],
        medications=PEMETREXED,
    )
    (change,) = updates(proposal(case, "b12-allergy", "switch-cobalamin"))
    assert change.timing is None


def test_an_overlap_names_both_products_with_their_routes() -> None:
    """Each proposal names the product that it would take away."""
    case = make(
        "hydroxocobalamin 1 mg IM every 3 months",
        medications=["cyanocobalamin 1 mg oral daily, active since 300 days ago"],
    )
    said = verdict(case, "duplicate-b12-therapy")
    assert said.values == {"first": "cyanocobalamin oral", "second": "hydroxocobalamin IM"}
    assert [(one.key, one.values["drug"]) for one in said.proposals] == [
        ("stop-other", "cyanocobalamin oral"),
        ("drop-draft", "hydroxocobalamin IM"),
    ]
    changing = make(
        "hydroxocobalamin 1 mg IM every 3 months",
        medications=[
            "cyanocobalamin 1 mg oral daily then 1 mg IM monthly, active since 9 days ago"
        ],
    )
    named = verdict(changing, "duplicate-b12-therapy").values
    assert named["first"] == "cyanocobalamin oral"


def test_an_old_kidney_function_is_quoted_where_none_is_current() -> None:
    """So that the reader sees why another is asked for."""
    case = make("cyanocobalamin 1 mg IM monthly", labs=["eGFR 80 900 days ago"])
    said = verdict(case, "renal-function-unknown")
    assert [(one.name, one.value) for one in said.inputs] == [("eGFR", "80")]
    (change,) = updates(proposal(case, "renal-function-unknown", "replace-hydroxocobalamin"))
    assert change.timing is not None
    assert change.timing.period == Decimal(3)


def test_the_first_drug_known_by_words_alone_is_named() -> None:
    """With its words and what they were taken for."""
    case = make(
        "hydroxocobalamin injection 1 mg IM every 3 months text only",
        "folic acid tablet 5 mg oral daily text only",
    )
    said = verdict(case, "medication-text-match")
    assert said.values["drug"] == "hydroxocobalamin"
    assert "hydroxocobalamin" in said.values["text"].lower()


def test_an_interval_is_told_in_months_and_cut_to_what_the_product_allows() -> None:
    """Three months of hydroxocobalamin, one of cyanocobalamin."""
    for drug, months, told in (
        ("hydroxocobalamin", 3, "3 months"),
        ("cyanocobalamin", 1, "1 month"),
    ):
        case = make(f"{drug} 1 mg IM every 5 months")
        said = verdict(case, "maintenance-interval-too-long")
        assert said.values["interval"] == "5 months"
        offered = next(one for one in said.proposals if one.key == "change-interval")
        assert offered.values == {"interval": told}
        (change,) = updates(offered)
        assert change.timing is not None
        assert change.timing.period == Decimal(months)


def test_ileal_disease_is_quoted_and_named_as_the_reason() -> None:
    """Other causes are not evidence of a shorter limit."""
    case = make(
        "hydroxocobalamin 1 mg IM every 3 months",
        conditions=["pernicious anaemia", "coeliac disease"],
        procedures=["sleeve gastrectomy 900 days ago", "ileal resection 25 cm 400 days ago"],
    )
    said = verdict(case, "maintenance-interval-too-long")
    assert said.values["reason"] == "ileal disease or resection"
    assert [one.name for one in said.inputs] == ["procedure"]
    plain = verdict(make("cyanocobalamin 1 mg IM every 5 months"), "maintenance-interval-too-long")
    assert plain.values["reason"] == "cyanocobalamin"
    assert plain.inputs == ()


@pytest.mark.parametrize(
    ("days", "outcome"), [(34, Outcome.SILENT), (35, Outcome.SILENT), (36, Outcome.CANNOT_TELL)]
)
@pytest.mark.parametrize("unread", ["conditions", "procedures"])
def test_up_to_the_shortest_limit_no_hidden_cause_can_matter(
    unread: str, days: int, outcome: Outcome
) -> None:
    """35 days suit ileal disease too, so what could not be read decides nothing."""
    case = make(f"hydroxocobalamin 1 mg IM every {days} days", unread=[unread])
    assert judged(case, "maintenance-interval-too-long").outcome is outcome


def test_an_interval_that_is_no_whole_month_is_told_in_days() -> None:
    """Whole months in words, everything else in days."""
    assert months_in_words(DAYS_PER_MONTH) == "1 month"
    assert months_in_words(DAYS_PER_MONTH * 2) == "2 months"
    assert months_in_words(Decimal(56)) == "56 days"
    assert months_in_words(Decimal("10.54")) == "10.5 days"


def test_potassium_is_recommended() -> None:
    """At the hours of the policy."""
    case = make(
        "hydroxocobalamin 1 mg IM three times a week for 14 days",
        labs=["B12 120 ng/L today", "Hb 60 today"],
    )
    (offered,) = verdict(case, "potassium-check-needed").proposals
    assert offered.recommended


def test_potassium_is_asked_for_with_the_autoimmune_cause_as_evidence() -> None:
    """Other causes that need B12 for life do not make potassium fall."""
    case = make(
        "hydroxocobalamin 1 mg IM three times a week for 14 days",
        labs=["B12 120 ng/L today", "Hb 60 today"],
        conditions=["pernicious anaemia"],
        procedures=["total gastrectomy 400 days ago", "RYGB 900 days ago"],
    )
    said = verdict(case, "potassium-check-needed")
    assert [one.reference for one in said.inputs] == ["condition-1", "lab-2"]


@pytest.mark.parametrize(
    ("age_days", "variant"), [(0, None), (89, None), (90, None), (91, "check-supply")]
)
def test_a_shortage_on_record_for_over_90_days_reads_check_supply(
    age_days: int, variant: str | None
) -> None:
    """90 days are still recent; the age is told from the record's own date."""
    case = make("hydroxocobalamin 1 mg IM monthly", formulary="us")
    shortage = case.formulary.hydroxocobalamin_shortage
    assert shortage is not None
    dated = shortage.model_copy(update={"recorded_on": TODAY - timedelta(days=age_days)})
    formulary = case.formulary.model_copy(update={"hydroxocobalamin_shortage": dated})
    recorded = replace(case, knowledge=replace(case.knowledge, formulary=formulary))
    said = verdict(recorded, "hydroxocobalamin-availability")
    assert said.variant == variant
    assert said.values["recorded"] == dated.recorded_on.isoformat()


def test_b12_given_without_a_running_order_is_no_therapy_to_follow() -> None:
    """The explanation says so, and does not speak of an antidote."""
    case = make(
        moment=Moment.OPENING,
        medications=["hydroxocobalamin 1 mg IM given 200 days ago"],
    )
    assert case.on_b12
    said = judged(case, "monitoring-due")
    assert said.outcome is Outcome.NOT_APPLICABLE
    assert said.why == "no B12 therapy is running"


@pytest.mark.parametrize(
    ("words", "variant"), [("biweekly", None), ("bimonthly", "month"), ("as directed", "unclear")]
)
def test_an_ambiguous_timing_is_worded_by_its_kind(words: str, variant: str | None) -> None:
    """Weeks have the usual words of the rule."""
    case = make(f"hydroxocobalamin 1 mg IM timing '{words}'")
    assert verdict(case, "timing-ambiguous").variant == variant


def test_missing_baseline_results_are_listed() -> None:
    """The usual test of each group stands for the group."""
    case = make("hydroxocobalamin 1 mg IM three times a week for 14 days", labs=["Hb 120 today"])
    assert verdict(case, "baseline-labs-missing").values == {"list": "B12, folate"}


def test_a_wrong_dose_is_quoted_as_it_was_written() -> None:
    """The usual dose in its place is recommended."""
    case = make("cyanocobalamin 5 mg IM monthly")
    said = verdict(case, "b12-dose-outside-usual-range")
    assert said.values["stated"]
    assert said.inputs[0].value == said.values["stated"]
    assert said.proposals[0].recommended


def test_b12_before_folic_acid_is_recommended() -> None:
    """Without a note where the medications were read."""
    case = make("folic acid 5 mg oral daily", labs=["B12 120 ng/L today"])
    said = verdict(case, "folic-acid-before-b12")
    assert said.proposals[0].recommended
    assert said.notes == ()


def test_oral_therapy_names_the_first_cause_and_recommends_injections() -> None:
    """In place of the oral drafts."""
    case = make(
        "cyanocobalamin 1 mg oral daily",
        labs=["B12 120 ng/L today"],
        conditions=["pernicious anaemia"],
        procedures=["total gastrectomy 400 days ago"],
    )
    said = verdict(case, "oral-b12-malabsorption")
    assert said.values == {"cause": case.irreversible[0].name}
    assert said.proposals[0].recommended


def test_both_readings_of_biweekly_are_offered_in_full() -> None:
    """Twice in one week, and once in two."""
    case = make("hydroxocobalamin 1 mg IM timing 'biweekly'")
    read = []
    for one in verdict(case, "timing-ambiguous").proposals:
        (change,) = updates(one)
        assert change.timing is not None
        read.append((change.timing.frequency, change.timing.period, change.timing.period_unit))
    assert read == [
        (Decimal(2), Decimal(1), PeriodUnit.WEEK),
        (Decimal(1), Decimal(2), PeriodUnit.WEEK),
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_a_drug_that_only_changes_which_name_is_told_needs_no_confirmation(turned: bool) -> None:
    """Two running B12 orders: with either of them the draft is a duplicate, in any order."""
    medications = [
        "hydroxocobalamin 1 mg IM every 3 months, active since 90 days ago",
        "cyanocobalamin 1 mg IM every 3 months text only, active since 90 days ago",
    ]
    case = make(
        "methylcobalamin 1 mg IM every 3 months",
        medications=medications[::-1] if turned else medications,
    )
    assert verdict(case, "duplicate-b12-therapy").fired
    assert not medication_text_match.check(case).fired
