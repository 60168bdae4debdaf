"""What is old goes, the rest stays, and the audit trail says what went."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text

from service.errors import StoreDownError
from service.observe.events import Event
from service.observe.log import record
from service.store.retention import AT_ONCE, PurgeRefusedError, Retention, countable, purge
from service.store.rows import Row
from service.store.store import Store
from service.store.tables import AUDIT, AUDIT_PURGE
from tests.store.builders import NOW, audited, card, concern, report, running, used

KEPT = Retention(cards_days=30, audit_days=60)
DAY = timedelta(days=1)


# A call by which the clock is believed, and which stays.
VOUCHING = audited(recorded_at=NOW - 8 * DAY)


def at_the_limit() -> list[Row]:
    """A row of each kind that may just stay."""
    return [
        card(issued_at=NOW - 30 * DAY),
        report(received_at=NOW - 30 * DAY),
        concern(shown_at=NOW - 2 * DAY),
        used("1" * 32, NOW - timedelta(hours=1)),
        audited(recorded_at=NOW - 60 * DAY),
    ]


def beyond_it() -> list[Row]:
    """A row of each kind that is a second too old."""
    second = timedelta(seconds=1)
    return [
        card(issued_at=NOW - 30 * DAY - second),
        report(received_at=NOW - 30 * DAY - second),
        concern(shown_at=NOW - 2 * DAY - second),
        used("2" * 32, NOW - timedelta(hours=1) - second),
        audited(recorded_at=NOW - 60 * DAY - second),
    ]


async def test_rows_go_when_they_are_older_than_they_are_kept(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([VOUCHING, *at_the_limit(), *beyond_it()])
        assert await countable(kept.store, KEPT, NOW) == {
            "issued_card": 1,
            "feedback": 1,
            "audit": 1,
        }
        removed = await purge(kept.store, KEPT, NOW)
        assert removed == {
            "issued_card": 1,
            "feedback": 1,
            "shown_concern": 1,
            "used_token": 1,
            "audit": 1,
        }
        left = await kept.counts()
        assert left == {**dict.fromkeys(removed, 1), "audit": 2, "audit_purge": 1}
        assert await _purges(kept.store) == [(NOW, NOW - 60 * DAY)]


async def test_nothing_is_noted_where_nothing_goes(database_url: str, tmp_path: Path) -> None:
    """A purge every hour that removes nothing leaves no row."""
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add(at_the_limit())
        assert set((await purge(kept.store, KEPT, NOW)).values()) == {0}
        assert await _purges(kept.store) == []


async def test_many_rows_go_in_small_transactions(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path / "spool") as kept:
        many = 2 * AT_ONCE + 1
        old = [used(f"{number:032x}", NOW - DAY) for number in range(many)]
        await kept.store.add(old)
        assert (await purge(kept.store, KEPT, NOW))["used_token"] == many


@pytest.mark.parametrize(
    ("days_ago", "goes"), [(None, False), (6, False), (7, True), (31, True), (32, False)]
)
async def test_a_clock_is_believed_by_what_was_audited_by_it(
    days_ago: int | None, database_url: str, tmp_path: Path, *, goes: bool
) -> None:
    """Years ahead it would take everything; calls since it was set say nothing for it."""
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([*beyond_it(), audited(recorded_at=NOW)])
        if days_ago is not None:
            await kept.store.add([audited(recorded_at=NOW - days_ago * DAY)])
        before = await kept.counts()
        with nullcontext() if goes else pytest.raises(PurgeRefusedError):
            await purge(kept.store, KEPT, NOW)
        left = await kept.counts()
    kept_for_long = ("issued_card", "feedback", "audit")
    gone = [before[name] - left.get(name, 0) for name in kept_for_long]
    assert gone == ([1, 1, 1] if goes else [0, 0, 0])
    assert left.get("used_token", 0) == left.get("shown_concern", 0) == 0


async def test_a_trail_that_is_kept_for_days_vouches_by_half_of_them(
    database_url: str, tmp_path: Path
) -> None:
    then = NOW - 365 * DAY  # whatever the clock of the database says
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([card(issued_at=then - 3 * DAY), audited(recorded_at=then - DAY)])
        removed = await purge(kept.store, Retention(cards_days=2, audit_days=2), then)
        assert removed["issued_card"] == 1


async def test_the_database_believes_its_own_clock(database_url: str, tmp_path: Path) -> None:
    """The trail vouches for a clock that is years ahead; nothing of it goes, nor a card."""
    ahead = datetime.now(UTC) + 3650 * DAY
    rows: list[Row] = [card(), audited(), audited(recorded_at=ahead - 8 * DAY)]
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add(rows)
        with pytest.raises(PurgeRefusedError):
            await purge(kept.store, KEPT, ahead)
        assert await kept.counts() == {"issued_card": 1, "audit": 2}


async def test_a_purge_of_the_future_that_was_announced_covers_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """It may lie in a database that met such a clock before."""
    guard = {
        "sqlite": "DROP TRIGGER audit_purge_is_of_the_past",
        "postgresql": "DROP TRIGGER audit_purge_time_guard ON audit_purge",
    }
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([audited()])
        announced = {"purged_at": NOW, "recorded_before": NOW + 3650 * DAY}
        async with kept.store.writing() as connection:
            await connection.execute(text(guard[connection.dialect.name]))
            await connection.execute(insert(AUDIT_PURGE), announced)
        with pytest.raises(StoreDownError):
            async with kept.store.writing() as connection:
                await connection.execute(delete(AUDIT))
        assert await kept.counts() == {"audit": 1, "audit_purge": 1}


async def test_what_went_is_a_line_of_the_log(
    database_url: str, tmp_path: Path, log: io.StringIO
) -> None:
    """The names of tables are texts of the database library's own, which no JSON takes."""
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([VOUCHING, *beyond_it()])
        record(Event.PURGED, purged=await purge(kept.store, KEPT, NOW))
    (line,) = [line for line in log.getvalue().splitlines() if '"purged"' in line]
    assert json.loads(line)["purged"]["feedback"] == 1


@pytest.mark.parametrize("event", Event)
def test_every_event_is_a_line_of_the_log(event: Event, log: io.StringIO) -> None:
    record(event, rows=1, purged={"feedback": 1})
    (line,) = log.getvalue().splitlines()
    assert json.loads(line)["event"] == event.value


async def _purges(store: Store) -> list[tuple[object, object]]:
    query = select(AUDIT_PURGE.c.purged_at, AUDIT_PURGE.c.recorded_before)
    async with store.transaction() as connection:
        return [tuple(row) for row in (await connection.execute(query)).all()]
