"""Asks the store, but not for longer than a caller can wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from service.errors import StoreDownError

T = TypeVar("T")


async def within(seconds: float, asking: Awaitable[T]) -> T:
    """What the store answers.

    Raises:
        StoreDownError: it is down, or does not answer in time.
    """
    task = asyncio.ensure_future(asking)
    done, _ = await asyncio.wait({task}, timeout=max(0.0, seconds))
    if not done:
        # Left to end by itself: a query that is broken off may cost the connection.
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        raise StoreDownError("The store does not answer in time.")
    return task.result()
