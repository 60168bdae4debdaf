"""The vitamin B12 that the patient receives, and what the draft set ends of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from regimens import exposure
from regimens.alike import same_product_and_route
from regimens.case.background import Background
from regimens.exposure import Course
from regimens.orders import (
    INJECTED,
    Order,
    OrderStatus,
    Phase,
    Route,
    phases_of,
)

_ENDED = frozenset({OrderStatus.STOPPED, OrderStatus.CANCELLED, OrderStatus.ENTERED_IN_ERROR})


@dataclass(frozen=True)
class Treatment(Background):
    """What the patient takes, and since when."""

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

    def maintains(self, order: Order, phase: Phase) -> bool:
        """True for a recurring injection at a maintenance interval."""
        interval = phase.timing.interval_days
        return (
            order.route_of(phase) in INJECTED
            and interval is not None
            and interval >= self.policy.interval_days.maintenance_from
        )

    @cached_property
    def loading_running(self) -> bool:
        """True when an active order loads."""
        return any(self.loads(order, phase) for order, phase in phases_of(self.running_cobalamins))
