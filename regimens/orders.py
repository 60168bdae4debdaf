"""Medication orders in domain words: what is given, how much, by which route, how often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from regimens.quantities import DAYS_PER_PERIOD, PeriodUnit
from regimens.substances import COBALAMINS, Substance


class Route(StrEnum):
    """How a dose enters the body; a route that is not stated is None, never a member."""

    INTRAMUSCULAR = "IM"
    SUBCUTANEOUS = "SC"
    INTRAVENOUS = "IV"
    ORAL = "oral"
    SUBLINGUAL = "sublingual"
    BUCCAL = "buccal"
    NASAL = "nasal"
    OTHER = "other"


INJECTED = frozenset({Route.INTRAMUSCULAR, Route.SUBCUTANEOUS, Route.INTRAVENOUS})
BY_MOUTH_OR_NOSE = frozenset({Route.ORAL, Route.SUBLINGUAL, Route.BUCCAL, Route.NASAL})


class Form(StrEnum):
    """The dose form of a product, as far as it tells the route."""

    INJECTABLE = "injectable"
    ORAL = "oral"
    NASAL = "nasal"


class Site(StrEnum):
    """Injection sites the rules tell apart."""

    DELTOID = "deltoid"
    VASTUS_LATERALIS = "vastus lateralis"
    BUTTOCK = "buttock"
    VENTROGLUTEAL = "ventrogluteal"
    OTHER = "other"


class AmountKind(StrEnum):
    """What a stated dose counts."""

    MASS = "mass"  # micrograms
    VOLUME = "volume"  # millilitres
    COUNT = "count"  # tablets, capsules, ampoules, sprays
    UNKNOWN = "unknown"  # a unit that the table does not hold


@dataclass(frozen=True, slots=True)
class Amount:
    """One dose as the order states it: micrograms, millilitres or a count of units."""

    value: Decimal
    kind: AmountKind
    stated: str


@dataclass(frozen=True, slots=True)
class Strength:
    """Micrograms of one substance in a millilitre or in one unit (tablet, ampoule); None unknown."""

    per_ml: Decimal | None = None
    per_unit: Decimal | None = None


class Special(StrEnum):
    """Products that are not ordinary B12 therapy."""

    CYANIDE_ANTIDOTE = "cyanide antidote"
    MULTIVITAMIN = "multivitamin"


@dataclass(frozen=True, slots=True)
class Medicine:
    """What is ordered: its ingredients, its form, and how it was recognised.

    `text` is the order's own wording. `by_text` is True when no code was recognised and the words
    alone gave the ingredient; `code_unknown` that a code which our tables lack stood beside them.
    `product` is our own product id when the code names exactly one.
    """

    text: str
    substances: frozenset[Substance] = frozenset()
    form: Form | None = None
    strengths: Mapping[Substance, Strength] = field(default_factory=dict)
    special: Special | None = None
    by_text: bool = False
    code_unknown: bool = False
    product: str | None = None

    @property
    def cobalamin(self) -> Substance | None:
        """The cobalamin in this product, or None; a product never holds two."""
        return min(self.substances & COBALAMINS, default=None)

    def contains(self, *substances: Substance) -> bool:
        """True when any of these substances is in the product."""
        return not self.substances.isdisjoint(substances)


@dataclass(frozen=True, slots=True)
class Timing:
    """How often, how many times, from when to when; None is not stated.

    `ambiguous` says in a few words why the timing cannot be relied on ("biweekly" and the like,
    words that contradict the structure, words that could not be understood); None when it can.
    """

    frequency: Decimal | None = None
    period: Decimal | None = None
    period_unit: PeriodUnit | None = None
    count: int | None = None
    bounds_days: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    as_needed: bool = False
    text: str | None = None
    ambiguous: str | None = None

    @property
    def interval_days(self) -> Decimal | None:
        """Mean days between doses; None for a single dose, or when nothing states it."""
        if self.period is None or self.period_unit is None or self.single:
            return None
        per_period = self.frequency or Decimal(1)
        return self.period * DAYS_PER_PERIOD[self.period_unit] / per_period

    @property
    def single(self) -> bool:
        """True for one dose only: a count of 1, which has no interval."""
        return self.count == 1

    @property
    def doses(self) -> Decimal | None:
        """How many doses the phase holds; None when it is open."""
        if self.count is not None:
            return Decimal(self.count)
        interval = self.interval_days
        if self.bounds_days is None or not interval:
            return None
        return Decimal(self.bounds_days) / interval

    @property
    def bounded(self) -> bool:
        """True when a count, a duration or an end date limits the phase."""
        return self.count is not None or self.bounds_days is not None or self.ends_on is not None


@dataclass(frozen=True, slots=True)
class Phase:
    """One dosage instruction of an order: sequential phases are separate instructions or orders."""

    amount: Amount | None = None
    route: Route | None = None
    site: Site | None = None
    timing: Timing = Timing()
    text: str | None = None


class OrderStatus(StrEnum):
    """The life of an order, as FHIR names it."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"


class OrderSource(StrEnum):
    """Where an order or dose is recorded."""

    REQUEST = "request"
    STATEMENT = "statement"
    ADMINISTRATION = "administration"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was ordered or stopped: the words, and the domain names of its codes."""

    text: str
    concepts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Order:
    """A medication order, statement or administration of one product.

    `given_on` belongs to administrations. `revises` is the reference of an order that this one
    replaces or continues. `medicine` is None when the order names no drug yet;
    `medicine_unresolved` says that it points to one which could not be read.
    """

    reference: str
    status: OrderStatus = OrderStatus.DRAFT
    source: OrderSource = OrderSource.REQUEST
    medicine: Medicine | None = None
    medicine_unresolved: bool = False
    phases: tuple[Phase, ...] = (Phase(),)
    authored_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    given_on: date | None = None
    reasons: tuple[Reason, ...] = ()
    revises: str | None = None
    note: str | None = None

    def contains(self, *substances: Substance) -> bool:
        """True when the ordered product holds any of these substances."""
        return self.medicine is not None and self.medicine.contains(*substances)

    @property
    def ambiguous(self) -> bool:
        """True when the timing of any phase cannot be relied on."""
        return any(phase.timing.ambiguous for phase in self.phases)

    @property
    def cobalamin(self) -> Substance | None:
        """The cobalamin that is ordered, or None."""
        return self.medicine.cobalamin if self.medicine else None

    def route_of(self, phase: Phase) -> Route | None:
        """The stated route; a product that can only be injected, swallowed or sprayed tells it else.

        An injectable without a route counts as intramuscular (decisions, section 1).
        """
        if phase.route is not None or self.medicine is None:
            return phase.route
        match self.medicine.form:
            case Form.INJECTABLE:
                return Route.INTRAMUSCULAR
            case Form.ORAL:
                return Route.ORAL
            case Form.NASAL:
                return Route.NASAL
            case None:
                return None

    def micrograms(self, phase: Phase, substance: Substance) -> Decimal | None:
        """Micrograms of `substance` in one dose of `phase`; None when the order does not tell.

        A volume or a count needs the product's strength. A mass ordered of a product with several
        of our substances cannot be split, and is None.
        """
        if phase.amount is None or self.medicine is None:
            return None
        strength = self.medicine.strengths.get(substance, Strength())
        match phase.amount.kind:
            case AmountKind.MASS:
                alone = len(self.medicine.substances) == 1
                return phase.amount.value if alone else None
            case AmountKind.VOLUME:
                return _times(phase.amount.value, strength.per_ml)
            case AmountKind.COUNT:
                return _times(phase.amount.value, strength.per_unit)
            case AmountKind.UNKNOWN:
                return None

    def daily_micrograms(self, phase: Phase, substance: Substance) -> Decimal | None:
        """Mean micrograms a day while the phase runs; None when dose or interval is not known."""
        dose = self.micrograms(phase, substance)
        interval = phase.timing.interval_days
        if dose is None or not interval:
            return None
        return dose / interval

    @property
    def first_day(self) -> date | None:
        """The first day of the order: its stated start, else the day it was written."""
        starts = [phase.timing.starts_on for phase in self.phases if phase.timing.starts_on]
        return self.starts_on or min(starts, default=None) or self.authored_on

    @property
    def last_day(self) -> date | None:
        """The last day the order covers: its end, its bounds, else start + count x interval.

        None for an open order, and for one whose start or interval ("biweekly x 6") is not known.
        """
        if self.ends_on:
            return self.ends_on
        ends = [self._end_of(phase) for phase in self.phases]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None

    def _end_of(self, phase: Phase) -> date | None:
        timing = phase.timing
        if timing.ends_on:
            return timing.ends_on
        start = timing.starts_on or self.first_day
        if start is None:
            return None
        if timing.bounds_days is not None:
            return start + timedelta(days=timing.bounds_days)
        if timing.count is None or (timing.ambiguous and not timing.interval_days):
            return None
        return start + timedelta(days=int(timing.count * (timing.interval_days or Decimal(1))))


def _times(value: Decimal, factor: Decimal | None) -> Decimal | None:
    return None if factor is None else value * factor


def phases_of(orders: tuple[Order, ...]) -> Iterator[tuple[Order, Phase]]:
    """Every phase with the order it belongs to, in the order given."""
    for order in orders:
        for phase in order.phases:
            yield order, phase
