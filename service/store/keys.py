"""Keyed hashes of what would name a person: equal inputs are recognised, none can be read back."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from service.errors import ConfigurationError

LOCAL_FILE = Path("b12-cds-hash.key")
SHORTEST = 32  # bytes
NOT_KEPT = "not kept"


@dataclass(frozen=True, slots=True)
class HashKey:
    """The secret without which no hash in the store can be tied to a person."""

    secret: bytes = field(repr=False)

    def of(self, *parts: str) -> str:
        """The hash of these parts, kept apart: ("a", "bc") and ("ab", "c") differ."""
        return hmac.new(self.secret, json.dumps(parts).encode(), sha256).hexdigest()


def told_apart(text: str, client: str, key: HashKey | None) -> str:
    """An id from outside as it may be kept: a UUID as it is, anything else as a keyed hash.

    Without a key it is a word that says so: an id may hold whatever an EHR puts there.
    """
    return as_uuid(text) or (NOT_KEPT if key is None else key.of("id", client, text))


def as_uuid(text: str) -> str | None:
    """A UUID in the one spelling in which it is kept; None for any other text."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def load_hash_key(file: Path | None) -> HashKey | None:
    """The key in `file`; None when no file is named.

    Raises:
        ConfigurationError: the file cannot be read, or is too short to be a secret.
    """
    if file is None:
        return None
    try:
        secret = file.read_bytes().strip()
    except OSError as refused:
        reason = f"B12_HASH_KEY_FILE: {file}: cannot be read: {refused.strerror}"
        raise ConfigurationError(reason) from None
    if len(secret) < SHORTEST:
        raise ConfigurationError(f"B12_HASH_KEY_FILE: {file}: holds less than {SHORTEST} bytes")
    return HashKey(secret)


def local_hash_key(file: Path = LOCAL_FILE) -> HashKey | None:
    """The key of the working directory, made at the first start; None where none can be kept."""
    try:
        _make(file)
        secret = file.read_bytes().strip()
    except OSError:
        return None
    return HashKey(secret) if len(secret) >= SHORTEST else None


def _make(file: Path) -> None:
    """Writes a new key that only its owner can read; one that exists already is kept."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_hex(SHORTEST))
