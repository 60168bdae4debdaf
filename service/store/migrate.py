"""Brings a database to the newest step."""

from __future__ import annotations

from pathlib import Path
from threading import RLock

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

FOLDER = Path(__file__).parent / "migrations"

# Alembic keeps the step that it runs in globals of its own: one thread at a time.
_ONE_THREAD = RLock()


def upgrade(connection: Connection) -> None:
    """Takes every step that this database has not taken yet."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ONE_THREAD:
        command.upgrade(config, "head")
