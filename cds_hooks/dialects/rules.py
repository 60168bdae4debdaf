"""What a dialect demands of a card's JSON, beyond or instead of the specification.

Each check is a generator of sentences without the card's content, so that they may be logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds_hooks import card_rules
from cds_hooks.dialects.dialect import DeleteBy, Dialect, Topic

Json = Mapping[str, Any]

LONGEST_TOPIC = 100


def broken_rules(card: Json, dialect: Dialect) -> tuple[str, ...]:
    """What the specification or the dialect forbids in this card; empty when all is well."""
    faults = card_rules.broken_rules(card, action_selection=dialect.action_selection_behavior)
    return (*faults, *(fault for check in _CHECKS for fault in check(card, dialect)))


def _selection(card: Json, dialect: Dialect) -> Iterator[str]:
    if card.get("selectionBehavior", dialect.selection_behavior) != dialect.selection_behavior:
        yield f"selectionBehavior is not {dialect.selection_behavior.value}"


def _left_out(card: Json, dialect: Dialect) -> Iterator[str]:
    if "uuid" in card and not dialect.card_uuid:
        yield "uuid is not known to this client"
    if "overrideReasons" in card and not dialect.override_reasons:
        yield "overrideReasons is not known to this client"
    if not dialect.recommendation and any("isRecommended" in each for each in _offers(card)):
        yield "isRecommended is not known to this client"
    if not dialect.autolaunch and any("autolaunchable" in each for each in card.get("links", ())):
        yield "autolaunchable is not known to this client"
    if not dialect.app_context and any("appContext" in each for each in card.get("links", ())):
        yield "appContext is not known to this client"


def _topic(card: Json, dialect: Dialect) -> Iterator[str]:
    topic = card.get("source", {}).get("topic")
    if topic is None or dialect.topic is Topic.AS_IS:
        return
    if dialect.topic is Topic.LEFT_OUT:
        yield "source.topic is not known to this client"
        return
    code = str(topic.get("code", ""))
    if not (code.isascii() and code.isalnum() and len(code) <= LONGEST_TOPIC):
        yield f"source.topic.code is not 1 to {LONGEST_TOPIC} letters and digits"


def _one_action(card: Json, dialect: Dialect) -> Iterator[str]:
    if dialect.one_action and any(len(each.get("actions", ())) > 1 for each in _offers(card)):
        yield "a suggestion has more than one action"


def _deletes(card: Json, dialect: Dialect) -> Iterator[str]:
    """The one member that the client reads, and not the other."""
    other = {
        DeleteBy.RESOURCE_ID: DeleteBy.RESOURCE,
        DeleteBy.RESOURCE: DeleteBy.RESOURCE_ID,
    }[dialect.delete_by]
    for action in _actions(card):
        if action.get("type") == "delete" and other.value in action:
            yield f"a delete has {other.value} instead of {dialect.delete_by.value}"


def _systems(card: Json, dialect: Dialect) -> Iterator[str]:
    if any(system in dialect.systems for action in _actions(card) for system in _coded(action)):
        yield "a code system goes by another name with this client"


def _coded(value: object) -> Iterator[str]:
    """Every code system below `value`."""
    if isinstance(value, Mapping):
        if isinstance(system := value.get("system"), str):
            yield system
        for member in value.values():
            yield from _coded(member)
    elif isinstance(value, list):
        for member in value:
            yield from _coded(member)


def _offers(card: Json) -> list[Json]:
    return [each for each in card.get("suggestions", ()) if isinstance(each, Mapping)]


def _actions(card: Json) -> Iterator[Json]:
    for offer in _offers(card):
        yield from offer.get("actions", ())


_CHECKS: tuple[Callable[[Json, Dialect], Iterator[str]], ...] = (
    _selection,
    _left_out,
    _topic,
    _one_action,
    _deletes,
    _systems,
)
