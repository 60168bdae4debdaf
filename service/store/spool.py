"""Rows on the local disk, from the moment of the answer until the database has them.

A process appends to a file of its own, which it holds locked for as long as it lives. When the
database has taken every row of a file, the file goes. What a dead process or an absent database left
behind is brought home by any process of this machine that comes to hold the lock.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from service.store.lines import line_of
from service.store.rows import Row

SUFFIX = ".rows"
SET_ASIDE = "set-aside.jsonl"
UNREADABLE = ".unreadable"
SEGMENT_BYTES = 1_000_000
TIDY_ABOVE_BYTES = 250_000


@dataclass(slots=True, eq=False)
class Segment:
    """One file; `waiting` counts its rows that are on their way to the database."""

    path: Path
    handle: int
    size: int = 0
    waiting: int = 0
    full: bool = False  # takes no more rows
    left: bool = False  # holds rows that the database did not take


class Spool:
    """The files of one folder, of which the process appends to one."""

    def __init__(self, folder: Path, most_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._segment_bytes = segment_bytes
        self._segments: list[Segment] = []
        self._bytes_of_others = 0
        self._asked_bytes = 1  # what was to be put last
        self._disk_refused = False  # the last that was to be put
        self._set_aside_refused = False  # the last that was to be set aside
        self._started = False

    def start(self) -> None:
        """Makes the folder in one that exists; where that cannot be, `put` takes nothing.

        A folder around it that is missing is most often a disk that is not mounted.
        """
        self._make_folder()
        self._started = True
        self.measure()

    def stop(self) -> None:
        """Lets go of the files; those with rows that are not in the database stay."""
        self._started = False
        for segment in tuple(self._segments):
            segment.full = True
            self._settle(segment)
        for segment in self._segments:
            os.close(segment.handle)
        self._segments.clear()

    @property
    def is_open(self) -> bool:
        """True when there is a folder to write to."""
        return self._started and os.access(self._folder, os.W_OK)

    @property
    def why_down(self) -> str:
        """Why it takes no rows, in a few words; empty while it takes them."""
        if not self.is_open:
            return "folder missing or not writable"
        if not self._fits(self._asked_bytes):
            return "full"
        if self._disk_refused:
            return "disk full or failing"
        return f"{SET_ASIDE} takes no row" if self._set_aside_refused else ""

    @property
    def kept_bytes(self) -> int:
        """How much lies in the folder, as far as this process knows."""
        return self._bytes_of_others + sum(segment.size for segment in self._segments)

    def measure(self) -> None:
        """Looks how much lies in the folder beside what this process has in hand.

        Every file counts, also what was set aside or could not be read: the disk holds it all.
        """
        own = {segment.path for segment in self._segments}
        others = 0
        with suppress(OSError), os.scandir(self._folder) as found:
            for each in found:
                if Path(each.path) not in own:
                    with suppress(OSError):  # it went meanwhile
                        others += each.stat(follow_symlinks=False).st_size
        self._bytes_of_others = others

    def put(self, rows: Sequence[Row]) -> Segment | None:
        """The file that now holds these rows; None when the disk does not take them.

        They outlive the process from now on, and the machine after `sync`.
        """
        lines = b"".join(line_of(row) for row in rows)
        self._asked_bytes = max(1, len(lines))
        if not self._started or not self._fits(len(lines)):
            return None
        try:
            segment = self._current()
            self._append(segment, lines)
        except OSError:
            self._disk_refused = self.is_open
            return None
        self._disk_refused = False
        segment.waiting += len(rows)
        return segment

    def sync(self, segment: Segment) -> bool:
        """Waits until the disk has what was put in the file; False when that failed.

        A file that we let go of meanwhile is in order: its rows are in the database, or with whoever
        brings them there. One that somebody else removed is not.
        """
        try:
            _sync(segment.path)
            _sync(self._folder)
        except FileNotFoundError:
            return segment not in self._segments
        except OSError:
            return False
        return True

    def written(self, segment: Segment, rows: int) -> None:
        """Says that the database has so many rows of the file."""
        segment.waiting -= rows
        self._settle(segment)

    def leave(self, segment: Segment, rows: int) -> None:
        """Says that the database did not take so many rows of the file: they stay on the disk."""
        segment.left = True
        segment.waiting -= rows
        self._settle(segment)

    def release(self) -> None:
        """Appends no more to files with rows that were left, so that they can be brought home."""
        for segment in tuple(self._segments):
            if segment.left:
                segment.full = True
                self._settle(segment)

    def set_aside(self, rows: Sequence[Row]) -> bool:
        """Keeps rows that the database refuses for what they are, for an operator to look at.

        Waits until the disk has them; False when it does not take them.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            with open(os.open(self._folder / SET_ASIDE, flags, 0o600), "ab") as out:
                out.write(b"".join(line_of(row) for row in rows))
                out.flush()
                os.fsync(out.fileno())
            _sync(self._folder)
        except OSError:
            self._set_aside_refused = True
            return False
        self._set_aside_refused = False
        return True

    def left_behind(self) -> tuple[Path, ...]:
        """The files that no writer is at work on in this process, the oldest first."""
        own = {segment.path for segment in self._segments}
        try:
            found = [each for each in self._folder.glob(f"*{SUFFIX}") if each not in own]
            times = [(each.stat().st_mtime, each) for each in found]
        except OSError:
            return ()
        return tuple(path for _, path in sorted(times))

    def _fits(self, size: int) -> bool:
        return self.kept_bytes + size <= self._most_bytes

    def _make_folder(self) -> None:
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)

    def _current(self) -> Segment:
        if self._segments and not self._segments[-1].full:
            last = self._segments[-1]
            if last.size < self._segment_bytes and _has_name(last):
                return last
            last.full = True
            self._settle(last)
        self._make_folder()
        segment = _new_segment(self._folder)
        self._segments.append(segment)
        return segment

    def _append(self, segment: Segment, lines: bytes) -> None:
        try:
            took = os.write(segment.handle, lines)
        except OSError:
            took = 0
        if took == len(lines):
            segment.size += took
            return
        segment.full = True
        os.ftruncate(segment.handle, segment.size)  # half a row is none
        self._settle(segment)
        raise OSError(errno.ENOSPC, "the disk does not take it")

    def _settle(self, segment: Segment) -> None:
        """Removes or empties a file of which the database has every row.

        Where the disk refuses that, the rows come home a second time, and are written once.
        """
        if segment.waiting or segment not in self._segments:
            return
        if segment.full:
            self._segments.remove(segment)
            with suppress(OSError):
                if not segment.left:
                    segment.path.unlink(missing_ok=True)
            os.close(segment.handle)
        elif segment.size > TIDY_ABOVE_BYTES and not segment.left:
            with suppress(OSError):
                os.ftruncate(segment.handle, 0)
                segment.size = 0


async def sync(spool: Spool, segment: Segment) -> bool:
    """`Spool.sync`, away from the event loop."""
    return await asyncio.to_thread(spool.sync, segment)


async def set_aside(spool: Spool, rows: Sequence[Row]) -> bool:
    """`Spool.set_aside`, away from the event loop."""
    return await asyncio.to_thread(spool.set_aside, rows)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _new_segment(folder: Path) -> Segment:
    """A file that is locked before anybody can see it under its name."""
    unseen = folder / f"{uuid4()}.new"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
    handle = os.open(unseen, flags, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path = unseen.rename(unseen.with_suffix(SUFFIX))
    except OSError:
        os.close(handle)
        unseen.unlink(missing_ok=True)
        raise
    return Segment(path, handle)


def _has_name(segment: Segment) -> bool:
    """False when somebody has removed the file: what is appended to it would end with the process."""
    return os.fstat(segment.handle).st_nlink > 0
