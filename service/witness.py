"""Sees every request end: counts it, and enters it in the audit trail when a trusted caller made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.audit.entry import entry_of
from service.observe.events import Fields
from service.observe.metrics import Metrics
from service.store.memory import Memory
from service.trace import Trace


@dataclass(frozen=True, slots=True)
class Witness:
    """Who counts and records. The entry lies on the local disk before the answer leaves."""

    metrics: Metrics
    memory: Memory
    now: Callable[[], datetime]

    def saw(self, trace: Trace, line: Fields) -> None:
        """Notes a request by the line that is logged of it."""
        self.metrics.count(line)
        if trace.caller is not None:
            entry = entry_of(trace, trace.caller, line, self.now())
            self.memory.writer.hand_over([entry])
