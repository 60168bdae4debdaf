"""One patient and one draft set, as every rule sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from regimens import exposure, modifiers
from regimens.advice import Assessment, B12Status, Moment
from regimens.concepts import CODED_B12_DIAGNOSES, Concept
from regimens.exposure import Course
from regimens.facts import (
    Analyte,
    Condition,
    DraftSet,
    LabResult,
    Listing,
    PatientFacts,
)
from regimens.knowledge.loader import Knowledge
from regimens.knowledge.schema import Formulary, Policy
from regimens.modifiers import Cause, Neuro
from regimens.orders import (
    INJECTED,
    Order,
    OrderStatus,
    Phase,
    Route,
    Special,
    phases_of,
)
from regimens.selection import Readings
from regimens.status import Biochemistry, Reading, Setting, antibody_positive
from regimens.substances import (
    COBALAMINS,
    PREMEDICATED_ANTIFOLATES,
    Substance,
)
from regimens.verdict import Verdict, cannot_tell, silent


class Source(StrEnum):
    """The lists of the record, by the names a card uses."""

    LABS = "laboratory results"
    MEDICATIONS = "medications"
    CONDITIONS = "conditions"
    PROCEDURES = "procedures"
    ALLERGIES = "allergies"


class Exemption(StrEnum):
    """Legitimate uses that ordinary rules do not judge (C41 and decisions, section 3)."""

    ANTIDOTE = "cyanide antidote"
    METABOLIC = "inborn error of metabolism"
    PREMEDICATION = "antifolate premedication"
    LEBER = "Leber optic neuropathy treated with hydroxocobalamin"


KIDNEY_DISEASE = (
    Concept.CKD,
    Concept.CKD_ADVANCED,
    Concept.KIDNEY_FAILURE,
    Concept.DIALYSIS,
    Concept.ACUTE_KIDNEY_INJURY,
    Concept.DIABETIC_NEPHROPATHY,
)
ADVANCED_KIDNEY_DISEASE = (Concept.CKD_ADVANCED, Concept.KIDNEY_FAILURE, Concept.DIALYSIS)

# A draft that is being signed again may carry "active" (order-sign, re-sign of revised orders).
_LIVE = frozenset({OrderStatus.DRAFT, OrderStatus.ACTIVE, OrderStatus.ON_HOLD, OrderStatus.UNKNOWN})
_ENDED = frozenset({OrderStatus.STOPPED, OrderStatus.CANCELLED, OrderStatus.ENTERED_IN_ERROR})


@dataclass(frozen=True)
class Case:
    """The facts, the drafts and the knowledge, with what follows from them.

    Derived facts are computed once, on demand. `unexpired` lifts the window of some analytes, to
    ask what a stale value would have changed. `suggested` holds the substances that other rules
    propose and `spoken` the rules that fired, for the few rules that come after the others.
    """

    facts: PatientFacts
    drafts: DraftSet
    moment: Moment
    knowledge: Knowledge
    unexpired: frozenset[Analyte] = frozenset()
    suggested: frozenset[Substance] = frozenset()
    spoken: frozenset[str] = frozenset()

    # --- knowledge --------------------------------------------------------------------------

    @property
    def policy(self) -> Policy:
        """Numbers that hold everywhere."""
        return self.knowledge.policy

    @property
    def formulary(self) -> Formulary:
        """The drugs and the monitoring policy of the client's kind of site."""
        return self.knowledge.formulary

    @property
    def today(self) -> date:
        """The date of receipt in the client's timezone."""
        return self.facts.today

    def within(self, **changes: object) -> Case:
        """The same case with some of it exchanged."""
        return replace(self, **changes)  # type: ignore[arg-type]

    # --- what could be read -----------------------------------------------------------------

    def listing(self, source: Source) -> Listing[object]:
        """The list of the record that goes by this name."""
        lists: dict[Source, Listing[object]] = {
            Source.LABS: self.facts.labs,  # type: ignore[dict-item]
            Source.MEDICATIONS: self.facts.medications,  # type: ignore[dict-item]
            Source.CONDITIONS: self.facts.conditions,  # type: ignore[dict-item]
            Source.PROCEDURES: self.facts.procedures,  # type: ignore[dict-item]
            Source.ALLERGIES: self.facts.allergies,  # type: ignore[dict-item]
        }
        return lists[source]

    def unread(self, *sources: Source) -> tuple[str, ...]:
        """The names of those lists from which absence cannot be concluded."""
        return tuple(source.value for source in sources if not self.listing(source).complete)

    def otherwise(self, why: str, *needed: Source) -> Verdict:
        """Silent, unless a list on which the silence rests could not be read."""
        missing = self.unread(*needed)
        return (
            cannot_tell(f"could not be decided without {missing[0]}", *missing)
            if missing
            else (silent(why))
        )

    # --- laboratory -------------------------------------------------------------------------

    @cached_property
    def readings(self) -> Readings:
        """The laboratory results, by window."""
        return Readings(
            results=self.facts.labs.items,
            today=self.today,
            windows=self.policy.windows_days,
            kidney_disease=bool(self.active(*KIDNEY_DISEASE)),
            unexpired=self.unexpired,
        )

    def current(self, *analytes: Analyte) -> LabResult | None:
        """The newest usable result of these analytes within its window."""
        return self.readings.current(*analytes)

    def below(self, analyte: Analyte, limit: Decimal) -> LabResult | None:
        """The current result when it surely lies below `limit`."""
        result = self.current(analyte)
        measured = result.measured if result else None
        return result if measured is not None and measured.surely_below(limit) else None

    @cached_property
    def kidney(self) -> LabResult | None:
        """Current kidney function: eGFR or creatinine clearance."""
        return self.readings.kidney()

    @cached_property
    def kidney_impaired(self) -> bool:
        """True when kidney function surely lies below 50, or advanced disease is coded and no value is there."""
        if self.kidney is not None and self.kidney.measured is not None:
            return self.kidney.measured.surely_below(self.policy.kidney.cyanocobalamin_below)
        return bool(self.active(*ADVANCED_KIDNEY_DISEASE))

    @cached_property
    def anaemia(self) -> bool:
        """Coded, or haemoglobin below the laboratory's own limit, else below 100 g/L."""
        if self.active(Concept.MACROCYTOSIS, Concept.B12_DEFICIENCY_ANAEMIA):
            return True
        result = self.current(Analyte.HAEMOGLOBIN)
        if result is None or result.measured is None:
            return False
        limit = result.lower_limit or self.policy.blood.low_haemoglobin_below
        return result.measured.surely_below(limit)

    @cached_property
    def severe_anaemia(self) -> bool:
        """Haemoglobin below 80 g/L or haematocrit below 25 %, exactly (decisions, A24)."""
        blood = self.policy.blood
        return bool(
            self.below(Analyte.HAEMOGLOBIN, blood.severe_haemoglobin_below)
            or self.below(Analyte.HAEMATOCRIT, blood.severe_haematocrit_below)
        )

    @cached_property
    def potassium_at_risk(self) -> bool:
        """True with pernicious anaemia, anti-IF antibodies or severe anaemia: potassium can fall."""
        coded = self.active(Concept.PERNICIOUS_ANAEMIA)
        return bool(coded) or antibody_positive(self.readings) or self.severe_anaemia

    @cached_property
    def chemistry(self) -> Biochemistry:
        """The reader of B12, holoTC, MMA and homocysteine."""
        return Biochemistry(
            readings=self.readings,
            thresholds=self.knowledge.thresholds,
            policy=self.policy,
            setting=Setting(
                age_years=self.facts.age_years,
                pregnant=self.pregnant,
                nitrous_oxide=self.nitrous_oxide,
                autoimmune=antibody_positive(self.readings),
                anaemia=self.anaemia,
                neuro=bool(self.neuro.active),
            ),
        )

    @cached_property
    def reading(self) -> Reading:
        """The class of the results alone; unknown for a child."""
        if self.child:
            return Reading(B12Status.UNKNOWN, "adult cut points do not apply at this age")
        return self.chemistry.read()

    @property
    def biochemistry(self) -> B12Status:
        """The class of the results alone."""
        return self.reading.biochemistry

    @cached_property
    def assessment(self) -> Assessment:
        """The outward status, where treated wins, with the reason."""
        reading = self.reading
        if self.on_b12:
            why = "therapeutic B12 is active or was given in the last 12 months"
            status = B12Status.TREATED
        else:
            why, status = reading.why, reading.biochemistry
        return Assessment(status, reading.biochemistry, why, reading.inputs)

    @property
    def status(self) -> B12Status:
        """The outward status."""
        return self.assessment.status

    # --- the patient ------------------------------------------------------------------------

    @property
    def child(self) -> bool:
        """True when the patient is surely below the formulary's age floor."""
        age = self.facts.age_years
        return age is not None and age < self.formulary.adult_from_years

    def active(self, *concepts: Concept) -> tuple[Condition, ...]:
        """Conditions present now that carry any of these names."""
        return modifiers.active(self.facts, *concepts)

    @cached_property
    def neuro(self) -> Neuro:
        """Neurological involvement."""
        return modifiers.neuro(self.facts)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Every cause on record, irreversible ones first."""
        return modifiers.causes(self.facts, self.readings, self.policy)

    @cached_property
    def irreversible(self) -> tuple[Cause, ...]:
        """Causes that need B12 for life; the same ones are better treated by injection."""
        return tuple(cause for cause in self.causes if cause.irreversible)

    @property
    def needs_injections(self) -> bool:
        """True for a deficiency with a cause or signs for which injections are preferred."""
        deficient = self.biochemistry is B12Status.DEFICIENT
        return deficient and bool(self.irreversible or self.neuro.active)

    @cached_property
    def dietary(self) -> bool:
        """True when a dietary cause is coded and no malabsorptive one."""
        return modifiers.is_dietary(self.causes)

    @cached_property
    def prophylactic(self) -> bool:
        """True with any indication for prophylaxis."""
        return any(cause.prophylactic for cause in self.causes)

    @cached_property
    def pregnant(self) -> bool:
        """True for a pregnancy that can still be running."""
        return modifiers.pregnant(self.facts, self.readings, self.policy)

    @cached_property
    def nitrous_oxide(self) -> bool:
        """True when exposure to nitrous oxide is coded, or the drug is recorded."""
        return bool(self.active(Concept.NITROUS_OXIDE_EXPOSURE)) or any(
            order.contains(Substance.NITROUS_OXIDE) for order in self.running
        )

    @cached_property
    def coded_diagnosis(self) -> tuple[Condition, ...]:
        """Conditions that name B12 deficiency or pernicious anaemia."""
        return self.active(*CODED_B12_DIAGNOSES)

    # --- what the patient takes -------------------------------------------------------------

    @cached_property
    def therapy(self) -> tuple[Order, ...]:
        """The medication list without drafts and without what the draft set itself holds.

        An entry that shares a draft's id is that draft, unless it began before today: then the
        draft revises it, and what was given so far was given.
        """
        mine = {order.reference for order in self.drafts.orders}
        return tuple(
            order
            for order in self.facts.medications.items
            if order.status is not OrderStatus.DRAFT
            and (order.reference not in mine or self._began_earlier(order))
        )

    def _began_earlier(self, order: Order) -> bool:
        return order.first_day is not None and order.first_day < self.today

    @cached_property
    def running(self) -> tuple[Order, ...]:
        """Active requests and statements that have begun and not ended."""
        return tuple(o for o in self.therapy if exposure.is_running(o, self.today))

    @cached_property
    def running_therapy(self) -> tuple[Order, ...]:
        """Therapeutic cobalamins that run today, whatever the draft set does to them."""
        return tuple(order for order in self.running if self.is_therapeutic(order))

    @cached_property
    def running_cobalamins(self) -> tuple[Order, ...]:
        """Therapeutic cobalamins that run today, without those that the draft set ends or revises."""
        superseded = self._superseded
        return tuple(
            order
            for order in self.running
            if self.is_therapeutic(order) and order.reference not in superseded
        )

    @cached_property
    def _superseded(self) -> frozenset[str]:
        """References of running orders that a draft stops, edits or replaces."""
        ended = [old.reference for _, old in self.stops if old is not None]
        edited = [order.reference for order in self.drafts.orders]
        replaced = [order.revises for order in self.drafts.orders if order.revises]
        return frozenset([*ended, *edited, *replaced])

    @cached_property
    def stops(self) -> tuple[tuple[Order, Order | None], ...]:
        """Cobalamin drafts that end an order, each with the running order it ends, if found.

        The one with the same id or that it names; else the one of the same ingredient and route.
        """
        ended = [o for o in self.drafts.orders if o.status in _ENDED and o.cobalamin]
        return tuple((order, self._ended_by(order)) for order in ended)

    def _ended_by(self, stop: Order) -> Order | None:
        running = [o for o in self.running if o.cobalamin]
        for order in running:
            if order.reference in {stop.reference, stop.revises}:
                return order
        alike = (o for o in running if same_product_and_route(o, stop))
        return next(alike, None)

    def is_therapeutic(self, order: Order) -> bool:
        """True when an order gives enough B12 to treat."""
        return exposure.is_therapeutic(order, self.policy, dietary=self.dietary)

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """Every stretch of therapeutic B12 up to today."""
        return exposure.courses(
            self.therapy, self.facts.procedures, self.today, self.policy, dietary=self.dietary
        )

    @cached_property
    def recent_courses(self) -> tuple[Course, ...]:
        """Therapeutic B12 of the last 12 months."""
        since = self.today - timedelta(days=self.policy.windows_days.exposure)
        return tuple(course for course in self.courses if course.last >= since)

    @property
    def on_b12(self) -> bool:
        """True when therapeutic B12 is active, or was last given within 12 months."""
        return bool(self.recent_courses)

    @cached_property
    def therapy_start(self) -> date | None:
        """The first day of the therapy that runs into the last 12 months; None not known or none."""
        if not self.on_b12:
            return None
        return exposure.therapy_start(self.courses, self.policy.windows_days.exposure)

    @property
    def therapy_days(self) -> int | None:
        """Days since the therapy began; None when not on B12 or the start is not known."""
        return None if self.therapy_start is None else (self.today - self.therapy_start).days

    @cached_property
    def loading_running(self) -> bool:
        """True when an active order loads."""
        return any(self.loads(order, phase) for order, phase in phases_of(self.running_cobalamins))

    # --- what is drafted --------------------------------------------------------------------

    @cached_property
    def live_drafts(self) -> tuple[Order, ...]:
        """Drafts that are being ordered; when selecting, only those selected."""
        live = tuple(order for order in self.drafts.orders if order.status in _LIVE)
        if self.moment is not Moment.SELECTING or not self.drafts.selected:
            return live
        chosen = tuple(order for order in live if order.reference in self.drafts.selected)
        known = any(order.reference in self.drafts.selected for order in self.drafts.orders)
        return chosen if known else live

    @cached_property
    def all_live_drafts(self) -> tuple[Order, ...]:
        """Drafts that are being ordered, selected or not: the rest of the order set counts too."""
        return tuple(order for order in self.drafts.orders if order.status in _LIVE)

    @cached_property
    def cobalamin_drafts(self) -> tuple[Order, ...]:
        """Cobalamin drafts to judge; traces are left out."""
        return tuple(
            order
            for order in self.live_drafts
            if order.cobalamin and not exposure.is_trace(order, self.policy)
        )

    @property
    def opening_or_b12_drafted(self) -> bool:
        """True at opening, and later when a cobalamin is ordered: when follow-up rules speak."""
        return self.moment is Moment.OPENING or bool(self.cobalamin_drafts)

    @cached_property
    def cobalamins_in_set(self) -> tuple[Order, ...]:
        """Cobalamin drafts of the whole set, selected or not; traces are left out."""
        return tuple(
            order
            for order in self.all_live_drafts
            if order.cobalamin and not exposure.is_trace(order, self.policy)
        )

    @cached_property
    def folic_acid_drafts(self) -> tuple[Order, ...]:
        """Drafts with folic acid of at least the treating dose a day, or of a dose not known."""
        least = self.policy.dose_micrograms.folic_acid_daily_from
        return tuple(
            order
            for order in self.live_drafts
            if order.contains(Substance.FOLIC_ACID)
            and any(_reaches(order, phase, least) for phase in order.phases)
        )

    def drafted(self, *routes: Route) -> Iterator[tuple[Order, Phase]]:
        """Cobalamin draft phases to judge that go by one of these routes."""
        for order, phase in phases_of(self.cobalamin_drafts):
            if order.route_of(phase) in routes:
                yield order, phase

    @cached_property
    def injected_drafts(self) -> tuple[tuple[Order, Phase], ...]:
        """Cobalamin draft phases by needle, an injectable without a route included."""
        return tuple(self.drafted(*INJECTED))

    def loads(self, order: Order, phase: Phase) -> bool:
        """True for an IM or SC phase at a loading interval with at least two doses."""
        limits = self.policy.interval_days
        timing = phase.timing
        if order.route_of(phase) not in {Route.INTRAMUSCULAR, Route.SUBCUTANEOUS}:
            return False
        interval = timing.interval_days
        if interval is None or interval > limits.loading_to:
            return False
        return timing.doses is None or timing.doses >= limits.loading_doses_from

    @cached_property
    def loading_drafts(self) -> tuple[tuple[Order, Phase], ...]:
        """Loading phases in the whole set, for a patient who is to be loaded.

        Loading is for a patient without therapeutic cobalamin in the last 12 months, or in a
        running loading course (decisions, section 1).
        """
        if self.on_b12 and not self.loading_running:
            return ()
        return tuple(
            (order, phase)
            for order, phase in phases_of(self.cobalamins_in_set)
            if self.loads(order, phase)
        )

    def maintains(self, order: Order, phase: Phase) -> bool:
        """True for a recurring injection at a maintenance interval."""
        interval = phase.timing.interval_days
        return (
            order.route_of(phase) in INJECTED
            and interval is not None
            and interval >= self.policy.interval_days.maintenance_from
        )

    @cached_property
    def maintenance_drafts(self) -> tuple[tuple[Order, Phase], ...]:
        """Maintenance phases to judge."""
        return tuple(
            (order, phase)
            for order, phase in phases_of(self.cobalamin_drafts)
            if self.maintains(order, phase)
        )

    @cached_property
    def new_start(self) -> bool:
        """True when therapeutic B12 is drafted for a patient who is not on B12."""
        return not self.on_b12 and any(self.is_therapeutic(o) for o in self.cobalamin_drafts)

    def start_of(self, order: Order, phase: Phase | None = None) -> date:
        """The day a draft begins: its stated start, else today."""
        if phase is not None and phase.timing.starts_on:
            return phase.timing.starts_on
        starts = [p.timing.starts_on for p in order.phases if p.timing.starts_on]
        return min(starts, default=order.starts_on or self.today)

    # --- exemptions -------------------------------------------------------------------------

    def exemptions(self, order: Order) -> frozenset[Exemption]:
        """The special indications that apply to one cobalamin order."""
        found = {
            Exemption.ANTIDOTE: self._antidote(order),
            Exemption.METABOLIC: self._indicated(order, Concept.COBALAMIN_METABOLISM_DISORDER),
            Exemption.PREMEDICATION: self.takes(*PREMEDICATED_ANTIFOLATES),
            Exemption.LEBER: order.contains(Substance.HYDROXOCOBALAMIN)
            and self._indicated(order, Concept.LEBER_OPTIC_ATROPHY),
        }
        return frozenset(exemption for exemption, applies in found.items() if applies)

    def without(self, orders: tuple[Order, ...], *exempt: Exemption) -> tuple[Order, ...]:
        """The orders to which none of these exemptions applies."""
        return tuple(order for order in orders if self.exemptions(order).isdisjoint(exempt))

    def phases_without(
        self, phases: tuple[tuple[Order, Phase], ...], *exempt: Exemption
    ) -> tuple[tuple[Order, Phase], ...]:
        """The phases of orders to which none of these exemptions applies."""
        return tuple(
            (order, phase) for order, phase in phases if self.exemptions(order).isdisjoint(exempt)
        )

    def _antidote(self, order: Order) -> bool:
        if order.medicine is not None and order.medicine.special is Special.CYANIDE_ANTIDOTE:
            return True
        return self._indicated(order, Concept.CYANIDE_EXPOSURE) and order.contains(
            Substance.HYDROXOCOBALAMIN
        )

    def _indicated(self, order: Order, concept: Concept) -> bool:
        return bool(self.active(concept)) or self.reasoned(order, concept)

    @staticmethod
    def reasoned(order: Order, *concepts: Concept) -> bool:
        """True when the order's own reason names one of these."""
        return any(reason.concepts & frozenset(concepts) for reason in order.reasons)

    def takes(self, *substances: Substance) -> bool:
        """True when any of these is active or drafted in the same set."""
        return any(o.contains(*substances) for o in (*self.running, *self.all_live_drafts))


def same_product_and_route(one: Order, other: Order) -> bool:
    """True when two cobalamin orders do not differ in ingredient or route, as far as stated."""
    return not differing_ingredient(one, other) and not differing_route(one, other)


def differing_ingredient(one: Order, other: Order) -> bool:
    """True when both name their cobalamin and the names differ."""
    names = {one.cobalamin, other.cobalamin} - {Substance.COBALAMIN, None}
    return len(names) > 1


def differing_route(one: Order, other: Order) -> bool:
    """True when both state routes and have none in common."""
    ours, theirs = _routes(one), _routes(other)
    return bool(ours) and bool(theirs) and ours.isdisjoint(theirs)


def _routes(order: Order) -> frozenset[Route]:
    return frozenset(r for phase in order.phases if (r := order.route_of(phase)) is not None)


def _reaches(order: Order, phase: Phase, least: Decimal) -> bool:
    """True when a day's mean of folic acid reaches `least`, or cannot be told."""
    dose = order.micrograms(phase, Substance.FOLIC_ACID)
    if dose is None:
        return not order.contains(*COBALAMINS) or phase.amount is not None
    interval = phase.timing.interval_days or Decimal(1)
    return dose / max(interval, Decimal("0.001")) >= least
