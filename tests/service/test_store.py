"""The store itself: its tables, its keys, and how it fails."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from sqlalchemy import inspect

from service.errors import ConfigurationError, StoreDownError
from service.observe.events import Event
from service.observe.log import LOGGER
from service.store.keys import HashKey, load_hash_key, local_hash_key
from service.store.rows import IssuedCard
from service.store.store import Store
from service.store.tables import METADATA
from service.store.writer import MOST_WAITING, Writer
from tests.postgres.server import PostgresServer
from tests.service.calls import NOW

ROW = IssuedCard(NOW, "client", "service", "card", "rule", "info", "0" * 64, True, None)


async def test_the_migrations_make_the_tables_that_the_code_uses(database_url: str) -> None:
    """Table, column and index: what the code says is what a database has."""
    store = Store(database_url)
    await store.start()
    async with store.transaction() as connection:
        made = await connection.run_sync(_described)
    await store.stop()
    assert made == {
        table.name: (
            {column.name: column.nullable for column in table.columns},
            {index.name: [column.name for column in index.columns] for index in table.indexes},
        )
        for table in METADATA.tables.values()
    }


def _described(connection: object) -> dict[str, object]:
    found = inspect(connection)
    return {
        name: (
            {column["name"]: column["nullable"] for column in found.get_columns(name)},
            {index["name"]: index["column_names"] for index in found.get_indexes(name)},
        )
        for name in found.get_table_names()
        if name != "alembic_version"
    }


async def test_a_store_that_was_not_started_is_down(database_url: str) -> None:
    """Nothing is opened at import or by a first use."""
    store = Store(database_url)
    with pytest.raises(StoreDownError):
        await store.add([ROW])
    assert not store.is_open


async def test_a_store_that_comes_back_is_used_again(tmp_path: Path) -> None:
    """A database that starts after the service costs no restart."""
    folder = tmp_path / "later"
    store = Store(f"sqlite:///{folder / 'store.sqlite3'}", try_again_after_s=0)
    await store.start()
    was_open = store.is_open
    folder.mkdir()
    await store.add([ROW])
    assert (was_open, store.is_open) == (False, True)
    await store.stop()


async def test_a_server_that_comes_back_is_used_again(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """The same of a database that is a server."""
    store = Store(postgres_url, try_again_after_s=0)
    postgres.stop()
    await store.start()
    was_open = store.is_open
    postgres.start()
    await store.add([ROW])
    assert (was_open, store.is_open) == (False, True)
    await store.stop()
    assert postgres.query("select card from issued_card", postgres_url) == [("card",)]


@pytest.mark.parametrize("url", ["CANARY", "nonsense://CANARY", ""])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    """The variable is named; the address, which may hold a password, is not."""
    with pytest.raises(ConfigurationError) as raised:
        Store(url)
    assert "B12_DATABASE_URL" in str(raised.value)
    assert "CANARY" not in str(raised.value)


async def test_rows_that_the_store_does_not_take_are_counted_in_the_log(
    absent_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator learns what is missing; nobody waits for it."""
    caplog.set_level("INFO", LOGGER)
    store = Store(absent_database_url)
    await store.start()
    writer = Writer(store)
    writer.start()
    writer.hand_over([ROW, ROW])
    await writer.stop()
    await store.stop()
    lost = [record.__dict__["fields"] for record in caplog.records]
    assert [record.message for record in caplog.records] == [Event.STORE_DOWN.value] * 2
    assert lost[-1] == {"lost": 2}


async def test_a_writer_that_is_overrun_takes_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """Memory is bounded; the answer was given long before."""
    caplog.set_level("INFO", LOGGER)
    writer = Writer(Store("sqlite:///unused.sqlite3"))
    writer.start()
    writer.hand_over([ROW] * (MOST_WAITING + 1))
    assert caplog.records[-1].__dict__["fields"] == {"lost": MOST_WAITING + 1}
    await writer.stop()


async def test_what_waits_is_written_before_the_end(database_url: str) -> None:
    """A restart loses nothing that was handed over."""
    store = Store(database_url)
    await store.start()
    writer = Writer(store)
    writer.start()
    writer.hand_over([ROW] * 700)
    await writer.stop()
    async with store.transaction() as connection:
        found = await connection.exec_driver_sql("select count(*) from issued_card")
        assert found.scalar_one() == 700
    await store.stop()


async def test_handing_over_never_waits(database_url: str) -> None:
    """The call goes on in the same turn of the loop, whatever the database does."""
    writer = Writer(Store(database_url))
    writer.start()
    before = asyncio.get_running_loop().time()
    writer.hand_over([ROW] * 10)
    assert asyncio.get_running_loop().time() - before < 0.05
    await writer.stop()


def test_a_hash_needs_the_key_and_keeps_its_parts_apart() -> None:
    """Equal inputs under one key are recognised; nothing else is."""
    one, two = HashKey(b"1" * 32), HashKey(b"2" * 32)
    assert one.of("a", "bc") == one.of("a", "bc")
    assert len({one.of("a", "bc"), one.of("ab", "c"), two.of("a", "bc")}) == 3
    assert "1111" not in repr(one)


def test_a_demo_makes_its_key_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    """The same key tomorrow, and unreadable for others."""
    file = tmp_path / "local.key"
    first = local_hash_key(file)
    assert first is not None
    assert first == local_hash_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_no_key_can_be_kept_there_is_none(tmp_path: Path) -> None:
    """A read-only folder costs the memory of what was said, not the start."""
    assert local_hash_key(tmp_path / "missing" / "local.key") is None


def test_a_key_file_that_is_missing_or_too_short_stops_the_start(tmp_path: Path) -> None:
    """A weak key would make patients guessable."""
    short = tmp_path / "short"
    short.write_text("too short")
    for file in (short, tmp_path / "missing"):
        with pytest.raises(ConfigurationError, match="B12_HASH_KEY_FILE"):
            load_hash_key(file)
    assert load_hash_key(None) is None
