"""Counts what became of the cards, one question at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from service.store.reading import RuleFigures, figures, unlinked
from service.store.store import Store


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
        self._running: dict[str | None, asyncio.Task[Summary]] = {}

    async def summary(self, client: str | None) -> Summary:
        """The summary of this client; of all clients with None.

        Raises:
            StoreDownError: the database cannot be used.
        """
        task = self._running.get(client)
        if task is None:
            task = asyncio.create_task(self._count(client))
            self._running[client] = task
            task.add_done_callback(lambda ended: self._ended(client, ended))
        # Who asked may go away; others may wait for the same.
        return await asyncio.shield(task)

    async def stop(self) -> None:
        """Ends what is being counted."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _count(self, client: str | None) -> Summary:
        async with self._turn:
            return Summary(await figures(self._store, client), await unlinked(self._store, client))

    def _ended(self, client: str | None, task: asyncio.Task[Summary]) -> None:
        self._running.pop(client, None)
        if not task.cancelled():
            task.exception()  # looked at, also where nobody waits any more
