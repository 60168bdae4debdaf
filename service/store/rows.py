"""What is written to the store, as plain rows.

Each row has an `entry` of its own, by which it is written once however often that is tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4


def new_entry() -> str:
    """An id for a row that nobody has yet."""
    return str(uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCard:
    """A card that a call produced; `shown` False when the client is in shadow.

    `request` is the id of the call, by which the audit trail knows it.
    """

    issued_at: datetime
    client: str
    service: str
    card: str
    rules: str
    indicator: str
    knowledge: str
    shown: bool
    patient: str | None
    request: str | None = None
    entry: str = field(default_factory=new_entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConcern:
    """A concern that a person saw; `content` is the hash of all that was said of it."""

    shown_at: datetime
    client: str
    hook: str
    patient: str
    asker: str
    rule: str
    ingredient: str
    content: str
    entry: str = field(default_factory=new_entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFeedback:
    """What became of a card, whether or not we know the card."""

    received_at: datetime
    client: str
    service: str
    card: str
    outcome: str
    outcome_at: datetime | None
    suggestions: str
    reason_system: str | None
    reason_code: str | None
    commented: bool
    entry: str = field(default_factory=new_entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedToken:
    """A token that has opened the door; `entry` is the hash of its issuer and id."""

    expires_at: datetime
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One call of a trusted caller: who asked, what was done, what came of it.

    `asker`, `patient` and, unless it is a UUID, `hook_instance` are keyed hashes. `detail` is JSON
    with fields of the log's allow-list only.
    """

    recorded_at: datetime
    request: str
    client: str
    caller: str
    issuer: str | None
    tenant: str | None
    asker: str | None
    patient: str | None
    route: str
    service: str | None
    hook: str | None
    hook_instance: str | None
    status: int
    outcome: str
    knowledge: str | None
    detail: str
    entry: str = field(default_factory=new_entry)


Row = IssuedCard | ShownConcern | GivenFeedback | UsedToken | AuditEntry


def with_plain_text(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a row with text that every database and file can hold.

    A NUL or half a surrogate pair, which JSON may bring, becomes the character for what is unknown.
    """
    return {
        name: _plain(value) if isinstance(value, str) else value for name, value in members.items()
    }


def _plain(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
