"""How long the steps of a call took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Laps:
    """Milliseconds by step; a step that is taken twice counts both."""

    spent_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def lap(self, step: str) -> Iterator[None]:
        """The time of one step, also when it fails."""
        began = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - began) * 1000
            self.spent_ms[step] = round(self.spent_ms.get(step, 0.0) + spent, 2)
