"""A load of hook calls and feedback, and a record of what became of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Literal
from uuid import uuid4

import httpx
import orjson

from tests.reliability.tokens import USUAL, headers, token
from tests.service.calls import call, cyanocobalamin, prefetch

What = Literal["call", "feedback"]

SIGN = "/cds-services/b12-order-sign"
FEEDBACK = f"{SIGN}/feedback"
PATIENT = "demo-kidneys"
CALL = call("order-sign", PATIENT, cyanocobalamin(PATIENT), prefetch=prefetch(PATIENT))
ANSWERS_WITHIN_S = 20.0  # far beyond every deadline: what is slower is a failure of its own
PAUSE_S = 0.01  # of each task after each request, so that two cores are not what is measured
PAUSE_WITHOUT_ANSWER_S = 0.1
TASKS = 4


@dataclass(frozen=True, slots=True)
class Sent:
    """One request; `status` None: there was no answer. Times are of the monotonic clock."""

    what: What
    to: str
    at: float
    took_ms: float
    status: int | None
    request: str  # the answer's X-Request-Id
    cards: tuple[str, ...]  # the cards that were answered, or the one that was reported on


class Load:
    """Requests to these addresses in turn, for as long as it runs."""

    def __init__(self, *addresses: str) -> None:
        self.sent: list[Sent] = []
        self._addresses = addresses
        self._turn = count()

    @asynccontextmanager
    async def running(self, tasks: int = TASKS) -> AsyncIterator[None]:
        """Several callers at once. On leaving, each gets the answer that it waits for."""
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(self._caller(over))
            try:
                yield
            finally:
                over.set()

    def answered(self, what: What, status: int = 200) -> list[Sent]:
        """The requests of a kind that got this answer."""
        return [each for each in self.sent if each.what == what and each.status == status]

    def since(self, at: float) -> Sequence[Sent]:
        """The requests that were sent at that moment or later."""
        return [each for each in self.sent if each.at >= at]

    async def _caller(self, over: asyncio.Event) -> None:
        async with httpx.AsyncClient(timeout=ANSWERS_WITHIN_S, trust_env=False) as http:
            while not over.is_set():
                asked = await self._send(http, "call", SIGN, hook_call())
                await asyncio.sleep(PAUSE_S)
                shown = asked.cards[0] if asked.cards else str(uuid4())
                await self._send(http, "feedback", FEEDBACK, report_on(shown), shown)
                await asyncio.sleep(PAUSE_S)

    async def _send(
        self, http: httpx.AsyncClient, what: What, path: str, body: bytes, shown: str = ""
    ) -> Sent:
        to = self._addresses[next(self._turn) % len(self._addresses)]
        signed = headers(token(path, USUAL))
        at = time.monotonic()
        try:
            answer = await http.post(f"{to}{path}", content=body, headers=signed)
        except (httpx.NetworkError, httpx.ProtocolError):
            answer = None  # the process is dead, or died before it could answer
        took_ms = (time.monotonic() - at) * 1000
        sent = Sent(what, to, at, took_ms, *_told(answer, shown))
        self.sent.append(sent)
        if answer is None:
            await asyncio.sleep(PAUSE_WITHOUT_ANSWER_S)
        return sent


def hook_call() -> bytes:
    """A call of its own, so that its cards have ids of their own."""
    return orjson.dumps({**CALL, "hookInstance": str(uuid4())})


def report_on(card: str) -> bytes:
    """Feedback that the card was accepted."""
    return orjson.dumps({"feedback": [{"card": card, "outcome": "accepted"}]})


def _told(answer: httpx.Response | None, shown: str) -> tuple[int | None, str, tuple[str, ...]]:
    if answer is None:
        return None, "", (shown,) if shown else ()
    request = answer.headers.get("x-request-id", "")
    if shown:
        return answer.status_code, request, (shown,)
    cards = answer.json().get("cards", ()) if answer.status_code == httpx.codes.OK else ()
    return answer.status_code, request, tuple(each["uuid"] for each in cards)
