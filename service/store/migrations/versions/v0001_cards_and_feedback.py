"""The first tables: issued cards, feedback, shown concerns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NAME = sa.String(64)
_FOREIGN_ID = sa.String(200)
_HASH = sa.String(64)


def upgrade() -> None:
    """Makes the tables."""
    _issued_card()
    _feedback()
    _shown_concern()


def _issued_card() -> None:
    op.create_table(
        "issued_card",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("client", _NAME, nullable=False),
        sa.Column("service", _NAME, nullable=False),
        sa.Column("card", _FOREIGN_ID, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("indicator", _NAME, nullable=False),
        sa.Column("knowledge", _HASH, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("patient", _HASH),
    )
    op.create_index("issued_card_by_card", "issued_card", ["client", "card"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("client", _NAME, nullable=False),
        sa.Column("service", _NAME, nullable=False),
        sa.Column("card", _FOREIGN_ID, nullable=False),
        sa.Column("outcome", _NAME, nullable=False),
        sa.Column("outcome_at", _MOMENT),
        sa.Column("suggestions", sa.Text, nullable=False),
        sa.Column("reason_system", _FOREIGN_ID),
        sa.Column("reason_code", _FOREIGN_ID),
        sa.Column("commented", sa.Boolean, nullable=False),
    )
    op.create_index("feedback_by_card", "feedback", ["client", "card"])


def _shown_concern() -> None:
    op.create_table(
        "shown_concern",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("shown_at", _MOMENT, nullable=False),
        sa.Column("client", _NAME, nullable=False),
        sa.Column("hook", _NAME, nullable=False),
        sa.Column("patient", _HASH, nullable=False),
        sa.Column("asker", _HASH, nullable=False),
        sa.Column("rule", _NAME, nullable=False),
        sa.Column("ingredient", _NAME, nullable=False),
        sa.Column("content", _HASH, nullable=False),
    )
    columns = ["client", "patient", "asker", "shown_at"]
    op.create_index("shown_concern_by_patient", "shown_concern", columns)
