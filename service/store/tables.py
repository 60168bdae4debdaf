"""The tables of the store. Rows are added and never changed; the migrations make the same."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from service.store.rows import AuditEntry, GivenFeedback, IssuedCard, Row, ShownConcern, UsedToken


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zones, so it is told and asked in UTC alone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The moment in UTC, on its way in."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """The moment with its zone, on its way out."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


# SQLite counts up by itself only in a column that is declared INTEGER.
ROW_ID = BigInteger().with_variant(Integer(), "sqlite")
MOMENT = Moment()
# Identifiers of ours and code words are short; ids from outside are cut to this.
NAME = String(64)
FOREIGN_ID = String(200)
HASH = String(64)
ENTRY = String(64)

METADATA = MetaData()

ISSUED_CARD = Table(
    "issued_card",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("issued_at", MOMENT, nullable=False),
    Column("client", NAME, nullable=False),
    Column("service", NAME, nullable=False),
    Column("card", FOREIGN_ID, nullable=False),
    Column("rules", Text, nullable=False),
    Column("indicator", NAME, nullable=False),
    Column("knowledge", HASH, nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("patient", HASH),
    Column("request", NAME),
    Column("entry", ENTRY),
    Index("issued_card_by_card", "client", "card"),
    Index("issued_card_by_uuid", "card"),
    Index("issued_card_by_patient", "client", "patient"),
    Index("issued_card_by_time", "issued_at"),
    Index("issued_card_by_entry", "entry", unique=True),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("received_at", MOMENT, nullable=False),
    Column("client", NAME, nullable=False),
    Column("service", NAME, nullable=False),
    Column("card", FOREIGN_ID, nullable=False),
    Column("outcome", NAME, nullable=False),
    Column("outcome_at", MOMENT),
    Column("suggestions", Text, nullable=False),
    Column("reason_system", FOREIGN_ID),
    Column("reason_code", FOREIGN_ID),
    Column("commented", Boolean, nullable=False),
    Column("entry", ENTRY),
    Index("feedback_by_card", "client", "card"),
    Index("feedback_by_time", "received_at"),
    Index("feedback_by_entry", "entry", unique=True),
)

SHOWN_CONCERN = Table(
    "shown_concern",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("shown_at", MOMENT, nullable=False),
    Column("client", NAME, nullable=False),
    Column("hook", NAME, nullable=False),
    Column("patient", HASH, nullable=False),
    Column("asker", HASH, nullable=False),
    Column("rule", NAME, nullable=False),
    Column("ingredient", NAME, nullable=False),
    Column("content", HASH, nullable=False),
    Column("entry", ENTRY),
    Index("shown_concern_by_patient", "client", "patient", "asker", "shown_at"),
    Index("shown_concern_by_time", "shown_at"),
    Index("shown_concern_by_entry", "entry", unique=True),
)

USED_TOKEN = Table(
    "used_token",
    METADATA,
    Column("entry", ENTRY, primary_key=True),
    Column("expires_at", MOMENT, nullable=False),
    Index("used_token_by_end", "expires_at"),
)

# The database itself refuses to change a row of it, and to remove one that no purge names.
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("recorded_at", MOMENT, nullable=False),
    Column("request", NAME, nullable=False),
    Column("client", NAME, nullable=False),
    Column("caller", NAME, nullable=False),
    Column("issuer", FOREIGN_ID),
    Column("tenant", FOREIGN_ID),
    Column("asker", HASH),
    Column("patient", HASH),
    Column("route", NAME, nullable=False),
    Column("service", NAME),
    Column("hook", NAME),
    Column("hook_instance", HASH),
    Column("status", Integer, nullable=False),
    Column("outcome", NAME, nullable=False),
    Column("knowledge", HASH),
    Column("detail", Text, nullable=False),
    Column("entry", ENTRY, nullable=False),
    Index("audit_by_time", "recorded_at"),
    Index("audit_by_request", "request"),
    Index("audit_by_patient", "patient"),
    Index("audit_by_asker", "asker"),
    Index("audit_by_entry", "entry", unique=True),
)

# What was removed from the audit trail, and when: all recorded before that moment.
AUDIT_PURGE = Table(
    "audit_purge",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("purged_at", MOMENT, nullable=False),
    Column("recorded_before", MOMENT, nullable=False),
    Index("audit_purge_by_limit", "recorded_before"),
)

TABLES: dict[type[Row], Table] = {
    IssuedCard: ISSUED_CARD,
    ShownConcern: SHOWN_CONCERN,
    GivenFeedback: FEEDBACK,
    UsedToken: USED_TOKEN,
    AuditEntry: AUDIT,
}
