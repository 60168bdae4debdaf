"""What happened to rows beside being written, for metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Counts since the start of the process."""

    spooled: int = 0  # rows that the database did not take at once and the local disk keeps
    brought_home: int = 0  # rows that the database took from the local disk later
    lost: int = 0  # rows that neither took
    set_aside: int = 0  # rows that the database refuses for what they are
    unreadable: int = 0  # lines on the local disk that are no row, in files that are kept
    unchecked_tokens: int = 0  # tokens that were let in while the used ones could not be asked for
