"""Log lines on their way out: a reader that stalls costs lines, never the service."""

from __future__ import annotations

import os
from collections.abc import Callable
from logging import LogRecord
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue
from select import select

ROOM = 10_000  # lines that wait, some 10 MB
FLUSHED_WITHIN_S = 2.0

Tell = Callable[[int], None]


class Outlet(QueueHandler):
    """Hands formatted lines to a thread of its own that writes them to an open file.

    A line that finds no room, or cannot be written, is lost and counted. As soon as lines go out
    again `tell` is given the number of all that were lost so far, once.
    """

    def __init__(self, descriptor: int, tell: Tell, room: int = ROOM) -> None:
        self._lines: Queue[LogRecord] = Queue(room)
        super().__init__(self._lines)
        self._without_room = 0
        self._told = 0
        self._tell = tell
        self._writer = _Writer(self._lines, descriptor, self._tell_of_losses)
        self._writer.start()

    @property
    def lost(self) -> int:
        """How many lines nobody will ever see."""
        return self._without_room + self._writer.unwritten

    def enqueue(self, record: LogRecord) -> None:
        """Never waits: the event loop calls it."""
        try:
            self._lines.put_nowait(record)
        except Full:
            self._without_room += 1

    def flush(self) -> None:
        """Waits until every line is written, though not for a reader that stalls."""
        lines = self._lines
        with lines.all_tasks_done:
            lines.all_tasks_done.wait_for(lambda: not lines.unfinished_tasks, FLUSHED_WITHIN_S)

    def _tell_of_losses(self) -> None:
        lost, has_room = self.lost, self._lines.qsize() <= self._lines.maxsize // 2
        if lost != self._told and has_room:
            self._told = lost
            self._tell(lost)


class _Writer(QueueListener):
    """The thread. It writes past `sys.stdout`, whose lock would hold up the end of the process."""

    def __init__(
        self, lines: Queue[LogRecord], descriptor: int, when_written: Callable[[], None]
    ) -> None:
        super().__init__(lines)
        self.unwritten = 0
        self._descriptor = descriptor
        self._when_written = when_written
        self._torn = False

    def handle(self, record: LogRecord) -> None:
        """Writes one line, however long that takes."""
        line = f"{record.getMessage()}\n".encode(errors="backslashreplace")
        try:
            self._write(b"\n" + line if self._torn else line)
        except OSError:  # nobody reads any more, or the disk is full
            self._torn = True
            self.unwritten += 1
        else:
            self._torn = False
            self._when_written()

    def _write(self, line: bytes) -> None:
        left = memoryview(line)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # another owner of the same pipe made it so
                select([], [self._descriptor], [])
