"""The shape of a file with a site's own codes, checked before anything in it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fhir_mappers.errors import CodesError

_COMMON = dict.fromkeys(("code", "display", "source", "mark", "system", "note"), "a text")
_TEXTS = "a list of texts"
_NUMBERS = "a table of numbers"
SHAPES: Mapping[str, Mapping[str, str]] = {
    "lab": {**_COMMON, "analyte": "a text"},
    "drug": {
        **_COMMON,
        "substances": _TEXTS,
        "form": "a text",
        "special": "a text",
        "per_ml": _NUMBERS,
        "per_unit": _NUMBERS,
        "product": "a text",
    },
    "condition": {**_COMMON, "is": _TEXTS},
    "procedure": {**_COMMON, "is": _TEXTS},
}
# Without these a row would be read and mean nothing.
_MEANINGS = {"drug": "substances", "condition": "is", "procedure": "is"}


def check_site_file(file: str, content: Mapping[str, Any]) -> None:
    """Refuses lists, keys and values that no site file can hold.

    Raises:
        CodesError: names file, key and reason of the first mistake.
    """
    for name, lines in content.items():
        for mistake in _in_list(file, name, lines):
            raise mistake


def _in_list(file: str, name: str, lines: object) -> Iterator[CodesError]:
    if name not in SHAPES:
        known = ", ".join(sorted(SHAPES))
        yield CodesError(file, name, f"is not one of {known}; each is a list")
    elif not isinstance(lines, list):
        yield CodesError(file, name, f"is not a list; write [[{name}]]")
    else:
        for number, line in enumerate(lines):
            yield from _in_line(file, name, number, line)


def _in_line(file: str, name: str, number: int, line: object) -> Iterator[CodesError]:
    where, meaning = f"{name}[{number}]", _MEANINGS.get(name)
    if not isinstance(line, dict):
        yield CodesError(file, where, "is not a row")
    else:
        yield from _in_row(file, where, line, SHAPES[name])
        if meaning and not line.get(meaning):
            yield CodesError(file, where, f"lacks {meaning}: it would mean nothing")


def _in_row(
    file: str, where: str, line: Mapping[str, Any], shape: Mapping[str, str]
) -> Iterator[CodesError]:
    for key, value in line.items():
        if key not in shape:
            yield CodesError(file, f"{where}.{key}", "there is no such key")
        elif not _is(shape[key], value):
            yield CodesError(file, f"{where}.{key}", f"is not {shape[key]}")


def _is(kind: str, value: object) -> bool:
    if kind == _TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if kind == _NUMBERS:
        return isinstance(value, dict) and all(_is_number(each) for each in value.values())
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
