"""Why the database cannot be used: known words and the kind of an error, never its text."""

from __future__ import annotations

from dataclasses import dataclass

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

NO_TABLES = "tables missing"
OTHER_FILE = "file removed or replaced"
NO_ANSWER = "no answer in time"
NOT_YET = "not open yet"
LOST = "connection lost"
READ_ONLY = "25006"  # PostgreSQL's state for it

_BY_STATE = {
    "08003": LOST,
    "08006": LOST,
    "25P03": LOST,
    "28000": "password refused",
    "28P01": "password refused",
    "3D000": "no such database",
    "3F000": "no such schema",
    "42P01": NO_TABLES,
    "42501": "rights missing",
    READ_ONLY: "read only",
    "53100": "disk full",
    "53300": "too many connections",
    "55P03": "locked by another process",
    "57014": "broken off by the server",
    "57P01": LOST,
    "57P03": "starting or stopping",
}
_BY_SQLITE_NAME = {
    "SQLITE_BUSY": "locked by another process",
    "SQLITE_CANTOPEN": "file cannot be opened",
    "SQLITE_CORRUPT": "file damaged",
    "SQLITE_FULL": "disk full",
    "SQLITE_NOTADB": "file is no database",
    "SQLITE_READONLY": "read only",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why in words of ours; the class of the error and its SQLSTATE where there are any."""

    why: str
    error: str = ""
    sqlstate: str = ""


def trouble_of(error: BaseException) -> Trouble:
    """What an error of the database, its driver or the network means."""
    orig = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = str(getattr(orig, "sqlstate", None) or "")
    name = type(orig.__cause__ if state and orig.__cause__ is not None else orig).__name__
    if isinstance(error, DBAPIError) and error.connection_invalidated and not state:
        return Trouble(LOST, name)
    return Trouble(_why(orig, state), name, state)


def trouble_with_file(error: OSError) -> Trouble:
    """Why the file of a database can be neither made nor opened."""
    missing = isinstance(error, FileNotFoundError)
    return Trouble("folder missing" if missing else "file cannot be written", type(error).__name__)


def _why(error: BaseException, state: str) -> str:
    if state:
        return _BY_STATE.get(state, "failed")
    if isinstance(error, CommandError):  # what Alembic says of a step that it does not know
        return "database newer than this program"
    if isinstance(error, TimeoutError):
        return NO_ANSWER
    if isinstance(error, OSError):
        return "cannot be reached"
    if str(error).startswith("no such table"):  # SQLite has no name of its own for it
        return NO_TABLES
    kind = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
    return _BY_SQLITE_NAME.get(kind, "failed")
