"""Forgets what has been kept long enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Table, delete, func, insert, select

from service.errors import ServiceError
from service.store.store import RowRefusedError, Store
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
# The clock is believed when calls were audited so long ago by it, and not only since it was set.
VOUCHED_AT_MOST_AGO = timedelta(days=31)
VOUCHED_AT_LEAST_AGO = timedelta(days=7)


class PurgeRefusedError(ServiceError):
    """Nothing was removed that a person may want to keep: the clock may be wrong."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days cards with their feedback, and the audit trail, are kept."""

    cards_days: int
    audit_days: int


async def purge(store: Store, retention: Retention, now: datetime) -> dict[str, int]:
    """Removes what is older than it is to be kept; how many rows of each table.

    A clock that is years ahead would take everything. Cards, feedback and the audit trail therefore
    go only where the trail has a call of the last month that is at least a week old by this clock.
    The database believes its own clock, and lets nothing of the trail go that is young by it.

    Raises:
        PurgeRefusedError: the clock may be wrong; only what lives for days at most is gone.
        StoreDownError: the database cannot be used; what was removed until then is gone.
    """
    removed = await _remove_all(
        store, {SHOWN_CONCERN: now - SHOWN_FOR, USED_TOKEN: now - TOKENS_FOR}
    )
    ends = _ends(retention, now)
    old = {table for table, end in ends.items() if await _has_older(store, table, end)}
    if old:
        await _check_clock(store, retention, now)
    if AUDIT in old:
        await _announce(store, now, ends[AUDIT])
    return removed | await _remove_all(store, ends)


async def countable(store: Store, retention: Retention, now: datetime) -> dict[str, int]:
    """How many rows `purge` would remove of what a person may want to keep.

    Raises:
        StoreDownError: the database cannot be used.
    """
    ends = _ends(retention, now)
    return {str(table.name): await _older(store, table, end) for table, end in ends.items()}


def _ends(retention: Retention, now: datetime) -> dict[Table, datetime]:
    cards, audit = timedelta(days=retention.cards_days), timedelta(days=retention.audit_days)
    return {ISSUED_CARD: now - cards, FEEDBACK: now - cards, AUDIT: now - audit}


async def _check_clock(store: Store, retention: Retention, now: datetime) -> None:
    # A trail that is kept for days only has no call that is a week old.
    at_least = min(VOUCHED_AT_LEAST_AGO, timedelta(days=retention.audit_days) / 2)
    recorded = AUDIT.c.recorded_at.between(now - VOUCHED_AT_MOST_AGO, now - at_least)
    async with store.transaction(counts=True) as connection:
        found = (await connection.execute(select(AUDIT.c.id).where(recorded).limit(1))).first()
    if found is None:
        raise PurgeRefusedError(
            f"No call was audited between {VOUCHED_AT_MOST_AGO.days} and {at_least.days} days ago: "
            "is the clock right?"
        )


def _moment(table: Table) -> Column[datetime]:
    names = {
        ISSUED_CARD: "issued_at",
        FEEDBACK: "received_at",
        SHOWN_CONCERN: "shown_at",
        USED_TOKEN: "expires_at",
        AUDIT: "recorded_at",
    }
    return table.c[names[table]]


async def _has_older(store: Store, table: Table, end: datetime) -> bool:
    moment = _moment(table)
    async with store.transaction(counts=True) as connection:
        found = await connection.execute(select(moment).where(moment < end).limit(1))
        return found.first() is not None


async def _older(store: Store, table: Table, end: datetime) -> int:
    query = select(func.count()).select_from(table).where(_moment(table) < end)
    async with store.transaction(counts=True) as connection:
        return int((await connection.execute(query)).scalar_one())


async def _announce(store: Store, now: datetime, end: datetime) -> None:
    """The audit trail lets go only of what such a row names, and the row stays."""
    row = {"purged_at": now, "recorded_before": end}
    try:
        async with store.writing() as connection:
            await connection.execute(insert(AUDIT_PURGE), row)
    except RowRefusedError:
        reason = "By the database's own clock the audit trail is too young to go."
        raise PurgeRefusedError(reason) from None


async def _remove_all(store: Store, ends: Mapping[Table, datetime]) -> dict[str, int]:
    return {str(table.name): await _remove(store, table, end) for table, end in ends.items()}


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
