"""What is done for the store from time to time: bring home what was left on disk, forget the old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from service.errors import StoreDownError
from service.observe.events import Event
from service.observe.log import record, record_failure
from service.store.left_behind import taken_over
from service.store.retention import PurgeRefusedError, Retention, purge
from service.store.rows import Row
from service.store.spool import UNREADABLE, Spool, set_aside
from service.store.store import RowRefusedError, Store
from service.store.tally import Tally

EVERY_S = 5.0
PURGES_EVERY_S = 3600.0
FIRST_PURGE_AFTER_S = 600.0  # a clock that is wrong at the start of a machine is often set by then
PURGES_AGAIN_AFTER_S = 600.0  # when one could not be done
AT_ONCE = 500
ENDS_WITHIN_S = 5.0


@dataclass(slots=True)
class Upkeep:
    """The one task of a process that looks after its store."""

    store: Store
    spool: Spool
    tally: Tally
    retention: Retention
    now: Callable[[], datetime]
    every_s: float = EVERY_S
    _task: asyncio.Task[None] | None = None
    _purges_at: float = 0.0
    _told: int = 0
    _spool_told: str = ""
    _ending: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begins at once: what a dead process left is brought home first."""
        self._ending.clear()
        self._purges_at = asyncio.get_running_loop().time() + FIRST_PURGE_AFTER_S
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends when what it is at is done; what is still to do is done after the next start."""
        task, self._task = self._task, None
        if task is None:
            return
        self._ending.set()
        await asyncio.wait({task}, timeout=ENDS_WITHIN_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def bring_home(self) -> int:
        """Writes what lies on the disk to the database, each row once; gives the rows it took.

        Raises:
            StoreDownError: the database cannot be used; what was not written stays on the disk.
        """
        home = await self._bring(self.spool.left_behind())
        # Only now: while the database is down this process goes on with the file that it has.
        self.spool.release()
        return home + await self._bring(self.spool.left_behind())

    async def _bring(self, paths: Iterable[Path]) -> int:
        home = 0
        for path in paths:
            with taken_over(path) as found:
                if found is None:
                    continue
                for start in range(0, len(found.rows), AT_ONCE):
                    await self._write(found.rows[start : start + AT_ONCE])
                if found.unreadable:
                    self.tally.unreadable += found.unreadable
                    record(Event.ROWS_UNREADABLE, unreadable=found.unreadable)
                    path.rename(path.with_suffix(UNREADABLE))
                else:
                    path.unlink(missing_ok=True)
                home += len(found.rows)
                self.tally.brought_home += len(found.rows)
                record(Event.BROUGHT_HOME, rows=len(found.rows))
        return home

    async def _run(self) -> None:
        while not self._ending.is_set():
            try:
                with suppress(StoreDownError):  # tried again in a moment
                    await self._look_after()
            except Exception as error:  # noqa: BLE001 - the outermost edge of a task that must go on
                record_failure(error)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.every_s):
                    await self._ending.wait()

    async def _look_after(self) -> None:
        if self.tally.spooled > self._told:
            record(Event.STORE_DOWN, spooled=self.tally.spooled - self._told)
            self._told = self.tally.spooled
        self.spool.measure()
        self._tell_spool()
        await self.store.ask()  # so that it is known to be down, or back, while nobody calls
        await self.bring_home()
        self.spool.measure()
        seconds = asyncio.get_running_loop().time()
        if seconds >= self._purges_at:
            self._purges_at = seconds + PURGES_AGAIN_AFTER_S
            await self._purge()
            self._purges_at = seconds + PURGES_EVERY_S

    def _tell_spool(self) -> None:
        """Says that the local disk takes no rows when that begins, and when the reason changes."""
        why = self.spool.why_down
        if why and why != self._spool_told:
            record(Event.SPOOL_DOWN, why=why)
        self._spool_told = why

    async def _purge(self) -> None:
        try:
            purged = await purge(self.store, self.retention, self.now())
        except PurgeRefusedError as refused:
            record(Event.PURGE_REFUSED, why=str(refused))
            return
        except StoreDownError:
            if self.store.is_open:  # one that is down has said so itself
                record(Event.PURGE_REFUSED, why="The database could not do it.")
            raise
        if any(purged.values()):
            record(Event.PURGED, purged=purged)

    async def _write(self, rows: Sequence[Row]) -> None:
        try:
            await self.store.add(rows)
        except RowRefusedError:
            if len(rows) > 1:
                for row in rows:
                    await self._write([row])
                return
            if not await set_aside(self.spool, rows):
                raise StoreDownError("Neither the store nor the disk takes a row.") from None
            self.tally.set_aside += 1
            record(Event.STORE_DOWN, set_aside=1)
