"""Offers a service that keeps what it issues, in a database of every kind."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.service.calls import Keep, kept


@pytest.fixture
def keep(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Starts the service with an empty database of the test's own; again, with the same one."""
    monkeypatch.chdir(tmp_path)  # what a service leaves in its working directory is the test's own
    return partial(kept, tmp_path, database_url=database_url)


@pytest.fixture
def storeless(tmp_path: Path, absent_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Starts the service with a database that cannot be had."""
    monkeypatch.chdir(tmp_path)
    return partial(kept, tmp_path, database_url=absent_database_url)
