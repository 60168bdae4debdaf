"""A server that was started again takes the next rows, and several replicas may start at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from service.store.store import Store
from tests.postgres.server import PostgresServer
from tests.postgres.test_store_on_a_server import CARDS, issued, opened

ROOT = Path(__file__).parents[2]

REPLICA = """
import asyncio, sys
from service.store.store import Store

async def main():
    store = Store(sys.argv[1])
    await store.start(within_s=60)
    sys.stdout.write(str(store.is_open))
    await store.stop()

asyncio.run(main())
"""


@pytest.mark.parametrize("crash", [False, True])
async def test_a_server_that_was_started_again_takes_the_next_rows(
    postgres: PostgresServer, postgres_url: str, *, crash: bool
) -> None:
    """The old connections are found dead before they cost a row."""
    async with opened(postgres_url) as store:
        await asyncio.gather(*(store.add([issued()]) for _ in range(12)))
        if crash:
            postgres.kill()
        postgres.restart()
        await asyncio.gather(*(store.add([issued()]) for _ in range(12)))
    assert postgres.query(CARDS, postgres_url) == [(24,)]


async def test_replicas_in_one_process_may_start_at_once(postgres_url: str) -> None:
    """One makes the tables, and the others find them made."""
    stores = [Store(postgres_url) for _ in range(4)]
    await asyncio.gather(*(each.start(within_s=60) for each in stores))
    are_open = [each.is_open for each in stores]
    for each in stores:
        await each.stop()
    assert are_open == [True] * 4


def test_replicas_may_start_at_once(database_url: str) -> None:
    """The same of processes."""
    command = [sys.executable, "-c", REPLICA, database_url]
    replicas = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [each.communicate()[0] for each in replicas] == ["True"] * 3


@pytest.mark.parametrize("text", ["nul\0", "long" * 1000, "half a pair \ud800"])
async def test_no_text_is_one_that_the_database_refuses(
    postgres: PostgresServer, postgres_url: str, text: str
) -> None:
    """What SQLite takes as it is, PostgreSQL does not."""
    async with opened(postgres_url) as store:
        await store.add([issued(text)])
    assert postgres.query(CARDS, postgres_url) == [(1,)]
