"""`b12-cds store`: look after the database: is it there, a copy of it, and what is old enough to go."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from service.cli.database import opened, place_of
from service.cli.exits import Exit
from service.errors import ConfigurationError
from service.settings import Settings, read_settings
from service.store.address import sqlite_file
from service.store.memory import retention_of, spool_folder
from service.store.retention import PurgeRefusedError, countable, purge
from service.store.spool import SET_ASIDE, SUFFIX, UNREADABLE
from service.store.tables import METADATA


def check_store() -> int:
    """Opens the database, upgrades it where it is older, and says what is in it.

    Raises:
        ConfigurationError: it cannot be opened.
    """
    asyncio.run(_check(read_settings()))
    return Exit.OK


def back_up(target: Path) -> int:
    """Copies an SQLite database as it is at this moment, while the service goes on.

    Raises:
        ConfigurationError: the database is none of SQLite, or the copy cannot be made.
    """
    source = sqlite_file(make_url(read_settings().database_url))
    if source is None:
        raise ConfigurationError("B12_DATABASE_URL: is no SQLite file; use pg_dump for PostgreSQL")
    if not source.is_file():
        raise ConfigurationError(f"B12_DATABASE_URL: {source}: there is no such file")
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as refused:
        raise ConfigurationError(f"{target}: {refused.strerror}") from None
    _copy(source, target)
    print(f"{target}: {target.stat().st_size} bytes, sound")
    return Exit.OK


def prune(*, dry_run: bool) -> int:
    """Removes what is older than it is to be kept, as the service does every hour.

    Raises:
        ConfigurationError: the database cannot be opened, or the clock may be wrong.
    """
    settings = read_settings()
    for table, rows in asyncio.run(_prune(settings, dry_run=dry_run)).items():
        print(f"{table}: {rows} {'to remove' if dry_run else 'removed'}")
    return Exit.OK


async def _check(settings: Settings) -> None:
    async with opened(settings) as store:
        print(f"database: {place_of(store)}, open")
        for table in METADATA.sorted_tables:
            query = select(func.count()).select_from(table)
            async with store.transaction(counts=True) as connection:
                rows = (await connection.execute(query)).scalar_one()
            print(f"  {table.name}: {rows} rows")  # a reader that is gone is no failed database
        _tell_spool(spool_folder(settings, store))
    if settings.hash_key_file is None and not settings.demo:  # a demo makes its own
        print("B12_HASH_KEY_FILE is not set: users and patients are not kept, not even hashed")


def _tell_spool(folder: Path) -> None:
    waiting = [file.stat().st_size for file in folder.glob(f"*{SUFFIX}")]
    print(f"spool: {folder}, {len(waiting)} files, {sum(waiting)} bytes")
    for file in sorted((*folder.glob(f"*{UNREADABLE}"), *folder.glob(SET_ASIDE))):
        print(f"  {file.name}: {file.stat().st_size} bytes that wait for a person to look at them")


async def _prune(settings: Settings, *, dry_run: bool) -> dict[str, int]:
    retention, now = retention_of(settings), datetime.now(UTC)
    async with opened(settings) as store:
        count = countable if dry_run else purge
        try:
            return dict(await count(store, retention, now))
        except PurgeRefusedError as refused:
            raise ConfigurationError(f"no card and no audit entry was removed: {refused}") from None


def _copy(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as found, closing(sqlite3.connect(target)) as copy:
            found.backup(copy)
            sound = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as refused:
        target.unlink(missing_ok=True)
        raise ConfigurationError(f"{source}: cannot be copied: {refused}") from None
    except KeyboardInterrupt:
        target.unlink(missing_ok=True)  # nobody has said that it is sound
        raise
    if sound != ("ok",):
        target.unlink(missing_ok=True)
        raise ConfigurationError(f"{source}: the copy is not sound: the database is damaged")
