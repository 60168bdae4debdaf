"""Cards as a person reads them in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

WIDTH = 96
Card = dict[str, Any]


def cards_as_text(cards: list[Card]) -> str:
    """All cards, most urgent first as they came; a sentence when there are none."""
    if not cards:
        return "No cards: nothing to say for this patient at this moment.\n"
    return "\n".join(line for card in cards for line in _card(card)) + "\n"


def _card(card: Card) -> Iterator[str]:
    yield f"[{card['indicator'].upper()}] {card['summary']}"
    for paragraph in str(card.get("detail", "")).splitlines():
        yield from _wrapped(paragraph, "    ")
    for suggestion in card.get("suggestions", []):
        chosen = " (recommended)" if suggestion.get("isRecommended") else ""
        yield from _wrapped(f"-> {suggestion['label']}{chosen}", "    ")
        for action in suggestion.get("actions", []):
            yield from _wrapped(f"{action['type']}: {action['description']}", "         ")
    source = card["source"]
    address = source.get("url", "")
    yield from _wrapped(f"Source: {source['label']} {address}".rstrip(), "    ")
    yield ""


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
