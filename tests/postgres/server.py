"""Starts a real PostgreSQL on loopback, from the programs that a development dependency ships."""

from __future__ import annotations

import asyncio
import os
import pwd
import random
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Literal

import asyncpg  # type: ignore[import-untyped]

from tests.postgres.programs import copied, postgres_available, shipped_programs

Rows = list[tuple[Any, ...]]
Mode = Literal["fast", "immediate"]

USER = "b12"
SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
READY_WITHIN_S = 30.0
NOT_YET = (
    ConnectionError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
)
STOPPED_WITHIN_S = 20.0

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "io_method": "sync",
    "fsync": "on",
    # Nobody promises us a server that thinks in UTC.
    "timezone": "Asia/Kolkata",
}

# A program that takes no port by itself may lose it to an outgoing connection, and a client that
# waits for it may even meet itself there; no system hands out these ports for such connections.
PORTS = range(20_000, 30_000)

# Reads until the test run ends, however it ends, then stops the server and clears its folder.
GUARD = """
cat > /dev/null
kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"
sleep 1
rm -rf "$1"
"""


class PostgresError(RuntimeError):
    """The server did not start; the message ends with what it said itself."""


class PostgresServer:
    """One server, its data in `folder`; `log` is what it has written so far.

    It may be stopped, killed and started again, and keeps its address and its databases.
    """

    def __init__(self, programs: Path, folder: Path, owner: pwd.struct_passwd | None) -> None:
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)
        self.log = folder / "log"
        self._programs = programs
        self._folder = folder
        self._owner = owner
        self._names = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the database that is always there."""
        return self._url("postgres")

    def pid(self) -> int | None:
        """The process that all others of this server stem from; None when it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def tool(self, name: str) -> Path:
        """A program of this very version, such as `pg_dump`, `pg_restore` or `psql`."""
        return self._programs / name

    def query(self, sql: str, url: str | None = None) -> Rows:
        """The rows that one statement gives, outside of any transaction."""
        return ask(url or self.url, sql)

    def create_database(self) -> str:
        """The address of a new and empty database."""
        name = f"test_{next(self._names)}"
        self.query(f"create database {name}")
        return self._url(name)

    def drop_database(self, url: str) -> None:
        """Removes a database, whoever is still connected to it."""
        self.query(f"drop database if exists {url.rpartition('/')[2]} with (force)")

    def start(self) -> None:
        """Starts the server and waits until it answers; one that runs goes on.

        Raises:
            PostgresError: it ended, or did not answer in time.
        """
        if self.pid() is not None:
            return
        settings = {**SETTINGS, "port": str(self.port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        with self.log.open("ab") as log:
            command = [str(self.tool("postgres")), "-D", str(self._data), *options]
            self._process = self._popen(command, log.fileno())
        self._wait_until_it_answers(self._process)

    def stop(self, mode: Mode = "fast") -> None:
        """Ends every session and the server: in order, or at once as after a crash."""
        process = self._process
        if process is None:
            return
        process.send_signal(SIGNALS[mode])
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def restart(self, mode: Mode = "fast") -> None:
        """Stops the server and starts it again."""
        self.stop(mode)
        self.start()

    def kill(self) -> None:
        """Ends all processes of the server with SIGKILL: it can save nothing."""
        import psutil  # type: ignore[import-untyped]  # it comes with the server's package

        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        parent = psutil.Process(process.pid)
        parent.suspend()  # so that it starts no further child
        family = [parent, *parent.children(recursive=True)]
        for each in family:
            each.kill()
        process.wait()
        _wait_until(lambda: not any(map(_lives, family)), STOPPED_WITHIN_S)

    def initialise(self) -> None:
        """Makes the data folder.

        Raises:
            PostgresError: the program that makes it failed.
        """
        secret = self._folder / "password"
        secret.write_text(self.password)
        self._give_away(secret)
        identity = [f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256"]
        texts = ["--encoding=UTF8", "--locale=C", "--no-sync"]
        command = [str(self.tool("initdb")), "-D", str(self._data), *identity, *texts]
        with self.log.open("ab") as log:
            status = self._popen(command, log.fileno()).wait()
        secret.unlink()
        if status != 0:
            raise PostgresError(f"the database could not be made:\n{self._tail()}")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def _give_away(self, path: Path) -> None:
        path.chmod(0o600)
        if self._owner is not None:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _popen(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        """A process of the server, out of reach of a key that interrupts the tests."""
        owner = self._owner
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=None if owner is None else owner.pw_uid,
            group=None if owner is None else owner.pw_gid,
            extra_groups=None if owner is None else [],
        )

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        def settled() -> bool:
            return process.poll() is not None or self._answers()

        in_time = _wait_until(settled, READY_WITHIN_S)
        if process.poll() is None and in_time:
            return
        self.kill()
        raise PostgresError(f"the server did not start; the end of its log:\n{self._tail()}")

    def _answers(self) -> bool:
        try:
            return self.query("select 1") == [(1,)]
        except NOT_YET:
            return False

    def _tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def start_postgres() -> Iterator[PostgresServer]:
    """A running server on a free port of loopback, ended with its folder on leaving.

    Raises:
        PostgresError: it cannot be had or did not start.
    """
    programs = shipped_programs()
    if programs is None:
        raise PostgresError(postgres_available())
    with tempfile.TemporaryDirectory(prefix="postgres-") as name, _guarded(Path(name)):
        folder = Path(name)
        owner = None
        if os.geteuid() == 0:  # which the server refuses to run as
            owner = pwd.getpwnam("nobody")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            programs = copied(programs, folder / "programs")
        server = PostgresServer(programs, folder, owner)
        try:
            server.initialise()
            server.start()
            yield server
        finally:
            server.stop("immediate")


def ask(url: str, sql: str) -> Rows:
    """The rows that one statement gives in a PostgreSQL database, whatever loop runs here."""

    async def rows() -> Rows:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(rows())).result()


@contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    """Leaves nothing of a server in `folder` behind, even if this process is killed meanwhile."""
    with subprocess.Popen(
        ["/bin/sh", "-c", GUARD, "guard", str(folder)],
        stdin=subprocess.PIPE,  # its end is ours
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as guard:
        try:
            yield
        finally:
            guard.kill()


def free_port() -> int:
    """A port of loopback where nobody listens, and nobody will by chance."""
    for port in random.sample(PORTS, 100):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise PostgresError("no free port was found")


def _wait_until(done: Callable[[], bool], timeout_s: float) -> bool:
    """Whether it was done before the time was over."""
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _lives(process: Any) -> bool:  # noqa: ANN401 - a process of psutil, which has no types
    """False for a process that ended, even if nobody has asked how."""
    import psutil

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
