"""Long work is done aside, so that nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from service.deadline import Deadline

T = TypeVar("T")

# Bytes that are worked on at once: some tens of milliseconds. A usual call holds less.
LIGHT = 256 * 1024
# What is abandoned runs to its end: a few at a time, so that the answers of others are not late.
THREADS_PER_CLIENT = 2


async def worked(client_id: str, size: int, deadline: Deadline, work: Callable[[], T]) -> T:
    """What `work` gives; on more than `LIGHT` bytes in a thread, for as long as the call may take.

    A client has threads of its own: what it abandons keeps its own long records waiting alone.

    Raises:
        TimeoutError: the deadline is past. The work itself cannot be stopped, and ends unheard.
    """
    if size <= LIGHT:
        return work()
    async with asyncio.timeout_at(deadline.ends_at):
        return await asyncio.get_running_loop().run_in_executor(_threads(client_id), work)


@cache
def _threads(client_id: str) -> ThreadPoolExecutor:
    name = f"aside-{client_id}"
    return ThreadPoolExecutor(max_workers=THREADS_PER_CLIENT, thread_name_prefix=name)
