"""What was left on the disk comes home, once, whoever left it."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service.errors import StoreDownError
from service.settings import Settings
from service.store.left_behind import taken_over
from service.store.memory import spool_folder
from service.store.spool import SET_ASIDE, SUFFIX, Spool
from service.store.store import Store
from service.store.upkeep import FIRST_PURGE_AFTER_S, PURGES_AGAIN_AFTER_S, PURGES_EVERY_S
from tests.postgres.server import PostgresServer
from tests.store.builders import MOST_BYTES, NOW, Kept, audited, card, report, running


def left(folder: Path, *rows: object) -> None:
    """Puts rows into a folder as a process does that then ends without a database."""
    spool = Spool(folder, MOST_BYTES)
    spool.start()
    segment = spool.put(rows)  # type: ignore[arg-type]
    assert segment is not None
    spool.leave(segment, len(rows))
    spool.stop()


async def test_what_a_process_left_is_brought_home_once(database_url: str, tmp_path: Path) -> None:
    """Rows that were written before the process died are not written again."""
    written, waiting = audited(), audited()
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.writer.keep([written])
        left(kept.folder, written, waiting, card())
        assert await kept.upkeep.bring_home() == 3
        assert await kept.counts() == {"audit": 2, "issued_card": 1}
        assert await kept.upkeep.bring_home() == 0
    assert kept.lines_on_disk() == 0


async def test_what_this_process_left_comes_home_when_the_database_is_back(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """Nobody has to restart the service."""
    async with running(postgres_url, tmp_path / "spool") as kept:
        postgres.stop()
        for _ in range(5):
            kept.writer.hand_over([audited()])
        await kept.writer.keep([report()])
        with pytest.raises(StoreDownError):
            await kept.upkeep.bring_home()
        postgres.start()
        kept.writer.hand_over([audited()])
        await kept.writer.settled()
        await kept.upkeep.bring_home()
        assert await kept.counts() == {"audit": 6, "feedback": 1}
    assert kept.lines_on_disk() == 0


async def test_it_looks_after_things_by_itself(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path / "spool") as kept:
        left(kept.folder, audited())
        kept.upkeep.start()
        async with asyncio.timeout(5):
            while kept.tally.brought_home == 0:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.01)
        await kept.upkeep.stop()
        assert await kept.counts() == {"audit": 1}


async def test_nothing_is_removed_in_the_first_minutes_and_then_every_hour(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine may set its clock a while after its start."""
    assert (FIRST_PURGE_AFTER_S, PURGES_EVERY_S) == (600.0, 3600.0)
    async with running(database_url, tmp_path / "spool") as kept:
        await _add_old(kept)
        kept.upkeep.start()
        await asyncio.sleep(0.3)
        await kept.upkeep.stop()
        assert (await kept.counts())["issued_card"] == 1
        monkeypatch.setattr("service.store.upkeep.FIRST_PURGE_AFTER_S", 0.0)
        kept.upkeep.start()
        await _empties(kept)
        await _add_old(kept)
        await asyncio.sleep(0.3)
        assert (await kept.counts())["issued_card"] == 1
        await kept.upkeep.stop()
        monkeypatch.setattr("service.store.upkeep.PURGES_EVERY_S", 0.0)
        kept.upkeep.start()
        await _empties(kept)
        await _add_old(kept)
        await _empties(kept)
        await kept.upkeep.stop()


async def _add_old(kept: Kept) -> None:
    vouching = audited(recorded_at=NOW - timedelta(days=8))
    await kept.store.add([card(issued_at=NOW - timedelta(days=1000)), vouching])


async def _empties(kept: Kept) -> None:
    async with asyncio.timeout(5):
        while "issued_card" in await kept.counts():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)


async def test_a_purge_that_is_refused_is_told(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """Nobody looks at rows that stay; a person has to set the clock."""
    monkeypatch.setattr("service.store.upkeep.FIRST_PURGE_AFTER_S", 0.0)
    async with running(database_url, tmp_path / "spool") as kept:
        await kept.store.add([card(issued_at=NOW - timedelta(days=1000))])
        kept.upkeep.start()
        async with asyncio.timeout(5):
            while "purge_refused" not in log.getvalue():  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.01)
        await kept.upkeep.stop()
        assert await kept.counts() == {"issued_card": 1}
    (line,) = [line for line in log.getvalue().splitlines() if "purge_refused" in line]
    assert '"level":"error"' in line
    assert "is the clock right?" in line


STUCK = """
CREATE TRIGGER stuck BEFORE DELETE ON issued_card BEGIN SELECT RAISE(ABORT, 'stuck'); END
"""


async def test_a_purge_that_fails_is_told_and_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """The database answers, so nothing else would say that rows stay."""
    assert PURGES_AGAIN_AFTER_S == 600.0
    monkeypatch.setattr("service.store.upkeep.FIRST_PURGE_AFTER_S", 0.0)
    async with running(f"sqlite:///{tmp_path / 'b12.sqlite3'}", tmp_path / "spool") as kept:
        await _add_old(kept)
        async with kept.store.writing() as connection:
            await connection.execute(text(STUCK))
        kept.upkeep.start()
        await asyncio.sleep(0.5)
        await kept.upkeep.stop()
        assert (await kept.counts())["issued_card"] == 1
        (line,) = [line for line in log.getvalue().splitlines() if "purge_refused" in line]
        assert "The database could not do it." in line
        async with kept.store.writing() as connection:
            await connection.execute(text("DROP TRIGGER stuck"))
        kept.upkeep.start()
        await _empties(kept)
        await kept.upkeep.stop()


async def test_the_file_of_a_living_process_is_left_to_it(
    database_url: str, tmp_path: Path
) -> None:
    """It may be about to write those rows itself. When it is killed, they are anybody's."""
    folder = tmp_path / "spool"
    process = subprocess.Popen(  # noqa: ASYNC220 - one line is awaited
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    async with running(database_url, folder) as kept:
        assert await kept.upkeep.bring_home() == 0
        assert kept.lines_on_disk() == 1
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert await kept.upkeep.bring_home() == 1
        assert await kept.counts() == {"audit": 1}


HOLDER = """
import sys, time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from service.store.spool import Spool
from tests.store.builders import MOST_BYTES, audited
spool = Spool(Path(sys.argv[1]), MOST_BYTES)
spool.start()
spool.put([audited()])
print("held", flush=True)
time.sleep(60)
"""


async def test_half_a_line_is_no_row_and_is_not_thrown_away(
    database_url: str, tmp_path: Path, log: io.StringIO
) -> None:
    """After a power cut the end of a file may be missing; what is whole comes home."""
    folder = tmp_path / "spool"
    left(folder, audited(), audited())
    (file,) = folder.glob(f"*{SUFFIX}")
    file.write_bytes(file.read_bytes()[:-40])
    async with running(database_url, folder) as kept:
        assert await kept.upkeep.bring_home() == 1
        assert await kept.counts() == {"audit": 1}
    assert kept.tally.unreadable == 1
    assert [each.suffix for each in folder.iterdir()] == [".unreadable"]
    (line,) = [line for line in log.getvalue().splitlines() if "rows_unreadable" in line]
    assert '"level":"error"' in line
    assert '"unreadable":1' in line


async def test_a_row_that_the_database_refuses_holds_up_no_other(
    database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    left(folder, audited(), audited(detail=None), audited())
    async with running(database_url, folder) as kept:
        with_null = b'["audit",{"recorded_at"'
        assert with_null in next(folder.glob(f"*{SUFFIX}")).read_bytes()
        await kept.upkeep.bring_home()
        assert await kept.counts() == {"audit": 2}


def test_a_full_spool_takes_no_more(tmp_path: Path) -> None:
    """The limit is on all files together; what is refused was not half written."""
    spool = Spool(tmp_path / "spool", most_bytes=5_000, segment_bytes=1_000)
    spool.start()
    taken = 0
    while spool.put([audited()]) is not None:
        taken += 1
    files = list((tmp_path / "spool").glob(f"*{SUFFIX}"))
    assert taken > 4
    assert len(files) > 2
    assert sum(len(file.read_bytes().splitlines()) for file in files) == taken
    assert spool.why_down == "full"  # although a few bytes are left
    files[0].write_bytes(b"")
    spool.stop()
    spool.start()
    assert spool.why_down == ""
    spool.stop()


@pytest.mark.parametrize("name", [f"other{SUFFIX}", "other.unreadable", SET_ASIDE])
def test_what_lay_there_at_the_start_counts(name: str, tmp_path: Path) -> None:
    """Else each start during an outage would fill the disk by as much again."""
    (tmp_path / name).write_bytes(b"0" * 4_000)
    spool = Spool(tmp_path, most_bytes=4_100)
    spool.start()
    assert spool.kept_bytes == 4_000
    assert spool.put([audited()]) is None
    (tmp_path / name).unlink()
    spool.measure()
    assert spool.put([audited()]) is not None
    spool.stop()


async def test_what_others_put_there_counts_while_the_database_is_down(
    absent_database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    async with running(absent_database_url, folder, most_bytes=4_100) as kept:
        (folder / "other.unreadable").write_bytes(b"0" * 4_000)
        kept.upkeep.start()
        async with asyncio.timeout(5):
            while kept.spool.kept_bytes < 4_000:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.01)
        await kept.upkeep.stop()
        assert kept.spool.put([audited()]) is None


async def test_a_spool_that_takes_nothing_is_told_once(
    absent_database_url: str, tmp_path: Path, log: io.StringIO
) -> None:
    """At the start, and when it changes; else feedback that is refused is the first to tell."""
    folder = tmp_path / "no" / "spool"
    async with running(absent_database_url, folder, most_bytes=10) as kept:
        kept.upkeep.start()
        await _tells(log, ["folder missing or not writable"])
        folder.mkdir(parents=True)
        (folder / f"other{SUFFIX}").write_bytes(b"0" * 10)
        await _tells(log, ["folder missing or not writable", "full"])
        (folder / f"other{SUFFIX}").unlink()
        async with asyncio.timeout(5):
            while kept.spool.why_down:  # noqa: ASYNC110 - nothing announces it
                await asyncio.sleep(0.01)
        await kept.upkeep.stop()


async def _tells(log: io.StringIO, reasons: list[str]) -> None:
    async with asyncio.timeout(5):
        while len(_spool_reasons(log)) < len(reasons):  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert _spool_reasons(log) == reasons


def _spool_reasons(log: io.StringIO) -> list[str]:
    lines = [json.loads(line) for line in log.getvalue().splitlines() if "spool_down" in line]
    return [line["why"] for line in lines if line["level"] == "error"]


def test_only_its_owner_reads_the_spool(tmp_path: Path) -> None:
    """It holds hashes and rules, and still concerns nobody else."""
    left(tmp_path / "spool", audited())
    (file,) = (tmp_path / "spool").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0


async def test_an_outage_is_known_from_its_beginning_to_its_end(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """Also while nobody calls, and not only for a moment after each failure."""
    async with running(postgres_url, tmp_path / "spool") as kept:
        kept.upkeep.start()
        postgres.stop()
        await _becomes(kept, is_open=False)
        for _ in range(15):
            await asyncio.sleep(0.1)
            assert not kept.store.is_open
        postgres.start()
        await _becomes(kept, is_open=True)
        await kept.upkeep.stop()


async def _becomes(kept: Kept, *, is_open: bool) -> None:
    async with asyncio.timeout(10):
        while kept.store.is_open is not is_open:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)


async def test_a_long_outage_leaves_few_files(absent_database_url: str, tmp_path: Path) -> None:
    """Each look after things finds the database still down; the folder must not fill with files."""
    async with running(absent_database_url, tmp_path / "spool") as kept:
        for _ in range(20):
            kept.writer.hand_over([audited()])
            await kept.writer.settled()
            with suppress(StoreDownError):
                await kept.upkeep.bring_home()
        assert kept.lines_on_disk() == 20
        assert len(list(kept.folder.iterdir())) == 2


async def test_a_row_that_cannot_be_set_aside_stays_where_it_is(
    postgres_url: str, tmp_path: Path
) -> None:
    """It is removed from nowhere before it is somewhere else."""
    folder = tmp_path / "spool"
    left(folder, audited(status=2**40))
    (folder / SET_ASIDE).mkdir()
    async with running(postgres_url, folder) as kept:
        assert kept.spool.why_down == ""
        with pytest.raises(StoreDownError):
            await kept.upkeep.bring_home()
        assert kept.lines_on_disk() == 1
        assert kept.spool.why_down == f"{SET_ASIDE} takes no row"
        (folder / SET_ASIDE).rmdir()
        await kept.upkeep.bring_home()
        assert kept.spool.why_down == ""
        assert (kept.lines_on_disk(), kept.tally.set_aside) == (0, 1)


def test_a_file_that_came_home_meanwhile_is_not_read(tmp_path: Path) -> None:
    """Two processes look at one folder; the slower one finds the name gone."""
    folder = tmp_path / "spool"
    left(folder, audited())
    (file,) = folder.iterdir()
    file.unlink()
    with taken_over(file) as found:
        assert found is None


def test_a_disk_without_locks_is_not_filled_with_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("fcntl.flock", refuse)
    spool = Spool(tmp_path / "spool", MOST_BYTES)
    spool.start()
    assert spool.put([audited()]) is None
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_disk_that_takes_no_row_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is full of other things long before the spool has as much as it may."""

    def refuse(_handle: int, _lines: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    spool = Spool(tmp_path / "spool", MOST_BYTES)
    spool.start()
    with monkeypatch.context() as full:
        full.setattr("os.write", refuse)
        assert spool.put([audited()]) is None
    assert spool.why_down == "disk full or failing"
    assert spool.put([audited()]) is not None
    assert spool.why_down == ""
    spool.stop()


def test_a_disk_that_lets_nothing_go_confuses_no_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be emptied keeps rows that are written; those that are not stay too."""

    def refuse(_handle: int, _size: int) -> None:
        raise OSError(errno.EROFS, "read only")

    monkeypatch.setattr("os.ftruncate", refuse)
    monkeypatch.setattr("service.store.spool.TIDY_ABOVE_BYTES", 1)
    spool = Spool(tmp_path / "spool", MOST_BYTES)
    spool.start()
    segment = spool.put([audited()])
    assert segment is not None
    spool.written(segment, 1)
    assert segment.waiting == 0
    assert segment.size == segment.path.stat().st_size > 0
    spool.stop()
    assert list((tmp_path / "spool").iterdir()) == []


def test_two_databases_never_share_a_folder_by_default() -> None:
    """Two services in one working directory would bring home each other's rows."""
    urls = [
        f"postgresql://u:p@{place}"
        for place in ("a:5432/one", "a:5432/two", "a:5433/one", "b:5432/one")
    ]
    urls += [f"sqlite:///{name}.sqlite3" for name in ("one", "two")]
    folders = set()
    for url in urls:
        settings = Settings(database_url=url, _env_file=None)
        folders.add(spool_folder(settings, Store(url)))
    assert len(folders) == len(urls)
    other_password = "postgresql://other:secret@a:5432/one"
    settings = Settings(database_url=other_password, _env_file=None)
    assert spool_folder(settings, Store(other_password)) in folders
