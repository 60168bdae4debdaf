"""Which tokens have been used: each may open the door once."""

from __future__ import annotations

from hashlib import blake2b
from heapq import heappop, heappush
from typing import Protocol

REMEMBERED_AT_MOST = 200_000  # tokens of one process, about 40 MB


class ReplayMemory(Protocol):
    """Remembers the ids of used tokens until they have expired."""

    async def first_use(self, issuer: str, token_id: str, until: float) -> bool:
        """True the first time, False ever after; `until` is the token's end in seconds since 1970."""
        ...


class InProcessReplay:
    """A memory of this process alone, bounded: the ids that would expire first go first.

    Nothing is awaited between looking and remembering, so of two calls at the same time with the
    same token one is refused.
    """

    def __init__(self, size: int = REMEMBERED_AT_MOST) -> None:
        self._size = size
        self._seen: set[bytes] = set()
        self._by_end: list[tuple[float, bytes]] = []

    async def first_use(self, issuer: str, token_id: str, until: float) -> bool:
        """True the first time that this process sees the id."""
        named = f"{issuer}\n{token_id}".encode(errors="surrogatepass")
        digest = blake2b(named, digest_size=16).digest()
        if digest in self._seen:
            return False
        while len(self._seen) >= self._size:
            self._seen.discard(heappop(self._by_end)[1])
        self._seen.add(digest)
        heappush(self._by_end, (until, digest))
        return True
