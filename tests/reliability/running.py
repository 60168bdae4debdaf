"""Runs the real service as a process that can be killed, and started again on the same files."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import orjson

from tests.postgres.server import free_port
from tests.reliability.tokens import BASE, CLIENTS, KEY_SET

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 30.0

# The command line of `b12-cds serve`, in a process that ends with the one that started it.
START = """
import ctypes, signal
try:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
except AttributeError:
    pass  # not on Linux
from service.cli.main import main
raise SystemExit(main(["serve"]))
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What outlives a process: its database, and a folder with its clients, keys, log and spool."""

    folder: Path
    database_url: str
    name: str = "service"
    spool: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def spool_folder(self) -> Path:
        """Where rows lie until the database has them."""
        return self.spool or self.folder / f"{self.name}.spool"

    @property
    def log(self) -> Path:
        """All that every process here has said."""
        return self.folder / f"{self.name}.log"

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What was logged of one event; a line that a kill has torn is left out."""
        whole = self.log.read_bytes().splitlines() if self.log.exists() else []
        found = (_read(line) for line in whole)
        return [line for line in found if line is not None and line.get("event") == event]

    def spooled(self) -> int:
        """How many bytes of rows lie on the disk."""
        return sum(file.stat().st_size for file in self.spool_folder.glob("*.rows"))

    def environment(self, port: int) -> dict[str, str]:
        """The variables of a process on `port`, and the files that they name."""
        (self.folder / "keys.json").write_bytes(KEY_SET)
        (self.folder / "clients.toml").write_text(CLIENTS)
        (self.folder / "hash.key").write_text("k" * 64)
        ours = {
            "B12_AUTH": "required",
            "B12_CLIENTS": str(self.folder / "clients.toml"),
            "B12_PUBLIC_URL": BASE,
            "B12_PORT": str(port),
            "B12_DATABASE_URL": self.database_url,
            "B12_SPOOL_DIR": str(self.spool_folder),
            "B12_HASH_KEY_FILE": str(self.folder / "hash.key"),
            "PYTHONPATH": str(ROOT),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("B12_")}
        return {**kept, **ours, **self.variables}


class Service:
    """One process after the other at a place, always on the same port.

    `through` is a command that becomes the command it is given, such as one that enters a namespace.
    A log that goes through a pipe is written by another process, whatever limits this one has.
    """

    def __init__(
        self, place: Place, through: tuple[str, ...] = (), *, log_through_a_pipe: bool = False
    ) -> None:
        self.place = place
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._through = through
        self._log_through_a_pipe = log_through_a_pipe
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def launch(self) -> None:
        """Starts a process and does not wait for it."""
        with self.place.log.open("ab") as log, self._log(log) as said:
            self._process = subprocess.Popen(
                [*self._through, sys.executable, "-c", START],
                cwd=self.place.folder,
                env=self.place.environment(self.port),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    async def start(self) -> None:
        """Starts a process and waits until it answers."""
        self.launch()
        await self.answers()

    async def answers(self) -> None:
        """Waits until the process answers."""
        ends_at = time.monotonic() + STARTS_WITHIN_S
        while self.runs and time.monotonic() < ends_at:
            if await self.health():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the service did not start:\n{self.place.log.read_text()[-4000:]}")

    async def health(self) -> dict[str, str]:
        """What it says of its parts; nothing while it does not answer."""
        async with httpx.AsyncClient(base_url=self.address, trust_env=False) as http:
            try:
                answer = await http.get("/__heartbeat__")
            except httpx.TransportError:
                return {}
        checks: dict[str, str] = answer.json()["checks"]
        return checks

    @property
    def runs(self) -> bool:
        """True while there is a process."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Ends the process with SIGKILL: it can save nothing."""
        self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Ends the process in order."""
        await asyncio.to_thread(self._end, signal.SIGTERM)

    @contextmanager
    def _log(self, file: IO[bytes]) -> Iterator[IO[bytes]]:
        if not self._log_through_a_pipe:
            yield file
            return
        self._pipe = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=file)
        assert self._pipe.stdin is not None
        with self._pipe.stdin as pipe:
            yield pipe

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if self._pipe is not None:
                self._pipe.wait()  # it ends with what it reads from


@asynccontextmanager
async def running(*services: Service) -> AsyncIterator[None]:
    """The services while they answer; on leaving none of them is left."""
    try:
        for each in services:
            each.launch()
        for each in services:
            await each.answers()
        yield
    finally:
        for each in services:
            each.kill()


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
