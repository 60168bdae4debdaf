"""The store itself: its tables, its keys, and how it fails."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from service.errors import ConfigurationError, StoreDownError
from service.store.keys import HashKey, load_hash_key, local_hash_key
from service.store.store import Store
from service.store.tables import METADATA
from tests.postgres.server import PostgresServer
from tests.store.builders import card


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


def rights(folder: Path) -> dict[str, int]:
    """The rights of each file."""
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


async def test_only_its_owner_reads_the_database(tmp_path: Path) -> None:
    """Also the files that SQLite makes beside it; what an operator has opened stays open."""
    file = tmp_path / "store.sqlite3"
    store = Store(f"sqlite:///{file}")
    await store.start()
    await store.add([card()])
    made = rights(tmp_path)
    assert set(made) >= {"store.sqlite3", "store.sqlite3-wal"}
    assert set(made.values()) == {0o600}
    await store.stop()
    file.chmod(0o640)
    await store.start()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    await store.stop()


async def test_a_store_that_was_not_started_is_down(database_url: str) -> None:
    """Nothing is opened at import or by a first use."""
    store = Store(database_url)
    with pytest.raises(StoreDownError):
        await store.add([card()])
    assert not store.is_open


async def test_a_store_that_comes_back_is_used_again(tmp_path: Path) -> None:
    """A database that starts after the service costs no restart."""
    folder = tmp_path / "later"
    store = Store(f"sqlite:///{folder / 'store.sqlite3'}", try_again_after_s=0)
    await store.start()
    was_open = store.is_open
    folder.mkdir()
    await store.add([card()])
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
    await store.add([card()])
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


async def test_a_database_of_a_newer_program_is_not_used_and_stops_nothing(
    database_url: str,
) -> None:
    """After a step back to an older release cards are still answered, and rows wait on the disk."""
    newer = Store(database_url)
    await newer.start()
    async with newer.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await newer.stop()
    older = Store(database_url, try_again_after_s=0)
    await older.start()
    assert not older.is_open
    with pytest.raises(StoreDownError):
        await older.add([card()])
    await older.stop()
