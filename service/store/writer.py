"""Writes rows behind the answers: a call hands its rows over and goes on at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from service.errors import StoreDownError
from service.observe.events import Event
from service.observe.log import record, record_failure
from service.store.rows import Row
from service.store.spool import Segment, Spool, set_aside, sync
from service.store.store import RowRefusedError, Store
from service.store.tally import Tally

MOST_WAITING = 10_000
MOST_AT_ONCE = 500
KEEPS_WITHIN_S = 1.0
FLUSH_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class _Handed:
    """Rows that were handed over together, and the file that holds them until they are written."""

    rows: tuple[Row, ...]
    segment: Segment | None
    in_database: asyncio.Future[bool] = field(default_factory=asyncio.Future)


class Writer:
    """A queue of rows and the one task that writes them, many in a transaction.

    Every row lies on the local disk before it waits here, so that neither the end of the process
    nor a database that is down loses it. Where the disk does not take it and the database is down
    as well, it is lost, and that is logged: a figure is then too low, but no clinician waits.
    """

    def __init__(self, store: Store, spool: Spool, tally: Tally) -> None:
        self._store = store
        self._spool = spool
        self._tally = tally
        self._waiting: asyncio.Queue[_Handed] = asyncio.Queue(MOST_WAITING)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to write."""
        self._task = asyncio.create_task(self._write())

    def hand_over(self, rows: Sequence[Row]) -> None:
        """Takes the rows without waiting."""
        if rows:
            self._take(rows)

    async def keep(self, rows: Sequence[Row], within_s: float = KEEPS_WITHIN_S) -> None:
        """Takes the rows and comes back when they are safe: in the database, or on the disk.

        Waits for the database no longer than `within_s`.

        Raises:
            StoreDownError: neither took them.
        """
        if not rows:
            return
        handed = self._take(rows)
        patience_s = max(0.0, min(within_s, KEEPS_WITHIN_S))
        await asyncio.wait({handed.in_database}, timeout=patience_s)
        if handed.in_database.done() and handed.in_database.result():
            return
        if handed.segment is None or not await sync(self._spool, handed.segment):
            raise StoreDownError("The store cannot be used now.")

    async def settled(self) -> None:
        """Waits until everything that was handed over is written, left on the disk, or lost."""
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
            record(Event.STORE_DOWN, waiting=self._waiting.qsize())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _take(self, rows: Sequence[Row]) -> _Handed:
        handed = _Handed(tuple(rows), self._spool.put(rows))
        if self._task is None or self._waiting.full():
            self._leave([handed])  # full to the brim, or not at work
        else:
            self._waiting.put_nowait(handed)
        return handed

    async def _write(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            rows = len(batch[0].rows)
            while rows < MOST_AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
                rows += len(batch[-1].rows)
            try:
                await self._settle(batch)
            except Exception as error:  # noqa: BLE001 - the outermost edge of a task that must go on
                record_failure(error)
                self._leave([each for each in batch if not each.in_database.done()])
            finally:
                for _ in batch:
                    self._waiting.task_done()

    async def _settle(self, batch: Sequence[_Handed]) -> None:
        try:
            await self._store.add([row for each in batch for row in each.rows])
        except RowRefusedError:
            await self._settle_apart(batch)
        except StoreDownError:
            for segment in {each.segment for each in batch if each.segment is not None}:
                await sync(self._spool, segment)
            self._leave(batch)
        else:
            self._written(batch)

    async def _settle_apart(self, batch: Sequence[_Handed]) -> None:
        """Writes what the database does take; the rest is set aside, so that it stops nothing."""
        if len(batch) > 1:
            for each in batch:
                await self._settle([each])
            return
        rows = batch[0].rows
        if not await set_aside(self._spool, rows):
            self._leave(batch)
            return
        self._tally.set_aside += len(rows)
        record(Event.STORE_DOWN, set_aside=len(rows))
        self._written(batch)

    def _written(self, batch: Iterable[_Handed]) -> None:
        for each in batch:
            if each.segment is not None:
                self._spool.written(each.segment, len(each.rows))
            each.in_database.set_result(True)

    def _leave(self, batch: Sequence[_Handed]) -> None:
        """Leaves the rows on the disk; those that are not there are lost."""
        spooled = lost = 0
        for each in batch:
            if each.segment is None:
                lost += len(each.rows)
            else:
                spooled += len(each.rows)
                self._spool.leave(each.segment, len(each.rows))
            each.in_database.set_result(False)
        self._tally.spooled += spooled
        self._tally.lost += lost
        if lost:
            record(Event.STORE_DOWN, lost=lost)
