"""One JSON line for each event, on standard output."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Unpack

import orjson

from service.observe.events import Event, Fields
from service.observe.outlet import Outlet

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
        Event.LINES_LOST,
    }
)
UNTELLABLE = "(cannot be written)"
_HOUSE = Path(__file__).parent.parent.parent


class JsonLines(logging.Formatter):
    """Formats our own records; a foreign one keeps its level and logger's name, not its text.

    The web server's own words are the exception: they tell why it cannot listen, and hold no input.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON, whatever it holds: a log must make no call fail."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        try:
            line |= _told_by(record)
        except Exception:  # noqa: BLE001 - arguments that do not fit a foreign text, or worse
            line |= {"event": record.name, "text": UNTELLABLE}
        try:
            return orjson.dumps(line).decode()
        except TypeError:  # orjson's own error is one
            return orjson.dumps({name: _tellable(line[name]) for name in line}).decode()


def _told_by(record: logging.LogRecord) -> dict[str, Any]:
    if record.name != LOGGER:
        text = {"text": record.getMessage()} if record.name == WEB_SERVER else {}
        return {"event": record.name, **text}
    return {"event": record.getMessage(), **getattr(record, "fields", {})}


def set_up_logging() -> None:
    """Sends every record of the process to standard output as JSON lines; called once, by `serve`."""
    handler = Outlet(_descriptor(), _tell_of_losses)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(logging.INFO)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)


def flush_log() -> None:
    """Waits a moment until what was said is written; for the end of the process."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def lost_lines() -> int:
    """How many lines of this process nobody will ever see."""
    outlets = (each for each in logging.getLogger().handlers if isinstance(each, Outlet))
    return sum(outlet.lost for outlet in outlets)


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


def _tell_of_losses(lines: int) -> None:
    record(Event.LINES_LOST, lines=lines)


def _tellable(value: object) -> object:
    """The value, unless JSON cannot hold it."""
    try:
        orjson.dumps(value)
    except TypeError:
        return UNTELLABLE
    return value


def _descriptor() -> int:
    """Where lines go. A process without the two streams must not write into a file of its own."""
    stream = sys.stdout or sys.stderr
    return os.open(os.devnull, os.O_WRONLY) if stream is None else stream.fileno()
