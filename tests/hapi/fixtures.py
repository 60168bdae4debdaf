"""Pytest fixtures around the real server. A conftest that imports them offers them to its tests.

However many conftests do so, a test run starts each server once.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, NoReturn

import pytest

from tests.hapi.loader import ChartsAbsentError, Loaded, load_charts
from tests.hapi.server import HapiServer, hapi_available, start
from tests.hapi.validation import Issue, validate

TOKEN = "synthetic-token-for-hapi"

Validate = Callable[[Mapping[str, Any]], tuple[Issue, ...]]

_servers = pytest.StashKey[dict[str | None, HapiServer]]()


@pytest.fixture(scope="session")
def hapi(pytestconfig: pytest.Config) -> HapiServer:
    """The R4 server of this test run, open to all. Tests share it: use ids of your own."""
    return _shared(pytestconfig, token=None)


@pytest.fixture(scope="session")
def hapi_with_token(pytestconfig: pytest.Config) -> HapiServer:
    """A second R4 server that lets in nobody without its bearer token, `server.token`."""
    return _shared(pytestconfig, token=TOKEN)


@pytest.fixture(scope="session")
def hapi_validate(hapi: HapiServer) -> Validate:
    """HL7's validator: takes an R4 resource, gives its error and fatal issues."""
    return partial(validate, hapi)


@pytest.fixture(scope="session")
def hapi_charts(hapi: HapiServer) -> Loaded:
    """Five sample charts on the R4 server; skips where the charts are absent."""
    try:
        return load_charts(hapi)
    except ChartsAbsentError as absent:
        pytest.skip(str(absent))


def require_hapi() -> None:
    """Skip where Java or Maven is missing, saying so; in CI, where both must be, fail instead."""
    reason = hapi_available()
    if reason is not None:
        _give_up(reason)


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _shared(config: pytest.Config, token: str | None) -> HapiServer:
    """The server of this run with that token, started at the first call, stopped with the run."""
    running = config.stash.setdefault(_servers, {})
    if token not in running:
        require_hapi()
        stack = ExitStack()
        running[token] = stack.enter_context(start("r4", token))
        config.add_cleanup(stack.close)
    return running[token]
