"""The drafts of a case, sorted by what the rules ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from regimens import exposure
from regimens.advice import Moment
from regimens.case.assessed import Assessed
from regimens.orders import (
    INJECTED,
    Order,
    OrderStatus,
    Phase,
    Route,
    phases_of,
)
from regimens.substances import (
    COBALAMINS,
    Substance,
)

_LIVE = frozenset({OrderStatus.DRAFT, OrderStatus.ACTIVE, OrderStatus.ON_HOLD, OrderStatus.UNKNOWN})


@dataclass(frozen=True)
class Drafted(Assessed):
    """What is being ordered."""

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

    @property
    def loads_now(self) -> bool:
        """True when a loading course is drafted or running."""
        return bool(self.loading_drafts) or self.loading_running

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


def _reaches(order: Order, phase: Phase, least: Decimal) -> bool:
    """True when a day's mean of folic acid reaches `least`, or cannot be told."""
    dose = order.micrograms(phase, Substance.FOLIC_ACID)
    if dose is None:
        return not order.contains(*COBALAMINS) or phase.amount is not None
    interval = phase.timing.interval_days or Decimal(1)
    return dose / max(interval, Decimal("0.001")) >= least
