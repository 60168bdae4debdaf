"""Strategies for patients and draft sets: everything valid that the rules could meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from regimens.advice import Moment
from regimens.concepts import Concept, Operation
from regimens.facts import (
    Allergen,
    Allergy,
    Analyte,
    ClinicalState,
    Condition,
    DraftSet,
    Finding,
    LabResult,
    Listing,
    PatientFacts,
    Procedure,
    ResultStatus,
    Sex,
    Unusable,
)
from regimens.orders import (
    Amount,
    AmountKind,
    Form,
    Medicine,
    Order,
    OrderSource,
    OrderStatus,
    Phase,
    Reason,
    Route,
    Site,
    Special,
    Strength,
    Timing,
)
from regimens.quantities import Comparator, Measured, PeriodUnit
from regimens.substances import COBALAMINS, Substance
from tests.cases.vocabulary import UNITS
from tests.regimens.builders import TODAY

T = TypeVar("T")

# Values on both sides of every limit that the rules know.
VALUES: dict[Analyte, tuple[str, ...]] = {
    Analyte.B12: ("90", "132", "133", "179", "180", "258", "259", "350", "351", "900"),
    Analyte.HOLOTC: ("12", "24", "25", "70", "71", "120"),
    Analyte.MMA: ("200", "400", "401", "461", "900"),
    Analyte.HOMOCYSTEINE: ("8", "15", "16", "40"),
    Analyte.FOLATE: ("9",),
    Analyte.FERRITIN: ("50",),
    Analyte.POTASSIUM: ("3.4", "3.5", "4.2"),
    Analyte.HAEMOGLOBIN: ("70", "80", "99", "100", "135"),
    Analyte.HAEMATOCRIT: ("24", "25", "34", "35", "42"),
    Analyte.MCV: ("90", "100", "108"),
    Analyte.RETICULOCYTES: ("1", "4.9", "5", "9"),
    Analyte.PLATELETS: ("8", "10", "24", "25", "50", "51", "99", "100", "250"),
    Analyte.EGFR: ("20", "49", "50", "59", "60", "90"),
    Analyte.CREATININE_CLEARANCE: ("49", "50", "75"),
    Analyte.INR: ("2.4", "3", "3.4"),
}
WORDED = (Analyte.ANTI_INTRINSIC_FACTOR, Analyte.PREGNANCY_STATUS)
AGES = (-1, 0, 1, 5, 7, 8, 14, 15, 30, 31, 89, 90, 91, 180, 300, 365, 366, 800)
STARTS = (None, -20, 0, 1, 4, 5, 7, 10, 13, 28, 29, 90, 100, 200, 364, 365, 366, 900)
PERIODS = ("1 d", "2 d", "3 d", "1 wk", "2 wk", "3 wk", "1 mo", "2 mo", "3 mo", "6 mo", "1 a")
DOSES = ("2", "30", "50", "100", "250", "500", "1000", "2000", "5000", "10000", "1000000")
REASONS = ("B12 level high", "fatigue returns", "patient request")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def since(days: int | None) -> date | None:
    return None if days is None else ago(days)


def some(items: SearchStrategy[T], most: int) -> SearchStrategy[list[T]]:
    return st.lists(items, max_size=most)


def numbered(items: Sequence[T], prefix: str) -> tuple[T, ...]:
    """Each item with a reference of its own."""
    return tuple(
        replace(item, reference=f"{prefix}-{number}")  # type: ignore[type-var]
        for number, item in enumerate(items, start=1)
    )


@st.composite
def lab_results(draw: st.DrawFn) -> LabResult:
    """A result near a limit, of any age, sometimes amended, unusable or with its own limits."""
    analyte = draw(st.sampled_from([*VALUES, *WORDED]))
    taken_on = ago(draw(st.sampled_from(AGES)))
    result = LabResult(
        analyte,
        "lab",
        taken_on=taken_on,
        status=draw(st.sampled_from(ResultStatus)),
        unusable=draw(st.sampled_from([None] * 9 + [Unusable.IMPLAUSIBLE])),
        reported="as reported",
    )
    if taken_on > TODAY:
        result = replace(result, unusable=Unusable.FUTURE_DATE)
    if analyte in WORDED:
        return replace(result, finding=draw(st.sampled_from(Finding)))
    units = ["ng/L", "pmol/L"] if analyte is Analyte.B12 else [UNITS[analyte]]
    measured = Measured(
        Decimal(draw(st.sampled_from(VALUES[analyte]))),
        draw(st.sampled_from(units)),
        draw(st.sampled_from([Comparator.EXACT] * 6 + list(Comparator))),
    )
    upper = draw(st.sampled_from([None, None, None, measured.value, measured.value - 1]))
    return replace(result, measured=measured, upper_limit=upper)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """Any condition, present or past, with or without onset and extent."""
    return Condition(
        frozenset({draw(st.sampled_from(Concept))}),
        "condition",
        state=draw(st.sampled_from([ClinicalState.ACTIVE] * 3 + [ClinicalState.HISTORICAL])),
        onset=since(draw(st.sampled_from(STARTS))),
        extent_cm=draw(st.sampled_from([None, Decimal(30), Decimal(31)])),
    )


@st.composite
def procedures(draw: st.DrawFn) -> Procedure:
    """Any procedure, with or without date and length."""
    return Procedure(
        frozenset({draw(st.sampled_from(Operation))}),
        "procedure",
        performed_on=since(draw(st.sampled_from(STARTS))),
        length_cm=draw(st.sampled_from([None, Decimal(20), Decimal(21)])),
    )


@st.composite
def allergies(draw: st.DrawFn) -> Allergy:
    """An allergy to a cobalamin, the class, cobalt or something else."""
    if draw(st.booleans()):
        return Allergy("allergy", allergens=frozenset({draw(st.sampled_from(Allergen))}))
    return Allergy("allergy", substances=frozenset({draw(st.sampled_from(sorted(COBALAMINS)))}))


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    """Any timing: open or bounded, single or recurring, clear or ambiguous, or none at all."""
    if draw(st.integers(0, 9)) == 0:
        return Timing()
    length, unit = draw(st.sampled_from(PERIODS)).split()
    start = draw(st.sampled_from([None, None, None, 0, -7, -14, -30]))
    return Timing(
        frequency=Decimal(draw(st.sampled_from([1, 1, 1, 2, 3]))),
        period=Decimal(length),
        period_unit=PeriodUnit(unit),
        count=draw(st.sampled_from([None, None, None, 1, 2, 6])),
        bounds_days=draw(st.sampled_from([None, None, 14, 28])),
        starts_on=since(start),
        ambiguous=draw(st.sampled_from([None] * 8 + ["two readings"])),
        text=draw(st.sampled_from([None, "biweekly"])),
    )


@st.composite
def medicines(draw: st.DrawFn, cobalamins_only: bool = False) -> Medicine:
    """A product with or without form, strength and code; sometimes a combination."""
    pool = sorted(COBALAMINS) if cobalamins_only else sorted(Substance)
    first = draw(st.sampled_from(pool))
    both = first in COBALAMINS and draw(st.integers(0, 9)) == 0
    substances = frozenset({first, Substance.FOLIC_ACID}) if both else frozenset({first})
    strength = Strength(*draw(st.sampled_from([(None, None), (Decimal(1000), Decimal(500))])))
    special = draw(st.sampled_from([None] * 8 + list(Special)))
    return Medicine(
        text=" with ".join(sorted(substances)),
        substances=substances,
        form=draw(st.sampled_from([None, *Form])),
        strengths=dict.fromkeys(substances, strength),
        special=special if first in COBALAMINS else None,
        by_text=draw(st.sampled_from([False, False, True])),
    )


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    """One instruction: a dose in any kind of unit, a route, a site and a timing."""
    kind = draw(st.sampled_from([AmountKind.MASS] * 5 + list(AmountKind)))
    value = draw(st.sampled_from(DOSES if kind is AmountKind.MASS else ("1", "2")))
    amount = Amount(Decimal(value), kind, f"{value} {kind.value}")
    return Phase(
        amount=draw(st.sampled_from([amount, amount, amount, None])),
        route=draw(st.sampled_from([None, Route.INTRAMUSCULAR, Route.INTRAMUSCULAR, *Route])),
        site=draw(st.sampled_from([None, None, *Site])),
        timing=draw(timings()),
    )


@st.composite
def orders(draw: st.DrawFn, prefix: str, status: OrderStatus) -> Order:
    """An order of mostly a cobalamin, sometimes without a drug, sometimes with its reason."""
    wanted = draw(st.sampled_from(["cobalamin", "cobalamin", "any", "none"]))
    medicine = None if wanted == "none" else draw(medicines(wanted == "cobalamin"))
    reasons = draw(some(st.sampled_from([Reason(text) for text in REASONS]), 1))
    return Order(
        prefix,
        status=draw(st.sampled_from([status] * 6 + list(OrderStatus))),
        medicine=medicine,
        medicine_unresolved=medicine is None and draw(st.booleans()),
        phases=tuple(draw(st.lists(phases(), min_size=1, max_size=2))),
        starts_on=since(draw(st.sampled_from(STARTS))) if prefix == "medication" else None,
        authored_on=TODAY if prefix == "draft" else None,
        reasons=tuple(reasons),
        revises=draw(st.sampled_from([None, None, None, "medication-1"])),
    )


@st.composite
def medications(draw: st.DrawFn) -> Order:
    """An entry of the medication list: a request, a statement, or a dose given."""
    order = draw(orders("medication", OrderStatus.ACTIVE))
    source = draw(st.sampled_from([OrderSource.REQUEST] * 3 + list(OrderSource)))
    given = since(draw(st.sampled_from(STARTS))) if source is OrderSource.ADMINISTRATION else None
    return replace(order, source=source, given_on=given, revises=None)


@st.composite
def patients(draw: st.DrawFn, complete: bool = False) -> PatientFacts:
    """Any patient; lists may be incomplete unless `complete`."""

    def listing(items: Sequence[T], prefix: str) -> Listing[T]:
        whole = complete or draw(st.sampled_from([True, True, True, False]))
        return Listing(numbered(items, prefix), whole)

    age = draw(st.sampled_from([None, 9, 17, 18, 50, 50, 64, 65, 80]))
    return PatientFacts(
        today=TODAY,
        birth_date=None if age is None else TODAY.replace(year=TODAY.year - age),
        sex=draw(st.sampled_from([None, *Sex])),
        labs=listing(draw(some(lab_results(), 8)), "lab"),
        medications=listing(draw(some(medications(), 4)), "medication"),
        conditions=listing(draw(some(conditions(), 4)), "condition"),
        procedures=listing(draw(some(procedures(), 2)), "procedure"),
        allergies=listing(draw(some(allergies(), 1)), "allergy"),
    )


@st.composite
def draft_sets(draw: st.DrawFn) -> DraftSet:
    """Any draft set, with tests, a review and a selection."""
    drafts = numbered(draw(some(orders("draft", OrderStatus.DRAFT), 3)), "draft")
    selected = draw(st.sampled_from([None, None, frozenset({"draft-1"}), frozenset({"else"})]))
    return DraftSet(
        orders=drafts,
        selected=selected,
        tests=frozenset(draw(some(st.sampled_from([Analyte.POTASSIUM, Analyte.B12]), 2))),
        review_planned=draw(st.booleans()),
    )


moments = st.sampled_from(Moment)
formularies = st.sampled_from(["uk", "us"])
