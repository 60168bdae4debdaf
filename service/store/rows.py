"""What is written to the store, as plain rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card that a call produced; `shown` False when the client is in shadow."""

    issued_at: datetime
    client: str
    service: str
    card: str
    rules: str
    indicator: str
    knowledge: str
    shown: bool
    patient: str | None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


Row = IssuedCard | ShownConcern | GivenFeedback
