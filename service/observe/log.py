"""One JSON line for each event, on standard output."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack

import orjson

from service.observe.events import Event, Fields

LOGGER = "b12cds"
# Their messages hold addresses with queries, and so patient identifiers.
TALKATIVE = ("httpx", "httpcore", "uvicorn.access", "asyncio")
WEB_SERVER = "uvicorn.error"
TROUBLE = frozenset(
    {
        Event.FAILURE,
        Event.STORE_DOWN,
        Event.SPOOL_DOWN,
        Event.ROWS_UNREADABLE,
        Event.PURGE_REFUSED,
        Event.REPLAY_UNCHECKED,
    }
)
_HOUSE = Path(__file__).parent.parent.parent


class JsonLines(logging.Formatter):
    """Formats our own records; a foreign one keeps its level and logger's name, not its text.

    The web server's own words are the exception: they tell why it cannot listen, and hold no input.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if record.name == LOGGER else record.name,
            **getattr(record, "fields", {}),
        }
        if record.name == WEB_SERVER:
            line["text"] = record.getMessage()
        return orjson.dumps(line).decode()


def set_up_logging() -> None:
    """Sends every record of the process to standard output as JSON lines; called once, by `serve`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)


def record(event: Event, **fields: Unpack[Fields]) -> None:
    """Writes one event with fields of the allow-list."""
    level = logging.ERROR if event in TROUBLE else logging.INFO
    logging.getLogger(LOGGER).log(level, event.value, extra={"fields": fields})


def place_of(error: BaseException) -> str:
    """File and line of our own code where `error` arose; never its text, which may hold input."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _HOUSE in Path(frame.filename).parents]
    ours = [frame for frame in ours if "site-packages" not in frame.filename] or frames
    if not ours:
        return "unknown"
    path = Path(ours[-1].filename)
    shown = path.relative_to(_HOUSE) if _HOUSE in path.parents else Path(path.name)
    return f"{shown.as_posix()}:{ours[-1].lineno}"


def record_failure(error: BaseException, request_id: str = "") -> None:
    """Writes that something of ours failed: the kind of error and the place, never its text."""
    told: Fields = {"error": type(error).__name__, "at": place_of(error)}
    if request_id:
        told["request_id"] = request_id
    record(Event.FAILURE, **told)
