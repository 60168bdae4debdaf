"""A copy of the database brings back what was there, and goes on from there."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from service.store.keys import HashKey
from service.store.store import Store
from tests.audit.conftest import Called
from tests.audit.test_commands import run
from tests.postgres.contents import rows_in
from tests.postgres.server import PostgresServer
from tests.security.hospital import DISCOVERY, SIGN, token
from tests.security.started import started
from tests.store.builders import card

TABLES = ("issued_card", "feedback", "shown_concern", "used_token", "audit", "audit_purge")


def all_rows(url: str) -> dict[str, list[str]]:
    """Every row of every table."""
    return {
        table: sorted(map(str, rows_in(url, f"select * from {table}")))  # noqa: S608 - ours
        for table in TABLES
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_copy_made_under_load_is_whole(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged before the copy began is in it; the service goes on meanwhile."""
    monkeypatch.setenv("B12_DATABASE_URL", database_url)
    copy = tmp_path / "copy.sqlite3"
    async with started(tmp_path / "a", database_url) as ehr:
        answered = [await ehr.post(SIGN, token(SIGN)) for _ in range(5)]
        await ehr.setup.memory.writer.settled()
        copying = asyncio.create_task(run("store", "backup", str(copy)))
        during = [await ehr.post(SIGN, token(SIGN)) for _ in range(5)]
        assert await copying == 0
    assert {each.status_code for each in (*answered, *during)} == {200}
    found = {row[0] for row in rows_in(f"sqlite:///{copy}", "select request from audit")}
    assert {each.headers["x-request-id"] for each in answered} <= found
    assert copy.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_restored_copy_is_served_and_remembers(
    called: Called, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The steps of the documentation: copy, lose everything, put the copy in its place, start."""
    copy, text = tmp_path / "copy.sqlite3", token(DISCOVERY)
    async with started(tmp_path, database_url) as ehr:
        assert (await ehr.get(DISCOVERY, text)).status_code == 200
        await ehr.setup.memory.writer.settled()
        assert await run("store", "backup", str(copy)) == 0
    before = all_rows(f"sqlite:///{copy}")
    put_in_place(copy, tmp_path / "store.sqlite3")
    async with started(tmp_path, database_url) as ehr:
        assert (await ehr.get(DISCOVERY, text)).status_code == 401
        assert (await ehr.post(SIGN, token(SIGN))).status_code == 200
    after = all_rows(database_url)
    assert all(set(before[table]) <= set(after[table]) for table in TABLES)
    capsys.readouterr()
    assert await run("audit", "card", called.card) == 0


def put_in_place(copy: Path, file: Path) -> None:
    """Loses the database, with the files beside it, and restores the copy."""
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    copy.rename(file)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_pg_dump_and_pg_restore_bring_it_all_back(
    called: Called, postgres: PostgresServer, database_url: str, tmp_path: Path
) -> None:
    """The guards of the audit trail come back too, and the service goes on with it."""
    dump, restored = tmp_path / "b12.dump", postgres.create_database()
    await tool(postgres, "pg_dump", "--format=custom", f"--file={dump}", database_url)
    await tool(postgres, "pg_restore", "--no-owner", f"--dbname={restored}", str(dump))
    assert all_rows(restored) == all_rows(database_url)
    async with started(tmp_path / "again", restored) as ehr:
        assert (await ehr.post(SIGN, token(SIGN))).status_code == 200
    with pytest.raises(Exception, match="append-only"):
        rows_in(restored, "delete from audit returning id")
    assert called.request in {row[0] for row in rows_in(restored, "select request from audit")}
    postgres.drop_database(restored)


async def tool(postgres: PostgresServer, name: str, *arguments: str) -> None:
    """Runs a program of PostgreSQL, which must succeed."""
    command = [str(postgres.tool(name)), *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_copy_writes_over_nothing(
    called: Called, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there"
    there.write_text("precious")
    assert await run("store", "backup", str(there)) == 2
    assert "File exists" in capsys.readouterr().err
    assert there.read_text() == "precious"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_server_is_copied_by_its_own_tools(
    called: Called, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("store", "backup", str(tmp_path / "copy")) == 2
    assert "pg_dump" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()


async def test_a_file_that_is_not_there_is_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No empty copy of nothing."""
    monkeypatch.setenv("B12_DATABASE_URL", f"sqlite:///{tmp_path / 'missing.sqlite3'}")
    assert await run("store", "backup", str(tmp_path / "copy")) == 2
    assert "there is no such file" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


async def test_the_state_of_the_store_is_told(
    called: Called, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows by table, the spool, and never the password."""
    assert await run("store", "check") == 0
    shown = capsys.readouterr().out
    assert "audit: 4 rows" in shown
    assert "spool: " in shown
    assert "0 files" in shown
    assert "***" in shown or "sqlite" in shown


class Full(io.StringIO):
    """Output to a disk that is full after the first line."""

    def write(self, text: str) -> int:
        """Takes no line with rows."""
        if "rows" in text:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


async def test_output_that_cannot_be_written_is_no_database_that_failed(
    called: Called, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is a reader that has gone, as `head` does."""
    monkeypatch.setattr(sys, "stdout", Full())
    assert await run("store", "check") == 1
    told = capsys.readouterr().err
    assert told == "b12-cds: not all could be written: No space left on device\n"


@pytest.mark.parametrize(("auth", "told"), [("required", True), ("off", False)])
async def test_who_hashes_nobody_is_told_but_a_demo_has_a_key_of_its_own(
    called: Called,
    auth: str,
    told: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("B12_HASH_KEY_FILE")
    monkeypatch.setenv("B12_AUTH", auth)
    assert await run("store", "check") == 0
    assert ("B12_HASH_KEY_FILE is not set" in capsys.readouterr().out) is told


async def test_a_database_that_is_not_there_is_told_without_its_password(
    absent_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("B12_DATABASE_URL", absent_database_url)
    for command in (("store", "check"), ("store", "prune"), ("audit", "export")):
        assert await run(*command) == 2
        told = capsys.readouterr().err
        assert re.search("cannot be opened: cannot be reached|there is no such file", told)
        assert "secret" not in told


async def test_a_command_in_the_wrong_folder_makes_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty trail that is exported, and a store that is sound, would be taken for the real ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("B12_DATABASE_URL", "sqlite:///b12-cds.sqlite3")
    commands = (
        ("store", "check"),
        ("store", "prune"),
        ("store", "prune", "--dry-run"),
        ("audit", "export"),
        ("audit", "card", "00000000-0000-4000-8000-000000000000"),
    )
    for command in commands:
        assert await run(*command) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert f"{tmp_path}/b12-cds.sqlite3: there is no such file" in printed.err
    assert os.listdir(tmp_path) == []


async def test_what_is_to_go_is_told_before(
    called: Called, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("B12_KEEP_AUDIT_DAYS", "36500")
    assert await run("store", "prune", "--dry-run") == 0
    assert "audit: 0 to remove" in capsys.readouterr().out


async def test_rows_that_wait_for_a_person_are_named(
    called: Called,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Those that could not be read, and those that the database refuses."""
    folder = tmp_path / "waiting"
    folder.mkdir()
    for name in ("a.unreadable", "set-aside.jsonl"):
        (folder / name).write_text("12345")
    monkeypatch.setenv("B12_SPOOL_DIR", str(folder))
    assert await run("store", "check") == 0
    shown = capsys.readouterr().out
    assert "  a.unreadable: 5 bytes" in shown
    assert "  set-aside.jsonl: 5 bytes" in shown


async def test_nothing_goes_by_a_clock_that_may_be_wrong(
    called: Called, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No call was audited a week to a month ago, so a person is asked about the clock."""
    store = Store(database_url)
    await store.start()
    await store.add([card(issued_at=datetime(2000, 1, 1, tzinfo=UTC))])
    await store.stop()
    assert await run("store", "prune") == 2
    assert "was removed: No call was audited" in capsys.readouterr().err


def test_two_clients_patients_of_the_same_id_are_two() -> None:
    """Hashes are made by client."""
    key = HashKey(b"k" * 32)
    assert key.of("patient", "a", "1") != key.of("patient", "b", "1")


async def test_a_database_that_fails_under_way_is_told_in_one_line(
    called: Called, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not with what was asked, which holds hashes of people."""
    store = Store(database_url)
    await store.start()
    async with store.writing() as connection:
        await connection.execute(text("ALTER TABLE audit RENAME TO elsewhere"))
    await store.stop()
    who = ("--client", "general-hospital", "--patient", called.patient)
    for command in (("store", "check"), ("store", "prune"), ("audit", "export", *who)):
        assert await run(*command) == 2
        assert "failed, or did not answer in time" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["B12_KEEP_AUDIT_DAYS", "B12_KEEP_CARDS_DAYS"])
async def test_a_time_to_keep_that_no_calendar_has_is_told(
    name: str, called: Called, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For ever is no number; with one beyond the calendar nothing would ever go."""
    monkeypatch.setenv(name, "999999")
    assert await run("store", "prune") == 2
    assert name in capsys.readouterr().err


async def test_an_address_for_other_tools_is_told_how_to_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("B12_DATABASE_URL", "postgresql://b12:secret@db/b12?sslmode=require")
    assert await run("store", "check") == 2
    told = capsys.readouterr().err
    assert "ssl=... instead of sslmode=" in told
    assert "secret" not in told


async def test_a_parameter_that_the_driver_does_not_take_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name is not repeated: after a question mark it may be half of a password."""
    monkeypatch.setenv("B12_DATABASE_URL", "postgresql://b12@db/b12?secret=1")
    assert await run("store", "check") == 2
    told = capsys.readouterr().err
    assert told == "b12-cds: B12_DATABASE_URL: has a parameter that asyncpg does not take\n"
