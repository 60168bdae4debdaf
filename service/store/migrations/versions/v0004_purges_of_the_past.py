"""Lets no row of the audit trail go that is young by the database's own clock."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A process whose clock is years ahead announces a purge of everything. A purge that is announced all
# the same, by this clock or before this step, covers nothing until its time has come.
_SQLITE_GUARDS = (
    """
    CREATE TRIGGER audit_purge_is_of_the_past BEFORE INSERT ON audit_purge
    WHEN NOT NEW.recorded_before <= strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')
    BEGIN SELECT RAISE(ABORT, 'the audit trail is too young to go'); END
    """,
    "DROP TRIGGER audit_is_not_removed",
    """
    CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_purge
        WHERE OLD.recorded_at < audit_purge.recorded_before
        AND audit_purge.recorded_before <= strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')
    )
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
    """,
)

_POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION audit_purge_is_of_the_past() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.recorded_before <= pg_catalog.clock_timestamp() - interval '1 day' THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the audit trail is too young to go';
    END $$
    """,
    """
    CREATE TRIGGER audit_purge_time_guard BEFORE INSERT ON audit_purge
    FOR EACH ROW EXECUTE FUNCTION audit_purge_is_of_the_past()
    """,
    """
    CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        is_announced boolean;
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' THEN
            EXECUTE format(
                'SELECT EXISTS (SELECT 1 FROM %I.audit_purge WHERE $1 < recorded_before'
                ' AND recorded_before <= pg_catalog.clock_timestamp() - interval ''1 day'')',
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
    """Replaces the guards."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_GUARDS if sqlite else _POSTGRESQL_GUARDS:
        op.execute(statement)
