"""Suggestions as one client can take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from cds_hooks.card import Action, ActionSelection, ActionType, Suggestion
from cds_hooks.dialects.dialect import Dialect
from cds_hooks.identity import suggestion_uuid

CHANGES = frozenset({ActionType.CREATE, ActionType.UPDATE})
CONCEPT = "medicationCodeableConcept"


def offered(suggestions: Iterable[Suggestion], dialect: Dialect) -> tuple[Suggestion, ...]:
    """The suggestions in the form that the client can show and apply."""
    told = (_told(each, dialect) for each in suggestions)
    return tuple(part for each in told for part in _parts(each, dialect))


def _told(offer: Suggestion, dialect: Dialect) -> Suggestion:
    actions = [_action(each, dialect) for each in offer.actions]
    if dialect.changes_first:
        actions.sort(key=lambda action: action.type not in CHANGES)
    together = dialect.action_selection_behavior and len(actions) > 1 and not dialect.one_action
    return replace(
        offer,
        actions=tuple(actions),
        # A reader is known that takes no suggestion without it, although it is optional.
        is_recommended=bool(offer.is_recommended) if dialect.recommendation else None,
        action_selection=ActionSelection.ALL if together else None,
    )


def _parts(offer: Suggestion, dialect: Dialect) -> Iterator[Suggestion]:
    """One suggestion for each action, where no more fit in one; each says what it is a part of."""
    count = len(offer.actions)
    if not dialect.one_action or count <= 1:
        yield offer
        return
    for index, action in enumerate(offer.actions):
        told = {"description": action.description.rstrip("."), "label": offer.label}
        text = dialect.words.part.format(**told, index=index + 1, count=count)
        uuid = offer.uuid and suggestion_uuid(offer.uuid, index, "action")
        yield replace(offer, uuid=uuid, actions=(replace(action, description=text),))


def _action(action: Action, dialect: Dialect) -> Action:
    resource = action.resource
    if resource is None:
        return action
    if dialect.systems:
        resource = _renamed(resource, dialect.systems)
    if dialect.drugs_named:
        resource = _named(resource)
    description = _with_regimen(action, dialect) if dialect.regimen_in_text else action.description
    return replace(action, resource=resource, description=description)


def _with_regimen(action: Action, dialect: Dialect) -> str:
    """The description with dose, route and frequency, where it does not say them already."""
    dosages = (action.resource or {}).get("dosageInstruction", ())
    regimen = "; then ".join(each["text"] for each in dosages if each.get("text"))
    if not regimen or regimen in action.description:
        return action.description
    description = action.description.rstrip(".")
    return dialect.words.regimen.format(description=description, regimen=regimen)


def _renamed(value: Any, systems: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    """The same JSON with every code system by its other name."""
    if isinstance(value, Mapping):
        kept = {name: _renamed(member, systems) for name, member in value.items()}
        if isinstance(system := kept.get("system"), str):
            kept["system"] = systems.get(system, system)
        return kept
    if isinstance(value, list):
        return [_renamed(member, systems) for member in value]
    return value


def _named(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """The order with its drug's text, taken from the code when only that has words."""
    concept = resource.get(CONCEPT)
    if not isinstance(concept, Mapping) or concept.get("text"):
        return resource
    words = [each["display"] for each in concept.get("coding", ()) if each.get("display")]
    return {**resource, CONCEPT: {**concept, "text": words[0]}} if words else resource
