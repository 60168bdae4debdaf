"""The audit trail, the ids of used tokens, and an entry by which a row is written once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NAME = sa.String(64)
_FOREIGN_ID = sa.String(200)
_HASH = sa.String(64)

_TIMES = {"issued_card": "issued_at", "feedback": "received_at", "shown_concern": "shown_at"}

_SQLITE_GUARDS = (
    """
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
    WHEN NOT EXISTS (SELECT 1 FROM audit_purge WHERE OLD.recorded_at < audit_purge.recorded_before)
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_purge_is_not_changed BEFORE UPDATE ON audit_purge
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
    """
    CREATE TRIGGER audit_purge_is_not_removed BEFORE DELETE ON audit_purge
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
)

_POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' THEN
            IF EXISTS (SELECT 1 FROM audit_purge WHERE OLD.recorded_at < audit_purge.recorded_before) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'the audit trail is append-only';
    END $$
    """,
    """
    CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_truncate_guard BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_purge_guard BEFORE UPDATE OR DELETE ON audit_purge
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_purge_truncate_guard BEFORE TRUNCATE ON audit_purge
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
)


def upgrade() -> None:
    """Makes the tables, and teaches the old ones to be written once."""
    for table, moment in _TIMES.items():
        op.add_column(table, sa.Column("entry", _HASH))
        op.create_index(f"{table}_by_entry", table, ["entry"], unique=True)
        op.create_index(f"{table}_by_time", table, [moment])
    op.add_column("issued_card", sa.Column("request", _NAME))
    op.create_index("issued_card_by_uuid", "issued_card", ["card"])
    _used_token()
    _audit()
    _audit_purge()
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_GUARDS if sqlite else _POSTGRESQL_GUARDS:
        op.execute(statement)


def _used_token() -> None:
    op.create_table(
        "used_token",
        sa.Column("entry", _HASH, primary_key=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
    )
    op.create_index("used_token_by_end", "used_token", ["expires_at"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("request", _NAME, nullable=False),
        sa.Column("client", _NAME, nullable=False),
        sa.Column("caller", _NAME, nullable=False),
        sa.Column("issuer", _FOREIGN_ID),
        sa.Column("tenant", _FOREIGN_ID),
        sa.Column("asker", _HASH),
        sa.Column("patient", _HASH),
        sa.Column("route", _NAME, nullable=False),
        sa.Column("service", _NAME),
        sa.Column("hook", _NAME),
        sa.Column("hook_instance", _HASH),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("outcome", _NAME, nullable=False),
        sa.Column("knowledge", _HASH),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("entry", _HASH, nullable=False),
    )
    op.create_index("audit_by_time", "audit", ["recorded_at"])
    op.create_index("audit_by_request", "audit", ["request"])
    op.create_index("audit_by_patient", "audit", ["patient"])
    op.create_index("audit_by_asker", "audit", ["asker"])
    op.create_index("audit_by_entry", "audit", ["entry"], unique=True)


def _audit_purge() -> None:
    op.create_table(
        "audit_purge",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("purged_at", _MOMENT, nullable=False),
        sa.Column("recorded_before", _MOMENT, nullable=False),
    )
