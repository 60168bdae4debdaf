"""A store that is down says why, once for each reason, in words that hold nothing else."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.errors import StoreDownError
from service.store.store import PAUSE_S, Store
from tests.postgres.server import PostgresServer
from tests.store.builders import card


def told(log: io.StringIO) -> list[dict[str, Any]]:
    """What was said of the store, without the time."""
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    lines = [line for line in lines if line["event"] == "store_down"]
    return [
        {key: value for key, value in line.items() if key not in ("time", "level", "event")}
        for line in lines
    ]


def empty(folder: Path) -> None:
    """Removes every file."""
    for each in folder.iterdir():
        each.unlink()


async def _start_and_add(url: str) -> str:
    store = Store(url, try_again_after_s=0)
    await store.start()
    for _ in range(3):
        with pytest.raises(StoreDownError):
            await store.add([card()])
    why = store.why_down
    await store.stop()
    return why


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("b12:", "b12:CANARY", ("password refused", "InvalidPasswordError", "28P01")),
        ("/test_", "/CANARY", ("no such database", "InvalidCatalogNameError", "3D000")),
    ],
)
async def test_a_server_that_lets_us_not_in(
    postgres_url: str, right: str, wrong: str, words: tuple[str, ...], log: io.StringIO
) -> None:
    assert await _start_and_add(postgres_url.replace(right, wrong, 1)) == words[0]
    assert told(log) == [dict(zip(("why", "error", "sqlstate"), words, strict=True))]
    assert "CANARY" not in "".join(map(str, told(log)))


async def test_a_server_that_is_not_there(log: io.StringIO) -> None:
    await _start_and_add("postgresql://b12:x@127.0.0.1:1/x")
    assert told(log) == [{"why": "cannot be reached", "error": "ConnectionRefusedError"}]


async def test_an_address_that_no_driver_can_use(log: io.StringIO) -> None:
    """Whatever the error, it is not that the store is not open yet."""
    assert await _start_and_add("postgresql://b12:x@127.0.0.1:99999/x") == "failed"
    assert told(log) == [{"why": "failed", "error": "OverflowError"}]


async def test_a_schema_that_is_not_there(postgres: PostgresServer, postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    postgres.query(f"alter database {name} set search_path = nowhere")
    assert await _start_and_add(postgres_url) == "no such schema"


async def _slowly(store: Store, statements: list[str]) -> None:
    async with store.writing() as connection:
        for each in statements:
            await connection.execute(text(each))
            await asyncio.sleep(0.2)


async def test_what_the_server_breaks_off(
    postgres: PostgresServer, postgres_url: str, log: io.StringIO
) -> None:
    """By a time limit of its operator's, or because it throws everybody out."""
    store = Store(postgres_url, try_again_after_s=0)
    await store.start()
    for sql in (
        "SET LOCAL statement_timeout = 100; SELECT pg_sleep(5)",
        "SET LOCAL idle_in_transaction_session_timeout = 100; SELECT 1; SELECT 2",
        "SELECT pg_terminate_backend(pg_backend_pid())",
    ):
        with pytest.raises(StoreDownError):
            await _slowly(store, sql.split(";"))
    words = ["broken off by the server", "connection lost", "connection lost"]
    assert [line["why"] for line in told(log)] == words
    await store.stop()


async def test_a_file_in_a_folder_that_is_missing(tmp_path: Path, log: io.StringIO) -> None:
    await _start_and_add(f"sqlite:///{tmp_path}/CANARY/store.sqlite3")
    assert told(log) == [{"why": "folder missing", "error": "FileNotFoundError"}]


async def test_a_file_that_is_no_database(tmp_path: Path, log: io.StringIO) -> None:
    (tmp_path / "store.sqlite3").write_text("CANARY" * 1000)
    await _start_and_add(f"sqlite:///{tmp_path}/store.sqlite3")
    assert told(log) == [{"why": "file is no database", "error": "DatabaseError"}]


async def test_a_database_of_a_newer_program(database_url: str, log: io.StringIO) -> None:
    newer = Store(database_url)
    await newer.start()
    async with newer.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await newer.stop()
    await _start_and_add(database_url)
    assert [line["why"] for line in told(log)] == ["database newer than this program"]


async def test_a_file_that_another_process_has_locked(tmp_path: Path, log: io.StringIO) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3", try_again_after_s=0)
    await store.start()
    with closing(sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreDownError):
            await store.add([card()])
    assert [line["why"] for line in told(log)] == ["locked by another process"]
    await store.add([card()])
    await store.stop()


async def test_after_a_failure_nobody_waits_for_a_while(tmp_path: Path) -> None:
    """A database that hangs would else hold up each call for seconds."""
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    await store.start()
    with closing(sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreDownError):
            await store.add([card()])
    with pytest.raises(StoreDownError):
        await store.add([card()])
    await asyncio.sleep(PAUSE_S)
    await store.add([card()])
    await store.stop()


@pytest.mark.parametrize("how", ["removed", "replaced"])
async def test_a_file_that_is_another_one_now_is_opened_anew(
    how: str, tmp_path: Path, log: io.StringIO
) -> None:
    """Rows that go to a file without a name are gone, and were acknowledged."""
    file = tmp_path / "store.sqlite3"
    store = Store(f"sqlite:///{file}", try_again_after_s=0)
    await store.start()
    await store.add([card()])
    if how == "removed":
        empty(tmp_path)
    else:
        (tmp_path / "other").touch()
        (tmp_path / "other").rename(file)
    await store.add([card(), card()])
    with closing(sqlite3.connect(file)) as found:
        assert found.execute("SELECT count(*) FROM issued_card").fetchone() == (2,)
    assert file.stat().st_mode & 0o077 == 0 or how == "replaced"
    assert told(log) == [{"why": "file removed or replaced"}]
    assert store.is_open
    await store.stop()


async def test_a_file_that_went_is_noticed_while_nobody_writes(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite3"
    store = Store(f"sqlite:///{file}", try_again_after_s=0)
    await store.start()
    empty(tmp_path)
    await store.ask()
    assert file.is_file()
    await store.stop()


async def test_a_database_that_was_made_anew_gets_its_tables(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """Nobody has to restart the service after the database was dropped."""
    store = Store(postgres_url, try_again_after_s=0)
    await store.start()
    await store.add([card()])
    postgres.drop_database(postgres_url)
    postgres.query(f"create database {postgres_url.rpartition('/')[2]}")
    with pytest.raises(StoreDownError):
        await store.add([card()])
    await store.add([card()])
    await store.stop()
    assert postgres.query("select count(*) from issued_card", postgres_url) == [(1,)]
