"""The tables of the store. Rows are added and never changed; the migrations make the same."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

# SQLite counts up by itself only in a column that is declared INTEGER.
ROW_ID = BigInteger().with_variant(Integer(), "sqlite")
MOMENT = DateTime(timezone=True)
# Identifiers of ours and code words are short; ids from outside are cut to this.
NAME = String(64)
FOREIGN_ID = String(200)
HASH = String(64)

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
    Index("issued_card_by_card", "client", "card"),
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
    Index("feedback_by_card", "client", "card"),
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
    Index("shown_concern_by_patient", "client", "patient", "asker", "shown_at"),
)
