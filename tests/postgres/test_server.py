"""The server that other tests rely on is a real one, and as durable as they assume."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]
import pytest

from tests.postgres.server import PostgresServer, start_postgres


def test_it_is_a_postgresql(postgres: PostgresServer) -> None:
    """Not something that speaks like one."""
    [(version,)] = postgres.query("select version()")
    assert version.startswith("PostgreSQL 18.")
    assert postgres.query("show fsync") == [("on",)]


def test_it_does_not_run_as_root(postgres: PostgresServer) -> None:
    """Even where the tests do; a PostgreSQL serves no data folder but its own user's."""
    [(folder,)] = postgres.query("show data_directory")
    assert Path(folder).stat().st_uid != 0


def test_nobody_enters_without_the_password(postgres: PostgresServer) -> None:
    """A wrong password in the service's settings is noticed."""
    wrong = postgres.url.replace(postgres.password, "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        postgres.query("select 1", wrong)


def test_databases_are_apart(postgres: PostgresServer) -> None:
    """What one test keeps, no other finds."""
    one, two = postgres.create_database(), postgres.create_database()
    postgres.query("create table kept (number int)", one)
    tables = "select count(*) from information_schema.tables where table_name = 'kept'"
    assert postgres.query(tables, one) == [(1,)]
    assert postgres.query(tables, two) == [(0,)]
    for url in (one, two):
        postgres.drop_database(url)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        postgres.query("select 1", one)


def test_what_was_committed_survives_a_kill(postgres: PostgresServer, postgres_url: str) -> None:
    """The address stays the same, and so does what was told to be kept."""
    postgres.query("create table kept (number int)", postgres_url)
    postgres.query("insert into kept values (1)", postgres_url)
    postgres.kill()
    with pytest.raises(OSError, match="Connect call failed"):
        postgres.query("select 1")
    assert postgres.pid() is None
    postgres.start()
    assert postgres.query("select number from kept", postgres_url) == [(1,)]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_it_stops_and_starts_again(postgres: PostgresServer, mode: str) -> None:
    """A server that is stopped answers nobody; starting it twice does no harm."""
    before = postgres.pid()
    postgres.stop("fast" if mode == "fast" else "immediate")
    assert postgres.pid() is None
    postgres.start()
    postgres.start()
    assert postgres.pid() not in {None, before}
    postgres.restart()
    assert postgres.query("select 1") == [(1,)]


def test_its_programs_can_be_run(postgres: PostgresServer, postgres_url: str) -> None:
    """A backup is made with the program of the same version."""
    postgres.query("create table kept (number int)", postgres_url)
    for program, arguments in (("pg_dump", ()), ("psql", ("--command", r"\d"))):
        command = (postgres.tool(program), *arguments, postgres_url)
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "kept" in answer.stdout
    assert postgres.tool("pg_restore").exists()


def test_it_ends_with_its_folder() -> None:
    """Nothing of a server stays behind on the machine."""
    with start_postgres() as server:
        port, folder, pid = urlsplit(server.url).port, server.log.parent, server.pid()
        assert server.query("select inet_server_port()") == [(port,)]
        assert folder.exists()
    assert not folder.exists()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_it_can_be_asked_from_within_a_loop(postgres: PostgresServer) -> None:
    """A test of the service looks into the database while the service runs."""
    assert postgres.query("select 1") == [(1,)]


async def test_every_kind_of_database_is_offered(database_url: str) -> None:
    """A suite that asks for the address runs on each."""
    assert urlsplit(database_url).scheme in {"sqlite", "postgresql"}
