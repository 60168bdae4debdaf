"""The one door: a request goes in, the client that sent it comes out, or a 401."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from service.clients import Client, Replay
from service.trust.caller import Caller, Kind
from service.trust.claims import check_claims, client_of
from service.trust.proxy import Proxies
from service.trust.replay import ReplayMemory
from service.trust.ring import KeyRing
from service.trust.token import Token, read_token
from service.trust.why import Why, refused


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in who proves to be a client. `base` is this service's public address without a slash."""

    clients: tuple[Client, ...]
    base: str
    rings: Mapping[str, KeyRing]  # by client id
    replay: ReplayMemory
    proxies: Proxies
    now: Callable[[], datetime]

    async def admit(self, request: Request) -> Caller:
        """The client that sent `request`, by the token made for the very address it called.

        Raises:
            NotAllowedError: there is no token, or anything about it is not as it must be.
            StoreDownError: the client is strict, and used tokens cannot be told from new ones.
        """
        text = bearer_of(request)
        if text is None:
            raise refused(Why.NO_BEARER)
        token = read_token(text)
        client = client_of(token, self.clients)
        check_claims(token, client, self.base + request.scope["path"], self.now().timestamp())
        if client.certificate is not None:
            self.proxies.check_certificate(request, client.certificate)
        await self._check_signature(token, client)
        strict = client.replay is Replay.STRICT
        await self.replay.check_first_use(token, self.now().timestamp(), strict=strict)
        return Caller(client, Kind.CLIENT, token.issuer, token.tenant)

    @property
    def knows_keys(self) -> bool:
        """True when every client's keys are known."""
        return all(ring.known for ring in self.rings.values())

    async def warm(self) -> None:
        """Reads every client's keys, so that the first clinician need not wait for them."""
        await asyncio.gather(*(ring.renew() for ring in self.rings.values()))

    async def _check_signature(self, token: Token, client: Client) -> None:
        keys = await self.rings[client.id].named(token.key_id)
        if not keys:
            raise refused(Why.KEY)
        if not any(key.signed(token.text, token.algorithm) for key in keys):
            raise refused(Why.SIGNATURE)


def bearer_of(request: Request) -> str | None:
    """The bearer token of a request; None without one, and also with more than one."""
    headers = request.headers.getlist("authorization")
    if len(headers) != 1:
        return None
    scheme, _, text = headers[0].partition(" ")
    return text.strip() or None if scheme.lower() == "bearer" else None
