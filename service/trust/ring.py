"""A client's keys, kept at hand and read anew when they are old or one is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from service.trust.keys import KeySetInvalidError, PublicKey, read_key_set

FRESH_FOR_S = 600.0
USABLE_FOR_S = 86_400.0  # while no newer ones can be had
READ_AT_MOST_EVERY_S = 30.0
LOOK_AT_MOST_EVERY_S = 30.0  # so that made-up key ids cannot make us a burden to the EHR
RETRY_FIRST_READ_AFTER_S = 5.0

ReadKeySet = Callable[[], Awaitable[bytes]]
Seconds = Callable[[], float]


class KeysUnreachableError(Exception):
    """The key set could not be read; the text says why, fit for an operator."""


@dataclass(slots=True)
class KeyRing:
    """The keys of one client. `seconds` is a clock that never goes back."""

    read: ReadKeySet
    seconds: Seconds
    renewal: asyncio.Task[None] | None = None  # the last one that no call waited for
    _keys: tuple[PublicKey, ...] = ()
    _read_at: float | None = None
    _tried_at: float | None = None
    _looked_at: float | None = None  # for a key that was missing
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def known(self) -> bool:
        """True when there are keys to verify a token with."""
        return self._age() < USABLE_FOR_S

    async def named(self, key_id: str) -> tuple[PublicKey, ...]:
        """The keys with this id; an id that is not known has the set read anew, seldom enough."""
        if not self.known:
            await self.renew()
        elif not self._named(key_id):
            await self._look_for(key_id)
        elif self._age() >= FRESH_FOR_S and self._may_read():
            self.renewal = asyncio.create_task(self.renew())
        return self._named(key_id)

    async def renew(self) -> None:
        """Reads the key set, unless another call has just done so; keeps the old one if it fails."""
        async with self._reading:
            if self._may_read():
                await self._read_anew()

    async def _look_for(self, key_id: str) -> None:
        """Reads the key set, also one that was read a moment ago: the EHR may have changed it since.

        Calls that come meanwhile wait for the same reading.
        """
        async with self._reading:
            if self._named(key_id) or not self._may_look():
                return
            self._looked_at = self.seconds()
            await self._read_anew()

    async def _read_anew(self) -> None:
        self._tried_at = self.seconds()
        try:
            self._keys = read_key_set(await self.read())
        except (KeySetInvalidError, KeysUnreachableError):
            return
        self._read_at = self.seconds()

    def _named(self, key_id: str) -> tuple[PublicKey, ...]:
        found = self._keys if self.known else ()
        return tuple(key for key in found if key.key_id == key_id)

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self.seconds() - self._read_at

    def _may_read(self) -> bool:
        pause = RETRY_FIRST_READ_AFTER_S if self._read_at is None else READ_AT_MOST_EVERY_S
        return self._tried_at is None or self.seconds() - self._tried_at >= pause

    def _may_look(self) -> bool:
        return self._looked_at is None or self.seconds() - self._looked_at >= LOOK_AT_MOST_EVERY_S
