"""What is noted of one request while it is answered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from uuid import uuid4

from service.observe.events import Fields
from service.observe.laps import Laps
from service.store.reading import Onlooker
from service.trust.caller import Caller


@dataclass(slots=True)
class Trace:
    """What the log line and the audit trail will say of this request.

    `fields` is for both; who asked for whom is for the audit trail alone, as keyed hashes.
    """

    request_id: str = field(default_factory=lambda: uuid4().hex)
    fields: Fields = field(default_factory=Fields)
    started: float = field(default_factory=time.perf_counter)
    laps: Laps = field(default_factory=Laps)
    caller: Caller | None = None
    onlooker: Onlooker | None = None
    hook_instance: str | None = None
    issued: tuple[str, ...] = ()  # the uuids of the cards that were made

    def duration_ms(self) -> float:
        """Milliseconds since the request arrived."""
        return round((time.perf_counter() - self.started) * 1000, 2)
