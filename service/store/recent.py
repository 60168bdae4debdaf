"""The figures of feedback as they were a moment ago, for who asks often."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from service.errors import StoreDownError
from service.store.reading import RuleFigures, figures
from service.store.store import Store

RESTS = 50  # times as long as the counting took
WAITS_S = 1.0


class RecentFigures:
    """Counts once at a time, and then rests for much longer than that took.

    A million cards take seconds to count, and Prometheus asks every few seconds; nobody who asks may
    keep the database busy with it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: Mapping[str, RuleFigures] = {}
        self._counting: asyncio.Task[None] | None = None
        self._not_before = 0.0

    async def known(self) -> Mapping[str, RuleFigures]:
        """The figures, new ones where they come soon; none while the store is down."""
        if self._counting is None and _now() >= self._not_before:
            self._counting = asyncio.create_task(self._count())
        if self._counting is not None:
            await asyncio.wait({self._counting}, timeout=WAITS_S)
        return self._found

    async def stop(self) -> None:
        """Ends what is being counted."""
        if self._counting is not None:
            self._counting.cancel()
            with suppress(asyncio.CancelledError):
                await self._counting

    async def _count(self) -> None:
        began = _now()
        try:
            self._found = await figures(self._store)
        except StoreDownError:
            self._found = {}
        finally:
            self._not_before = _now() + RESTS * (_now() - began)
            self._counting = None


def _now() -> float:
    return asyncio.get_running_loop().time()
