"""Holds a token against what its client's table allows, before its signature costs anything."""

from __future__ import annotations

from collections.abc import Iterable

from service.clients import Client
from service.trust.token import Token
from service.trust.why import Why, refused

LEEWAY_S = 30.0  # by which the clocks of two hospitals' machines may differ
LONGEST_LIFE_S = 3600.0


def client_of(token: Token, clients: Iterable[Client]) -> Client:
    """The client whose issuer and tenant the token names.

    Raises:
        NotAllowedError: no client has this issuer, or none of them this tenant.
    """
    of_issuer = [client for client in clients if client.issuer == token.issuer]
    if not of_issuer:
        raise refused(Why.ISSUER)
    for client in of_issuer:
        if not client.tenants or token.tenant in client.tenants:
            return client
    raise refused(Why.TENANT)


def check_claims(token: Token, client: Client, endpoint: str, now: float) -> None:
    """Everything but the signature: algorithm, key address, audience and times.

    `endpoint` is the exact address that was called, `now` is in seconds since 1970.

    Raises:
        NotAllowedError: one of them is not as it must be.
    """
    if token.algorithm not in client.algorithms:
        raise refused(Why.ALGORITHM)
    if token.key_address is not None and token.key_address != client.jwks_url:
        raise refused(Why.KEY_ADDRESS)
    if not {endpoint, *client.audiences} & set(token.audiences):
        raise refused(Why.AUDIENCE)
    _check_times(token, now)


def _check_times(token: Token, now: float) -> None:
    if token.expires_at + LEEWAY_S <= now:
        raise refused(Why.EXPIRED)
    if max(token.issued_at, token.not_before or 0.0) - LEEWAY_S > now:
        raise refused(Why.TOO_EARLY)
    if not 0 < token.expires_at - token.issued_at <= LONGEST_LIFE_S:
        raise refused(Why.LIVES_TOO_LONG)
