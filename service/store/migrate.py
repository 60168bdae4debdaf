"""Brings a database to the newest step."""

from __future__ import annotations

from pathlib import Path
from threading import RLock

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

FOLDER = Path(__file__).parent / "migrations"
# Names the lock under which one replica at a time takes steps; any number that nobody else uses.
LOCK = 612_012

# Alembic keeps the step that it runs in globals of its own: one thread at a time.
_ONE_THREAD = RLock()


def upgrade(connection: Connection) -> None:
    """Takes every step that this database has not taken yet, one process after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ONE_THREAD:
        command.upgrade(config, "head")
