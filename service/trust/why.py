"""Why a caller was turned away: words for the log, never for the caller, and no part of a token."""

from __future__ import annotations

from enum import StrEnum

from service.errors import NotAllowedError


class Why(StrEnum):
    """The reason for a 401, as the operator reads it."""

    NO_BEARER = "no bearer token"
    UNREADABLE = "not a JSON Web Token that can be read"
    CRITICAL_HEADER = "a header that must be understood and is not"
    ISSUER = "issuer is not listed"
    TENANT = "tenant is not listed"
    ALGORITHM = "algorithm is not listed"
    KEY_ADDRESS = "jku is not the client's jwks_url"
    AUDIENCE = "audience is not this address"
    EXPIRED = "expired"
    TOO_EARLY = "not valid yet"
    LIVES_TOO_LONG = "lives too long"
    CLAIMS = "a claim is missing or malformed"
    KEY = "no such key"
    SIGNATURE = "signature does not fit"
    REPLAYED = "used before"
    UNCHECKED = "older than five minutes, while used tokens cannot be asked for"
    CERTIFICATE = "client certificate is not the client's"
    NOT_FOR_CLIENT = "this client may not ask that"


def refused(why: Why) -> NotAllowedError:
    """The 401 whose reason only the log tells."""
    return NotAllowedError("Not allowed.", why.value)
