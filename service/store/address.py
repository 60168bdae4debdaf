"""The address of the database, and the engine that speaks to it."""

from __future__ import annotations

import os
from inspect import signature
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import ConfigurationError
from service.store.trouble import READ_ONLY

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
# How a transaction of SQLite begins: one that reads first and then writes must say so at once,
# or another process may come between.
BEGIN = "sqlite_begin"
WRITES_SOON = {BEGIN: "BEGIN IMMEDIATE"}
CONNECTS_WITHIN_S = 3
MOST_CONNECTIONS = 10
WAITS_FOR_CONNECTION_S = 3
# With another asyncpg could never connect, and would say so each time that it is tried.
PARAMETERS = frozenset({*signature(asyncpg.connect).parameters, "prepared_statement_cache_size"})


def open_engine(url: str) -> AsyncEngine:
    """The engine for `url`; nothing is connected yet.

    Raises:
        ConfigurationError: the address cannot be used; it is not repeated, it may hold a password.
    """
    try:
        address = make_url(url)
        if "sslmode" in address.query:
            raise ConfigurationError("B12_DATABASE_URL: write ssl=... instead of sslmode=...")
        if address.get_backend_name() == "postgresql" and not PARAMETERS.issuperset(address.query):
            raise ConfigurationError("B12_DATABASE_URL: has a parameter that asyncpg does not take")
        driver = DRIVERS.get(address.drivername, address.drivername)
        engine = _engine(address.set(drivername=driver))
    except (SQLAlchemyError, ValueError):
        raise ConfigurationError("B12_DATABASE_URL: is no database address") from None
    except ImportError as missing:
        reason = f"B12_DATABASE_URL: needs the package {missing.name}, which is not installed"
        raise ConfigurationError(reason) from None
    return engine


def sqlite_file(address: URL) -> Path | None:
    """The file of an SQLite database; None for one in memory, or another kind of database."""
    file = address.database if address.get_backend_name() == "sqlite" else None
    return Path(file) if file and file != ":memory:" else None


def make_private(file: Path) -> None:
    """Makes an empty file that only its owner can read, unless there is one.

    SQLite gives the files that it makes beside it the same rights.

    Raises:
        OSError: it can neither be made nor written.
    """
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def identity(file: Path | None) -> tuple[int, int] | None:
    """Which file bears this name now; None without one."""
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _engine(address: URL) -> AsyncEngine:
    if address.get_backend_name() != "postgresql":
        engine = create_async_engine(address, hide_parameters=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _settle_sqlite)
            _keep_to_file(engine, sqlite_file(address))
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return engine
    engine = create_async_engine(
        address,
        hide_parameters=True,  # in the texts of errors
        # After a restart of the database the old connections are found dead before they are used.
        pool_pre_ping=True,
        pool_size=MOST_CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAITS_FOR_CONNECTION_S,
        connect_args={"timeout": CONNECTS_WITHIN_S},
    )
    event.listen(engine.sync_engine, "handle_error", _leave_what_is_read_only)
    return engine


def _leave_what_is_read_only(context: ExceptionContext) -> None:
    """A connection to a server that became a standby stays one, and so does a session's setting.

    All of them are given up, so that the next one finds who may write, or what is allowed by now.
    """
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _settle_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - any driver's connection
    """Readers do not wait for the writer, and a writer waits a little for another process.

    What is committed outlives a power cut: after it the copy on the local disk goes.
    """
    connection.isolation_level = None  # the driver's own way to begin leaves out changes of tables
    cursor = connection.cursor()
    for pragma in ("busy_timeout=2000", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _keep_to_file(engine: AsyncEngine, file: Path | None) -> None:
    """Uses no connection to a file that was removed or replaced since it was opened."""

    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["file"] = identity(file)

    def compare(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info["file"] != identity(file):
            raise DisconnectionError

    event.listen(engine.sync_engine, "connect", note)
    event.listen(engine.sync_engine, "checkout", compare)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))
