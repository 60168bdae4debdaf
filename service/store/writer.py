"""Writes rows behind the answers: a call hands its rows over and goes on at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from service.errors import StoreDownError
from service.observe.events import Event
from service.observe.log import record
from service.store.rows import Row
from service.store.store import Store

MOST_WAITING = 10_000
MOST_AT_ONCE = 500
FLUSH_WITHIN_S = 5.0


class Writer:
    """A queue of rows and the one task that writes them, many in a transaction.

    Rows that cannot be written are lost, and that is logged: a concern is then repeated and a
    figure too low, but no clinician waits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: asyncio.Queue[Row] = asyncio.Queue(MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to write."""
        self._task = asyncio.create_task(self._write())

    def hand_over(self, rows: Sequence[Row]) -> None:
        """Takes the rows without waiting; without a task, or when too many wait, they are lost."""
        if self._task is None or self._waiting.qsize() + len(rows) > MOST_WAITING:
            if rows:
                record(Event.STORE_DOWN, lost=len(rows))
            return
        for row in rows:
            self._waiting.put_nowait(row)

    async def settled(self) -> None:
        """Waits until everything that was handed over is written or lost."""
        await self._waiting.join()

    async def stop(self) -> None:
        """Writes what waits, within a few seconds, and ends."""
        task, self._task = self._task, None
        if task is None:
            return
        try:
            async with asyncio.timeout(FLUSH_WITHIN_S):
                await self.settled()
        except TimeoutError:
            record(Event.STORE_DOWN, lost=self._waiting.qsize())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            rows = [await self._waiting.get()]
            while len(rows) < MOST_AT_ONCE and not self._waiting.empty():
                rows.append(self._waiting.get_nowait())
            try:
                await self._store.add(rows)
            except StoreDownError:
                record(Event.STORE_DOWN, lost=len(rows))
            finally:
                for _ in rows:
                    self._waiting.task_done()
