"""One FHIR server as one call sees it: base address, token, deadline, and what it may cost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

import httpx

from service.deadline import Deadline
from service.fhir.answer import ACCEPTED, AnswerTooLargeError, AnswerUnreadableError, body_of
from service.fhir.pools import Line, Pools
from service.fhir.reach import Prefix

HEADERS = {
    "Accept": "application/fhir+json, application/json+fhir;q=0.9, application/json;q=0.8",
    # Without it HAPI repeats a search's answer for 60 s; a result filed 10 s ago may be the one.
    "Cache-Control": "no-cache",
    **ACCEPTED,
}

# Closed in order, or reset: by a load balancer, or by a server that has just been restarted.
BROKEN = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


class Reply(StrEnum):
    """What became of one request."""

    OK = "ok"
    MISSING = "missing"  # 404, 410: the server does not know it
    REFUSED = "refused"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to one request: a JSON body, or a word why there is none. No patient data in it."""

    reply: Reply
    body: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Caps:
    """How much one call may fetch."""

    pages: int = 20  # of one list
    entries: int = 5_000  # of one list
    bytes_each: int = 20_000_000  # of one answer
    bytes_all: int = 60_000_000  # of one call
    references: int = 20  # single resources looked up because something points to them


@dataclass(slots=True)
class Allowance:
    """The bytes that this call may still read."""

    left: int

    def spend(self, size: int) -> bool:
        """Takes `size` off; False when there was not so much left."""
        self.left -= size
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class FhirServer:
    """A server that this call may read from, already checked against the client's list."""

    base: Prefix
    address: httpx.URL
    pools: Pools
    line: Line
    deadline: Deadline
    token: str | None = field(default=None, repr=False)
    caps: Caps = Caps()
    allowance: Allowance = field(default_factory=lambda: Allowance(Caps().bytes_all))

    async def get(self, query: str) -> Fetched:
        """Fetches `query`, relative to the base or an absolute page link that stays inside it."""
        url = self.locate(query)
        if url is None:
            return Fetched(Reply.REFUSED, why="the address leads off the FHIR server")
        try:
            async with asyncio.timeout_at(self.deadline.fetching_ends_at):
                return await self._get_twice(url)
        except TimeoutError:
            return Fetched(Reply.TIMED_OUT, why="no answer within the deadline")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return Fetched(Reply.REFUSED, why="the FHIR server could not be reached")

    def locate(self, query: str) -> httpx.URL | None:
        """The absolute address of `query`, or None when it is not inside the base."""
        try:
            url = httpx.URL(f"{str(self.address).rstrip('/')}/").join(query)
        except (httpx.InvalidURL, ValueError):  # joining reads an address more strictly
            return None
        return url if not url.userinfo and self.base.covers(url) else None

    def path_below(self, reference: str) -> str | None:
        """The path that a reference has below the base; None outside of it, or with a query."""
        url = self.locate(reference)
        if url is None or url.query or url.fragment:
            return None
        return url.path.removeprefix(f"{self.address.path.rstrip('/')}/")

    async def _get_twice(self, url: httpx.URL) -> Fetched:
        try:
            return await self._get(url)
        except BROKEN:
            # A kept connection that the server ended; reading again is safe. A server or what lies
            # between may have ended all of them, so this time over none of those.
            return await self._get(url, anew=True)

    async def _get(self, url: httpx.URL, *, anew: bool = False) -> Fetched:
        headers = HEADERS if self.token is None else self._with_token()
        async with (
            self.pools.borrow(self.line, anew=anew) as http,
            http.stream("GET", url, headers=headers) as response,
        ):
            refused = refusal(response)
            return refused if refused is not None else await self._read(response)

    async def _read(self, response: httpx.Response) -> Fetched:
        each = Allowance(self.caps.bytes_each)
        try:
            body = await body_of(
                response, lambda size: each.spend(size) and self.allowance.spend(size)
            )
        except AnswerTooLargeError:
            return Fetched(Reply.REFUSED, why="the answer is too large")
        except AnswerUnreadableError:
            return Fetched(Reply.REFUSED, why="the answer cannot be unpacked")
        return Fetched(Reply.OK, body)

    def _with_token(self) -> dict[str, str]:
        return {**HEADERS, "Authorization": f"Bearer {self.token}"}


def refusal(response: httpx.Response) -> Fetched | None:
    """Why this answer is of no use, or None when its body is worth reading."""
    status = response.status_code
    if status in (404, 410):
        return Fetched(Reply.MISSING, why=f"the FHIR server answered {status}")
    if status in (408, 504):
        return Fetched(Reply.TIMED_OUT, why=f"the FHIR server answered {status}")
    if status != httpx.codes.OK:
        return Fetched(Reply.REFUSED, why=f"the FHIR server answered {status}")
    if "json" not in response.headers.get("content-type", "").lower():
        return Fetched(Reply.REFUSED, why="the FHIR server answered something else than JSON")
    return None
