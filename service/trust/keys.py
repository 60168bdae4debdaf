"""The public keys of one EHR: which of a key set are fit to verify a token, and with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

SMALLEST_RSA_BITS = 2048
MOST_KEYS = 100
CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
# Only these members are read, so a private key that was published by mistake never gets in here.
_PUBLIC_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}


class KeySetInvalidError(ValueError):
    """A key set that cannot be used; the text says why, without its content."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key by which a signature is checked, with the algorithms that it is fit for."""

    key_id: str
    algorithms: frozenset[str]
    key: RSAKey | ECKey

    def signed(self, token: str, algorithm: str) -> bool:
        """True when this key's owner signed `token` by `algorithm`."""
        if algorithm not in self.algorithms:
            return False
        try:
            jws.deserialize_compact(token, self.key, [algorithm], _registry(algorithm))
        except (JoseError, ValueError):
            return False
        return True


def read_key_set(content: bytes) -> tuple[PublicKey, ...]:
    """The keys of a JWK Set that can verify a token; all others are left out.

    Raises:
        KeySetInvalidError: it is no key set, or none of its keys is fit.
    """
    try:
        found = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise KeySetInvalidError("is no JSON object") from None
    members = found.get("keys")
    if not isinstance(members, list):
        raise KeySetInvalidError("holds no list of keys")
    keys = tuple(_fit(each for each in members[:MOST_KEYS] if isinstance(each, dict)))
    if not keys:
        raise KeySetInvalidError(
            "holds no key that can verify a token: RSA of 2048 bits, or EC, with a kid"
        )
    return keys


def _fit(members: Iterable[Mapping[str, Any]]) -> Iterator[PublicKey]:
    for each in members:
        key_id = each.get("kid")
        if not isinstance(key_id, str) or not key_id or not _may_verify(each):
            continue
        key = _public(each)
        algorithms = _algorithms(key, each)
        if key is not None and algorithms:
            yield PublicKey(key_id, algorithms, key)


def _may_verify(members: Mapping[str, Any]) -> bool:
    operations = members.get("key_ops", ["verify"])
    told = isinstance(operations, list) and "verify" in operations
    return told and members.get("use", "sig") == "sig"


def _public(members: Mapping[str, Any]) -> RSAKey | ECKey | None:
    kind = members.get("kty")
    names = _PUBLIC_MEMBERS.get(kind, ()) if isinstance(kind, str) else ()
    public = {name: members[name] for name in names if isinstance(members.get(name), str)}
    if not names or len(public) != len(names):
        return None
    try:
        key = RSAKey.import_key(public) if kind == "RSA" else ECKey.import_key(public)
        _ = key.public_key  # made on first use; a key that is none shows itself here
    except (JoseError, ValueError, KeyError):
        return None
    return key


def _algorithms(key: RSAKey | ECKey | None, members: Mapping[str, Any]) -> frozenset[str]:
    fit: frozenset[str] = frozenset()
    if isinstance(key, RSAKey) and key.public_key.key_size >= SMALLEST_RSA_BITS:
        fit = RSA_ALGORITHMS
    if isinstance(key, ECKey) and key.curve_name in CURVES:
        fit = frozenset({CURVES[key.curve_name]})
    named = members.get("alg")
    return fit if named is None else fit & {str(named)}


def _registry(algorithm: str) -> jws.JWSRegistry:
    # Header members beside the registered ones are allowed: EHRs add their own. `crit` is refused
    # before this, so none of them can change what the signature means.
    return jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
