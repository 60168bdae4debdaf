"""The database behind the service. Whatever happens to it, no card waits for it or is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event, insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service.errors import ConfigurationError, StoreDownError
from service.observe.events import Event
from service.observe.log import record
from service.store.migrate import upgrade
from service.store.rows import GivenFeedback, IssuedCard, Row, ShownConcern
from service.store.tables import FEEDBACK, ISSUED_CARD, SHOWN_CONCERN

TRY_AGAIN_AFTER_S = 15.0
ANSWERS_WITHIN_S = 5.0
# What a database may do wrong: its own errors, a full disk's, and none at all for too long.
TROUBLE = (SQLAlchemyError, OSError, TimeoutError)
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
TABLES: dict[type[Row], Table] = {
    IssuedCard: ISSUED_CARD,
    ShownConcern: SHOWN_CONCERN,
    GivenFeedback: FEEDBACK,
}


class Store:
    """The database at `url`. Nothing is opened before `start`.

    A database that is down at the start is tried again when it is needed.

    Raises:
        ConfigurationError: the address cannot be used; it is not repeated, it may hold a password.
    """

    def __init__(self, url: str, try_again_after_s: float = TRY_AGAIN_AFTER_S) -> None:
        self._try_again_after_s = try_again_after_s
        self._engine = _engine(url)
        self._opening = asyncio.Lock()
        self._started = False
        self._open = False
        self._not_before = 0.0

    async def start(self) -> None:
        """Opens the database and brings it to the newest step."""
        self._started = True
        await self._make_ready()
        if not self._open:
            record(Event.STORE_DOWN)

    async def stop(self) -> None:
        """Closes every connection."""
        self._started = self._open = False
        await self._engine.dispose()

    @property
    def is_open(self) -> bool:
        """True when the database could be opened."""
        return self._open

    async def add(self, rows: Sequence[Row]) -> None:
        """Writes the rows in one transaction.

        Raises:
            StoreDownError: the database cannot be used; nothing was written.
        """
        async with self.transaction() as connection:
            for kind, table in TABLES.items():
                members = [asdict(row) for row in rows if type(row) is kind]
                if members:
                    await connection.execute(insert(table), members)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, which is undone if anything fails.

        Raises:
            StoreDownError: the database cannot be used.
        """
        if not self._open:
            await self._make_ready()
        if not self.is_open:
            raise StoreDownError("The store cannot be used now.")
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S), self._engine.begin() as connection:
                yield connection
        except TROUBLE as error:
            raise StoreDownError("The store cannot be used now.") from error

    async def _make_ready(self) -> None:
        """Opens the database unless that is done, or was tried a moment ago."""
        if not self._started:
            return
        async with self._opening:
            now = asyncio.get_running_loop().time()
            if not self._open and now >= self._not_before:
                self._not_before = now + self._try_again_after_s
                self._open = await self._upgraded()

    async def _upgraded(self) -> bool:
        if not _has_a_place(self._engine.url):
            return False
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S), self._engine.begin() as connection:
                await connection.run_sync(upgrade)
        except TROUBLE:
            await self._engine.dispose()
            return False
        return True


def _engine(url: str) -> AsyncEngine:
    try:
        address = make_url(url)
        driver = DRIVERS.get(address.drivername, address.drivername)
        engine = create_async_engine(address.set(drivername=driver))
    except (SQLAlchemyError, ValueError):
        raise ConfigurationError("B12_DATABASE_URL: is no database address") from None
    except ImportError as missing:
        reason = f"B12_DATABASE_URL: needs the package {missing.name}, which is not installed"
        raise ConfigurationError(reason) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _settle_sqlite)
    return engine


def _has_a_place(address: URL) -> bool:
    """False for a file in a folder that is not there: the driver would leave a thread behind."""
    file = address.database if address.get_backend_name() == "sqlite" else None
    return not file or Path(file).parent.is_dir()


def _settle_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - any driver's connection
    """Readers do not wait for the writer, and a writer waits a little for another process."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=2000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
