"""Whoever reads the log may stall: calls are answered, and the service ends when it is told to."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import orjson
import pytest

from tests.reliability.running import Place, Service, running

SMALLEST_PIPE = 4_096  # bytes, some ten lines
CALLS = 60


class Unread(Service):
    """A service whose log goes into a pipe that is read only on demand."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.end, self._into = os.pipe()
        fcntl.fcntl(self._into, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)

    def read(self) -> list[bytes]:
        """All that was said, up to the end of the process."""
        with open(self.end, "rb") as said:
            return said.read().splitlines()

    def tell_to_end(self) -> None:
        """Tells the process to end in order."""
        os.kill(self.pid, signal.SIGTERM)

    @contextmanager
    def _log(self, file: IO[bytes]) -> Iterator[IO[bytes]]:
        with open(self._into, "wb") as pipe:
            yield pipe


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Files of a service with SQLite."""
    return Place(tmp_path, f"sqlite:///{tmp_path / 'b12.sqlite3'}")


async def ask_often(service: Service) -> None:
    """More calls than the pipe holds lines, each of which is logged."""
    async with httpx.AsyncClient(base_url=service.address, trust_env=False, timeout=10) as http:
        for _ in range(CALLS):
            assert (await http.get("/__version__")).status_code == 200


async def test_calls_are_answered_while_nobody_reads_the_log(place: Place) -> None:
    """Nothing waits for the reader, also not the end of the process."""
    service = Unread(place)
    async with running(service):
        await ask_often(service)
        await service.stop()


async def test_the_last_lines_are_not_lost_in_an_orderly_end(place: Place) -> None:
    """A slow reader gets every line, also those that still waited when the process was told to end."""
    service = Unread(place)
    async with running(service):
        await ask_often(service)
        service.tell_to_end()
        said = [orjson.loads(line) for line in service.read() if line.startswith(b"{")]
    told = [line["event"] for line in said if line.get("route") != "/__heartbeat__"]
    assert told == ["started", *["request"] * CALLS, "stopped"]
