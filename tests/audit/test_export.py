"""`b12-cds audit export`, day after day: every call once, however late it came."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from service.audit.reading import AT_ONCE, Wanted, calls
from service.cli.main import main
from service.errors import StoreDownError
from service.store.retention import Retention, purge
from service.store.rows import AuditEntry
from service.store.store import Store
from service.store.tables import AUDIT
from tests.store.builders import NOW, audited

ROOT = Path(__file__).parents[2]
NEVER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def store(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Store]:
    """The database that the operator's command finds in its environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("B12_DATABASE_URL", database_url)
    async with opened(database_url) as found:
        yield found


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """A store at work."""
    found = Store(url)
    await found.start()
    try:
        yield found
    finally:
        await found.stop()


class Exported:
    """What the command printed: the ids of the events, and the position to go on after."""

    def __init__(self, out: str, told: str) -> None:
        self.ids = [orjson.loads(line)["id"] for line in out.splitlines()]
        self.after = told.partition("--after ")[2].strip()
        self.told = told


async def export(capsys: pytest.CaptureFixture[str], *arguments: str) -> Exported:
    """The command, which has an event loop of its own."""
    capsys.readouterr()
    assert await asyncio.to_thread(main, ("audit", "export", *arguments)) == 0
    return Exported(*capsys.readouterr())


def entries(rows: Sequence[AuditEntry]) -> list[str]:
    return [row.entry for row in rows]


async def test_more_than_a_page_is_exported_whole(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each call once, in the order in which they came."""
    rows = [audited() for _ in range(2 * AT_ONCE + 1)]
    await store.add(rows)
    found = await export(capsys)
    assert found.ids == entries(rows)
    assert len(found.ids) == 1001
    assert found.after == rows[-1].entry


async def test_a_call_that_came_late_is_exported_by_the_next_export(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """It lay on a disk while the database was down, and has the time at which it was made."""
    first, late = [audited(), audited()], audited(recorded_at=NOW - timedelta(days=1))
    await store.add(first)
    yesterday = await export(capsys)
    assert yesterday.ids == entries(first)
    await store.add([late])
    today = await export(capsys, "--after", yesterday.after)
    assert (today.ids, today.after) == ([late.entry], late.entry)
    tomorrow = await export(capsys, "--after", today.after)
    assert (tomorrow.ids, tomorrow.after) == ([], late.entry)


async def test_where_the_end_is_chosen_no_position_is_told(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call that was left out may have come before the last that was not."""
    out, late = audited(recorded_at=NOW + timedelta(days=1)), audited()
    await store.add([out, late])
    found = await export(capsys, "--until", (NOW + timedelta(hours=1)).isoformat())
    assert (found.ids, found.told) == ([late.entry], "")


async def test_an_empty_trail_is_told_as_such(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert store.is_open
    found = await export(capsys)
    assert (found.ids, found.after) == ([], "")
    assert "nothing to export" in found.told


async def test_a_position_that_is_gone_is_an_error(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """To go on anywhere else could miss calls without a word."""
    then = NOW - timedelta(days=365)  # the database lets nothing go that is young by its own clock
    row, vouching = (audited(recorded_at=then - timedelta(days=age)) for age in (3, 1))
    await store.add([row, vouching])
    assert await asyncio.to_thread(main, ("audit", "export", "--after", NEVER)) == 2
    assert "has no such entry" in capsys.readouterr().err
    await purge(store, Retention(cards_days=2, audit_days=2), then)
    assert await asyncio.to_thread(main, ("audit", "export", "--after", row.entry)) == 2
    assert "Use --since" in capsys.readouterr().err


async def ids_of(store: Store) -> list[str]:
    """The entries that an export gives."""
    return [record["entry"] async for record in calls(store, Wanted())]


async def test_a_call_that_is_being_written_is_waited_for(postgres_url: str) -> None:
    """PostgreSQL has given it an id already: who goes on after a later one would never see it."""
    slow, quick = audited(), audited()
    async with opened(postgres_url) as store, opened(postgres_url) as other:
        async with other.writing() as connection:
            await connection.execute(AUDIT.insert(), [_columns(slow)])
            await store.add([quick])
            exporting = asyncio.create_task(ids_of(store))
            await asyncio.wait({exporting}, timeout=0.3)
            assert not exporting.done()
        assert await exporting == [slow.entry, quick.entry]


async def test_an_export_does_not_wait_for_ever(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes to the trail waits as long as it does."""
    monkeypatch.setattr("service.audit.reading.LOCKS_WITHIN_MS", 100)
    async with (
        opened(postgres_url) as store,
        opened(postgres_url) as other,
        other.writing() as connection,
    ):
        await connection.execute(AUDIT.insert(), [_columns(audited())])
        with pytest.raises(StoreDownError):
            await ids_of(store)


def _columns(row: AuditEntry) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in AUDIT.c if column.name != "id"}


async def test_a_full_disk_is_told_and_no_position_is(store: Store, database_url: str) -> None:
    """Less than all was written: who went on after the last call would miss some."""
    await store.add([audited()])
    program = "import sys; from service.cli.main import main; sys.exit(main())"
    with Path("/dev/full").open("wb") as full:  # noqa: ASYNC230 - a device
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, "audit", "export"),
            stdout=full,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), "B12_DATABASE_URL": database_url},
        )
        _, told = await process.communicate()
    assert process.returncode == 1
    assert told.decode() == "b12-cds: not all could be written: No space left on device\n"
