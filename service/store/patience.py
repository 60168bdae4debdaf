"""Asks the store, but not for longer than a caller can wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from service.errors import StoreDownError

T = TypeVar("T")

LISTENS_FOR_S = 0.01


async def within(seconds: float, asking: Awaitable[T], *, at_most_s: float | None = None) -> T:
    """What the store answers.

    With `at_most_s` the time in which this process was too busy to listen is not held against the
    store, up to that many seconds in all.

    Raises:
        StoreDownError: it is down, or does not answer in time.
    """
    task = asyncio.ensure_future(asking)
    if not await _ended(task, seconds, seconds if at_most_s is None else at_most_s):
        # Left to end by itself: a query that is broken off may cost the connection.
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        raise StoreDownError("The store does not answer in time.")
    return task.result()


async def _ended(task: asyncio.Future[T], seconds: float, at_most_s: float) -> bool:
    """Listens in short whiles; one that took longer, because the process was busy, counts as short."""
    now = asyncio.get_running_loop().time
    ends_at = now() + at_most_s
    listened_s = 0.0
    while not task.done() and listened_s < seconds and now() < ends_at:
        while_s = min(LISTENS_FOR_S, seconds - listened_s)
        await asyncio.wait({task}, timeout=while_s)
        listened_s += while_s
    return task.done()
