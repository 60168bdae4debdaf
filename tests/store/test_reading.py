"""What is asked of the store: by when it happened, and at a price that the store can pay."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service.errors import StoreDownError
from service.store.reading import Onlooker, RuleFigures, figures, overridden_since, shown_before
from service.store.recent import RecentFigures
from service.store.store import Store
from tests.store.builders import NOW, card, concern, report, running

LATER = NOW + timedelta(minutes=5)
WHO = Onlooker("client", "1" * 64, "2" * 64)


async def test_the_last_word_on_a_card_is_the_one_that_came_last(
    database_url: str, tmp_path: Path
) -> None:
    """A report that waited on the disk is written after a later one."""
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([card(), report(received_at=LATER, outcome="accepted")])
        await kept.store.add([report(outcome="overridden")])
        found = await figures(kept.store)
    assert found == {"rule": RuleFigures(shown=1, accepted=1)}


async def test_what_was_shown_last_is_what_was_shown_last(
    database_url: str, tmp_path: Path
) -> None:
    """Not what came home last."""
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([concern(shown_at=LATER, content="b" * 64)])
        await kept.store.add([concern(content="a" * 64)])
        found = await shown_before(kept.store, WHO, "order-select", NOW)
    assert found == {("rule", "cobalamin"): "b" * 64}


async def test_an_override_is_found_by_the_patients_cards(
    database_url: str, tmp_path: Path
) -> None:
    """With a reason, since then, of this patient alone."""
    mine = {"patient": WHO.patient}
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add(
            [
                card(card="1", rules="told+other", indicator="warning", **mine),
                card(card="2", rules="accepted", **mine),
                card(card="3", rules="of-another"),
                card(card="4", rules="without-reason", **mine),
                report(card="1", outcome="overridden", reason_code="other"),
                report(card="2", outcome="accepted"),
                report(card="3", outcome="overridden", commented=True),
                report(card="4", outcome="overridden"),
            ]
        )
        assert await overridden_since(kept.store, WHO, NOW) == {
            "told": frozenset({"warning"}),
            "other": frozenset({"warning"}),
        }
        assert await overridden_since(kept.store, WHO, LATER) == {}


SLOW = {
    True: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)"
    " SELECT count(*) FROM n",
    False: "SELECT pg_sleep(1)",
}


async def test_a_count_that_takes_too_long_is_no_sign_of_a_dead_database(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls go on with it: nobody has to vouch for tokens alone because somebody counts cards."""
    monkeypatch.setattr("service.store.store.COUNTS_WITHIN_S", 0.05)
    async with running(database_url, tmp_path / "spool") as kept:
        with pytest.raises(StoreDownError):
            async with kept.store.transaction(counts=True) as connection:
                await connection.execute(text(SLOW[kept.store.is_sqlite]))
        assert kept.store.is_open
        await kept.store.add([card()])


async def test_figures_that_take_long_are_counted_by_one_and_not_at_once_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prometheus, or anybody who may ask, does not keep the database busy."""
    counted = 0

    async def count(_store: Store) -> dict[str, RuleFigures]:
        nonlocal counted
        counted += 1
        await asyncio.sleep(0.1)
        return {"rule": RuleFigures(shown=counted)}

    monkeypatch.setattr("service.store.recent.figures", count)
    monkeypatch.setattr("service.store.recent.WAITS_S", 0.01)
    recent = RecentFigures(Store(f"sqlite:///{tmp_path / 'store.sqlite3'}"))
    assert list(await asyncio.gather(*(recent.known() for _ in range(5)))) == [{}] * 5
    await asyncio.sleep(0.2)
    for _ in range(5):
        assert await recent.known() == {"rule": RuleFigures(shown=1)}
    assert counted == 1
    await recent.stop()
