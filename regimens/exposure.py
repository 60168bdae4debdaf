"""What vitamin B12 the patient already receives, since when, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from regimens.concepts import Operation
from regimens.facts import Listing, Procedure
from regimens.knowledge.schema import Policy
from regimens.orders import (
    BY_MOUTH_OR_NOSE,
    INJECTED,
    Order,
    OrderSource,
    OrderStatus,
    Phase,
    Route,
    Special,
    Strength,
)

ONE_DAY = Decimal(1)


@dataclass(frozen=True, slots=True)
class Course:
    """One stretch of therapeutic B12: first day (None not known), last day, and what it was.

    `injected` is True for an injection; `given` for a dose that was recorded as given.
    """

    first: date | None
    last: date
    injected: bool
    given: bool
    order: Order | None = None


def is_trace(order: Order, policy: Policy) -> bool:
    """True for a cobalamin below the trace limit a dose by mouth, as in a multivitamin.

    A multivitamin whose amount is not stated is a trace; any other product of unknown amount is
    not, because a missed B12 product is the lesser error here.
    """
    if order.cobalamin is None:
        return False
    return all(_trace_phase(order, phase, policy) for phase in order.phases)


def _trace_phase(order: Order, phase: Phase, policy: Policy) -> bool:
    if order.route_of(phase) in INJECTED:
        return False
    dose = usual_dose(order, phase)
    if dose is None:
        return order.medicine is not None and order.medicine.special is Special.MULTIVITAMIN
    return dose < policy.dose_micrograms.trace_below


def usual_dose(order: Order, phase: Phase) -> Decimal | None:
    """Micrograms of cobalamin a dose; where no dose is stated, one unit of the product."""
    cobalamin = order.cobalamin
    if cobalamin is None or order.medicine is None:
        return None
    stated = order.micrograms(phase, cobalamin)
    if stated is not None or phase.amount is not None:
        return stated
    strength = order.medicine.strengths.get(cobalamin, Strength())
    return strength.per_unit or strength.per_ml


def is_therapeutic(order: Order, policy: Policy, *, dietary: bool) -> bool:
    """True when any phase treats: decisions, section 1, "therapeutic".

    `dietary` says that a dietary cause is coded and no malabsorptive one, which lowers the limit
    by mouth. A dose that is not known counts as therapeutic unless the product is a trace.
    """
    if order.cobalamin is None or is_trace(order, policy):
        return False
    return any(_treats(order, phase, policy, dietary=dietary) for phase in order.phases)


def _treats(order: Order, phase: Phase, policy: Policy, *, dietary: bool) -> bool:
    doses = policy.dose_micrograms
    dose = usual_dose(order, phase)
    if dose is None:
        return True
    route = order.route_of(phase)
    if route in INJECTED:
        return dose >= doses.therapeutic_injected
    daily = dose / (phase.timing.interval_days or ONE_DAY)
    if dietary and route in {Route.ORAL, None} and daily >= doses.therapeutic_swallowed_daily_diet:
        return True
    return daily >= doses.therapeutic_swallowed_daily


def is_injected(order: Order) -> bool:
    """True when any phase goes by needle; an injectable without a route counts as such."""
    return any(order.route_of(phase) in INJECTED for phase in order.phases)


def is_swallowed(order: Order) -> bool:
    """True when every phase goes by mouth or nose."""
    return all(order.route_of(phase) in BY_MOUTH_OR_NOSE for phase in order.phases)


def is_running(order: Order, today: date) -> bool:
    """True for an active order that has begun and whose end, if any, has not passed."""
    if order.status is not OrderStatus.ACTIVE or order.source is OrderSource.ADMINISTRATION:
        return False
    first, last = order.first_day, order.last_day
    return (first is None or first <= today) and (last is None or last >= today)


def courses(
    orders: tuple[Order, ...],
    procedures: Listing[Procedure],
    today: date,
    policy: Policy,
    *,
    dietary: bool,
) -> tuple[Course, ...]:
    """Every stretch of therapeutic B12 up to today, in no particular order."""
    found = [
        course
        for order in orders
        if is_therapeutic(order, policy, dietary=dietary)
        and (course := _course(order, today)) is not None
    ]
    return tuple(found) + injections_recorded(procedures, today)


def injections_recorded(procedures: Listing[Procedure], today: date) -> tuple[Course, ...]:
    """B12 injections recorded as procedures, as general practices do."""
    return tuple(
        Course(done, done, injected=True, given=True)
        for procedure in procedures.items
        if Operation.B12_INJECTION in procedure.operations
        and (done := procedure.performed_on) is not None
        and done <= today
    )


def _course(order: Order, today: date) -> Course | None:
    injected = is_injected(order)
    if order.source is OrderSource.ADMINISTRATION:
        given = order.given_on
        if given is None or given > today:
            return None
        return Course(given, given, injected=injected, given=True, order=order)
    if order.status in {OrderStatus.ENTERED_IN_ERROR, OrderStatus.DRAFT}:
        return None
    first = order.first_day
    if first is not None and first > today:
        return None
    last = _last_exposure(order, today)
    return (
        None if last is None else Course(first, last, injected=injected, given=False, order=order)
    )


def _last_exposure(order: Order, today: date) -> date | None:
    """The end of the order, never later than today; for an open active order, today.

    A stopped or completed order without an end is known to have run only on its first day. A
    cancelled order was never given.
    """
    if order.status is OrderStatus.CANCELLED:
        return None
    if order.last_day is not None:
        return min(order.last_day, today)
    if order.status is OrderStatus.ACTIVE:
        return today
    return order.first_day


def therapy_start(found: tuple[Course, ...], gap_days: int) -> date | None:
    """The first day of the therapy that runs into the latest course.

    Courses with no more than `gap_days` between them are one therapy. None when there is none, or
    when a course in the chain has no known first day.
    """
    if not found:
        return None
    chain = sorted(found, key=lambda course: course.last, reverse=True)
    start = chain[0].first
    for course in chain[1:]:
        if start is None:
            return None
        if course.last < start - timedelta(days=gap_days):
            break
        start = None if course.first is None else min(start, course.first)
    return start
