"""What became of a card, as the EHR reports it: the specification's form and Epic's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from cds_hooks.errors import BadRequest, TooManyItems

Json = Mapping[str, Any]

LONGEST = 200  # characters of an id or a code; longer ones are no ids
MOST_SUGGESTIONS = 20
MOST_ITEMS = 1000  # of one body
# Epic may put the reason in extensions of this name instead of a Coding.
EPIC_REASON = "com.epic.cdshooks.feedback.overrideReason."
_EPIC_CODES = ("code", "id", "value")


class FeedbackOutcome(StrEnum):
    """What the clinician did with a card."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a card was overridden, as a code; `system` None when the EHR names none."""

    code: str
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of one card.

    `card` is the id as the EHR knows it, which need not be a UUID. `commented` says that words
    were given; they are not kept, since they may name the patient. `at` None: no readable time.
    """

    card: str
    outcome: FeedbackOutcome
    suggestions: tuple[str, ...] = ()
    reason: Reason | None = None
    commented: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One body of feedback; `unreadable` counts the items that could not be understood.

    What is said twice is there once, where it was said last: the last word on a card counts.
    """

    items: tuple[Feedback, ...]
    unreadable: int = 0


def parse(body: bytes) -> Report:
    """The feedback in `body`; a single object counts as a list of one.

    Raises:
        BadRequest: the body is no object with `feedback`, or nothing in it can be understood.
            Echoes no value.
        TooManyItems: it holds more than are read at once; none of them was read.
    """
    members = _decoded(body)
    if not isinstance(members, dict):
        raise BadRequest("is not a JSON object")
    sent = members.get("feedback")
    listed = [sent] if isinstance(sent, dict) else sent
    if not isinstance(listed, list):
        raise BadRequest("is not a list", "feedback")
    if len(listed) > MOST_ITEMS:
        raise TooManyItems(
            f"The body holds more than {MOST_ITEMS} items of feedback; send them in smaller parts."
        )
    items = [item for each in listed if (item := _item(each)) is not None]
    if listed and not items:
        raise BadRequest("holds no item with a card and an outcome", "feedback")
    return Report(_each_once(items), len(listed) - len(items))


def _each_once(items: Sequence[Feedback]) -> tuple[Feedback, ...]:
    return tuple(reversed(dict.fromkeys(reversed(items))))


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("is not JSON") from None


def _item(sent: object) -> Feedback | None:
    if not isinstance(sent, dict):
        return None
    card, outcome = _id(sent.get("card")), _outcome(sent.get("outcome"))
    if card is None or outcome is None:
        return None
    given = list(_given_reasons(sent)) if outcome is FeedbackOutcome.OVERRIDDEN else []
    return Feedback(
        card=card,
        outcome=outcome,
        suggestions=_accepted(sent.get("acceptedSuggestions")),
        reason=next((found for each in given if (found := _reason(each))), None),
        commented=any(_id(each.get("userComment")) is not None for each in given),
        at=_time(sent.get("outcomeTimestamp")),
    )


def _outcome(value: object) -> FeedbackOutcome | None:
    word = value.strip().lower() if isinstance(value, str) else ""
    return next((each for each in FeedbackOutcome if each.value == word), None)


def _accepted(value: object) -> tuple[str, ...]:
    """The ids of the suggestions that were taken; plain strings count as ids."""
    given = value if isinstance(value, list) else [value]
    ids = (_id(each.get("id") if isinstance(each, dict) else each) for each in given)
    return tuple(each for each in ids if each is not None)[:MOST_SUGGESTIONS]


def _given_reasons(sent: Json) -> Iterator[Json]:
    """The objects that may hold a reason: one or a list, in the singular or Epic's plural."""
    for name in ("overrideReason", "overrideReasons"):
        value = sent.get(name)
        yield from (
            each
            for each in (value if isinstance(value, list) else [value])
            if isinstance(each, dict)
        )


def _reason(given: Json) -> Reason | None:
    """The Coding in `reason`, or one that stands bare, or Epic's extension."""
    coding = given.get("reason", given)
    if isinstance(coding, list):
        coding = next((each for each in coding if isinstance(each, dict)), None)
    if isinstance(coding, dict) and (code := _id(coding.get("code"))) is not None:
        return Reason(code, _id(coding.get("system")))
    return _epic_reason(given.get("extension"))


def _epic_reason(extension: object) -> Reason | None:
    if not isinstance(extension, dict):
        return None
    told = {
        name.removeprefix(EPIC_REASON).lower(): value
        for name, value in extension.items()
        if name.startswith(EPIC_REASON)
    }
    codes = (_id(told.get(name)) for name in _EPIC_CODES)
    code = next((each for each in codes if each is not None), None)
    return None if code is None else Reason(code, EPIC_REASON.rstrip("."))


def _id(value: object) -> str | None:
    """A short text or a number as text; None for anything else.

    A text with a NUL is none: no database keeps it whole.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return None if "\0" in text else text[:LONGEST] or None


def _time(value: object) -> datetime | None:
    """The moment in UTC; one without a zone is taken as UTC, as the specification has it."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC it may lie outside of the years that there are
        return None
