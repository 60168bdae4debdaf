"""What the R4B models let pass and the reference validator does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeGuard


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that is not valid: where and what kind; never the content."""

    where: str
    kind: str


def wrong_types(given: object, read: object, where: str = "") -> tuple[Refusal, ...]:
    """Values that a model read by bending them: a number or a truth value written as text."""
    return tuple(_bent(given, read, where))


def _bent(given: object, read: object, where: str) -> Iterator[Refusal]:
    if isinstance(given, Mapping) and isinstance(read, Mapping):
        for name, value in given.items():
            if name in read:
                yield from _bent(value, read[name], f"{where}.{name}".lstrip("."))
    elif _is_list(given) and _is_list(read):
        for index, (one, other) in enumerate(zip(given, read, strict=False)):
            yield from _bent(one, other, f"{where}.{index}")
    elif isinstance(given, str) and isinstance(read, bool | int | float | Decimal):
        yield Refusal(where, "text where a number or a truth value belongs")
    elif isinstance(given, bool) is not isinstance(read, bool):
        yield Refusal(where, "a truth value where none belongs, or none where one does")


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def broken_invariants(resource: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """Extensions without content (ext-1) and contained resources that nothing points to (dom-3)."""
    empty = (Refusal(where, "ext-1") for where in _empty_extensions(resource, ""))
    pointed = frozenset(_references(resource))
    orphans = (
        Refusal(f"contained.{index}", "dom-3")
        for index, one in enumerate(resource.get("contained", ()))
        if f"#{one.get('id')}" not in pointed
    )
    return (*empty, *orphans)


def _empty_extensions(value: object, where: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            path = f"{where}.{name}".lstrip(".")
            if name in {"extension", "modifierExtension"} and _is_list(inner):
                yield from (path for one in inner if _has_no_content(one))
            yield from _empty_extensions(inner, path)
    elif _is_list(value):
        for inner in value:
            yield from _empty_extensions(inner, where)


def _has_no_content(extension: object) -> bool:
    if not isinstance(extension, Mapping):
        return True
    return not any(name.startswith("value") or name == "extension" for name in extension)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference
        for inner in value.values():
            yield from _references(inner)
    elif _is_list(value):
        for inner in value:
            yield from _references(inner)
