"""The language of the cases says what its words say, and refuses what it does not know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from regimens.concepts import Concept, Operation
from regimens.facts import Allergen, Analyte, ClinicalState, Finding, ResultStatus, Unusable
from regimens.orders import AmountKind, Form, Order, OrderSource, OrderStatus, Route, Site
from regimens.quantities import Comparator, Measured
from regimens.substances import Substance
from tests.cases.language import (
    CaseError,
    read_allergy,
    read_case,
    read_condition,
    read_given,
    read_lab,
    read_orders,
    read_procedure,
)
from tests.cases.order_phrases import read_order
from tests.cases.phrases import PhraseError

TODAY = date(2026, 10, 14)
RULES = frozenset({"b12-iv-route"})


def order(text: str) -> Order:
    return read_order(text, "draft-1", TODAY, OrderStatus.DRAFT)


def test_a_plain_order() -> None:
    """Drug, dose, route, frequency and duration are read; nothing else is assumed."""
    read = order("hydroxocobalamin 1 mg IM three times a week for 14 days")
    phase = read.phases[0]
    assert read.cobalamin is Substance.HYDROXOCOBALAMIN
    assert phase.amount is not None
    assert (phase.amount.value, phase.amount.kind) == (Decimal(1000), AmountKind.MASS)
    assert phase.route is Route.INTRAMUSCULAR
    assert phase.timing.interval_days == Decimal(7) / 3
    assert phase.timing.bounds_days == 14
    assert read.status is OrderStatus.DRAFT


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("daily", "1"),
        ("twice daily", "0.5"),
        ("twice a week", "3.5"),
        ("on alternate days", "2"),
        ("every 10 days", "10"),
        ("monthly", "31"),
        ("every 3 months", "93"),
        ("yearly", "366"),
        ("2 times in 5 days", "2.5"),
    ],
)
def test_how_often(words: str, days: str) -> None:
    """Every way to say how often gives the mean days between doses."""
    assert order(f"folic acid 5 mg oral {words}").phases[0].timing.interval_days == Decimal(days)


def test_an_order_in_two_phases() -> None:
    """`then` begins another dosage instruction with the dose and route of the one before."""
    read = order("cyanocobalamin 1 mg IM daily for 7 days then monthly from day 7")
    first, second = read.phases
    assert (first.amount, first.route) == (second.amount, second.route)
    assert second.timing.starts_on == date(2026, 10, 21)


def test_a_stopped_order_with_its_reason() -> None:
    """A stop is an order with that status, and its reason is kept in words."""
    read = order("stopped: hydroxocobalamin 1 mg IM every 3 months because 'B12 level high'")
    assert read.status is OrderStatus.STOPPED
    assert read.reasons[0].text == "B12 level high"


def test_a_coded_reason() -> None:
    """`for` a known condition is a coded reason of the order."""
    read = order("hydroxocobalamin 5 g IV once for cyanide exposure")
    assert read.reasons[0].concepts == {Concept.CYANIDE_EXPOSURE}
    assert read.phases[0].timing.single


def test_a_medication_that_runs() -> None:
    """`active since` gives the first day."""
    text = "hydroxocobalamin injection 1 mg every 3 months, active since 700 days ago"
    read = read_order(text, "medication-1", TODAY, OrderStatus.ACTIVE)
    assert read.first_day == date(2024, 11, 13)
    assert read.phases[0].route is None
    assert read.route_of(read.phases[0]) is Route.INTRAMUSCULAR


def test_a_dose_that_was_given() -> None:
    """`given` makes an administration."""
    read = order("hydroxocobalamin 1 mg IM given 10 days ago")
    assert read.source is OrderSource.ADMINISTRATION
    assert read.given_on == date(2026, 10, 4)


def test_a_volume_needs_its_strength() -> None:
    """A dose in millilitres becomes micrograms by the strength in brackets."""
    read = order("cyanocobalamin injection 2 mL IM weekly [1000 micrograms/mL] text only")
    assert read.micrograms(read.phases[0], Substance.CYANOCOBALAMIN) == 2000
    assert read.medicine is not None
    assert read.medicine.by_text
    assert read.medicine.form is Form.INJECTABLE


def test_site_id_and_revision() -> None:
    """A site, an id of its own and the order it revises are read."""
    read = order("hydroxocobalamin 1 mg IM into the buttock monthly id new revises medication-1")
    assert read.phases[0].site is Site.BUTTOCK
    assert (read.reference, read.revises) == ("new", "medication-1")


def test_a_timing_in_words() -> None:
    """Words that do not say how often leave the timing ambiguous, and are kept."""
    timing = order("cyanocobalamin 1 mg IM timing 'biweekly x 6'").phases[0].timing
    assert timing.text == "biweekly x 6"
    assert timing.ambiguous
    assert timing.interval_days is None


def test_no_drug_and_an_unreadable_one() -> None:
    """An order without a drug, and one whose drug could not be read, are told apart."""
    assert not order("no drug 1 mg").medicine_unresolved
    assert order("an unreadable drug 1 mg IM").medicine_unresolved


def test_a_laboratory_result() -> None:
    """Analyte, comparator, number, unit, day and remark are read."""
    read = read_lab("eGFR <60 mL/min 20 days ago [amended]", 1, TODAY)
    assert read.measured == Measured(Decimal(60), "mL/min", Comparator.BELOW)
    assert read.taken_on == date(2026, 9, 24)
    assert read.status is ResultStatus.AMENDED


def test_a_finding_in_words() -> None:
    """A result may be positive, equivocal or negative."""
    read = read_lab("anti-IF positive 900 days ago", 1, TODAY)
    assert (read.analyte, read.finding) == (Analyte.ANTI_INTRINSIC_FACTOR, Finding.POSITIVE)


def test_limits_and_unusable_results() -> None:
    """The laboratory's limit is kept; implausible and future results are marked unusable."""
    assert read_lab("MMA 300 today [upper limit 280]", 1, TODAY).upper_limit == 280
    assert read_lab("B12 9 ng/L [implausible]", 1, TODAY).unusable is Unusable.IMPLAUSIBLE
    assert read_lab("B12 150 ng/L in 2 days", 1, TODAY).unusable is Unusable.FUTURE_DATE


def test_pg_per_ml_is_the_same_number_as_ng_per_l() -> None:
    """The two mass units of B12 are one; the molar one stays molar."""
    mass, molar = read_lab("B12 150 pg/mL", 1, TODAY), read_lab("B12 150 pmol/L", 1, TODAY)
    assert mass.measured == Measured(Decimal(150), "ng/L")
    assert molar.measured == Measured(Decimal(150), "pmol/L")


def test_conditions_procedures_and_allergies() -> None:
    """States, extents, lengths, days and allergens are read."""
    assert read_condition("paraesthesia (historical)", 1, TODAY).state is ClinicalState.HISTORICAL
    assert read_condition("ileal Crohn's disease 35 cm", 1, TODAY).extent_cm == 35
    resection = read_procedure("ileal resection 25 cm 400 days ago", 1, TODAY)
    assert resection.operations == frozenset({Operation.ILEAL_RESECTION})
    assert resection.length_cm == 25
    assert read_allergy("cobalt", 1).allergens == {Allergen.COBALT}
    assert read_allergy("vitamin B12", 1).substances == {Substance.COBALAMIN}


def test_a_list_that_could_not_be_read() -> None:
    """`unread` makes a list incomplete and records the gap; the others stay complete."""
    facts = read_given("a case", {"unread": ["medications"]}, TODAY)
    assert not facts.medications.complete
    assert facts.labs.complete
    assert [gap.source for gap in facts.gaps] == ["medications"]


def test_ages() -> None:
    """An age is exact to the day; one day short of 18 is 17, and an unknown age is none."""
    assert read_given("a case", {"age": 18}, TODAY).age_years == 18
    assert read_given("a case", {"age": "17, 18 tomorrow"}, TODAY).age_years == 17
    assert read_given("a case", {"age": "unknown"}, TODAY).age_years is None


def test_tests_review_and_selection_in_the_draft_set() -> None:
    """Tests ordered, a planned review and the selection are part of the draft set."""
    texts = ["folic acid 5 mg oral daily", "test: potassium, folate", "review planned"]
    drafts = read_orders([*texts, "selected: draft-1"], TODAY)
    assert drafts.tests == {Analyte.POTASSIUM, Analyte.FOLATE}
    assert drafts.review_planned
    assert drafts.selected == frozenset({"draft-1"})


@pytest.mark.parametrize(
    "text",
    [
        "hydroxycobalamine 1 mg IM monthly",
        "hydroxocobalamin 1 mg IM every now and then",
        "hydroxocobalamin 1 stone IM monthly",
        "hydroxocobalamin 1 mg into the ear",
    ],
)
def test_an_order_that_cannot_be_read(text: str) -> None:
    """A word the language does not know is an error, never skipped."""
    with pytest.raises(PhraseError):
        order(text)


@pytest.mark.parametrize(
    "text", ["B12 150 3 days ago", "B13 150 ng/L", "Hb 12 g/dL", "B12 150 ng/L soon", "anti-IF 3"]
)
def test_a_result_that_cannot_be_read(text: str) -> None:
    """A unit, analyte or remark the language does not know is an error."""
    with pytest.raises(PhraseError):
        read_lab(text, 1, TODAY)


@pytest.mark.parametrize(
    "raw",
    [
        {"name": "x", "expects": []},
        {"name": "x", "kind": "fire"},
        {"name": "x", "silent": ["b12-iv-rout"]},
        {"name": "x", "given": {"lab": []}},
        {"name": "x", "given": {"unread": ["lab"]}},
        {"name": "x", "expect": [{"rule": "b12-iv-route", "level": "info"}]},
    ],
)
def test_a_case_with_an_unknown_member(raw: dict[str, object]) -> None:
    """A misspelt member, kind, rule or list is an error, so that no claim is lost."""
    with pytest.raises(CaseError):
        read_case(raw, RULES)
