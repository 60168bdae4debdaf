"""Two disks that can be filled, one for a database and one for a spool.

Where this user may mount a file system in a namespace of its own, each is a small one in memory,
and full is what every program calls full. Elsewhere no file of the service may grow beyond a size.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

from tests.reliability.running import Place, Service

Kind = Literal["small disks", "small files"]

MOUNT = """
mount -t tmpfs -o size=6m none "$1" && mount -t tmpfs -o size=3m none "$2" && echo ready && cat
"""
COPY = """
import sqlite3, sys
from contextlib import closing
with closing(sqlite3.connect(sys.argv[1])) as source, closing(sqlite3.connect(sys.argv[2])) as copy:
    source.backup(copy)
"""
USER = () if os.geteuid() == 0 else ("--user", "--map-root-user")
ENTER = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
PAGE = b"\0" * 4096
# Beyond this the database's log must grow, while the files of a spool are always new ones.
LARGEST_FILE = 600_000


class Disks(Protocol):
    """A place whose files lie on these disks, and a service there."""

    place: Place
    service: Service

    def database(self) -> str:
        """The address of what the database holds now."""

    def fill_database(self) -> None:
        """From now on the database cannot grow."""

    def fill_spool(self) -> None:
        """From now on the spool cannot grow either."""

    def free(self) -> None:
        """There is space again on both."""

    def spooled(self) -> int:
        """How many bytes of rows lie in the spool."""


def kinds() -> tuple[Kind, ...]:
    """What can be done on this machine; something always can."""
    return ("small disks", "small files") if _may_mount() else ("small files",)


@contextmanager
def disks(kind: Kind, folder: Path) -> Iterator[Disks]:
    """Disks of this kind, gone with all that is on them on leaving."""
    database, spool = folder / "database", folder / "spool"
    for each in (database, spool):
        each.mkdir()
    place = Place(folder, f"sqlite:///{database / 'store.sqlite3'}", spool=spool / "rows")
    if kind == "small files":
        yield SmallFiles(place)
        return
    command = ["unshare", "--mount", *USER, "sh", "-c", MOUNT, "sh", str(database), str(spool)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        yield SmallDisks(place, holder.pid)


class SmallDisks:
    """File systems that only the service and the process `holder` see."""

    def __init__(self, place: Place, holder: int) -> None:
        self._enter = ("nsenter", f"--target={holder}", "--mount", *ENTER)
        seen = Path(f"/proc/{holder}/root")
        assert place.spool is not None
        self._database = seen / str(place.folder / "database").lstrip("/")
        self._spool = seen / str(place.spool.parent).lstrip("/")
        self.place = place
        self.service = Service(place, self._enter)

    def database(self) -> str:
        """The address of a copy, which another process makes that sees the disk."""
        copy = self.place.folder / "copy.sqlite3"
        copy.unlink(missing_ok=True)
        source = self.place.database_url.removeprefix("sqlite:///")
        command = [*self._enter, sys.executable, "-c", COPY, source, str(copy)]
        subprocess.run(command, check=True, timeout=30)
        return f"sqlite:///{copy}"

    def fill_database(self) -> None:
        """A file takes what is left of the disk."""
        _fill(self._database)

    def fill_spool(self) -> None:
        """A file takes what is left of the disk."""
        _fill(self._spool)

    def free(self) -> None:
        """These files go."""
        for disk in (self._database, self._spool):
            (disk / "ballast").unlink()

    def spooled(self) -> int:
        """How many bytes of rows lie in the spool."""
        return sum(file.stat().st_size for file in (self._spool / "rows").glob("*.rows"))


class SmallFiles:
    """A service whose files may not grow beyond a size."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.service = Service(place, log_through_a_pipe=True)

    def database(self) -> str:
        """The address of the database."""
        return self.place.database_url

    def fill_database(self) -> None:
        """Large files cannot grow; a small one can be begun."""
        self._limit(LARGEST_FILE)

    def fill_spool(self) -> None:
        """No file can."""
        self._limit(0)

    def free(self) -> None:
        """Every file can."""
        self._limit(resource.RLIM_INFINITY)

    def spooled(self) -> int:
        """How many bytes of rows lie in the spool."""
        return self.place.spooled()

    def _limit(self, size: int) -> None:
        resource.prlimit(self.service.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _fill(disk: Path) -> None:
    with (disk / "ballast").open("ab", buffering=0) as ballast:
        while True:
            try:
                ballast.write(PAGE)
            except OSError:
                return


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        trial = ["unshare", "--mount", *USER, "mount", "-t", "tmpfs", "none", folder]
        try:
            return subprocess.run(trial, capture_output=True, check=False).returncode == 0
        except OSError:
            return False
