"""Who asks for figures leaves the database to those who need it now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from service.errors import StoreDownError
from service.store.counting import Counting, Summary
from service.store.reading import RuleFigures
from service.store.store import Store
from tests.store.builders import card, report


class Watched(Store):
    """Notes how many of its connections are in use at once, and how often one was."""

    used = 0
    used_at_once = 0
    most_at_once = 0

    @asynccontextmanager
    async def transaction(
        self, *, counts: bool = False, writes: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """A connection, noted."""
        self.used += 1
        self.used_at_once += 1
        self.most_at_once = max(self.most_at_once, self.used_at_once)
        try:
            async with super().transaction(counts=counts, writes=writes) as connection:
                yield connection
        finally:
            self.used_at_once -= 1


@asynccontextmanager
async def counting(url: str) -> AsyncIterator[tuple[Watched, Counting]]:
    """A store with one card and two reports, and what counts them."""
    store = Watched(url)
    await store.start()
    await store.add([card(), report(outcome="accepted"), report(card="unknown")])
    store.used = store.most_at_once = 0
    counted = Counting(store)
    try:
        yield store, counted
    finally:
        await counted.stop()
        await store.stop()


async def test_who_asks_together_is_told_what_is_counted_once(database_url: str) -> None:
    """Twelve summaries of a large database would take every connection from the tokens."""
    async with counting(database_url) as (store, counted):
        found = await asyncio.gather(*(counted.summary(None) for _ in range(12)))
        assert found == [Summary({"rule": RuleFigures(shown=1, accepted=1)}, 1)] * 12
        assert (store.used, store.most_at_once) == (2, 1)


async def test_summaries_of_several_clients_are_counted_one_after_the_other(
    database_url: str,
) -> None:
    """Each is told its own."""
    async with counting(database_url) as (store, counted):
        names = ("client", "other", "third")
        found = await asyncio.gather(*(counted.summary(name) for name in names))
        assert [(len(each.rules), each.unlinked) for each in found] == [(1, 1), (0, 0), (0, 0)]
        assert store.most_at_once == 1


async def test_who_asks_later_is_told_what_is_new(database_url: str) -> None:
    """Nothing is remembered of an earlier summary."""
    async with counting(database_url) as (store, counted):
        await counted.summary(None)
        await store.add([report(card="also unknown")])
        assert (await counted.summary(None)).unlinked == 2


async def test_who_goes_away_takes_the_summary_from_nobody(database_url: str) -> None:
    async with counting(database_url) as (_, counted):
        gone, stays = (asyncio.create_task(counted.summary(None)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        assert (await stays).unlinked == 1


async def test_without_a_database_there_is_no_summary(tmp_path: Path) -> None:
    """And the next who asks is answered too."""
    counted = Counting(Store(f"sqlite:///{tmp_path}/no/store.sqlite3"))
    for _ in range(2):
        with pytest.raises(StoreDownError):
            await counted.summary(None)
