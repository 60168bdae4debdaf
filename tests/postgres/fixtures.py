"""Pytest fixtures around the real PostgreSQL, and one for whatever must hold on every database.

However many tests ask for it, a test run starts the server once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.postgres.programs import postgres_available
from tests.postgres.server import PostgresServer, free_port, start_postgres

_server = pytest.StashKey[PostgresServer]()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> PostgresServer:
    """The server of this test run. Tests share it: one that stops or kills it starts it again."""
    if _server not in pytestconfig.stash:
        _require_postgres()
        stack = ExitStack()
        pytestconfig.stash[_server] = stack.enter_context(start_postgres())
        pytestconfig.add_cleanup(stack.close)
    return pytestconfig.stash[_server]


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty database of the test's own, on a server that runs."""
    postgres.start()
    url = postgres.create_database()
    yield url
    postgres.start()
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of the test's own: the test runs once on every kind.

    A SQLite database is the file `store.sqlite3` in `tmp_path`.
    """
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def absent_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that cannot be had: in no folder, or where nobody listens."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'no-such-folder' / 'store.sqlite3'}"
    return f"postgresql://b12:secret@127.0.0.1:{free_port()}/b12"


def _require_postgres() -> None:
    """Skip where the server cannot be had, saying so; in CI, where it must be, fail instead."""
    reason = postgres_available()
    if reason is None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
