"""Which tokens have been used: each may open the door once, at whichever process it knocks."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from heapq import heappop, heappush
from typing import Protocol

from service.errors import StoreDownError
from service.observe.events import Event
from service.observe.log import record
from service.store.first import FirstUses
from service.store.patience import within
from service.store.rows import UsedToken
from service.store.store import Store
from service.store.tally import Tally
from service.store.writer import Writer
from service.trust.claims import LEEWAY_S
from service.trust.token import Token
from service.trust.why import Why, refused

REMEMBERED_AT_MOST = 200_000  # tokens of one process, about 40 MB
ASKS_FOR_AT_MOST_S = 0.25
# A database that has just answered is taken for slow, and not at once for gone.
ASKS_LONGER_FOR_S = 0.5
ANSWERED_LATELY_S = 2.0
WAITS_FOR_AT_MOST_S = 1.0  # with the time in which this process is too busy to listen
UNCHECKED_FOR_AT_MOST_S = 300.0  # the age of a token that one process alone may vouch for


class ReplayMemory(Protocol):
    """Remembers the ids of used tokens until they have expired."""

    async def check_first_use(self, token: Token, now: float, *, strict: bool) -> None:
        """Passes the first time; `now` is in seconds since 1970.

        Raises:
            NotAllowedError: the token was used before.
            StoreDownError: nobody can tell, and `strict` asks that somebody can.
        """
        ...


class InProcessReplay:
    """What this process knows, bounded: the ids that would expire first go first.

    Nothing is awaited between looking and remembering, so of two calls at the same time with the
    same token one is refused.
    """

    def __init__(self, size: int = REMEMBERED_AT_MOST) -> None:
        self._size = size
        self._seen: set[str] = set()
        self._by_end: list[tuple[float, str]] = []

    def first_use(self, name: str, until: float) -> bool:
        """True the first time that this process sees the name; `until` is the token's end."""
        if name in self._seen:
            return False
        # Names that were forgotten still stand here: what is bounded is this list.
        while len(self._by_end) >= self._size:
            self._seen.discard(heappop(self._by_end)[1])
        self._seen.add(name)
        heappush(self._by_end, (until, name))
        return True

    def forget(self, name: str) -> None:
        """Takes back that the name was used."""
        self._seen.discard(name)


class SharedReplay:
    """What all processes know together through the database; each asks itself first.

    While the database is down a process vouches alone, and only for young tokens; the ids that it
    saw meanwhile are written later.
    """

    def __init__(self, store: Store, writer: Writer, tally: Tally) -> None:
        self._own = InProcessReplay()
        self._all = FirstUses(store)
        self._writer = writer
        self._tally = tally

    async def check_first_use(self, token: Token, now: float, *, strict: bool) -> None:
        """Passes the first time that any process sees the token; `now` is in seconds since 1970.

        Raises:
            NotAllowedError: the token was used before, or is too old for one process to vouch for.
            StoreDownError: the database is down, and `strict` refuses to do without.
        """
        used = _row(token)
        until = used.expires_at.timestamp()
        if not self._own.first_use(used.entry, until):
            raise refused(Why.REPLAYED)
        answers = self._all.answered_within(ANSWERED_LATELY_S)
        patience_s = ASKS_LONGER_FOR_S if answers else ASKS_FOR_AT_MOST_S
        try:
            first = await within(patience_s, self._all.first(used), at_most_s=WAITS_FOR_AT_MOST_S)
        except StoreDownError:
            self._vouch(token, used, now, strict=strict)
            return
        if not first:
            raise refused(Why.REPLAYED)

    def _vouch(self, token: Token, used: UsedToken, now: float, *, strict: bool) -> None:
        self._tally.unchecked_tokens += 1
        record(Event.REPLAY_UNCHECKED)
        if strict:
            # It opened nothing, so it may be shown again. A database that was only slow may have
            # noted it meanwhile all the same, and then refuses it: a new call needs a new token.
            self._own.forget(used.entry)
            raise StoreDownError("Used tokens cannot be told from new ones now.")
        if now - token.issued_at > UNCHECKED_FOR_AT_MOST_S + LEEWAY_S:
            raise refused(Why.UNCHECKED)
        self._writer.hand_over([used])


def _row(token: Token) -> UsedToken:
    named = f"{token.issuer}\n{token.token_id}".encode(errors="surrogatepass")
    return UsedToken(
        entry=blake2b(named, digest_size=16).hexdigest(),
        expires_at=datetime.fromtimestamp(token.expires_at + LEEWAY_S, UTC),
    )
