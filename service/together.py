"""Work that is done once for all who ask for the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """One work at a time for each key; who asks meanwhile waits for the same one.

    It goes on when those who asked have given up. Nothing is remembered beyond its end.
    """

    def __init__(self) -> None:
        self._under_way: dict[K, asyncio.Future[V]] = {}

    async def result(self, key: K, begin: Callable[[], asyncio.Future[V]]) -> V:
        """What the work gives that is under way for this key, or that `begin` begins."""
        if key not in self._under_way:
            self._under_way[key] = work = begin()
            work.add_done_callback(lambda _done: self._end(key))
        return await asyncio.shield(self._under_way[key])

    async def stop(self) -> None:
        """Breaks off what can be broken off."""
        under_way = tuple(self._under_way.values())
        for work in under_way:
            work.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _end(self, key: K) -> None:
        done = self._under_way.pop(key)
        if not done.cancelled():
            done.exception()  # perhaps nobody waits any more, and it shall not be complained of
