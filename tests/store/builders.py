"""Rows, and a store with all that stands in front of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from service.store.retention import Retention
from service.store.rows import AuditEntry, GivenFeedback, IssuedCard, ShownConcern, UsedToken
from service.store.spool import SUFFIX, Spool
from service.store.store import Store
from service.store.tables import METADATA
from service.store.tally import Tally
from service.store.upkeep import Upkeep
from service.store.writer import Writer

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
MOST_BYTES = 10_000_000


def card(**changed: Any) -> IssuedCard:  # noqa: ANN401 - any column
    """A card that was issued, with an entry of its own."""
    usual: dict[str, Any] = {
        "issued_at": NOW,
        "client": "client",
        "service": "service",
        "card": "card",
        "rules": "rule",
        "indicator": "info",
        "knowledge": "0" * 64,
        "shown": True,
        "patient": None,
    }
    return IssuedCard(**{**usual, **changed})


def report(**changed: Any) -> GivenFeedback:  # noqa: ANN401 - any column
    """Feedback on that card."""
    usual: dict[str, Any] = {
        "received_at": NOW,
        "client": "client",
        "service": "service",
        "card": "card",
        "outcome": "accepted",
        "outcome_at": NOW,
        "suggestions": "[]",
        "reason_system": None,
        "reason_code": None,
        "commented": False,
    }
    return GivenFeedback(**{**usual, **changed})


def concern(**changed: Any) -> ShownConcern:  # noqa: ANN401 - any column
    """A concern that somebody saw."""
    usual: dict[str, Any] = {
        "shown_at": NOW,
        "client": "client",
        "hook": "order-select",
        "patient": "1" * 64,
        "asker": "2" * 64,
        "rule": "rule",
        "ingredient": "cobalamin",
        "content": "3" * 64,
    }
    return ShownConcern(**{**usual, **changed})


def used(name: str = "0" * 32, expires_at: datetime = NOW) -> UsedToken:
    """A token that has opened the door."""
    return UsedToken(entry=name, expires_at=expires_at)


def audited(**changed: Any) -> AuditEntry:  # noqa: ANN401 - any column
    """A call as the audit trail has it."""
    usual: dict[str, Any] = {
        "recorded_at": NOW,
        "request": "4" * 32,
        "client": "client",
        "caller": "client",
        "issuer": "https://ehr.example.org",
        "tenant": None,
        "asker": "2" * 64,
        "patient": "1" * 64,
        "route": "/cds-services/{id}",
        "service": "b12-order-sign",
        "hook": "order-sign",
        "hook_instance": "7e1c0f0a-5f57-4a38-9d51-1b8a0c6a7f11",
        "status": 200,
        "outcome": "answered",
        "knowledge": "0" * 64,
        "detail": json.dumps({"rules": ["rule"], "duration_ms": 12.5}),
    }
    return AuditEntry(**{**usual, **changed})


@dataclass(frozen=True, slots=True)
class Kept:
    """A store that may be down, its spool in a folder of its own, and who writes."""

    store: Store
    folder: Path
    spool: Spool
    writer: Writer
    upkeep: Upkeep
    tally: Tally

    def lines_on_disk(self) -> int:
        """How many rows lie on the local disk."""
        files = self.folder.glob(f"*{SUFFIX}")
        return sum(len(file.read_bytes().splitlines()) for file in files)

    async def counts(self) -> dict[str, int]:
        """How many rows each table has, where it has any."""
        found = {}
        async with self.store.transaction() as connection:
            for table in METADATA.sorted_tables:
                query = select(func.count()).select_from(table)
                found[table.name] = (await connection.execute(query)).scalar_one()
        return {name: rows for name, rows in found.items() if rows}


def kept_at(url: str, folder: Path, *, most_bytes: int = MOST_BYTES) -> Kept:
    """The parts, not started yet."""
    store, tally = Store(url, try_again_after_s=0), Tally()
    spool = Spool(folder, most_bytes)
    upkeep = Upkeep(store, spool, tally, Retention(730, 2190), lambda: NOW, every_s=0.05)
    return Kept(store, folder, spool, Writer(store, spool, tally), upkeep, tally)


@asynccontextmanager
async def running(url: str, folder: Path, *, most_bytes: int = MOST_BYTES) -> AsyncIterator[Kept]:
    """The parts at work, without the upkeep, which a test asks for when it wants it."""
    kept = kept_at(url, folder, most_bytes=most_bytes)
    kept.spool.start()
    await kept.store.start()
    kept.writer.start()
    try:
        yield kept
    finally:
        await kept.writer.stop()
        kept.spool.stop()
        await kept.store.stop()
