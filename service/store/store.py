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
from service.observe.events import Event, Fields
from service.observe.log import record, record_failure
from service.store.address import (
    WRITES_SOON,
    identity,
    make_private,
    open_engine,
    sqlite_file,
)
from service.store.migrate import upgrade
from service.store.rows import Row, with_plain_text
from service.store.tables import TABLES
from service.store.trouble import (
    NO_ANSWER,
    NO_TABLES,
    NOT_YET,
    OTHER_FILE,
    Trouble,
    trouble_of,
    trouble_with_file,
)

TRY_AGAIN_AFTER_S = 15.0
PAUSE_S = 1.0  # after a failure, so that not every call waits for a database that hangs
# A database that took no row is down until it takes one, whatever it lets us read meanwhile; rows
# that wait are tried more often than this, and where none waits it is enough that it answers.
WRITES_COUNT_FOR_S = 30.0
ANSWERS_WITHIN_S = 5.0
OPENS_WITHIN_S = 3.0  # longer nobody waits for it, and it goes on by itself
STOPS_WITHIN_S = 5.0
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
        self._file = sqlite_file(self._engine.url)
        self._opening: asyncio.Task[None] | None = None
        # SQLite has one writer; those of this process take turns here instead of polling the file.
        self._turn: AbstractAsyncContextManager[None, bool | None] = (
            asyncio.Lock() if self.is_sqlite else nullcontext()
        )
        self._started = False
        self._open = False
        self._opened: tuple[int, int] | None = None
        self._answered = True
        self._not_before = 0.0
        self._takes_no_rows_until = 0.0
        self._trouble: Trouble | None = None

    async def start(self, within_s: float = OPENS_WITHIN_S) -> None:
        """Opens the database and brings it to the newest step.

        What takes longer than `within_s`, as for a lock that somebody holds, goes on behind.
        """
        self._started = True
        await self._make_ready(within_s)
        if not self._open and self._trouble is None:
            self._tell(Trouble(NOT_YET))

    async def stop(self) -> None:
        """Closes every connection."""
        self._started = self._open = False
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening}, timeout=STOPS_WITHIN_S)
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

    @property
    def why_down(self) -> str:
        """Why it cannot be used, in words that hold no address and nothing that was asked."""
        if self._trouble is not None:
            return self._trouble.why
        return NO_ANSWER if self._open else NOT_YET

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
        async with self._turn, self.transaction(writes=True) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(
        self, *, counts: bool = False, writes: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, which is undone if anything fails.

        `counts` is for a question to a whole table: it may take long, and that it does says nothing
        of the database. `writes` says that it is to take rows.

        Raises:
            RowRefusedError: the database is there, but does not take what was to be written.
            StoreDownError: the database cannot be used.
        """
        if self._open and identity(self._file) != self._opened:
            self._close(Trouble(OTHER_FILE))
        if not self._open:
            await self._make_ready(OPENS_WITHIN_S)
        if not (self._open and self._may_try()):
            raise StoreDownError("The store cannot be used now.")
        try:
            within_s = COUNTS_WITHIN_S if counts else ANSWERS_WITHIN_S
            async with asyncio.timeout(within_s), self._engine.begin() as connection:
                yield connection
            if writes or _now() >= self._takes_no_rows_until:
                self._answered, self._trouble, self._takes_no_rows_until = True, None, 0.0
        except TROUBLE as error:
            if _is_refusal(error):
                raise RowRefusedError("The store does not take this.") from error
            if not (counts and isinstance(error, TimeoutError)):
                self._fail(trouble_of(error), writes=writes)
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

    async def _make_ready(self, within_s: float) -> None:
        """Opens the database unless that is done, or was tried a moment ago."""
        if not self._started:
            return
        if self._opening is None and self._may_try():
            self._not_before = _now() + self._try_again_after_s
            self._opening = asyncio.create_task(self._open_now())
        if self._opening is not None:
            await asyncio.wait({self._opening}, timeout=within_s)

    async def _open_now(self) -> None:
        try:
            self._open = await self._upgraded()
            if self._open:
                self._opened = identity(self._file)
                self._not_before = 0.0
        except Exception as error:  # noqa: BLE001 - the outermost edge of a task
            record_failure(error)
            self._tell(trouble_of(error))
        finally:
            self._opening = None

    async def _upgraded(self) -> bool:
        if self._file is not None:
            try:
                make_private(self._file)
            except OSError as error:
                self._tell(trouble_with_file(error))
                return False  # and the driver would leave a thread behind
        engine = self._engine.execution_options(**WRITES_SOON)
        try:
            async with asyncio.timeout(UPGRADES_WITHIN_S), engine.begin() as connection:
                await connection.run_sync(upgrade)
        except (*TROUBLE, CommandError) as error:  # the last: a newer program has upgraded it
            self._tell(trouble_of(error))
            await self._engine.dispose()
            return False
        return True

    def _fail(self, trouble: Trouble, *, writes: bool) -> None:
        self._answered = False
        if writes:
            self._takes_no_rows_until = _now() + WRITES_COUNT_FOR_S
        self._not_before = _now() + min(PAUSE_S, self._try_again_after_s)
        if trouble.why == NO_TABLES:  # another database stands there now
            self._open = False
        self._tell(trouble)

    def _close(self, trouble: Trouble) -> None:
        """What was opened is there no more: rows that it takes would go with it."""
        self._open = self._answered = False
        self._tell(trouble)

    def _tell(self, trouble: Trouble) -> None:
        """Logs why it is down, once for each reason until it answers again."""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        told: Fields = {"why": trouble.why}
        if trouble.error:
            told["error"] = trouble.error
        if trouble.sqlstate:
            told["sqlstate"] = trouble.sqlstate
        record(Event.STORE_DOWN, **told)

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
