"""A composed card as one client gets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cds_hooks.card import Card, Coding, Link, OverrideReason, Source
from cds_hooks.dialects.dialect import DeleteBy, Dialect, Topic
from cds_hooks.dialects.narrow import narrow
from cds_hooks.dialects.offers import offered
from cds_hooks.dialects.rules import broken_rules
from cds_hooks.errors import CardBroken
from cds_hooks.evidence import EXTENSION
from cds_hooks.non_adherence import extension_of
from regimens.verdict import Indicator

Json = dict[str, Any]


def response(cards: Iterable[Card], dialect: Dialect) -> Json:
    """The body of a 200 answer to a client of this dialect.

    Raises:
        CardBroken: a card breaks the rules even without its suggestions.
    """
    return {"cards": [wire(card, dialect) for card in cards]}


def wire(card: Card, dialect: Dialect) -> Json:
    """The card's JSON in this dialect; without suggestions and links if they break its rules.

    Raises:
        CardBroken: it breaks the rules even so; the message holds none of its content.
    """
    sent = _json(_adapted(card, dialect), dialect)
    faults = broken_rules(sent, dialect)
    if not faults:
        return sent
    bare = replace(card, suggestions=(), selection_behavior=None, override_reasons=(), links=())
    sent = _json(_adapted(bare, dialect), dialect)
    if left := broken_rules(sent, dialect):
        raise CardBroken(f"{dialect.name}: {left[0]}")
    return sent


def _adapted(card: Card, dialect: Dialect) -> Card:
    """The card with what the client knows, in the form it knows."""
    offers = offered(card.suggestions, dialect)
    detail = narrow(card.detail) if card.detail and dialect.narrow_text else card.detail
    return replace(
        card,
        uuid=card.uuid if dialect.card_uuid else None,
        detail=detail,
        source=_source(card, dialect),
        suggestions=offers,
        selection_behavior=dialect.selection_behavior if offers else None,
        override_reasons=_reasons(card, dialect),
        links=tuple(_link(link, dialect) for link in card.links),
    )


def _reasons(card: Card, dialect: Dialect) -> tuple[OverrideReason, ...]:
    if not dialect.override_reasons:
        return ()
    if not dialect.common_reasons:
        return card.override_reasons
    return tuple(replace(it, extension=extension_of(it.code)) for it in card.override_reasons)


def _source(card: Card, dialect: Dialect) -> Source:
    topic = card.source.topic
    if topic is None or dialect.topic is Topic.AS_IS:
        return card.source
    if dialect.topic is Topic.LEFT_OUT:
        return replace(card.source, topic=None)
    code = dialect.merged_topic if dialect.merged_topic and _merges_infos(card) else topic.code
    return replace(card.source, topic=_alphanumeric(replace(topic, code=code)))


def _merges_infos(card: Card) -> bool:
    rules = card.extension.get(EXTENSION, {}).get("rules", ())
    return card.indicator is Indicator.INFO and len(rules) > 1


def _alphanumeric(topic: Coding) -> Coding:
    """Letters and digits alone; rule ids stay distinct, which a test proves."""
    return replace(topic, code="".join(filter(str.isalnum, topic.code)))


def _link(link: Link, dialect: Dialect) -> Link:
    return replace(
        link,
        app_context=link.app_context if dialect.app_context else None,
        autolaunchable=link.autolaunchable if dialect.autolaunch else None,
    )


def _json(card: Card, dialect: Dialect) -> Json:
    """The JSON, with what the typed card cannot say: a delete by `resource`."""
    sent = card.to_json()
    if dialect.delete_by is DeleteBy.RESOURCE:
        for offer in sent.get("suggestions", ()):
            for action in offer.get("actions", ()):
                if "resourceId" in action:
                    action["resource"] = _bare(action.pop("resourceId"))
    return sent


def _bare(reference: str) -> str:
    """The id of a relative reference."""
    return reference.rpartition("/")[2]
