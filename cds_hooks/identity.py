"""Ids that a retry of the same call gets again."""

from __future__ import annotations

import json
from uuid import UUID, uuid5

# Fixed for good: another namespace would tear feedback from the cards it is about.
NAMESPACE = UUID("7d1c6f0e-3b7a-5c52-9f0b-0c9c6a5b12cd")


def concern(rules: tuple[str, ...]) -> str:
    """The key of what a card is about: the rules it conveys, in their order."""
    return "+".join(rules)


def card_uuid(client: str, service: str, hook_instance: str, about: str) -> str:
    """The uuid of a card; `about` is its concern."""
    return _uuid(client, service, hook_instance, about)


def suggestion_uuid(card: str, index: int, key: str) -> str:
    """The uuid of a suggestion: its card's, its place in it and its wording key."""
    return _uuid(card, str(index), key)


def _uuid(*parts: str) -> str:
    # JSON keeps the parts apart: ("a", "bc") and ("ab", "c") differ.
    return str(uuid5(NAMESPACE, json.dumps(parts)))
