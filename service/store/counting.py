"""Counts what became of the cards, one question at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from service.store.reading import RuleFigures, figures, unlinked
from service.store.store import Store
from service.together import Together


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of each rule, and how many reports are on cards that are not known."""

    rules: Mapping[str, RuleFigures]
    unlinked: int


class Counting:
    """Counts one summary at a time; who asks for one that is being counted is given that one.

    Counting takes a connection for seconds, and whether a token is new waits for a connection too:
    however many ask, the others are left for the tokens.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._running = Together[str | None, Summary]()

    async def summary(self, client: str | None) -> Summary:
        """The summary of this client; of all clients with None.

        Raises:
            StoreDownError: the database cannot be used.
        """
        return await self._running.result(client, lambda: asyncio.create_task(self._count(client)))

    async def stop(self) -> None:
        """Ends what is being counted."""
        await self._running.stop()

    async def _count(self, client: str | None) -> Summary:
        async with self._turn:
            return Summary(await figures(self._store, client), await unlinked(self._store, client))
