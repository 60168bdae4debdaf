"""Closes two ways around the guards of the audit trail, and finds cards by their patient."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# REPLACE removes the row that is in its way without a DELETE that a trigger would see.
# A row that comes twice is still written once.
_SQLITE_GUARDS = (
    """
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
    BEGIN
        SELECT RAISE(ABORT, 'the audit trail is append-only')
        WHERE EXISTS (SELECT 1 FROM audit WHERE id = NEW.id);
        SELECT RAISE(IGNORE) WHERE EXISTS (SELECT 1 FROM audit WHERE entry = NEW.entry);
    END
    """,
    """
    CREATE TRIGGER audit_purge_is_not_replaced BEFORE INSERT ON audit_purge
    WHEN EXISTS (SELECT 1 FROM audit_purge WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
)

# Asked for without its schema, a temporary table of the same name would be found first.
_POSTGRESQL_GUARDS = (
    """
    CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        is_announced boolean;
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' THEN
            EXECUTE format(
                'SELECT EXISTS (SELECT 1 FROM %I.audit_purge WHERE $1 < recorded_before)',
                TG_TABLE_SCHEMA
            ) INTO is_announced USING OLD.recorded_at;
            IF is_announced THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'the audit trail is append-only';
    END $$
    """,
)


def upgrade() -> None:
    """Replaces the guards, and makes the indexes."""
    op.create_index("issued_card_by_patient", "issued_card", ["client", "patient"])
    op.create_index("audit_purge_by_limit", "audit_purge", ["recorded_before"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_GUARDS if sqlite else _POSTGRESQL_GUARDS:
        op.execute(statement)
