"""How long the service took, on a machine that has other work as well."""

from __future__ import annotations

import time
from pathlib import Path


class Stopwatch:
    """Starts when it is made, and forgives the time in which other programs had the processor."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._starved_s = starved_s()

    @property
    def seconds(self) -> float:
        """Since the start, less what this thread was ready to run and could not."""
        return time.monotonic() - self._began - (starved_s() - self._starved_s)


def starved_s() -> float:
    """How long this thread has waited for a processor; 0 where the kernel does not tell."""
    try:
        waited_ns = Path("/proc/thread-self/schedstat").read_text().split()[1]
    except OSError:
        return 0.0
    return int(waited_ns) / 1_000_000_000
