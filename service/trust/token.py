"""Reads a JSON Web Token without believing it: who it claims to be from, and for what."""

from __future__ import annotations

import binascii
import json
import math
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.trust.why import Why, refused

# A token of a hundred claims has a few kB; what is longer is not worth decoding.
MAX_CHARACTERS = 16_384
_URL_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_MAX_NAME = 1_024  # characters of an identifier in a token
_LAST_SECOND = 253_402_300_799  # of the year 9999; a later time is nonsense


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says. Nothing here is true before its signature has been checked.

    Times are seconds since 1970. `text` is the token itself; it is never shown.
    """

    algorithm: str
    key_id: str
    issuer: str
    audiences: tuple[str, ...]
    issued_at: float
    expires_at: float
    token_id: str
    not_before: float | None = None
    tenant: str | None = None
    key_address: str | None = None
    text: str = field(default="", repr=False)


def read_token(text: str) -> Token:
    """The token in `text`.

    Raises:
        NotAllowedError: it is no signed token in compact form, or lacks what every token must say.
    """
    header, claims = _parts(text)
    if "crit" in header:
        raise refused(Why.CRITICAL_HEADER)
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise refused(Why.UNREADABLE)
    return Token(
        algorithm=_name(header, "alg"),
        key_id=_name(header, "kid"),
        issuer=_name(claims, "iss"),
        audiences=_audiences(claims.get("aud")),
        issued_at=_time(claims, "iat"),
        expires_at=_time(claims, "exp"),
        token_id=_name(claims, "jti"),
        not_before=_time(claims, "nbf") if "nbf" in claims else None,
        tenant=_name(claims, "tenant") if "tenant" in claims else None,
        key_address=_name(header, "jku") if "jku" in header else None,
        text=text,
    )


def _parts(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if len(text) > MAX_CHARACTERS or text.count(".") != 2:  # noqa: PLR2004 - header, claims, signature
        raise refused(Why.UNREADABLE)
    header, claims, signature = text.split(".")
    if not signature:
        raise refused(Why.UNREADABLE)
    return _object(header), _object(claims)


def _object(part: str) -> Mapping[str, Any]:
    if not _URL_SAFE.issuperset(part):
        raise refused(Why.UNREADABLE)
    try:
        raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        found = json.loads(raw.decode(), object_pairs_hook=_each_once, parse_constant=_no_number)
    except (binascii.Error, ValueError, RecursionError):
        raise refused(Why.UNREADABLE) from None
    if not isinstance(found, dict):
        raise refused(Why.UNREADABLE)
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _no_number(_text: str) -> float:
    raise ValueError("not a number of JSON")


def _name(members: Mapping[str, Any], key: str) -> str:
    value = members.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_NAME:
        raise refused(Why.CLAIMS)
    return value


def _time(claims: Mapping[str, Any], key: str) -> float:
    value = claims.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(Why.CLAIMS)
    if not 0 <= value <= _LAST_SECOND or math.isnan(value):
        raise refused(Why.CLAIMS)
    return float(value)


def _audiences(value: object) -> tuple[str, ...]:
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise refused(Why.CLAIMS)
    return tuple(named)
