"""What is asked of the audit trail: the calls of a time, and everything about one card."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import Select, select

from service.store.store import Store
from service.store.tables import AUDIT, FEEDBACK, ISSUED_CARD

AT_ONCE = 500
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: recorded from `since` on and before `until`; None does not choose."""

    since: datetime | None = None
    until: datetime | None = None
    client: str | None = None
    asker: str | None = None
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class CardTrace:
    """Everything known of a card: when it was issued, the calls that issued it, what became of it."""

    issued: tuple[Record, ...]
    calls: tuple[Record, ...]
    feedback: tuple[Record, ...]


async def calls(store: Store, wanted: Wanted) -> AsyncIterator[Record]:
    """The calls in the order in which they were written.

    Raises:
        StoreDownError: the database cannot be used.
    """
    last = 0
    while True:
        query = _chosen(wanted).where(AUDIT.c.id > last).order_by(AUDIT.c.id).limit(AT_ONCE)
        async with store.transaction(counts=True) as connection:
            found = (await connection.execute(query)).all()
        for row in found:
            yield _record(row)
        if len(found) < AT_ONCE:
            return
        last = found[-1].id


async def trace_of(store: Store, card: str) -> CardTrace:
    """Everything about the card with this uuid, the oldest first; empty when it is not known.

    Raises:
        StoreDownError: the database cannot be used.
    """
    cards, given = ISSUED_CARD.c, FEEDBACK.c
    async with store.transaction(counts=True) as connection:
        issued = (
            await connection.execute(
                select(ISSUED_CARD).where(cards.card == card).order_by(cards.id)
            )
        ).all()
        requests = [row.request for row in issued if row.request]
        # The trail outlives the table of cards, and names the cards of a call too.
        named = AUDIT.c.detail.contains(f'"{card}"', autoescape=True)
        calling = select(AUDIT).where(AUDIT.c.request.in_(requests) if requests else named)
        made = (await connection.execute(calling.order_by(AUDIT.c.id))).all()
        reports = (
            await connection.execute(select(FEEDBACK).where(given.card == card).order_by(given.id))
        ).all()
    return CardTrace(_records(issued), _records(made), _records(reports))


def _chosen(wanted: Wanted) -> Select[Any]:
    query, column = select(AUDIT), AUDIT.c
    if wanted.since is not None:
        query = query.where(column.recorded_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(column.recorded_at < wanted.until)
    for name in ("client", "asker", "patient"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(column[name] == value)
    return query


def _records(found: Sequence[Found[Any]]) -> tuple[Record, ...]:
    return tuple(_record(row) for row in found)


def _record(row: Found[Any]) -> Record:
    return {str(name): value for name, value in row._mapping.items()}
