"""What may be logged: the events, and the fields that may stand beside one. Nothing else leaves."""

from __future__ import annotations

from enum import StrEnum
from typing import TypedDict


class Event(StrEnum):
    """Everything the service says about itself."""

    STARTED = "started"
    STOPPED = "stopped"
    REQUEST = "request"
    FAILURE = "failure"
    STORE_DOWN = "store_down"
    SPOOL_DOWN = "spool_down"
    ROWS_UNREADABLE = "rows_unreadable"
    BROUGHT_HOME = "brought_home"
    PURGED = "purged"
    PURGE_REFUSED = "purge_refused"
    REPLAY_UNCHECKED = "replay_unchecked"
    LINES_LOST = "lines_lost"


class Fields(TypedDict, total=False):
    """The allow-list. No field can hold patient data: ids of ours, counts, durations, versions."""

    request_id: str
    client_id: str
    method: str
    route: str  # the route's pattern, never the path as called
    status: int
    service_id: str
    hook: str
    moment: str
    fhir_version: str
    b12_status: str
    rules: tuple[str, ...]  # rule ids that fired
    switched_off: tuple[str, ...]  # rule ids that would have fired, and that the site silenced
    softened: tuple[str, ...]  # rule ids that fired with less urgency, as the site wants it
    gaps: tuple[str, ...]  # kinds, such as "medications: refused"
    reads: dict[str, str]  # prefetch key to its state
    quiet: tuple[str, ...]  # rule ids that fired and were not said again
    cards: int
    feedback: int  # reports taken
    unreadable: int  # reports that could not be understood, or lines of the spool that are no row
    lost: int  # rows that neither the store nor the local disk took
    spooled: int  # rows that wait on the local disk for the store
    set_aside: int  # rows that the store refuses for what they are
    waiting: int  # rows that were not written before the end
    lines: int  # lines of this log that were lost since the start
    rows: int  # rows that the store took from the local disk
    purged: dict[str, int]  # table to the rows that were old enough to go
    fetched: int
    shadow: bool
    duration_ms: float
    durations: dict[str, float]  # step of a call to milliseconds
    knowledge: str  # the hash of the content of the call's client
    contents: dict[str, str]  # client id to the hash of its content
    approvals: dict[str, str]  # client id to "signed" or "none"
    version: str
    why: str  # why something of ours cannot be done, in words of ours
    refused: str  # why a caller was turned away, one of service.trust.why
    error: str  # the name of an exception's class
    sqlstate: str  # a database's code for its error
    at: str  # file and line of our own code
