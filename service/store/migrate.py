"""Brings a database to the newest step."""

from __future__ import annotations

from pathlib import Path
from threading import RLock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

FOLDER = Path(__file__).parent / "migrations"
# Names the lock under which one replica at a time takes steps; any number that nobody else uses.
LOCK = 612_012
LOCKS_WITHIN_S = 10

# Alembic keeps the step that it runs in globals of its own: one thread at a time.
_ONE_THREAD = RLock()


def upgrade(connection: Connection) -> None:
    """Takes every step that this database has not taken yet, one process after the other.

    A database at the newest step is not locked, and for a lock that somebody holds nobody waits long.
    """
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    is_server = connection.dialect.name == "postgresql"
    if is_server:
        connection.execute(text(f"SET LOCAL lock_timeout TO '{LOCKS_WITHIN_S}s'"))
    if _is_newest(connection, config):
        return
    if is_server:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    with _ONE_THREAD:
        command.upgrade(config, "head")


def _is_newest(connection: Connection, config: Config) -> bool:
    taken = MigrationContext.configure(connection).get_current_heads()
    return set(taken) == set(ScriptDirectory.from_config(config).get_heads())
