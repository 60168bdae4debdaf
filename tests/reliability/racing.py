"""The drill of two processes that start together and get the same tokens at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import httpx

from tests.reliability.load import SIGN, hook_call
from tests.reliability.running import Place, Service, running
from tests.reliability.tokens import USUAL, headers, token


@dataclass(frozen=True, slots=True)
class Race:
    """How often the same token, sent to two processes at once, opened a door.

    `unchecked` counts what a process let in on its own word, because the database did not answer
    it in time.
    """

    tokens: int
    once: int
    twice: int
    never: int
    statuses: dict[int, int]
    later_refused: int
    unchecked: int
    slowest_ms: float
    stores: tuple[str, ...]  # of each process, after both started at once on an empty database


async def replay_drill(
    first: Place, second: Place, tokens: int, at_once: int, issuer: str = USUAL
) -> Race:
    """Each token to both; afterwards each once more to both."""
    services = Service(first), Service(second)
    texts = [token(SIGN, issuer) for _ in range(tokens)]
    slots = asyncio.Semaphore(at_once)
    took: list[float] = []
    async with running(*services), httpx.AsyncClient(timeout=20, trust_env=False) as http:

        async def show(service: Service, text: str) -> int:
            url = f"{service.address}{SIGN}"
            answer = await http.post(url, content=hook_call(), headers=headers(text))
            took.append(answer.elapsed.total_seconds() * 1000)
            return answer.status_code

        async def to_both(text: str) -> tuple[int, ...]:
            async with slots:
                return tuple(await asyncio.gather(*(show(each, text) for each in services)))

        stores = [(await each.health())["store"] for each in services]
        raced = await asyncio.gather(*map(to_both, texts))
        later = await asyncio.gather(*map(to_both, texts))
        for each in services:
            await each.stop()
    opened = Counter(statuses.count(200) for statuses in raced)
    return Race(
        tokens=tokens,
        once=opened[1],
        twice=opened[2],
        never=opened[0],
        statuses=dict(Counter(status for statuses in raced for status in statuses)),
        later_refused=sum(status == httpx.codes.UNAUTHORIZED for pair in later for status in pair),
        unchecked=sum(len(place.lines("replay_unchecked")) for place in (first, second)),
        slowest_ms=max(took),
        stores=tuple(stores),
    )
