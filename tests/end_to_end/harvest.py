"""Everything that the service suggests in these tests, and for which proposal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cds_hooks import identity
from cds_hooks.wording.wording import load
from tests.end_to_end.ehr import suggested
from tests.end_to_end.running import Json

KEYS = frozenset(load().proposals)
MOST_SUGGESTIONS = 40


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and its answer, and what a failure should call them."""

    name: str
    call: Json
    answer: Json

    @property
    def drafts(self) -> list[Json]:
        """The drafts that the call carried."""
        context = self.call["context"]
        carried = context.get("draftOrders") or context.get("medications") or {}
        return [entry["resource"] for entry in carried.get("entry", [])]


def resources_of(exchanges: Iterable[Exchange]) -> list[Json]:
    """Every resource of every suggestion."""
    return [resource for each in exchanges for resource in suggested(each.answer)]


def keys_of(answer: Json) -> set[str]:
    """The proposals that are offered: a suggestion's uuid is made of its proposal's key.

    Raises:
        LookupError: a suggestion belongs to no proposal that has a wording.
    """
    return {
        _key(card["uuid"], index, suggestion["uuid"])
        for card in answer["cards"]
        for index, suggestion in enumerate(card.get("suggestions", []))
    }


def _key(card: str, shown: int, wanted: str) -> str:
    """A suggestion's index counts proposals, also those that had to be left out before it."""
    for index in range(shown, MOST_SUGGESTIONS):
        for key in KEYS:
            if identity.suggestion_uuid(card, index, key) == wanted:
                return key
    raise LookupError(f"a suggestion of card {card} belongs to no known proposal")
