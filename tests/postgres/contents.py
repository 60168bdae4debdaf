"""Looks into a database of any kind, past the service that keeps it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.postgres.server import Rows, ask

TABLES = "select table_name from information_schema.tables where table_schema = 'public'"


def rows_in(url: str, sql: str) -> Rows:
    """The rows that one statement gives."""
    file = _sqlite_file(url)
    if file is None:
        return ask(url, sql)
    with closing(sqlite3.connect(file)) as database:
        return database.execute(sql).fetchall()


def everything_in(url: str) -> bytes:
    """All that is kept: the bytes of a SQLite file and its log, or every row of every table."""
    file = _sqlite_file(url)
    if file is not None:
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    texts = (f'select each::text from "{table}" each' for [table] in ask(url, TABLES))  # noqa: S608
    return "\n".join(row for sql in texts for [row] in ask(url, sql)).encode()


def _sqlite_file(url: str) -> Path | None:
    address = make_url(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None
