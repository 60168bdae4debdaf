"""Where a client's key set is read from: its file, or its address through the outbound guard."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from service.clients import Client
from service.fhir.answer import ACCEPTED, AnswerTooLargeError, AnswerUnreadableError, body_of
from service.fhir.pools import Line, Pools
from service.fhir.reach import parse_prefix
from service.trust.ring import KeysUnreachableError, ReadKeySet

MOST_BYTES = 262_144
FETCHED_WITHIN_S = 1.0
SHARE_OF_DEADLINE = 0.5  # the call that waits for the keys still needs time for its answer
HEADERS = {"Accept": "application/jwk-set+json, application/json", **ACCEPTED}


def source_of(client: Client, pools: Pools, deadline_ms: int) -> ReadKeySet:
    """Reads the client's key set: from its file where it has one, else from its address."""
    if client.jwks_file is not None:
        return _file(client.jwks_file)
    if client.jwks_url is None:
        raise TypeError("a client that must prove itself has keys; the clients file was checked")
    within_s = min(FETCHED_WITHIN_S, deadline_ms / 1000 * SHARE_OF_DEADLINE)
    return _address(client, client.jwks_url, pools, within_s)


def _file(path: Path) -> ReadKeySet:
    async def read() -> bytes:
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError:
            raise KeysUnreachableError("the file cannot be read") from None

    return read


def _address(client: Client, address: str, pools: Pools, within_s: float) -> ReadKeySet:
    base = parse_prefix(address, allow_http=client.allow_http, query=True)
    origin = f"{base.scheme}://{base.host}:{base.port}"
    line = Line(origin, not client.allow_private_network, client.ca_file)

    async def read() -> bytes:
        try:
            async with asyncio.timeout(within_s):
                return await _fetch(address, pools, line)
        except TimeoutError:
            raise KeysUnreachableError("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise KeysUnreachableError("the server could not be reached") from None

    return read


async def _fetch(address: str, pools: Pools, line: Line) -> bytes:
    left = MOST_BYTES

    def spend(size: int) -> bool:
        nonlocal left
        left -= size
        return left >= 0

    async with (
        pools.borrow(line) as http,
        http.stream("GET", address, headers=HEADERS) as response,
    ):
        kind = response.headers.get("content-type", "").lower()
        if response.status_code != httpx.codes.OK or "json" not in kind:
            raise KeysUnreachableError("the server answered something else than keys")
        try:
            return await body_of(response, spend)
        except (AnswerTooLargeError, AnswerUnreadableError):
            raise KeysUnreachableError("the answer is too large or damaged") from None
