"""The writer: nothing waits for it, and nothing is lost that any disk would take."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from service.errors import StoreDownError
from service.observe.events import Event
from service.observe.log import LOGGER
from service.store.rows import Row
from service.store.spool import SUFFIX
from service.store.writer import MOST_WAITING
from tests.store.builders import audited, card, concern, kept_at, report, running, used


async def test_what_waits_is_written_before_the_end(database_url: str, tmp_path: Path) -> None:
    """A restart loses nothing that was handed over, and leaves nothing on the disk."""
    folder = tmp_path / "spool"
    async with running(database_url, folder) as kept:
        for _ in range(700):
            kept.writer.hand_over([card()])
    async with running(database_url, folder) as again:
        assert await again.counts() == {"issued_card": 700}
    assert list(folder.iterdir()) == []


async def test_rows_of_every_kind_are_written(database_url: str, tmp_path: Path) -> None:
    """Also when they come in one batch."""
    rows: list[Row] = [card(), report(), concern(), used(), audited()]
    async with running(database_url, tmp_path / "spool") as kept:
        kept.writer.hand_over(rows)
        await kept.writer.settled()
        assert set((await kept.counts()).values()) == {1}
        assert len(await kept.counts()) == len(rows)


async def test_a_row_is_written_once_however_often_it_comes(
    database_url: str, tmp_path: Path
) -> None:
    """Its entry decides; in one batch and in two."""
    row, other = audited(), card()
    async with running(database_url, tmp_path / "spool") as kept:
        kept.writer.hand_over([row, row, other])
        await kept.writer.settled()
        kept.writer.hand_over([row])
        kept.writer.hand_over([other, report()])
        await kept.writer.settled()
        assert await kept.counts() == {"audit": 1, "issued_card": 1, "feedback": 1}


async def test_handing_over_never_waits(database_url: str, tmp_path: Path) -> None:
    """The call goes on in the same turn of the loop, whatever the database does."""
    async with running(database_url, tmp_path / "spool") as kept:
        before = asyncio.get_running_loop().time()
        kept.writer.hand_over([card()] * 10)
        assert asyncio.get_running_loop().time() - before < 0.05


async def test_a_row_is_on_the_disk_before_the_call_goes_on(
    database_url: str, tmp_path: Path
) -> None:
    """Whatever becomes of the process after the answer, the row outlives it."""
    async with running(database_url, tmp_path / "spool") as kept:
        kept.writer.hand_over([audited()])
        assert kept.lines_on_disk() == 1


async def test_while_the_database_is_down_rows_stay_on_the_disk(
    absent_database_url: str, tmp_path: Path
) -> None:
    """One file takes them all, and none is lost."""
    async with running(absent_database_url, tmp_path / "spool") as kept:
        for _ in range(20):
            kept.writer.hand_over([audited(), card()])
            await kept.writer.settled()
        assert (kept.tally.spooled, kept.tally.lost) == (40, 0)
    assert kept.lines_on_disk() == 40
    assert len(list(kept.folder.iterdir())) == 1


async def test_rows_that_nobody_takes_are_counted_in_the_log(
    absent_database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No database and no disk: the operator learns what is missing; nobody waits for it."""
    caplog.set_level("INFO", LOGGER)
    (tmp_path / "file").write_text("no folder")
    async with running(absent_database_url, tmp_path / "file" / "spool") as kept:
        kept.writer.hand_over([card(), card()])
        await kept.writer.settled()
    assert kept.tally.lost == 2
    assert [record.message for record in caplog.records] == [Event.STORE_DOWN.value] * 2
    assert caplog.records[-1].__dict__["fields"] == {"lost": 2}


async def test_a_writer_that_is_overrun_leaves_rows_on_the_disk(tmp_path: Path) -> None:
    """Memory is bounded; what it has no room for is written later."""
    kept = kept_at(f"sqlite:///{tmp_path / 'store.sqlite3'}", tmp_path / "spool")
    kept.spool.start()
    kept.writer.start()
    for _ in range(MOST_WAITING + 5):
        kept.writer.hand_over([used()])
    assert (kept.tally.spooled, kept.tally.lost) == (5, 0)
    await kept.writer.stop()
    kept.spool.stop()
    assert kept.lines_on_disk() == MOST_WAITING + 5


async def test_a_row_that_the_database_refuses_stops_no_other(
    database_url: str, tmp_path: Path
) -> None:
    """It is set aside for an operator; its neighbours are written."""
    broken = audited(detail=None)
    async with running(database_url, tmp_path / "spool") as kept:
        for row in (audited(), broken, audited(), card()):
            kept.writer.hand_over([row])
        await kept.writer.settled()
        assert await kept.counts() == {"audit": 2, "issued_card": 1}
    assert kept.tally.set_aside == 1
    assert broken.entry in (kept.folder / "set-aside.jsonl").read_text()
    assert kept.lines_on_disk() == 0


@pytest.mark.parametrize("text", ["nul \0 in it", "lone \ud800 surrogate", "long " * 500])
async def test_text_that_a_database_cannot_hold_is_made_to_fit(
    text: str, database_url: str, tmp_path: Path
) -> None:
    """What an EHR writes into an id must not cost the row."""
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.writer.keep([report(card=text, reason_code=text)])
        assert await kept.counts() == {"feedback": 1}
        assert kept.tally.set_aside == 0


async def test_what_is_to_be_kept_is_in_the_database_when_it_is_acknowledged(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.writer.keep([report()])
        assert await kept.counts() == {"feedback": 1}
        await kept.writer.keep([])


async def test_or_else_on_the_disk(absent_database_url: str, tmp_path: Path) -> None:
    """Feedback is taken also while the database is down."""
    async with running(absent_database_url, tmp_path / "spool") as kept:
        await kept.writer.keep([report(), report()])
        assert kept.lines_on_disk() == 2


async def test_or_else_the_caller_learns_it(absent_database_url: str, tmp_path: Path) -> None:
    """Nothing is acknowledged that is nowhere."""
    (tmp_path / "file").write_text("no folder")
    async with running(absent_database_url, tmp_path / "file" / "spool") as kept:
        with pytest.raises(StoreDownError):
            await kept.writer.keep([report()])


async def test_nor_what_the_database_refuses_when_no_disk_takes_it(
    database_url: str, tmp_path: Path
) -> None:
    """What could not be set aside is lost, and whoever reports it hears so."""
    (tmp_path / "file").write_text("no folder")
    async with running(database_url, tmp_path / "file" / "spool") as kept:
        with pytest.raises(StoreDownError):
            await kept.writer.keep([report(outcome=None)])
    assert (kept.tally.set_aside, kept.tally.lost) == (0, 1)


async def test_a_folder_that_somebody_cleared_is_made_again(
    absent_database_url: str, tmp_path: Path
) -> None:
    """What is appended to a file that has no name any more would end with the process."""
    async with running(absent_database_url, tmp_path / "spool") as kept:
        await kept.writer.keep([report()])
        shutil.rmtree(kept.folder)
        await kept.writer.keep([report()])
        assert kept.lines_on_disk() == 1


async def test_a_file_that_was_removed_under_way_holds_nothing_safe(
    absent_database_url: str, tmp_path: Path
) -> None:
    async with running(absent_database_url, tmp_path / "spool") as kept:
        keeping = asyncio.create_task(kept.writer.keep([report()]))
        await asyncio.sleep(0)
        shutil.rmtree(kept.folder)
        with pytest.raises(StoreDownError):
            await keeping


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_written_outlives_a_power_cut(database_url: str, tmp_path: Path) -> None:
    """After it the copy in the spool goes: SQLite must not leave the commit to a later sync."""
    async with running(database_url, tmp_path / "spool") as kept, kept.store.writing() as there:
        assert (await there.execute(text("PRAGMA synchronous"))).scalar_one() == 2  # full


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The files, by their number, that the disk was asked to have for certain."""
    found: list[int] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        found.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr("os.fsync", note)
    return found


async def test_feedback_that_lies_on_the_disk_alone_outlives_a_power_cut(
    absent_database_url: str, tmp_path: Path, synced: list[int]
) -> None:
    """The file, and its name in the folder."""
    async with running(absent_database_url, tmp_path / "spool") as kept:
        await kept.writer.keep([report()])
        (file,) = kept.folder.glob(f"*{SUFFIX}")
        assert {file.stat().st_ino, kept.folder.stat().st_ino} <= set(synced)


async def test_so_do_rows_that_are_left_there(
    absent_database_url: str, tmp_path: Path, synced: list[int]
) -> None:
    """Nobody waits for them, and they may lie there for long."""
    async with running(absent_database_url, tmp_path / "spool") as kept:
        kept.writer.hand_over([audited()])
        await kept.writer.settled()
        (file,) = kept.folder.glob(f"*{SUFFIX}")
        assert {file.stat().st_ino, kept.folder.stat().st_ino} <= set(synced)


async def test_a_caller_whose_time_is_over_does_not_wait_for_the_database(
    database_url: str, tmp_path: Path
) -> None:
    """The disk is enough."""
    spool = tmp_path / "spool"
    async with running(database_url, spool) as kept, kept.store.writing() as connection:
        await connection.execute(text(LOCKED[kept.store.is_sqlite]))
        before = asyncio.get_running_loop().time()
        await kept.writer.keep([report()], within_s=-1.0)
        assert asyncio.get_running_loop().time() - before < 0.5
        assert kept.lines_on_disk() == 1


LOCKED = {True: "DELETE FROM feedback", False: "LOCK TABLE feedback"}
