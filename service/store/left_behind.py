"""Files of rows whose process is gone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.store.lines import row_in
from service.store.rows import Row


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What a file held: its rows, and how many lines of it could not be read."""

    rows: tuple[Row, ...]
    unreadable: int


@contextmanager
def taken_over(path: Path) -> Iterator[LeftBehind | None]:
    """The rows of a file whose process is gone; None while that process lives, or without the file."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        content = path.read_bytes()  # by its name: another process may have brought it home
    except OSError:
        os.close(handle)
        yield None
        return
    try:
        yield read(content)
    finally:
        os.close(handle)


def read(content: bytes) -> LeftBehind:
    """The rows of a file, as far as its lines are whole."""
    found = [row_in(line) for line in content.splitlines()]
    rows = tuple(row for row in found if row is not None)
    return LeftBehind(rows, len(found) - len(rows))
