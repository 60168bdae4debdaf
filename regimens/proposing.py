"""Builds the proposals that rules make, and applies them to see what they would do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from regimens.advice import Moment
from regimens.alike import same_product_and_route
from regimens.case import Case, Exemption
from regimens.concepts import Concept
from regimens.facts import Analyte, DraftSet, PatientFacts
from regimens.intervals import DAYS_PER_MONTH, longest_months
from regimens.knowledge.schema import ProductEntry, Regimen, RegimenPhase
from regimens.months import add_months
from regimens.orders import (
    INJECTED,
    Amount,
    AmountKind,
    Medicine,
    Order,
    OrderStatus,
    Phase,
    Route,
    Strength,
    Timing,
    phases_of,
)
from regimens.proposals import (
    BookTask,
    Change,
    CreateOrder,
    DeleteOrder,
    OrderTest,
    PlannedOrder,
    Proposal,
    Purpose,
    UpdateOrder,
)
from regimens.quantities import DAYS_PER_PERIOD, PeriodUnit, plain
from regimens.substances import Substance

HYDROXOCOBALAMIN = "hydroxocobalamin-injection"
METHYLCOBALAMIN = "methylcobalamin-tablet-1mg"

# The six weeks of loading for the nerves are a review, not a stop (C03): the order says so.
NEURO_REVIEW = "neuro-review"

DAILY = Timing(frequency=Decimal(1), period=Decimal(1), period_unit=PeriodUnit.DAY)


def injectable_for(case: Case) -> str:
    """The product id of the injection that suits this patient in this formulary.

    Impaired kidneys and Leber optic neuropathy ask for hydroxocobalamin; otherwise an accepted
    product that is already drafted stays, else the formulary's own. Where the formulary prefers
    hydroxocobalamin, its own product stands: what is drafted is to be replaced.
    """
    if avoids_cyanocobalamin(case):
        return HYDROXOCOBALAMIN
    if case.formulary.hydroxocobalamin_preferred:
        return case.formulary.injectable
    accepted = set(case.formulary.injectables_accepted)
    for order, _ in case.injected_drafts:
        for name, product in case.knowledge.products.items():
            if product.substance in accepted & {order.cobalamin} and product.micrograms_per_ml:
                return name
    return case.formulary.injectable


def tablet_for(case: Case) -> str:
    """The product id of the 1 mg tablet that suits this patient in this formulary."""
    return METHYLCOBALAMIN if avoids_cyanocobalamin(case) else case.formulary.oral


def avoids_cyanocobalamin(case: Case) -> bool:
    """True where impaired kidneys or Leber optic neuropathy speak against it."""
    return case.kidney_impaired or bool(case.active(Concept.LEBER_OPTIC_ATROPHY))


def planned(
    phase: RegimenPhase, *, product: str, starts_on: date | None, route: Route | None = None
) -> PlannedOrder:
    """One phase of a regimen as an order that can be created."""
    timing = Timing(
        frequency=phase.frequency,
        period=phase.period,
        period_unit=phase.unit,
        bounds_days=phase.days,
        starts_on=starts_on,
    )
    return PlannedOrder(product, phase.micrograms, route or phase.route, timing, phase.purpose)


def regimen_orders(
    case: Case,
    regimen: Regimen,
    *,
    purposes: frozenset[Purpose] = frozenset(Purpose),
    injectable: str | None = None,
) -> tuple[PlannedOrder, ...]:
    """The orders of a regimen in sequence from today, each starting when the one before ends.

    Maintenance that follows loading gives its first dose one interval after loading ends. Where
    only maintenance is wanted, loading that is drafted or running still comes before it.
    """
    loading_first = Purpose.LOADING in purposes or bool(case.loading_drafts)
    start = case.today if loading_first else end_of_loading(case) or case.today
    orders = []
    for index, written in enumerate(regimen.phases):
        product = _substitute(case, written, injectable)
        phase = _close_enough(case, _whole_units(case, written, product), product)
        maintains = phase.purpose is Purpose.MAINTENANCE and index > 0
        follows = maintains and (loading_first or case.loading_running)
        first = one_interval_after(phase, start) if follows else start
        if phase.purpose in purposes:
            route = _route_for(case, phase)
            order = planned(phase, product=product, starts_on=first, route=route)
            reviewed = NEURO_REVIEW in regimen.monitoring and index == _last_loading(regimen)
            orders.append(replace(order, note=NEURO_REVIEW) if reviewed else order)
        if phase.days is not None and loading_first:
            start += timedelta(days=phase.days)
    return tuple(orders)


def _last_loading(regimen: Regimen) -> int | None:
    """The index of the phase with which loading ends; None where nothing loads."""
    loading = [i for i, phase in enumerate(regimen.phases) if phase.purpose is Purpose.LOADING]
    return max(loading, default=None)


def end_of_loading(case: Case) -> date | None:
    """The last day of the loading that is drafted or runs; None where none has an end."""
    running = [o for o, phase in phases_of(case.running_cobalamins) if case.loads(o, phase)]
    loading = [*running, *(order for order, _ in case.loading_drafts)]
    return max((end for order in loading if (end := order.last_day)), default=None)


def _whole_units(case: Case, phase: RegimenPhase, product: str) -> RegimenPhase:
    """The phase at the usual dose where its own is less than one unit of the product.

    A trace dose written for a small tablet cannot be taken from the tablet that replaces it.
    """
    unit = case.knowledge.products[product].micrograms_per_unit
    if phase.route in INJECTED or unit is None or phase.micrograms >= unit:
        return phase
    return phase.model_copy(update={"micrograms": case.policy.dose_micrograms.usual_dose})


def one_interval_after(phase: RegimenPhase, day: date) -> date:
    """The day one interval after `day`, in real months where the interval is in months."""
    if phase.unit is PeriodUnit.MONTH:
        return add_months(day, int(phase.period))
    return day + timedelta(days=int(phase.period * DAYS_PER_PERIOD[phase.unit] / phase.frequency))


def _close_enough(case: Case, phase: RegimenPhase, product: str) -> RegimenPhase:
    """The phase with injections no further apart than nerves, cause and product allow."""
    months = longest_months(case, case.knowledge.products[product].substance)
    days = phase.period * DAYS_PER_PERIOD[phase.unit] / phase.frequency
    if phase.route not in INJECTED or days <= months * DAYS_PER_MONTH:
        return phase
    closer = {"frequency": Decimal(1), "period": Decimal(months), "unit": PeriodUnit.MONTH}
    return phase.model_copy(update=closer)


def _substitute(case: Case, phase: RegimenPhase, injectable: str | None) -> str:
    """The phase's product, or the one that suits this patient instead."""
    if phase.route in {Route.INTRAMUSCULAR, Route.SUBCUTANEOUS}:
        return injectable or injectable_for(case)
    entry = case.knowledge.products[phase.product]
    cyano = entry.substance is Substance.CYANOCOBALAMIN
    return METHYLCOBALAMIN if cyano and avoids_cyanocobalamin(case) else phase.product


def _route_for(case: Case, phase: RegimenPhase) -> Route | None:
    """Deep subcutaneous in place of IM while platelets are low; None keeps the regimen's route."""
    if phase.route is not Route.INTRAMUSCULAR:
        return None
    low = case.below(Analyte.PLATELETS, case.policy.platelets.high_risk_below)
    return Route.SUBCUTANEOUS if low else None


def add_regimen(
    case: Case,
    key: str,
    regimen: str,
    *,
    purposes: frozenset[Purpose] = frozenset(Purpose),
    recommended: bool = False,
) -> Proposal:
    """Create a regimen's orders, with potassium checks where loading could lower it."""
    entry = case.formulary.regimen[regimen]
    changes = option_changes(case, regimen_orders(case, entry, purposes=purposes))
    return Proposal(key, changes, recommended=recommended)


def option_changes(case: Case, orders: tuple[PlannedOrder, ...]) -> tuple[Change, ...]:
    """The orders to create, with the potassium checks that loading needs when at risk.

    At signing a card of its own offers the checks for loading that is drafted.
    """
    changes: list[Change] = [CreateOrder(order) for order in orders]
    loads = any(order.purpose is Purpose.LOADING for order in orders)
    offered = case.moment is Moment.SIGNING and case.loading_drafts
    if case.potassium_at_risk and loads and not offered:
        changes += potassium_checks(case)
    return tuple(changes)


def replacing(orders: tuple[Order, ...], proposal: Proposal) -> Proposal:
    """The same proposal after taking these drafts out."""
    removals = tuple(DeleteOrder(order.reference) for order in distinct(orders))
    return replace(proposal, changes=removals + proposal.changes)


def potassium_checks(case: Case) -> list[Change]:
    """Potassium at the hours the policy names, counted from today, where not ordered yet."""
    if Analyte.POTASSIUM in case.drafts.tests:
        return []
    hours = case.policy.potassium.checks_hours
    days = [timedelta(hours=hour) for hour in hours]
    return [OrderTest(Analyte.POTASSIUM, case.today + day) for day in days]


def with_potassium(case: Case, proposal: Proposal) -> Proposal:
    """The proposal, with the potassium checks that are needed where it makes a course of drafts load."""
    at_risk = case.potassium_at_risk and not case.on_b12
    if not at_risk or case.loading_drafts or not apply(case, proposal).loading_drafts:
        return proposal
    return replace(proposal, changes=(*proposal.changes, *potassium_checks(case)))


def loading_regimen(case: Case) -> str:
    """The formulary's regimen whose loading fits: neurology outranks the cause."""
    if case.neuro.active or case.neuro.minor:
        return "deficient-neuro"
    return "deficient-irreversible" if case.irreversible else "deficient"


LOADING = frozenset({Purpose.LOADING})
MAINTENANCE = frozenset({Purpose.MAINTENANCE})


def add_loading(case: Case, *, recommended: bool = False) -> Proposal:
    """Create the loading course that fits this patient."""
    regimen = loading_regimen(case)
    return add_regimen(case, "add-loading", regimen, purposes=LOADING, recommended=recommended)


def order_tests(key: str, *analytes: Analyte) -> Proposal:
    """Order tests, due now."""
    return Proposal(key, tuple(OrderTest(analyte) for analyte in analytes))


def second_line_tests(case: Case) -> tuple[Proposal, ...]:
    """The tests that settle what B12 leaves open, as far as no current result has done so.

    MMA proves nothing where the kidneys may raise it; active B12 then stands alone.
    """
    kidney = case.kidney.measured if case.kidney else None
    limit = case.policy.kidney.confirms_metabolites_from
    confounded = kidney is not None and kidney.surely_below(limit)
    useful = (Analyte.HOLOTC,) if confounded else (Analyte.MMA, Analyte.HOLOTC)
    wanted = tuple(each for each in useful if case.current(each) is None)
    return (order_tests("order-second-line", *wanted),) if wanted else ()


def task(key: str, topic: str, due: date | None = None) -> Proposal:
    """Ask a person to do something."""
    return Proposal(key, (BookTask(topic, due),))


def distinct(orders: tuple[Order, ...]) -> tuple[Order, ...]:
    """Each order once, in the order given."""
    seen: dict[str, Order] = {}
    for order in orders:
        seen.setdefault(order.reference, order)
    return tuple(seen.values())


# --- as if applied --------------------------------------------------------------------------


def apply(case: Case, proposal: Proposal) -> Case:
    """The case as it would be if the clinician accepted the proposal, judged at signing."""
    orders = {order.reference: order for order in case.drafts.orders}
    tests = set(case.drafts.tests)
    review = case.drafts.review_planned
    for number, change in enumerate(proposal.changes):
        match change:
            case DeleteOrder(reference):
                orders.pop(reference, None)
            case UpdateOrder(reference):
                if reference in orders:
                    orders[reference] = _edited(case, orders[reference], change)
            case CreateOrder(order):
                orders[f"proposed-{number}"] = _created(case, f"proposed-{number}", order)
            case OrderTest(analyte):
                tests.add(analyte)
            case BookTask():
                review = True
    drafts = DraftSet(
        orders=tuple(orders.values()),
        selected=None,
        tests=frozenset(tests),
        review_planned=review,
        gaps=case.drafts.gaps,
    )
    return case.within(drafts=drafts, facts=_record_after(case, proposal))


def _record_after(case: Case, proposal: Proposal) -> PatientFacts:
    """The record without what is taken out: an order that is sent out is on its list already."""
    gone = {change.reference for change in proposal.changes if isinstance(change, DeleteOrder)}
    medications = case.facts.medications
    items = tuple(o for o in medications.items if o.reference not in gone or o in case.therapy)
    if len(items) == len(medications.items):
        return case.facts
    return replace(case.facts, medications=replace(medications, items=items))


def medicine_of(product: str, entry: ProductEntry) -> Medicine:
    """A product of the knowledge as an order would name it."""
    strength = Strength(per_ml=entry.micrograms_per_ml, per_unit=entry.micrograms_per_unit)
    return Medicine(
        text=entry.name,
        substances=frozenset({entry.substance}),
        form=entry.form,
        strengths={entry.substance: strength},
        product=product,
    )


def micrograms(value: Decimal) -> Amount:
    """A dose by mass."""
    return Amount(value, AmountKind.MASS, f"{plain(value)} ug")


def _created(case: Case, reference: str, order: PlannedOrder) -> Order:
    phase = Phase(amount=micrograms(order.micrograms), route=order.route, timing=order.timing)
    return Order(
        reference=reference,
        status=OrderStatus.DRAFT,
        medicine=medicine_of(order.product, case.knowledge.products[order.product]),
        phases=(phase,),
        authored_on=case.today,
    )


def _edited(case: Case, order: Order, change: UpdateOrder) -> Order:
    phases = tuple(
        _edited_phase(phase, change) if change.phases is None or index in change.phases else phase
        for index, phase in enumerate(order.phases)
    )
    medicine = order.medicine
    if change.product is not None:
        medicine = medicine_of(change.product, case.knowledge.products[change.product])
    status = OrderStatus(change.status) if change.status else order.status
    return replace(
        order,
        medicine=medicine,
        phases=phases,
        status=status,
        revises=change.replaces or order.revises,
        ends_on=None if change.open_ended else order.ends_on,
    )


def _edited_phase(phase: Phase, change: UpdateOrder) -> Phase:
    return replace(
        phase,
        amount=micrograms(change.micrograms) if change.micrograms is not None else phase.amount,
        route=change.route or phase.route,
        site=change.site or phase.site,
        timing=change.timing or phase.timing,
    )


def retimed(timing: Timing, months: int) -> Timing:
    """The same phase at an interval of whole months, its start and end kept."""
    return replace(
        timing,
        frequency=Decimal(1),
        period=Decimal(months),
        period_unit=PeriodUnit.MONTH,
        ambiguous=None,
        text=None,
    )


def to_route(case: Case, key: str, orders: tuple[Order, ...], route: Route) -> Proposal:
    """Change the route of every injected phase, the dose and the schedule kept."""
    changes = tuple(
        UpdateOrder(order.reference, route=route, phases=indices, replaces=renews(case, order))
        for order in distinct(orders)
        if (indices := injected_phases(order))
    )
    return Proposal(key, changes)


def renews(case: Case, order: Order) -> str | None:
    """The running order that a draft schedules anew, so that changing the draft replaces it."""
    alike = (o for o in case.running_therapy if same_product_and_route(o, order))
    return next((running.reference for running in alike), None)


def injected_phases(order: Order) -> tuple[int, ...]:
    """The indices of the dosage instructions that go by needle."""
    return tuple(i for i, phase in enumerate(order.phases) if order.route_of(phase) in INJECTED)


def oral_bridge(case: Case, orders: tuple[Order, ...]) -> tuple[Proposal, ...]:
    """The formulary's oral bridge in place of these drafts; none for a child: its dose is an adult's."""
    if case.child:
        return ()
    return (replacing(orders, add_regimen(case, "oral-bridge", "bridge-oral")),)


def to_methylcobalamin(case: Case, orders: tuple[Order, ...]) -> Proposal:
    """Methylcobalamin by mouth every day in place of these drafts.

    A draft of several phases is ordered anew: each phase would hold the whole daily dose.
    """
    key = "replace-methylcobalamin-oral"
    first, rest = orders[0], orders[1:]
    if len(first.phases) > 1:
        daily, dose = replace(DAILY, starts_on=case.today), case.policy.dose_micrograms.usual_dose
        new = PlannedOrder(METHYLCOBALAMIN, dose, Route.ORAL, daily, Purpose.TREATMENT)
        return replacing(orders, Proposal(key, (CreateOrder(new),)))
    update = _as_methylcobalamin(case, first, DAILY)
    removals = tuple(DeleteOrder(order.reference) for order in rest)
    return Proposal(key, (update, *removals))


def to_hydroxocobalamin(case: Case, orders: tuple[Order, ...], *, lengthen: bool) -> Proposal:
    """Hydroxocobalamin 1 mg IM on the same schedule; what is not injected stays.

    With `lengthen`, single-phase maintenance orders take the interval that the formulary keeps
    for hydroxocobalamin, where it keeps one and their use none of its own. An order whose place a
    drafted hydroxocobalamin takes already is removed.
    """
    changes = tuple(
        DeleteOrder(order.reference)
        if _drafted_already(case, order)
        else _as_hydroxocobalamin(case, order, lengthen=lengthen)
        for order in orders
        if injected_phases(order)
    )
    return Proposal("replace-hydroxocobalamin", changes, recommended=True)


def without_cyanocobalamin(case: Case, orders: tuple[Order, ...]) -> Proposal:
    """Hydroxocobalamin for what is injected of these drafts, and no cyanocobalamin left beside it.

    What is swallowed goes where the injections last as long, and else becomes methylcobalamin.
    """
    injected = tuple(order for order in orders if injected_phases(order))
    switched = to_hydroxocobalamin(case, injected, lengthen=True)
    beside = tuple(_beside(case, o, injected) for o in orders if not injected_phases(o))
    return replace(switched, changes=switched.changes + beside)


def _beside(case: Case, order: Order, injected: tuple[Order, ...]) -> Change:
    """A swallowed draft taken out, or its days kept with methylcobalamin; a child gets no adult dose."""
    covered = any(_covers(case, other, order) for other in injected)
    if covered or case.child or len(order.phases) > 1:
        return DeleteOrder(order.reference)
    days = order.phases[0].timing
    daily = replace(
        DAILY, starts_on=days.starts_on, ends_on=days.ends_on, bounds_days=days.bounds_days
    )
    return _as_methylcobalamin(case, order, daily)


def _as_methylcobalamin(case: Case, order: Order, daily: Timing) -> UpdateOrder:
    return UpdateOrder(
        order.reference,
        product=METHYLCOBALAMIN,
        micrograms=case.policy.dose_micrograms.usual_dose,
        route=Route.ORAL,
        timing=daily,
        replaces=renews(case, order),
    )


def _as_hydroxocobalamin(case: Case, order: Order, *, lengthen: bool) -> UpdateOrder:
    months = _maintenance_months(case) if lengthen and _maintenance_only(case, order) else None
    return UpdateOrder(
        order.reference,
        product=HYDROXOCOBALAMIN,
        micrograms=case.policy.dose_micrograms.usual_dose,
        route=Route.INTRAMUSCULAR,
        replaces=renews(case, order),
        timing=None if months is None else retimed(order.phases[0].timing, months),
    )


def _drafted_already(case: Case, order: Order) -> bool:
    """True when injected hydroxocobalamin of the set plays the same part for at least as long."""
    return any(
        other.contains(Substance.HYDROXOCOBALAMIN)
        and _parts(case, order) == _parts(case, other)
        and _covers(case, other, order)
        for other in case.cobalamins_in_set
        if other is not order and injected_phases(other)
    )


def _covers(case: Case, other: Order, order: Order) -> bool:
    """True when the other lasts as long; of a bounded order it must also begin no later."""
    if order.last_day is None:
        return other.last_day is None
    begins = case.start_of(other) <= case.start_of(order)
    return begins and (other.last_day is None or order.last_day <= other.last_day)


def _parts(case: Case, order: Order) -> tuple[bool, bool]:
    """Whether an order loads, and whether it maintains."""
    loads = any(case.loads(order, phase) for phase in order.phases)
    return loads, any(case.maintains(order, phase) for phase in order.phases)


def on_one_product(case: Case, course: Proposal, orders: tuple[Order, ...]) -> Proposal:
    """The course, and the injected drafts that go on beside it changed to its hydroxocobalamin."""
    created = {change.order.product for change in course.changes if isinstance(change, CreateOrder)}
    if created != {HYDROXOCOBALAMIN}:
        return course
    named = {Substance.HYDROXOCOBALAMIN, None}
    other = tuple(order for order in orders if order.cobalamin not in named)
    switched = to_hydroxocobalamin(case, other, lengthen=True)
    return replace(course, changes=switched.changes + course.changes)


def own_schedule(case: Case, order: Order) -> bool:
    """True for a use with a schedule of its own, which another product leaves as it is."""
    return not case.exemptions(order).isdisjoint({Exemption.METABOLIC, Exemption.PREMEDICATION})


def _maintenance_only(case: Case, order: Order) -> bool:
    alone = len(order.phases) == 1 and case.maintains(order, order.phases[0])
    return alone and not own_schedule(case, order)


def _maintenance_months(case: Case) -> int | None:
    """Months between maintenance doses of hydroxocobalamin here; None where it is not the native one."""
    last = case.formulary.regimen[loading_regimen(case)].phases[-1]
    native = case.knowledge.products[last.product].substance is Substance.HYDROXOCOBALAMIN
    if not native or last.unit is not PeriodUnit.MONTH:
        return None
    return min(int(last.period), longest_months(case, Substance.HYDROXOCOBALAMIN))
