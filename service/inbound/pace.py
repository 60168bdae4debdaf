"""How fast and how many at a time: no client may take the service away from the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from service.errors import TooManyCallsError

BURST_S = 10.0  # a client may use up this much of its rate at once


@dataclass(slots=True)
class Pace:
    """One client's calls: `per_minute` on average, `at_once` together; None is no limit.

    `seconds` is a clock that never goes back.
    """

    per_minute: int | None
    at_once: int | None
    seconds: Callable[[], float]
    _running: int = 0
    _spent: float = 0.0
    _looked_at: float = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The time of one call.

        Raises:
            TooManyCallsError: the client is too fast, or too many of its calls are running.
        """
        if self.at_once is not None and self._running >= self.at_once:
            raise TooManyCallsError("Too many calls at the same time.", 1)
        self._take()
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    def _take(self) -> None:
        if self.per_minute is None:
            return
        now, rate = self.seconds(), self.per_minute / 60
        self._spent = max(0.0, self._spent - (now - self._looked_at) * rate)
        self._looked_at = now
        burst = max(1.0, rate * BURST_S)
        if self._spent + 1 > burst:
            wait_s = math.ceil((self._spent + 1 - burst) / rate)
            raise TooManyCallsError("Too many calls.", max(1, wait_s))
        self._spent += 1
