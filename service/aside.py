"""Long work is done aside, so that nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from service.deadline import Deadline

T = TypeVar("T")

# Bytes that are worked on at once: some tens of milliseconds. A usual call holds less.
LIGHT = 256 * 1024
# What is abandoned runs to its end: a few at a time, so that the answers of others are not late.
_HANDS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="aside")


async def worked(size: int, deadline: Deadline, work: Callable[[], T]) -> T:
    """What `work` gives; on more than `LIGHT` bytes in a thread, for as long as the call may take.

    Raises:
        TimeoutError: the deadline is past. The work itself cannot be stopped, and ends unheard.
    """
    if size <= LIGHT:
        return work()
    async with asyncio.timeout_at(deadline.ends_at):
        return await asyncio.get_running_loop().run_in_executor(_HANDS, work)
