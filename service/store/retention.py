"""Forgets what has been kept long enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Table, delete, func, insert, select

from service.store.store import Store
from service.store.tables import (
    AUDIT,
    AUDIT_PURGE,
    FEEDBACK,
    ISSUED_CARD,
    SHOWN_CONCERN,
    USED_TOKEN,
)

AT_ONCE = 1_000  # rows in one transaction, so that no writer waits long
# What was shown is asked for during a day; the second is for clocks that differ.
SHOWN_FOR = timedelta(days=2)
TOKENS_FOR = timedelta(hours=1)  # after their end


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days cards with their feedback, and the audit trail, are kept."""

    cards_days: int
    audit_days: int


async def purge(store: Store, retention: Retention, now: datetime) -> dict[str, int]:
    """Removes what is older than it is to be kept; how many rows of each table.

    Raises:
        StoreDownError: the database cannot be used; what was removed until then is gone.
    """
    before = {
        ISSUED_CARD: now - timedelta(days=retention.cards_days),
        FEEDBACK: now - timedelta(days=retention.cards_days),
        SHOWN_CONCERN: now - SHOWN_FOR,
        USED_TOKEN: now - TOKENS_FOR,
        AUDIT: now - timedelta(days=retention.audit_days),
    }
    removed = {}
    for table, end in before.items():
        if table is AUDIT and await _older(store, table, end):
            await _announce(store, now, end)
        removed[str(table.name)] = await _remove(store, table, end)
    return removed


async def countable(store: Store, retention: Retention, now: datetime) -> dict[str, int]:
    """How many rows `purge` would remove of what a person may want to keep.

    Raises:
        StoreDownError: the database cannot be used.
    """
    cards, audit = timedelta(days=retention.cards_days), timedelta(days=retention.audit_days)
    ends = {ISSUED_CARD: now - cards, FEEDBACK: now - cards, AUDIT: now - audit}
    return {str(table.name): await _older(store, table, end) for table, end in ends.items()}


def _moment(table: Table) -> Column[datetime]:
    names = {
        ISSUED_CARD: "issued_at",
        FEEDBACK: "received_at",
        SHOWN_CONCERN: "shown_at",
        USED_TOKEN: "expires_at",
        AUDIT: "recorded_at",
    }
    return table.c[names[table]]


async def _older(store: Store, table: Table, end: datetime) -> int:
    query = select(func.count()).select_from(table).where(_moment(table) < end)
    async with store.transaction(counts=True) as connection:
        return int((await connection.execute(query)).scalar_one())


async def _announce(store: Store, now: datetime, end: datetime) -> None:
    """The audit trail lets go only of what such a row names, and the row stays."""
    async with store.writing() as connection:
        row = {"purged_at": now, "recorded_before": end}
        await connection.execute(insert(AUDIT_PURGE), row)


async def _remove(store: Store, table: Table, end: datetime) -> int:
    key = table.primary_key.columns.values()[0]
    some = select(key).where(_moment(table) < end).limit(AT_ONCE)
    removed = 0
    while True:
        async with store.writing() as connection:
            gone = (await connection.execute(delete(table).where(key.in_(some)))).rowcount
        removed += gone
        if gone < AT_ONCE:
            return removed
