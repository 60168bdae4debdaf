"""From hand-made advice to cards."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.card import Action, ActionType, Card, response, violations
from cds_hooks.card_rules import broken_response_rules
from cds_hooks.compose import compose
from cds_hooks.errors import CardBroken
from cds_hooks.evidence import REGIMEN_RULE
from cds_hooks.setting import CardSetting, Citation
from cds_hooks.wording.template import placeholders
from regimens.advice import Advice, B12Status, Option, Recommendation, Step
from regimens.facts import Analyte, Gap
from regimens.orders import Route
from regimens.proposals import CreateOrder, OrderTest, Proposal, UpdateOrder
from regimens.verdict import Finding, Indicator, Input, Outcome, Withheld
from tests.cds_hooks.builders import (
    EGFR,
    LOADING,
    MAINTENANCE,
    WORDING,
    advice,
    fired,
    quiet,
    render,
    setting,
    wording,
)
from tests.cds_hooks.test_wording import RULES

SENTENCES = {rule: (f"Summary of {rule}.", f"Detail of {rule}.") for rule in RULES}
PLAIN = setting(wording=wording(SENTENCES))
TO_SC = Proposal(
    "change-to-deep-sc", (UpdateOrder("MedicationRequest/1", route=Route.SUBCUTANEOUS),)
)


def only(*findings: Finding, using: CardSetting = PLAIN) -> Card:
    """The single card of this advice."""
    (card,) = compose(advice(*findings), using)
    return card


def evidence(card: Card) -> dict[str, Any]:
    found = card.to_json()["extension"]["org.b12cds.evidence"]
    assert isinstance(found, dict)
    return found


def test_silence_is_no_card() -> None:
    """Rules that did not fire write nothing."""
    assert compose(advice(quiet("b12-allergy", Outcome.SILENT)), PLAIN) == ()


def test_a_card_carries_summary_urgency_source_and_topic() -> None:
    """The source is the first citation, the topic the rule, both under the service's own system."""
    card = only(fired("b12-iv-route", Indicator.WARNING))
    body = card.to_json()
    assert body["summary"] == "Summary of b12-iv-route."
    assert body["indicator"] == "warning"
    assert body["source"] == {
        "label": "NICE NG239",
        "url": "https://www.nice.org.uk/guidance/ng239",
        "topic": {
            "system": "https://b12cds.org/CodeSystem/rule",
            "code": "b12-iv-route",
            "display": "B12 IV route",
        },
    }
    assert body["overrideReasons"] == [
        {
            "system": "https://b12cds.org/CodeSystem/override-reason",
            "code": "data-incorrect",
            "display": "The data shown are incorrect",
        }
    ]
    assert violations(card) == ()
    assert card.rebuilt_because == ()


def test_the_canonical_base_is_the_sites_own() -> None:
    """A site that owns another address uses it in every system."""
    card = only(fired("b12-iv-route"), using=replace(PLAIN, canonical="https://ehr.example/cs"))
    assert card.to_json()["source"]["topic"]["system"] == "https://ehr.example/cs/rule"
    assert card.override_reasons[0].system == "https://ehr.example/cs/override-reason"


def test_without_a_known_citation_the_service_is_the_source() -> None:
    """A label is required, and no source is invented."""
    card = only(replace(fired("b12-iv-route"), cites=("unknown",)))
    assert card.to_json()["source"]["label"] == "Vitamin B12 decision support"
    assert "url" not in card.to_json()["source"]
    assert "Knowledge version 2026.11." in (card.detail or "")


def test_most_urgent_first() -> None:
    """A critical is never below an info."""
    cards = compose(
        advice(
            fired("b12-regimen"),
            fired("b12-iv-route", Indicator.WARNING),
            fired("b12-allergy", Indicator.CRITICAL),
        ),
        PLAIN,
    )
    assert [card.indicator.value for card in cards] == ["critical", "warning", "info"]


def test_the_evidence_is_a_table_with_its_sources() -> None:
    """What, how much, when; and where the advice comes from."""
    finding = replace(
        fired("b12-iv-route", inputs=(EGFR, Input("potassium", "3.4", "mmol/L"))),
        cites=("ng239", "policy"),
    )
    assert only(finding).detail == (
        "Detail of b12-iv-route.\n\n"
        "| Evidence | Value | Date |\n"
        "| --- | --- | --- |\n"
        "| eGFR | 38 mL/min | 24 Aug 2026 |\n"
        "| potassium | 3.4 mmol/L | - |\n\n"
        "Sources: [NICE NG239](https://www.nice.org.uk/guidance/ng239). "
        "Knowledge version 2026.11."
    )


def test_the_laboratorys_own_range_is_shown_where_it_gave_one() -> None:
    """The column is left out when no result has a range."""
    ranged = replace(EGFR, reference_range="> 60")
    detail = only(fired("b12-iv-route", inputs=(ranged, Input("B12", "120", "ng/L")))).detail or ""
    assert "| Evidence | Value | Date | Laboratory's range |" in detail
    assert "| eGFR | 38 mL/min | 24 Aug 2026 | &gt; 60 |" in detail
    assert "| B12 | 120 ng/L | - |  |" in detail


def test_the_extension_tells_a_program_the_same() -> None:
    """Blank parts of an input are left out, as the specification demands."""
    finding = fired("b12-iv-route", inputs=(EGFR, Input("anti-IF", "positive"), EGFR))
    assert evidence(only(finding)) == {
        "rules": ["b12-iv-route"],
        "status": "deficient",
        "inputs": [
            {
                "name": "eGFR",
                "value": "38",
                "unit": "mL/min",
                "date": "2026-08-24",
                "reference": "Observation/egfr",
            },
            {"name": "anti-IF", "value": "positive"},
        ],
        "citations": [
            {
                "key": "ng239",
                "label": "NICE NG239",
                "url": "https://www.nice.org.uk/guidance/ng239",
            }
        ],
        "knowledgeVersion": "2026.11",
    }


def test_without_inputs_there_is_no_empty_list_of_them() -> None:
    """The specification forbids empty values."""
    assert "inputs" not in evidence(only(fired("b12-iv-route")))


def test_values_of_the_verdict_fill_the_words() -> None:
    """Plain in the summary, harmless in the Markdown of the detail."""
    words = wording({"b12-allergy": ("Recorded allergy to {drug}: do not give.", "To {drug}.")})
    drug = "<b>B12</b> | *[x](https://evil.example)*\nnew"
    card = only(fired("b12-allergy", values={"drug": drug}), using=setting(wording=words))
    assert card.summary == (
        "Recorded allergy to <b>B12</b> | *[x](https://evil.example)* new: do not give."
    )
    assert (card.detail or "").startswith(
        "To &lt;b&gt;B12&lt;/b&gt; \\| \\*\\[x\\](https:\u200b//evil\u200b.example)\\* new."
    )


def test_evidence_cells_are_escaped() -> None:
    """A name or a range from a record cannot break the table or bring HTML."""
    row = Input("B12 | <img src=x>", "1\n2", "a|b", reference_range="`x`")
    detail = only(fired("b12-iv-route", inputs=(row,))).detail or ""
    assert "| B12 \\| &lt;img src=x&gt; | 1 2 a\\|b | - | \\`x\\` |" in detail


def test_a_variant_chooses_other_words() -> None:
    """The rule stays the same for feedback and overrides."""
    rule = "cyanocobalamin-renal-impairment"
    card = only(fired(rule, values={"kidney": "dialysis"}, variant="coded"), using=setting())
    assert card.summary.startswith("Cyanocobalamin with dialysis: prefer")
    assert evidence(card)["rules"] == [rule]


def test_notes_and_missing_lists_follow_the_sentences() -> None:
    """What was assumed and what could not be read stands beside what is advised."""
    finding = fired("b12-iv-route", notes=("route-assumed-im",), missing=("medications", "labs"))
    assert (only(finding).detail or "").startswith(
        "Detail of b12-iv-route. "
        "The order states no route; an injectable product is taken as IM. "
        "Could not be read and was not used: medications, laboratory results."
    )


def test_suggestions_have_labels_actions_and_ids() -> None:
    """At most one may be taken, and the recommended one is marked."""
    other = Proposal("haematology-advice", (OrderTest(Analyte.PLATELETS),))
    finding = fired("im-platelets-10-to-24", proposals=(replace(TO_SC, recommended=True), other))
    body = only(finding).to_json()
    assert body["selectionBehavior"] == "at-most-one"
    first, second = body["suggestions"]
    assert (first["label"], first["isRecommended"]) == ("Change the route to deep SC", True)
    assert second["label"] == "Ask haematology for advice"
    assert "isRecommended" not in second
    assert first["uuid"] != second["uuid"]
    assert first["actions"] == [
        {"type": "delete", "description": "Remove the order", "resourceId": "MedicationRequest/1"}
    ]


def test_a_proposal_without_a_label_is_named_by_what_it_does() -> None:
    """A key that has no wording yet does not cost the suggestion."""
    card = only(fired("b12-iv-route", proposals=(replace(TO_SC, key="no-such-key"),)))
    assert card.suggestions[0].label == "Change the route to deep SC"


def test_a_label_may_hold_the_whole_regimen() -> None:
    """It is composed from the orders that the proposal creates."""
    offer = Proposal("start-regimen", (CreateOrder(LOADING), CreateOrder(MAINTENANCE)))
    assert only(fired("b12-iv-route", proposals=(offer,))).suggestions[0].label == (
        "Start hydroxocobalamin 1 mg IM three times a week for 2 weeks, then 1 mg IM every 2 months"
    )


def test_a_label_of_prophylaxis_tells_product_and_route() -> None:
    """Of an injection and a tablet the clinician must know which is which."""
    offer = Proposal("add-prophylaxis", (CreateOrder(MAINTENANCE),))
    assert only(fired("prophylaxis-missing", proposals=(offer,))).suggestions[0].label == (
        "Add prophylaxis: hydroxocobalamin 1 mg IM every 2 months"
    )


def test_the_same_tests_in_another_order_are_offered_once() -> None:
    """One rule names MMA first, another active B12."""
    one = Proposal("order-holotc-mma", (OrderTest(Analyte.HOLOTC), OrderTest(Analyte.MMA)))
    other = Proposal("order-holotc-mma", (OrderTest(Analyte.MMA), OrderTest(Analyte.HOLOTC)))
    card = only(
        fired("conflicting-labs", proposals=(one,)),
        fired("b12-false-normal-possible", proposals=(other,)),
    )
    assert [each.label for each in card.suggestions] == ["Order active B12 and MMA"]


@pytest.mark.parametrize("rendered", [None, ()])
def test_a_suggestion_that_cannot_be_rendered_is_told_in_words(
    rendered: tuple[Action, ...] | None,
) -> None:
    """The clinician still learns what to change, and no empty suggestion is offered."""
    card = only(
        fired("b12-iv-route", proposals=(TO_SC,)), using=replace(PLAIN, actions=lambda _: rendered)
    )
    assert card.suggestions == ()
    assert card.selection_behavior is None
    assert "To be done by hand: Change the route to deep SC." in (card.detail or "")
    assert card.rebuilt_because == ()


def test_one_of_two_suggestions_may_be_dropped() -> None:
    """The other one is still a click away."""
    tests = Proposal("order-kidney-function", (OrderTest(Analyte.EGFR),))
    card = only(
        fired("b12-iv-route", proposals=(TO_SC, tests)),
        using=replace(PLAIN, actions=lambda it: None if it is TO_SC else render(it)),
    )
    assert [each.label for each in card.suggestions] == ["Order creatinine with eGFR"]
    assert "To be done by hand: Change the route to deep SC." in (card.detail or "")


def test_merged_infos_list_every_rule_and_say_everything() -> None:
    """One card, the first summary with a count, each finding with its own words."""
    card = only(
        fired("baseline-labs-missing", inputs=(EGFR,)),
        fired("stale-labs", inputs=(EGFR,)),
        fired("renal-function-unknown"),
    )
    assert card.summary == "Summary of baseline-labs-missing. (+2 more)"
    assert evidence(card)["rules"] == [
        "baseline-labs-missing",
        "stale-labs",
        "renal-function-unknown",
    ]
    detail = card.detail or ""
    assert detail.startswith(
        "Detail of baseline-labs-missing.\n\n"
        "**Summary of stale-labs.** Detail of stale-labs.\n\n"
        "**Summary of renal-function-unknown.** Detail of renal-function-unknown.\n\n| Evidence |"
    )
    assert detail.count("| eGFR |") == 1
    assert card.to_json()["source"]["topic"]["code"] == "baseline-labs-missing"


def test_merged_suggestions_are_offered_once_and_at_most_one_is_recommended() -> None:
    """Two rules that ask for the same test offer it once; two recommendations recommend nothing."""
    tests = Proposal("order-kidney-function", (OrderTest(Analyte.EGFR),), recommended=True)
    same = Proposal("order-missing-labs", (OrderTest(Analyte.EGFR),))
    other = Proposal("order-holotc-mma", (OrderTest(Analyte.MMA),), recommended=True)
    card = only(
        fired("renal-function-unknown", proposals=(tests,)),
        fired("baseline-labs-missing", proposals=(same,)),
        fired("conflicting-labs", proposals=(other,)),
    )
    assert [each.label for each in card.suggestions] == [
        "Order creatinine with eGFR",
        "Order active B12 and MMA",
    ]
    assert [each.is_recommended for each in card.suggestions] == [None, None]
    assert violations(card) == ()


def test_a_course_of_loading_is_offered_on_one_card() -> None:
    """Two concerns ask for it; taken from both cards it would be given twice."""
    course = Proposal("replace-with-injections", (CreateOrder(LOADING), CreateOrder(MAINTENANCE)))
    other = Proposal("add-loading", (CreateOrder(LOADING),))
    first, second = compose(
        advice(
            fired("oral-b12-malabsorption", Indicator.WARNING, proposals=(course,)),
            fired("oral-b12-neuro", Indicator.WARNING, proposals=(other, TO_SC)),
        ),
        PLAIN,
    )
    told = "Another card offers the course of loading: take it once."
    assert [len(first.suggestions), len(second.suggestions)] == [1, 1]
    assert second.suggestions[0].label == "Change the route to deep SC"
    assert told not in (first.detail or "")
    assert told in (second.detail or "")


def test_a_course_that_the_first_card_cannot_offer_is_offered_on_the_next() -> None:
    """What must be done by hand there is no second course."""
    unknown = Proposal("add-loading", (CreateOrder(replace(LOADING, product="unknown")),))
    course = Proposal("add-loading", (CreateOrder(LOADING),))
    using = setting(wording=wording(SENTENCES), actions=_only_known)
    first, second = compose(
        advice(
            fired("oral-b12-malabsorption", Indicator.WARNING, proposals=(unknown,)),
            fired("oral-b12-neuro", Indicator.WARNING, proposals=(course,)),
        ),
        using,
    )
    assert [len(first.suggestions), len(second.suggestions)] == [0, 1]


def _only_known(proposal: Proposal) -> tuple[Action, ...] | None:
    orders = [change.order for change in proposal.changes if isinstance(change, CreateOrder)]
    return None if any(order.product == "unknown" for order in orders) else render(proposal)


def test_five_cards_at_most() -> None:
    """What does not fit is merged, and every rule id is still told."""
    rules = [
        "b12-iv-route",
        "oral-b12-neuro",
        "loading-missing",
        "b12-regimen",
        "treatment-without-evidence",
        "child-out-of-scope",
        "drug-induced-b12-risk",
    ]
    findings = [
        fired(rule, Indicator.WARNING if index < 3 else Indicator.INFO)
        for index, rule in enumerate(rules)
    ]
    cards = compose(advice(*findings), PLAIN)
    assert len(cards) == 4
    assert [rule for card in cards for rule in evidence(card)["rules"]] == rules
    assert broken_response_rules(response(cards)) == ()


def test_ids_are_the_same_on_a_retry_and_differ_between_calls() -> None:
    """Feedback on a repeated answer finds its card."""
    findings = (fired("b12-iv-route", proposals=(TO_SC,)), fired("b12-allergy", Indicator.CRITICAL))
    once, again = compose(advice(*findings), PLAIN), compose(advice(*findings), PLAIN)
    assert once == again
    other = compose(advice(*findings), replace(PLAIN, hook_instance="another"))
    assert {card.uuid for card in once}.isdisjoint({card.uuid for card in other})


# --- broken words -----------------------------------------------------------------------------


def test_a_missing_value_in_the_detail_leaves_the_plain_card() -> None:
    """Summary, indicator and source still reach the clinician; the fault is kept for metrics."""
    words = wording({"b12-iv-route": ("Use IM.", "Dose {dose}.")})
    card = only(
        fired("b12-iv-route", Indicator.WARNING, proposals=(TO_SC,)), using=setting(wording=words)
    )
    body = card.to_json()
    assert sorted(body) == ["extension", "indicator", "source", "summary", "uuid"]
    assert body["summary"] == "Use IM."
    assert evidence(card)["rules"] == ["b12-iv-route"]
    assert card.rebuilt_because == ("no value for {dose}",)


@pytest.mark.parametrize(
    "finding",
    [
        fired("b12-iv-route", notes=("no-such-note",)),
        replace(fired("b12-iv-route"), override_reasons=("no-such-reason",)),
    ],
    ids=["note", "override"],
)
def test_any_missing_text_leaves_the_plain_card(finding: Finding) -> None:
    """No card is lost to a missing sentence."""
    card = only(finding)
    assert card.summary == "Summary of b12-iv-route."
    assert card.detail is None
    assert card.rebuilt_because


def test_a_suggestion_that_breaks_the_rules_leaves_the_plain_card() -> None:
    """What the mappers render is checked like everything else."""
    broken = (Action(ActionType.CREATE, "New"),)
    card = only(
        fired("b12-iv-route", proposals=(TO_SC,)), using=replace(PLAIN, actions=lambda _: broken)
    )
    assert card.suggestions == ()
    assert card.rebuilt_because == ("suggestions[0].actions[0].resource is missing",)
    assert violations(card) == ()


def test_a_merged_card_keeps_every_summary_when_one_detail_is_broken() -> None:
    """The plain form of several findings still tells each of them."""
    words = wording({**SENTENCES, "stale-labs": ("Old *result*.", "Lab {lab}.")})
    card = only(fired("baseline-labs-missing"), fired("stale-labs"), using=setting(wording=words))
    assert card.detail == "- Summary of baseline-labs-missing.\n- Old \\*result\\*."
    assert evidence(card)["rules"] == ["baseline-labs-missing", "stale-labs"]


@pytest.mark.parametrize(
    ("rule", "values"), [("b12-allergy", {}), ("no-such-rule", {}), ("b12-regimen", {})]
)
def test_a_broken_summary_is_our_fault(rule: str, values: dict[str, str]) -> None:
    """Without a summary there is no card, and an answer without it would hide a concern."""
    with pytest.raises(CardBroken, match=f"^{rule}: no "):
        compose(advice(fired(rule, values=values)), setting())


def test_a_source_that_is_no_address_is_our_fault() -> None:
    """The plain form has the same source, so nothing is left to leave out."""
    citations = {"ng239": Citation("NICE", "guidance/ng239")}
    with pytest.raises(CardBroken, match=r"source\.url is not an absolute address"):
        compose(advice(fired("b12-iv-route")), replace(PLAIN, citations=citations))


# --- the regimen and the gap ------------------------------------------------------------------

RECOMMENDATION = Recommendation(
    regimen="deficient-neuro",
    why="neurological involvement",
    options=(
        Option("deficient-neuro", (LOADING, MAINTENANCE), lifelong=True, notes=("neuro-review",)),
        Option("other", (MAINTENANCE,)),
    ),
    monitoring=("baseline", "response"),
    calendar=(
        Step(date(2026, 11, 21), "dose", "loading", weekend=True),
        Step(date(2026, 11, 23), "dose", "loading"),
        Step(date(2026, 11, 26), "check", "response-bloods"),
    ),
)


def regimen_card(recommendation: Recommendation = RECOMMENDATION) -> Card:
    given: Advice = advice(fired("b12-regimen"), recommendation=recommendation)
    assessed = replace(given.assessment, inputs=(Input("B12", "120", "ng/L"),))
    (card,) = compose(replace(given, assessment=assessed), setting())
    return card


def test_the_regimen_card_names_the_start_in_its_summary() -> None:
    """The drug and the first step, without opening the detail."""
    assert regimen_card().summary == (
        "Vitamin B12 deficiency, untreated: "
        "suggested start hydroxocobalamin 1 mg IM three times a week."
    )


def test_the_regimen_card_tells_regimen_alternatives_monitoring_and_calendar() -> None:
    """All in words, because some EHRs ignore the structure of a suggestion."""
    detail = regimen_card().detail or ""
    blocks = detail.split("\n\n")
    assert blocks[1].startswith(
        "**Suggested:** hydroxocobalamin 1 mg IM three times a week for 2 weeks, "
        "then 1 mg IM every 2 months, for life. Review nerve symptoms"
    )
    assert blocks[2] == "**Or:** hydroxocobalamin 1 mg IM every 2 months."
    assert "| B12 | 120 ng/L | - |" in blocks[3]
    assert blocks[4] == (
        "| Step | Days |\n| --- | --- |\n"
        "| Loading injection | 21 Nov 2026 (weekend), 23 Nov 2026 |\n"
        "| Haematocrit and reticulocytes | 26 Nov 2026 |"
    )


def test_what_to_watch_without_a_date_stays_in_words() -> None:
    """The calendar tells the dated steps; only the others are listed."""
    watched = replace(RECOMMENDATION, monitoring=("baseline", "drug-review"))
    detail = regimen_card(watched).detail or ""
    assert "**Watch:**\n- Review" in detail
    assert "Before the first dose" not in detail


def test_a_long_calendar_is_cut_and_says_so() -> None:
    """A year of injections would push everything else off the screen."""
    steps = tuple(Step(date(2026, 12, day), "dose", "loading") for day in range(1, 9))
    detail = regimen_card(replace(RECOMMENDATION, calendar=steps)).detail or ""
    assert "5 Dec 2026, 6 Dec 2026, and 2 more |" in detail


def test_a_step_without_words_is_called_by_its_key() -> None:
    """A new kind of step does not cost the card."""
    steps = (Step(date(2026, 12, 1), "check", "bone-scan"),)
    detail = regimen_card(replace(RECOMMENDATION, calendar=steps)).detail or ""
    assert "| bone scan | 1 Dec 2026 |" in detail


def test_the_regimen_rests_on_the_assessment() -> None:
    """Its inputs are the results that made the patient deficient."""
    assert evidence(regimen_card())["inputs"] == [{"name": "B12", "value": "120", "unit": "ng/L"}]


def test_an_indeterminate_patient_has_a_possible_deficiency() -> None:
    """Treated at once for the nerves, but not called deficient."""
    given = advice(fired("b12-regimen"), recommendation=RECOMMENDATION)
    assessed = replace(given.assessment, status=B12Status.INDETERMINATE)
    (card,) = compose(replace(given, assessment=assessed), setting())
    assert card.summary.startswith("Possible vitamin B12 deficiency, untreated: ")


def test_the_shortage_is_read_where_the_drug_is_suggested() -> None:
    """One card, with both rules in its evidence."""
    offer = Proposal("replace", (UpdateOrder("r", product="hydroxocobalamin-injection"),))
    card = only(
        fired("cyanocobalamin-renal-impairment", Indicator.WARNING, proposals=(offer,)),
        fired("hydroxocobalamin-availability"),
    )
    assert evidence(card)["rules"] == [
        "cyanocobalamin-renal-impairment",
        "hydroxocobalamin-availability",
    ]


def test_values_of_the_verdict_win_over_composed_ones() -> None:
    """A rule that knows better words is heard."""
    given = advice(
        fired("b12-regimen", values={"start": "something else"}), recommendation=RECOMMENDATION
    )
    (card,) = compose(given, setting())
    assert card.summary.endswith("suggested start something else.")


def test_the_gap_card_says_what_was_not_read_and_not_checked() -> None:
    """Silence of the other rules must not look like safety."""
    (card,) = compose(
        advice(
            fired("b12-data-gap", missing=("medications",)),
            quiet("duplicate-b12-therapy", Outcome.CANNOT_TELL, "medications"),
            quiet("im-platelets-below-10", Outcome.CANNOT_TELL, "labs"),
            quiet("b12-allergy", Outcome.SILENT),
        ),
        setting(),
    )
    assert (
        card.summary == "Could not read medications, laboratory results: B12 checks are incomplete."
    )
    assert (card.detail or "").startswith(
        "Could not be read: medications, laboratory results. "
        "Therefore not checked: Duplicate B12 therapy, IM platelets below 10."
    )


def test_a_long_list_of_undecided_rules_is_cut_and_says_so() -> None:
    """Thirty names would not be read; that there are more is."""
    undecided = [quiet(rule, Outcome.CANNOT_TELL, "labs") for rule in RULES[:10]]
    (card,) = compose(advice(fired("b12-data-gap", missing=("labs",)), *undecided), setting())
    assert "and 2 more. Look there yourself" in (card.detail or "")


def test_a_gap_without_undecided_rules_still_makes_a_card() -> None:
    """An order whose drug could not be read leaves nothing else to name."""
    (card,) = compose(
        advice(fired("b12-data-gap", missing=("the drug of a drafted order",))), setting()
    )
    assert card.summary.startswith("Could not read the drug of a drafted order:")
    assert "Therefore not checked: rules that rest on absence." in (card.detail or "")


def withheld(rule: str, *concerns: Finding) -> Finding:
    """A finding one of whose changes would raise these concerns."""
    return replace(fired(rule), held=(Withheld(Proposal("route-im", ()), concerns),))


ALLERGY = fired("b12-allergy", values={"drug": "hydroxocobalamin"})


def test_a_withheld_change_is_told_with_what_it_would_raise() -> None:
    """A card without a button says why it has none, and what to do about it."""
    low = fired("hypokalaemia-before-b12", values={"potassium": "3.0"})
    detail = only(withheld("b12-iv-route", ALLERGY, low), using=setting()).detail or ""
    assert (
        "A change that might help here is not offered, since it would raise another concern: "
        "Recorded allergy to hydroxocobalamin: do not give. Consider the other cobalamin after "
        "allergy advice; Potassium 3.0 before B12 loading: correct and monitor."
    ) in detail


def test_of_many_concerns_in_the_way_the_first_are_told() -> None:
    """A card stays readable."""
    drugs = ("warfarin", "apixaban", "rivaroxaban", "heparin")
    many = [fired("im-anticoagulant-caution", values={"drug": drug}) for drug in drugs]
    detail = only(withheld("b12-iv-route", *many), using=setting()).detail or ""
    assert "On rivaroxaban" in detail
    assert "and 1 more." in detail
    assert "On heparin" not in detail


def test_where_every_regimen_is_withheld_the_card_suggests_none() -> None:
    """The concern is the headline; no start and no calendar stand beside it."""
    values = {"why": "no cause", "regimen": "deficient"}
    finding = withheld(REGIMEN_RULE, ALLERGY)
    verdict = replace(finding.verdict, values=values, variant="nothing-offered")
    bare = replace(RECOMMENDATION, options=(), calendar=())
    (card,) = compose(advice(replace(finding, verdict=verdict), recommendation=bare), setting())
    assert card.summary.startswith(
        "Vitamin B12 deficiency, untreated. Before a start: Recorded allergy to hydroxocobalamin:"
    )
    assert "Suggested" not in (card.detail or "")
    assert "| Step |" not in (card.detail or "")


def test_no_concern_is_told_twice() -> None:
    """Two options that run into the same allergy say so once; two allergies are two."""
    other = fired("b12-allergy", values={"drug": "cyanocobalamin"})
    held = tuple(Withheld(Proposal("start", ()), (one,)) for one in (ALLERGY, ALLERGY, other))
    assert replace(fired("b12-iv-route"), held=held).in_the_way == (ALLERGY, other)


def test_a_result_without_a_value_is_said_to_have_none() -> None:
    """An empty cell would look like an oversight."""
    detail = only(fired("b12-iv-route", inputs=(Input("B12", "", "ng/L"),))).detail or ""
    assert "| B12 | not stated |" in detail


def test_a_gap_outside_the_lists_is_named_too() -> None:
    """A source that has no words of its own is named as it is."""
    given = advice(fired("b12-data-gap"), gaps=(Gap("metadata", "refused"),))
    (card,) = compose(given, setting())
    assert card.summary.startswith("Could not read metadata:")


def everything(key: str) -> dict[str, str]:
    """A value for each placeholder of a wording."""
    sentences = WORDING.rules[key]
    return dict.fromkeys(placeholders(sentences.summary + sentences.detail), "something")


@pytest.mark.parametrize("key", sorted(WORDING.rules))
def test_every_wording_makes_a_whole_card(key: str) -> None:
    """No rule's words break the specification or need a rebuild."""
    rule, _, variant = key.partition("/")
    finding = fired(
        rule, values=everything(key), variant=variant or None, inputs=(EGFR,), proposals=(TO_SC,)
    )
    card = only(finding, using=setting())
    assert card.rebuilt_because == ()
    assert card.detail
    assert broken_response_rules(response((card,))) == ()


def test_doses_in_a_card_are_exact() -> None:
    """A regimen of half a milligram is told in micrograms."""
    half = replace(LOADING, micrograms=Decimal(500))
    option = Option("x", (half,))
    card = regimen_card(replace(RECOMMENDATION, options=(option,)))
    assert "hydroxocobalamin 500 micrograms IM" in card.summary
