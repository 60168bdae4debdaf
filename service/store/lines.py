"""A row as a line of a file, and back."""

from __future__ import annotations

from dataclasses import asdict

import msgspec

from service.store.rows import Row, with_plain_text
from service.store.tables import TABLES

_NAMES: dict[type[Row], str] = {kind: str(table.name) for kind, table in TABLES.items()}
_KINDS: dict[str, type[Row]] = {name: kind for kind, name in _NAMES.items()}


def line_of(row: Row) -> bytes:
    """The row in one line of JSON, with the name of its table."""
    return msgspec.json.encode((_NAMES[type(row)], with_plain_text(asdict(row)))) + b"\n"


def row_in(line: bytes) -> Row | None:
    """The row in a line; None when it is not whole, or of a kind that is not known."""
    try:
        kind, members = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
        return msgspec.json.decode(members, type=_KINDS[kind])
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError):
        return None
