"""The database behind the service. Whatever happens to it, no card waits for it or is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import asdict
from typing import Any

from alembic.util import CommandError
from sqlalchemy import Insert, Table, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.errors import StoreDownError
from service.observe.events import Event
from service.observe.log import record
from service.store.address import WRITES_SOON, make_private, open_engine, sqlite_file
from service.store.migrate import upgrade
from service.store.rows import Row, with_plain_text
from service.store.tables import TABLES

TRY_AGAIN_AFTER_S = 15.0
PAUSE_S = 1.0  # after a failure, so that not every call waits for a database that hangs
ANSWERS_WITHIN_S = 5.0
COUNTS_WITHIN_S = 60.0  # over all rows of a table
UPGRADES_WITHIN_S = 120.0
# What a database may do wrong: its own errors, a full disk's, and none at all for too long.
TROUBLE = (SQLAlchemyError, OSError, TimeoutError)


# PostgreSQL's classes of errors that lie in what was sent: data, constraints, our own triggers.
REFUSALS = frozenset({"22", "23", "P0"})


class RowRefusedError(StoreDownError):
    """The database is there, but does not take a row as it is; nothing was written."""


class Store:
    """The database at `url`. Nothing is opened before `start`.

    A database that is down at the start is tried again when it is needed.

    Raises:
        ConfigurationError: the address cannot be used; it is not repeated, it may hold a password.
    """

    def __init__(self, url: str, try_again_after_s: float = TRY_AGAIN_AFTER_S) -> None:
        self._try_again_after_s = try_again_after_s
        self._engine = open_engine(url)
        self._opening = asyncio.Lock()
        # SQLite has one writer; those of this process take turns here instead of polling the file.
        self._turn: AbstractAsyncContextManager[None, bool | None] = (
            asyncio.Lock() if self.is_sqlite else nullcontext()
        )
        self._started = False
        self._open = False
        self._answered = True
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
    def address(self) -> URL:
        """Where the database is; it may hold a password."""
        return self._engine.url

    @property
    def is_sqlite(self) -> bool:
        """True for a database in a file of this machine, or in memory."""
        return self._engine.dialect.name == "sqlite"

    @property
    def is_open(self) -> bool:
        """True when the database could be opened, and has answered when it was asked last."""
        return self._open and self._answered

    async def add(self, rows: Sequence[Row]) -> None:
        """Writes the rows in one transaction, but none that is there already.

        Raises:
            RowRefusedError: the database does not take one of them; nothing was written.
            StoreDownError: the database cannot be used; nothing was written.
        """
        async with self.writing() as connection:
            for kind, table in TABLES.items():
                members = [_fitting(row, table) for row in rows if type(row) is kind]
                if members:
                    await connection.execute(self._insert_once(table), members)

    async def add_new(self, rows: Sequence[Row]) -> frozenset[str]:
        """Writes rows of one kind and gives the entries of those that were not there.

        Of two processes that write the same row at once, one is given it. PostgreSQL answers before
        its disk has the rows: a call waits for them, and after a crash of the database within that
        fraction of a second the processes still know them.

        Raises:
            StoreDownError: the database cannot be used; nothing was written.
        """
        table = TABLES[type(rows[0])]
        # In one order everywhere, so that two processes with the same rows never block each other.
        members = [_fitting(row, table) for row in sorted(rows, key=lambda row: row.entry)]
        async with self.writing() as connection:
            if not self.is_sqlite:
                await connection.execute(text("SET LOCAL synchronous_commit TO off"))
            adding = self._insert_once(table).returning(table.c.entry)
            return frozenset((await connection.execute(adding, members)).scalars())

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes.

        Raises:
            RowRefusedError: the database is there, but does not take what was to be written.
            StoreDownError: the database cannot be used.
        """
        async with self._turn, self.transaction() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self, *, counts: bool = False) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, which is undone if anything fails.

        `counts` is for a question to a whole table: it may take long, and that it does says nothing
        of the database.

        Raises:
            RowRefusedError: the database is there, but does not take what was to be written.
            StoreDownError: the database cannot be used.
        """
        if not self._open:
            await self._make_ready()
        if not (self._open and self._may_try()):
            raise StoreDownError("The store cannot be used now.")
        try:
            within_s = COUNTS_WITHIN_S if counts else ANSWERS_WITHIN_S
            async with asyncio.timeout(within_s), self._engine.begin() as connection:
                yield connection
            self._answered = True
        except TROUBLE as error:
            if _is_refusal(error):
                raise RowRefusedError("The store does not take this.") from error
            if not (counts and isinstance(error, TimeoutError)):
                self._answered = False
                self._not_before = _now() + min(PAUSE_S, self._try_again_after_s)
            raise StoreDownError("The store cannot be used now.") from error

    async def ask(self) -> None:
        """Asks whether the database is there.

        Raises:
            StoreDownError: the database cannot be used.
        """
        async with self.transaction() as connection:
            await connection.execute(select(1))

    def _insert_once(self, table: Table) -> Insert:
        if self.is_sqlite:
            return sqlite.insert(table).on_conflict_do_nothing()
        return postgresql.insert(table).on_conflict_do_nothing()

    async def _make_ready(self) -> None:
        """Opens the database unless that is done, or was tried a moment ago."""
        if not self._started:
            return
        async with self._opening:
            if not self._open and self._may_try():
                self._not_before = _now() + self._try_again_after_s
                self._open = await self._upgraded()
                if self._open:
                    self._not_before = 0.0

    async def _upgraded(self) -> bool:
        file = sqlite_file(self.address)
        if file is not None and not make_private(file):
            return False  # and the driver would leave a thread behind
        engine = self._engine.execution_options(**WRITES_SOON)
        try:
            async with asyncio.timeout(UPGRADES_WITHIN_S), engine.begin() as connection:
                await connection.run_sync(upgrade)
        except (*TROUBLE, CommandError):  # the last: a newer program has upgraded it further
            await self._engine.dispose()
            return False
        return True

    def _may_try(self) -> bool:
        return _now() >= self._not_before


def _is_refusal(error: Exception) -> bool:
    if isinstance(error, DataError | IntegrityError):
        return True
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    # A value that asyncpg cannot even send has no state, but this cause.
    unfit = isinstance(error.orig.__cause__, ValueError)
    return unfit or str(getattr(error.orig, "sqlstate", None) or "")[:2] in REFUSALS


def _now() -> float:
    return asyncio.get_running_loop().time()


def _fitting(row: Row, table: Table) -> dict[str, Any]:
    """The members as the columns take them; a text that is too long is cut."""
    return {
        name: value[: getattr(table.c[name].type, "length", None)]
        if isinstance(value, str)
        else value
        for name, value in with_plain_text(asdict(row)).items()
    }
