"""One time budget for a whole call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

# Kept back from fetching, so that mapping and advice still end within the call's deadline.
RESERVE_SHARE = 0.05
RESERVE_AT_MOST_S = 0.1
SHARE_FOR_EXTRAS = 0.25


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moments, on the event loop's clock, after which the call must end and fetching must stop."""

    ends_at: float
    fetching_ends_at: float

    @staticmethod
    def after(milliseconds: int, spent_ms: float = 0.0) -> Deadline:
        """The deadline of a call that began `spent_ms` ago and may take `milliseconds` in all."""
        budget_s = milliseconds / 1000
        ends_at = asyncio.get_running_loop().time() + budget_s - spent_ms / 1000
        return Deadline(ends_at, ends_at - min(RESERVE_AT_MOST_S, budget_s * RESERVE_SHARE))

    def left_s(self) -> float:
        """Seconds until the call must end; below zero when that is past."""
        return self.ends_at - asyncio.get_running_loop().time()

    def for_extras(self) -> Deadline:
        """An earlier end for what is useful but not awaited at the price of the whole budget."""
        now = asyncio.get_running_loop().time()
        left_s = max(0.0, self.fetching_ends_at - now)
        return Deadline(self.ends_at, now + left_s * SHARE_FOR_EXTRAS)
