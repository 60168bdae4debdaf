"""What happens to servers happens to the store: it says that it is down, and comes back."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]
import pytest

from service.errors import StoreDownError
from service.store.rows import IssuedCard
from service.store.store import Store
from tests.postgres.server import PostgresServer
from tests.service.calls import NOW

CARDS = "select count(*) from issued_card"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """The store at this address, which is tried again at once when it was down."""
    store = Store(url, try_again_after_s=0)
    await store.start()
    try:
        yield store
    finally:
        await store.stop()


def issued(card: str = "card") -> IssuedCard:
    """A card that was shown."""
    return IssuedCard(
        issued_at=NOW,
        client="client",
        service="service",
        card=card,
        rules="rule",
        indicator="info",
        knowledge="0" * 64,
        shown=True,
        patient=None,
    )


def name_of(url: str) -> str:
    """The database's name."""
    return url.rpartition("/")[2]


def throw_out(postgres: PostgresServer, url: str) -> None:
    """Ends every session with a database."""
    sessions = f"from pg_stat_activity where datname = '{name_of(url)}'"
    postgres.query(f"select pg_terminate_backend(pid) {sessions}")


async def test_a_server_may_stop_and_start_while_the_service_runs(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """Every call meanwhile learns that the store is down, and the next one afterwards is served."""
    async with opened(postgres_url) as store:
        await store.add([issued()])
        postgres.stop()
        for _ in range(3):
            with pytest.raises(StoreDownError):
                await store.add([issued()])
        postgres.start()
        await store.add([issued()])
    assert postgres.query(CARDS, postgres_url) == [(2,)]


@pytest.mark.parametrize(
    ("right", "wrong"), [("b12:", "b12:wrong"), ("b12:", "nobody:"), ("/test_", "/none_")]
)
async def test_a_server_that_lets_us_not_in_is_a_store_that_is_down(
    postgres_url: str, right: str, wrong: str
) -> None:
    """A wrong password, user or name of a database: the service starts, and cards are given."""
    async with opened(postgres_url.replace(right, wrong, 1)) as store:
        assert not store.is_open
        with pytest.raises(StoreDownError):
            await store.add([issued()])


async def test_a_database_that_is_closed_to_us_later_is_down(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """An operator may shut us out for a while."""
    name = name_of(postgres_url)
    async with opened(postgres_url) as store:
        await store.add([issued()])
        postgres.query(f"alter database {name} allow_connections false")
        throw_out(postgres, postgres_url)
        for _ in range(2):
            with pytest.raises(StoreDownError):
                await store.add([issued()])
        postgres.query(f"alter database {name} allow_connections true")
        await store.add([issued()])
    assert postgres.query(CARDS, postgres_url) == [(2,)]


async def test_a_database_that_is_gone_is_down(postgres: PostgresServer, postgres_url: str) -> None:
    """Nothing else than that reaches a caller."""
    async with opened(postgres_url) as store:
        postgres.drop_database(postgres_url)
        for _ in range(2):
            with pytest.raises(StoreDownError):
                await store.add([issued()])


async def test_a_database_that_takes_no_rows_is_down(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """A standby server, or one whose operator has stopped all writing, can only be read."""
    async with opened(postgres_url) as store:
        read_only = f"alter database {name_of(postgres_url)} set default_transaction_read_only = on"
        postgres.query(read_only)
        throw_out(postgres, postgres_url)
        with pytest.raises(StoreDownError):
            await store.add([issued()])


async def test_what_can_only_be_read_is_not_up(
    postgres: PostgresServer,
    postgres_url: str,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An alarm needs a state that stays, and a log the reason once."""
    async with opened(postgres_url) as store:
        read_only = f"alter database {name_of(postgres_url)} set default_transaction_read_only = on"
        postgres.query(read_only)
        throw_out(postgres, postgres_url)
        for _ in range(3):
            with pytest.raises(StoreDownError):
                await store.add([issued()])
            await store.ask()
            assert not store.is_open
        assert log.getvalue().count('"why":"read only"') == 1
        monkeypatch.setattr("service.store.store.WRITES_COUNT_FOR_S", 0.0)
        with pytest.raises(StoreDownError):
            await store.add([issued()])
        await store.ask()  # nothing has been written for long
        assert store.is_open


async def test_a_database_that_takes_rows_again_is_given_them(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """What was connected while it could only be read stays so, as a connection to a standby does."""
    begin = f"alter database {name_of(postgres_url)} set default_transaction_read_only"
    async with opened(postgres_url) as store:
        postgres.query(f"{begin} = on")
        throw_out(postgres, postgres_url)
        for _ in range(2):
            with pytest.raises(StoreDownError):
                await store.add([issued()])
        assert store.why_down == "read only"
        postgres.query(f"{begin} = off")
        await store.add([issued()])
    assert postgres.query(CARDS, postgres_url) == [(1,)]


async def test_nobody_waits_long_for_a_table_that_is_locked(
    postgres: PostgresServer, postgres_url: str
) -> None:
    """Somebody else's maintenance costs rows a while, and the connection nothing."""
    async with opened(postgres_url) as store:
        other = await asyncpg.connect(postgres_url)
        async with other.transaction():
            await other.execute("lock table issued_card")
            begun = time.monotonic()
            with pytest.raises(StoreDownError):
                await store.add([issued()])
            assert time.monotonic() - begun < 10
        await other.close()
        await store.add([issued()])
    assert postgres.query(CARDS, postgres_url) == [(1,)]
