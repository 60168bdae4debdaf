"""A card as the specification draws it, and its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cds_hooks.card_rules import broken_rules
from regimens.verdict import Indicator

Json = dict[str, Any]


class ActionType(StrEnum):
    """What an action does to the draft set."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class SelectionBehavior(StrEnum):
    """How many of a card's suggestions may be taken."""

    AT_MOST_ONE = "at-most-one"
    ANY = "any"


class ActionSelection(StrEnum):
    """How many actions of one suggestion may be taken (CDS Hooks 3.0)."""

    ALL = "all"


class LinkType(StrEnum):
    """What a link opens."""

    ABSOLUTE = "absolute"
    SMART = "smart"


@dataclass(frozen=True, slots=True)
class Coding:
    """A code with its system and words."""

    system: str
    code: str
    display: str = ""

    def to_json(self) -> Json:
        """The FHIR Coding, without what is blank."""
        return _present({"system": self.system, "code": self.code, "display": self.display})


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """Why a clinician may set a card aside."""

    system: str
    code: str
    display: str
    extension: Json = field(default_factory=dict)

    def to_json(self) -> Json:
        """The Coding of the reason."""
        coding = {"system": self.system, "code": self.code, "display": self.display}
        return _present({**coding, "extension": self.extension})


@dataclass(frozen=True, slots=True)
class Source:
    """Whose advice a card gives; `url` is an absolute address of the cited document."""

    label: str
    url: str | None = None
    icon: str | None = None
    topic: Coding | None = None

    def to_json(self) -> Json:
        """The source, without what is blank."""
        topic = self.topic.to_json() if self.topic else None
        return _present({"label": self.label, "url": self.url, "icon": self.icon, "topic": topic})


@dataclass(frozen=True, slots=True)
class Link:
    """Something to open; `app_context` belongs to SMART links only."""

    label: str
    url: str
    type: LinkType
    app_context: str | None = None
    autolaunchable: bool | None = None

    def to_json(self) -> Json:
        """The link, without what is blank."""
        return _present(
            {
                "label": self.label,
                "url": self.url,
                "type": self.type.value,
                "appContext": self.app_context,
                "autolaunchable": self.autolaunchable,
            }
        )


@dataclass(frozen=True, slots=True)
class Action:
    """One change of the draft set.

    `resource` is whole, also for an update; a delete has `resource_id`, a relative reference.
    """

    type: ActionType
    description: str
    resource: Mapping[str, Any] | None = None
    resource_id: str | None = None

    def to_json(self) -> Json:
        """The action; the resource goes out as it came, FHIR has its own rules for blanks."""
        members = _present(
            {
                "type": self.type.value,
                "description": self.description,
                "resourceId": self.resource_id,
            }
        )
        return members if self.resource is None else {**members, "resource": dict(self.resource)}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something the clinician may accept with one click; its actions belong together.

    `action_selection` says so to the clients that are known to understand it.
    """

    label: str
    uuid: str | None = None
    is_recommended: bool | None = None
    actions: tuple[Action, ...] = ()
    action_selection: ActionSelection | None = None

    def to_json(self) -> Json:
        """The suggestion, without what is blank."""
        return _present(
            {
                "label": self.label,
                "uuid": self.uuid,
                "isRecommended": self.is_recommended,
                "actions": [action.to_json() for action in self.actions],
                "actionSelectionBehavior": self.action_selection and self.action_selection.value,
            }
        )


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `rebuilt_because` says, for metrics only, which faults made it plainer."""

    summary: str
    indicator: Indicator
    source: Source
    uuid: str | None = None
    detail: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    selection_behavior: SelectionBehavior | None = None
    override_reasons: tuple[OverrideReason, ...] = ()
    links: tuple[Link, ...] = ()
    extension: Mapping[str, Any] = field(default_factory=dict)
    rebuilt_because: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """The card as it leaves: never a null, a blank string or an empty list or object."""
        return _present(
            {
                "uuid": self.uuid,
                "summary": self.summary,
                "detail": self.detail,
                "indicator": self.indicator.value,
                "source": self.source.to_json(),
                "suggestions": [suggestion.to_json() for suggestion in self.suggestions],
                "selectionBehavior": self.selection_behavior and self.selection_behavior.value,
                "overrideReasons": [reason.to_json() for reason in self.override_reasons],
                "links": [link.to_json() for link in self.links],
                "extension": _pruned(self.extension),
            }
        )


def violations(card: Card) -> tuple[str, ...]:
    """What the specification forbids in this card, in words without its content."""
    return broken_rules(card.to_json())


def response(cards: tuple[Card, ...]) -> Json:
    """The body of a 200 answer."""
    return {"cards": [card.to_json() for card in cards]}


def _present(members: Mapping[str, Any]) -> Json:
    """The members that say something; `False` and 0 do."""
    return {name: value for name, value in members.items() if not _blank(value)}


def _blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple | dict) and not value)


def _pruned(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The same JSON without blanks at any depth."""
    if isinstance(value, Mapping):
        return _present({name: _pruned(member) for name, member in value.items()})
    if isinstance(value, list | tuple):
        return [kept for kept in map(_pruned, value) if not _blank(kept)]
    return value
