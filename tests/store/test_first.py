"""Many tokens are asked for together, and the time of a busy process is not held against the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.errors import StoreDownError
from service.store.first import FirstUses
from service.store.patience import within
from service.store.rows import Row
from service.store.store import Store
from tests.store.builders import running, used
from tests.timing import Stopwatch


class CountingStore(Store):
    """A store that counts how often it is asked."""

    asked = 0

    async def add_new(self, rows: Sequence[Row]) -> frozenset[str]:
        self.asked += 1
        return await super().add_new(rows)


async def test_a_burst_costs_few_transactions(database_url: str) -> None:
    """The first goes at once, all that come meanwhile go together."""
    store = CountingStore(database_url)
    await store.start()
    uses = FirstUses(store)
    names = [f"{number:032}" for number in range(700)]
    try:
        assert all(await asyncio.gather(*(uses.first(used(name)) for name in names)))
        assert not any(await asyncio.gather(*(uses.first(used(name)) for name in names)))
    finally:
        await store.stop()
    assert store.asked <= 4


async def test_of_two_that_ask_for_the_same_one_is_first(database_url: str, tmp_path: Path) -> None:
    """In one process and in two; each token is given once, in whichever order they are asked."""
    names = [f"{number:032}" for number in range(100)]
    async with (
        running(database_url, tmp_path / "a") as one,
        running(database_url, tmp_path / "b") as other,
    ):
        first, second = FirstUses(one.store), FirstUses(other.store)
        asked = [each.first(used(name)) for name in names for each in (first, first)]
        asked += [second.first(used(name)) for name in reversed(names)]
        assert (await asyncio.gather(*asked)).count(True) == len(names)


async def test_all_who_wait_learn_that_the_store_is_down(
    absent_database_url: str, tmp_path: Path
) -> None:
    async with running(absent_database_url, tmp_path / "spool") as kept:
        uses = FirstUses(kept.store)
        for _ in range(2):
            asked = (uses.first(used(name)) for name in "abc")
            found = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(each) for each in found} == {StoreDownError}


async def test_the_time_in_which_a_process_did_not_listen_is_not_the_stores() -> None:
    """A store that answers after a few turns of a slow loop has answered in time."""

    async def turns_of_a_busy_process() -> str:
        for _ in range(5):
            time.sleep(0.03)  # noqa: ASYNC251 - the very thing that is to be outlasted
            await asyncio.sleep(0)
        return "answer"

    assert await within(0.1, turns_of_a_busy_process(), at_most_s=5) == "answer"


@pytest.mark.parametrize("at_most_s", [None, 0.05, 5])
async def test_a_store_that_says_nothing_is_not_waited_for(at_most_s: float | None) -> None:
    watch, silent = Stopwatch(), asyncio.Event()
    with pytest.raises(StoreDownError):
        await within(0.1, silent.wait(), at_most_s=at_most_s)
    assert watch.seconds < 1
    silent.set()


async def test_a_failure_that_nobody_foresaw_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks is told at once that nobody knows, and the next one is asked for again."""

    async def fail(_store: Store, _rows: object) -> frozenset[str]:
        raise RuntimeError

    first = FirstUses(Store(f"sqlite:///{tmp_path / 'store.sqlite3'}"))
    monkeypatch.setattr(Store, "add_new", fail)
    for name in ("1", "2"):
        async with asyncio.timeout(1):
            with pytest.raises(StoreDownError):
                await first.first(used(name))
