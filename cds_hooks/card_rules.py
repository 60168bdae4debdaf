"""What CDS Hooks demands of a card, checked on the JSON that would leave.

Each check is a generator of sentences without the card's content, so that they may be logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeGuard
from urllib.parse import urlsplit

Json = Mapping[str, Any]

SUMMARY_LIMIT = 139  # "<140-character"
INDICATORS = frozenset({"info", "warning", "critical"})
SELECTION_BEHAVIORS = frozenset({"at-most-one", "any"})
ACTION_TYPES = frozenset({"create", "update", "delete"})
ACTION_SELECTIONS = frozenset({"all", "any", "at-most-one"})
LINK_TYPES = frozenset({"absolute", "smart"})


def broken_rules(card: Json, *, action_selection: bool = False) -> tuple[str, ...]:
    """What the specification forbids in this card's JSON; empty when all is well.

    `action_selection` says that the client is known to support `actionSelectionBehavior`.
    """
    checks = (*_CHECKS, _known_action_selection if action_selection else _no_action_selection)
    return tuple(fault for check in checks for fault in check(card))


def broken_response_rules(response: Json) -> tuple[str, ...]:
    """The same for a whole answer, where no uuid may occur twice."""
    cards = response.get("cards")
    if not isinstance(cards, list):
        return ("cards is not a list",)
    faults = [
        f"cards[{index}]: {fault}"
        for index, card in enumerate(cards)
        for fault in broken_rules(card)
    ]
    uuids = [uuid for card in cards for uuid in _uuids(card)]
    if len(set(uuids)) < len(uuids):
        faults.append("a uuid occurs twice")
    if "systemActions" in response and not response["systemActions"]:
        faults.append("systemActions is empty")
    return tuple(faults)


def _summary(card: Json) -> Iterator[str]:
    summary = card.get("summary")
    if not _text(summary):
        yield "summary is missing or blank"
    elif len(summary) > SUMMARY_LIMIT:
        yield f"summary is longer than {SUMMARY_LIMIT} characters"
    elif "\n" in summary:
        yield "summary is not one line"


def _indicator(card: Json) -> Iterator[str]:
    if card.get("indicator") not in INDICATORS:
        yield "indicator is not info, warning or critical"


def _detail(card: Json) -> Iterator[str]:
    if "detail" in card and not _text(card["detail"]):
        yield "detail is no text"


def _source(card: Json) -> Iterator[str]:
    source = card.get("source")
    if not isinstance(source, Mapping):
        yield "source is missing"
        return
    if not _text(source.get("label")):
        yield "source.label is missing or blank"
    for name in ("url", "icon"):
        if name in source and not _absolute(source[name]):
            yield f"source.{name} is not an absolute address"
    if "topic" in source:
        yield from _coding(source["topic"], "source.topic", ("system", "code"))


def _suggestions(card: Json) -> Iterator[str]:
    suggestions = _list(card, "suggestions")
    behavior = card.get("selectionBehavior")
    if suggestions and behavior is None:
        yield "suggestions without selectionBehavior"
    if behavior is not None and behavior not in SELECTION_BEHAVIORS:
        yield "selectionBehavior is not at-most-one or any"
    recommended = [item for item in suggestions if _member(item, "isRecommended") is True]
    if behavior == "at-most-one" and len(recommended) > 1:
        yield "several suggestions are recommended, but at most one may be taken"
    for index, suggestion in enumerate(suggestions):
        yield from _suggestion(suggestion, f"suggestions[{index}]")


def _suggestion(suggestion: object, where: str) -> Iterator[str]:
    if not isinstance(suggestion, Mapping):
        yield f"{where} is not an object"
        return
    if not _text(suggestion.get("label")):
        yield f"{where}.label is missing or blank"
    if "uuid" in suggestion and not _text(suggestion["uuid"]):
        yield f"{where}.uuid is no text"
    if not isinstance(suggestion.get("isRecommended", False), bool):
        yield f"{where}.isRecommended is not true or false"
    for index, action in enumerate(_list(suggestion, "actions")):
        yield from _action(action, f"{where}.actions[{index}]")


def _no_action_selection(card: Json) -> Iterator[str]:
    for index, suggestion in enumerate(_list(card, "suggestions")):
        if _member(suggestion, "actionSelectionBehavior") is not None:
            where = f"suggestions[{index}].actionSelectionBehavior"
            yield f"{where} needs a client that is known to support it"


def _known_action_selection(card: Json) -> Iterator[str]:
    for index, suggestion in enumerate(_list(card, "suggestions")):
        given = _member(suggestion, "actionSelectionBehavior")
        if given is not None and given not in ACTION_SELECTIONS:
            yield f"suggestions[{index}].actionSelectionBehavior is not all, any or at-most-one"


def _action(action: object, where: str) -> Iterator[str]:
    if not isinstance(action, Mapping):
        yield f"{where} is not an object"
        return
    kind = action.get("type")
    if kind not in ACTION_TYPES:
        yield f"{where}.type is not create, update or delete"
    if not _text(action.get("description")):
        yield f"{where}.description is missing or blank"
    if kind in {"create", "update"} and not _resource(action.get("resource")):
        yield f"{where}.resource is missing"
    # Before 2.0 a delete named its order in `resource`, which is deprecated and still allowed.
    if kind == "delete" and not (_text(action.get("resourceId")) or _text(action.get("resource"))):
        yield f"{where}.resourceId is missing"


def _override_reasons(card: Json) -> Iterator[str]:
    for index, reason in enumerate(_list(card, "overrideReasons")):
        yield from _coding(reason, f"overrideReasons[{index}]", ("system", "code", "display"))


def _links(card: Json) -> Iterator[str]:
    for index, link in enumerate(_list(card, "links")):
        where = f"links[{index}]"
        if not isinstance(link, Mapping):
            yield f"{where} is not an object"
            continue
        if not _text(link.get("label")):
            yield f"{where}.label is missing or blank"
        if not _absolute(link.get("url")):
            yield f"{where}.url is not an absolute address"
        if link.get("type") not in LINK_TYPES:
            yield f"{where}.type is not absolute or smart"
        if link.get("type") == "absolute" and "appContext" in link:
            yield f"{where}.appContext is for SMART links only"


def _lists(card: Json) -> Iterator[str]:
    for name in ("suggestions", "overrideReasons", "links"):
        if name in card and not isinstance(card[name], list):
            yield f"{name} is not a list"


def _uniqueness(card: Json) -> Iterator[str]:
    uuids = _uuids(card)
    if len(set(uuids)) < len(uuids):
        yield "a uuid occurs twice"
    if "uuid" in card and not _text(card["uuid"]):
        yield "uuid is no text"


def _blanks(card: Json) -> Iterator[str]:
    yield from _blank_members(card, "", in_fhir=False)


def _blank_members(value: object, where: str, *, in_fhir: bool) -> Iterator[str]:
    """Every blank below `value`; FHIR itself allows a null in an array, and nowhere else."""
    if isinstance(value, Mapping):
        members: Iterable[tuple[str, object]] = (
            (f"{where}.{name}".lstrip("."), member) for name, member in value.items()
        )
        nulls_allowed = False
    elif isinstance(value, list):
        members = ((f"{where}[{index}]", member) for index, member in enumerate(value))
        nulls_allowed = in_fhir
    else:
        return
    for path, member in members:
        if _blank(member) and not (member is None and nulls_allowed):
            yield f"{path} is empty"
        yield from _blank_members(member, path, in_fhir=in_fhir or path.endswith(".resource"))


def _blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | dict) and not value)


def _coding(value: object, where: str, required: tuple[str, ...]) -> Iterator[str]:
    for name in required:
        if not _text(_member(value, name)):
            yield f"{where}.{name} is missing or blank"


def _uuids(card: Json) -> list[str]:
    given = [card.get("uuid"), *(_member(item, "uuid") for item in _list(card, "suggestions"))]
    return [uuid for uuid in given if isinstance(uuid, str)]


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None


def _list(members: Json, name: str) -> list[Any]:
    value = members.get(name)
    return value if isinstance(value, list) else []


def _text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def _resource(value: object) -> bool:
    return _text(_member(value, "resourceType"))


def _absolute(value: object) -> bool:
    if not isinstance(value, str):
        return False
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and " " not in value


_CHECKS: tuple[Callable[[Json], Iterator[str]], ...] = (
    _summary,
    _indicator,
    _detail,
    _source,
    _suggestions,
    _override_reasons,
    _links,
    _lists,
    _uniqueness,
    _blanks,
)
