"""What tests of several parts share."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from service.observe.log import LOGGER, JsonLines
from tests.postgres.fixtures import absent_database_url, database_url, postgres, postgres_url

__all__ = ["absent_database_url", "database_url", "log", "postgres", "postgres_url"]

# The same examples on every machine, however slow: `--hypothesis-profile=default` seeks new ones.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger of the process says, at the finest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
