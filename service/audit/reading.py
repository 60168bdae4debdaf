"""What is asked of the audit trail: the calls of a time, and everything about one card."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import Select, func, select, text

from service.errors import ServiceError
from service.store.store import Store
from service.store.tables import AUDIT, FEEDBACK, ISSUED_CARD

AT_ONCE = 500
LOCKS_WITHIN_MS = 3_000
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: recorded from `since` on and before `until`; None does not choose.

    `after` is the entry of a call: those that reached the trail later than it.
    """

    since: datetime | None = None
    until: datetime | None = None
    client: str | None = None
    asker: str | None = None
    patient: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class CardTrace:
    """Everything known of a card: when it was issued, the calls that issued it, what became of it."""

    issued: tuple[Record, ...]
    calls: tuple[Record, ...]
    feedback: tuple[Record, ...]


class UnknownEntryError(ServiceError):
    """The trail has no such entry: it was removed when it was old, or is of another database."""


async def calls(store: Store, wanted: Wanted) -> AsyncIterator[Record]:
    """The calls in the order in which they reached the trail.

    A call that lay on a disk while the database was down reaches it late, with the time at which it
    was made. None reaches it before one that was given here.

    Raises:
        UnknownEntryError: the call to go on after is not there.
        StoreDownError: the database cannot be used.
    """
    last, end = await _bounds(store, wanted.after)
    while True:
        here = AUDIT.c.id > last, AUDIT.c.id <= end
        query = _chosen(wanted).where(*here).order_by(AUDIT.c.id).limit(AT_ONCE)
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


async def _bounds(store: Store, after: str | None) -> tuple[int, int]:
    """The ids between which to look: beyond the first, up to the second.

    PostgreSQL gives an id before its row can be seen, so that a row may appear before others that
    are there already. Nobody writes for the moment in which the last id is looked for.
    """
    async with store.writing() as connection:
        if not store.is_sqlite:
            await connection.execute(text(f"SET LOCAL lock_timeout = '{LOCKS_WITHIN_MS}ms'"))
            await connection.execute(text("LOCK TABLE audit IN SHARE MODE"))
        end = (await connection.execute(select(func.max(AUDIT.c.id)))).scalar() or 0
        if after is None:
            return 0, end
        known = select(AUDIT.c.id).where(AUDIT.c.entry == after)
        begin = (await connection.execute(known)).scalar()
    if begin is None:
        raise UnknownEntryError("the audit trail has no such entry")
    return begin, end


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
