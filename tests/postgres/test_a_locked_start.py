"""Nobody waits at the start for a database that somebody holds locked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg  # type: ignore[import-untyped]
import pytest

from service.store.migrate import LOCK
from service.store.store import Store
from tests.postgres.test_store_on_a_server import opened

SOON_S = 8.0


@pytest.fixture
async def other(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Another session with the database."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def test_the_start_goes_on_and_the_database_is_opened_behind(
    postgres_url: str, other: asyncpg.Connection
) -> None:
    """One replica takes the steps; this one answers meanwhile."""
    await other.execute(f"select pg_advisory_lock({LOCK})")
    store = Store(postgres_url, try_again_after_s=0)
    begun = time.monotonic()
    await store.start(within_s=0.5)
    assert time.monotonic() - begun < SOON_S
    assert store.why_down == "not open yet"
    assert await other.fetchval("select to_regclass('issued_card')") is None
    await other.execute(f"select pg_advisory_unlock({LOCK})")
    async with asyncio.timeout(SOON_S):
        while not store.is_open:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)
    await store.stop()


async def test_the_end_does_not_wait_for_the_lock_either(
    postgres_url: str, other: asyncpg.Connection
) -> None:
    await other.execute(f"select pg_advisory_lock({LOCK})")
    store = Store(postgres_url)
    await store.start(within_s=0.5)
    begun = time.monotonic()
    await store.stop()
    assert time.monotonic() - begun < SOON_S


async def test_a_database_at_the_newest_step_is_not_locked(
    postgres_url: str, other: asyncpg.Connection
) -> None:
    async with opened(postgres_url):
        pass
    await other.execute(f"select pg_advisory_lock({LOCK})")
    async with opened(postgres_url) as store:
        assert store.is_open


async def test_a_lock_that_stays_is_told(
    postgres_url: str, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one on the table that names the step."""
    monkeypatch.setattr("service.store.migrate.LOCKS_WITHIN_S", 1)
    async with opened(postgres_url):
        pass
    async with other.transaction():
        await other.execute("lock table alembic_version in access exclusive mode")
        async with opened(postgres_url) as store:
            assert not store.is_open
            assert store.why_down == "locked by another process"
