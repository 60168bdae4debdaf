"""Laws that hold for every patient and every draft set."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regimens.advice import Advice, B12Status, Moment
from regimens.advise import advise
from regimens.case import Case, Source
from regimens.concepts import Concept
from regimens.facts import Allergy, Analyte, Condition, DraftSet, LabResult, Listing, PatientFacts
from regimens.orders import Medicine, Order, OrderStatus
from regimens.proposing import apply
from regimens.quantities import Measured
from regimens.verdict import Indicator
from tests.regimens.builders import LIBRARY, TODAY, labs
from tests.regimens.generated import draft_sets, formularies, moments, patients

T = TypeVar("T")
UNITED_KINGDOM = LIBRARY.knowledge("uk")
LAW = settings(max_examples=60)


def said(advice: Advice) -> dict[str, object]:
    """What a clinician and the trace would see of every rule, and the assessment."""
    verdicts = {
        finding.rule: (
            finding.verdict.outcome,
            finding.indicator,
            finding.verdict.variant,
            frozenset(finding.verdict.orders),
            frozenset(proposal.key for proposal in finding.verdict.proposals),
            frozenset(finding.withheld),
        )
        for finding in advice.findings
    }
    regimen = advice.recommendation.regimen if advice.recommendation else None
    return {**verdicts, "status": advice.assessment.status, "regimen": regimen}


def urgent(advice: Advice) -> frozenset[str]:
    """The rules that speak as warning or critical."""
    return frozenset(f.rule for f in advice.fired if f.indicator is not Indicator.INFO)


def critical(advice: Advice) -> frozenset[str]:
    return frozenset(f.rule for f in advice.fired if f.indicator is Indicator.CRITICAL)


@LAW
@given(patients(), draft_sets(), moments, formularies)
def test_advice_never_fails(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str
) -> None:
    """Every patient and draft set gets an answer for every rule."""
    advice = advise(facts, drafts, moment, LIBRARY.knowledge(formulary))
    assert len(advice.findings) == len(LIBRARY.rules)


@LAW
@given(patients(), draft_sets(), moments, formularies, st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str, random: Random
) -> None:
    """Labs, medications, conditions, procedures, allergies and drafts may come in any order."""

    def shuffled(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(random.sample(items, len(items)))

    mixed = replace(
        facts,
        labs=replace(facts.labs, items=shuffled(facts.labs.items)),
        medications=replace(facts.medications, items=shuffled(facts.medications.items)),
        conditions=replace(facts.conditions, items=shuffled(facts.conditions.items)),
        procedures=replace(facts.procedures, items=shuffled(facts.procedures.items)),
        allergies=replace(facts.allergies, items=shuffled(facts.allergies.items)),
    )
    other = replace(drafts, orders=shuffled(drafts.orders))
    knowledge = LIBRARY.knowledge(formulary)
    before, after = (
        said(advise(facts, drafts, moment, knowledge)),
        said(advise(mixed, other, moment, knowledge)),
    )
    assert before == after


def with_noise(facts: PatientFacts) -> PatientFacts:
    """The same patient with entries that no rule asks about."""
    other_drug = Order("noise", OrderStatus.ACTIVE, medicine=Medicine("amoxicillin"))
    gastrin = labs("gastrin 40 ng/L 3 days ago")
    thrombocytopenia = Condition(frozenset({Concept.THROMBOCYTOPENIA}), "noise")
    return replace(
        facts,
        labs=replace(facts.labs, items=(*facts.labs.items, *gastrin)),
        medications=replace(facts.medications, items=(*facts.medications.items, other_drug)),
        conditions=replace(facts.conditions, items=(*facts.conditions.items, thrombocytopenia)),
        allergies=replace(facts.allergies, items=(*facts.allergies.items, Allergy("noise"))),
    )


@LAW
@given(patients(), draft_sets(), moments, formularies)
def test_what_no_rule_asks_about_changes_nothing(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str
) -> None:
    """An antibiotic, a gastrin, a coded thrombocytopenia and an allergy to nothing of ours."""
    knowledge = LIBRARY.knowledge(formulary)
    plain = said(advise(facts, drafts, moment, knowledge))
    assert said(advise(with_noise(facts), drafts, moment, knowledge)) == plain


SEVERITY = {
    B12Status.DEFICIENT: 3,
    B12Status.INDETERMINATE: 2,
    B12Status.UNLIKELY: 1,
    B12Status.UNKNOWN: 0,
}


@LAW
@given(
    patients(complete=True),
    st.integers(50, 500),
    st.integers(0, 300),
    st.sampled_from([(Analyte.B12, "ng/L"), (Analyte.B12, "pmol/L"), (Analyte.HOLOTC, "pmol/L")]),
)
def test_less_b12_is_never_less_severe(
    facts: PatientFacts, low: int, more: int, kind: tuple[Analyte, str]
) -> None:
    """Of two patients who differ in their newest B12 alone, the lower is as severe or more."""
    analyte, unit = kind
    others = tuple(
        lab for lab in facts.labs.items if lab.analyte not in {Analyte.B12, Analyte.HOLOTC}
    )

    def severity(value: int) -> int:
        measured = Measured(Decimal(value), unit)
        b12 = LabResult(analyte, "b12", measured=measured, taken_on=TODAY)
        adult = replace(facts, labs=Listing((*others, b12)))
        case = Case(adult, DraftSet(), Moment.SIGNING, UNITED_KINGDOM)
        return SEVERITY[case.biochemistry]

    assert severity(low) >= severity(low + more)


SAFE = [
    "platelets 250 today",
    "eGFR 95 today",
    "potassium 4.2 today",
    "INR 1.0 today",
    "Hb 140 today",
    "Hct 42 today",
]


@LAW
@given(patients(), draft_sets(), moments, formularies, st.sampled_from(SAFE))
def test_a_reassuring_result_adds_no_critical(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str, text: str
) -> None:
    """Normal platelets, kidneys, potassium, INR and blood count make nothing critical."""
    knowledge = LIBRARY.knowledge(formulary)
    more = replace(facts, labs=replace(facts.labs, items=(*facts.labs.items, *labs(text))))
    before = critical(advise(facts, drafts, moment, knowledge))
    after = critical(advise(more, drafts, moment, knowledge))
    assert after <= before


@LAW
@given(patients(), draft_sets(), moments, formularies)
def test_an_accepted_suggestion_raises_nothing_new(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str
) -> None:
    """Whatever is offered, accepting it brings no new warning and nothing critical."""
    knowledge = LIBRARY.knowledge(formulary)
    advice = advise(facts, drafts, moment, knowledge)
    before = urgent(advice) | urgent(advise(facts, drafts, Moment.SIGNING, knowledge))
    case = Case(facts, drafts, moment, knowledge)
    for finding in advice.fired:
        for proposal in finding.verdict.proposals:
            accepted = apply(case, proposal).drafts
            after = urgent(advise(facts, accepted, Moment.SIGNING, knowledge))
            assert after <= before, (finding.rule, proposal.key, after - before)


# Rules whose firing rests on absence, with the lists on which it rests.
RESTS_ON_ABSENCE = {
    "folic-acid-b12-status-unknown": (Source.LABS, Source.MEDICATIONS),
    "oral-b12-malabsorption": (Source.MEDICATIONS,),
    "oral-b12-neuro": (Source.MEDICATIONS,),
    "loading-missing": (Source.MEDICATIONS,),
    "neuro-loading-inadequate": (Source.MEDICATIONS,),
    "stop-lifelong-b12": (Source.MEDICATIONS,),
    "baseline-labs-missing": (Source.LABS, Source.MEDICATIONS),
    "monitoring-due": (Source.LABS,),
    "potassium-check-needed": (Source.MEDICATIONS,),
    "treatment-without-evidence": (
        *(Source.LABS, Source.MEDICATIONS),
        *(Source.CONDITIONS, Source.PROCEDURES),
    ),
    "prophylaxis-missing": (Source.MEDICATIONS,),
    "pregnancy-bariatric-monitoring": (Source.LABS,),
    "lifelong-maintenance-missing": (Source.MEDICATIONS,),
    "early-response-monitoring-due": (Source.LABS,),
    "b12-regimen": (Source.MEDICATIONS,),
}


def unread(facts: PatientFacts, source: Source) -> PatientFacts:
    """The same patient with one list not read to its end."""
    match source:
        case Source.LABS:
            return replace(facts, labs=replace(facts.labs, complete=False))
        case Source.MEDICATIONS:
            return replace(facts, medications=replace(facts.medications, complete=False))
        case Source.CONDITIONS:
            return replace(facts, conditions=replace(facts.conditions, complete=False))
        case Source.PROCEDURES:
            return replace(facts, procedures=replace(facts.procedures, complete=False))
        case Source.ALLERGIES:
            return replace(facts, allergies=replace(facts.allergies, complete=False))


@pytest.mark.parametrize("source", [s for s in Source if s is not Source.ALLERGIES])
@LAW
@given(facts=patients(), drafts=draft_sets(), moment=moments, formulary=formularies)
def test_absence_is_not_concluded_from_an_incomplete_list(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str, source: Source
) -> None:
    """A rule that rests on absence is silent or cannot tell when its list was not read."""
    advice = advise(unread(facts, source), drafts, moment, LIBRARY.knowledge(formulary))
    rests = {rule for rule, needed in RESTS_ON_ABSENCE.items() if source in needed}
    assert rests.isdisjoint(finding.rule for finding in advice.fired)


@LAW
@given(patients(), draft_sets(), st.sampled_from([Moment.SELECTING, Moment.SIGNING]), formularies)
def test_folic_acid_first_only_warns_when_b12_may_be_running(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str
) -> None:
    """With the medication list unread the rule is a warning, never critical."""
    advice = advise(unread(facts, Source.MEDICATIONS), drafts, moment, LIBRARY.knowledge(formulary))
    found = {finding.rule: finding for finding in advice.fired}
    if "folic-acid-before-b12" in found:
        assert found["folic-acid-before-b12"].indicator is Indicator.WARNING


@LAW
@given(patients(), draft_sets(), st.sampled_from([Moment.SELECTING, Moment.SIGNING]), formularies)
def test_unknown_kidneys_are_asked_for_only_when_the_record_was_read(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str
) -> None:
    """Without results, renal-function-unknown speaks only of a value that tells nothing."""
    none = replace(facts, labs=Listing((), complete=False))
    advice = advise(none, drafts, moment, LIBRARY.knowledge(formulary))
    assert "renal-function-unknown" not in {finding.rule for finding in advice.fired}


@LAW
@given(patients(), moments, formularies)
def test_no_b12_and_no_folic_acid_ordered_is_no_card(
    facts: PatientFacts, moment: Moment, formulary: str
) -> None:
    """Selecting and signing other drugs is answered with silence, whatever the record holds."""
    other = Order("draft-1", medicine=Medicine("amoxicillin"))
    advice = advise(facts, DraftSet((other,)), moment, LIBRARY.knowledge(formulary))
    assert moment is Moment.OPENING or not advice.fired


@LAW
@given(patients(), draft_sets(), moments, formularies)
def test_the_dead_get_no_card(
    facts: PatientFacts, drafts: DraftSet, moment: Moment, formulary: str
) -> None:
    """A deceased patient silences every rule."""
    advice = advise(replace(facts, deceased=True), drafts, moment, LIBRARY.knowledge(formulary))
    assert not advice.fired
