"""Asks the database which tokens are new: for many at once, however many calls come together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice

from service.errors import StoreDownError
from service.observe.log import record_failure
from service.store.rows import UsedToken
from service.store.store import Store

MOST_AT_ONCE = 500
Asked = tuple[UsedToken, asyncio.Future[bool]]


class FirstUses:
    """Tokens gather while the database is asked for others, and are asked for together.

    A burst of calls costs a few transactions instead of one for each, so that the last call of it
    need not wait for all the others' and doubt that the database is there.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, Asked] = {}
        self._asking: asyncio.Task[None] | None = None
        self._answered_at: float | None = None

    def answered_within(self, seconds: float) -> bool:
        """True when the database has answered in these last seconds."""
        now = asyncio.get_running_loop().time()
        return self._answered_at is not None and now - self._answered_at < seconds

    async def first(self, used: UsedToken) -> bool:
        """True for the first that shows the token to any process; of two at once one is.

        Raises:
            StoreDownError: the database cannot be used.
        """
        if used.entry in self._waiting:
            return False
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[used.entry] = (used, answer)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_while_any_waits())
        return await answer

    async def _ask_while_any_waits(self) -> None:
        try:
            while self._waiting:
                await self._ask([*islice(self._waiting, MOST_AT_ONCE)])
        finally:
            self._asking = None

    async def _ask(self, entries: list[str]) -> None:
        asked = [self._waiting.pop(entry) for entry in entries]
        try:
            new = await self._store.add_new([used for used, _ in asked])
        except StoreDownError as down:
            _refuse(asked, down)
            return
        except Exception as error:  # noqa: BLE001 - the outermost edge of a task that must go on
            record_failure(error)
            _refuse(asked, StoreDownError("The store cannot be used now."))
            return
        self._answered_at = asyncio.get_running_loop().time()
        for used, answer in asked:
            if not answer.done():
                answer.set_result(used.entry in new)


def _refuse(asked: Iterable[Asked], error: StoreDownError) -> None:
    for _, answer in asked:
        if not answer.done():  # nobody waits for it any more
            answer.set_exception(error)
