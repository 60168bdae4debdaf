"""Lengths of bowel, in centimetres, from notes, names and extensions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from fhir_mappers.decoding import parse_number
from fhir_mappers.names import plain_text
from fhir_mappers.shapes.elements import Extension

_LENGTH = re.compile(
    r"(?<![\d.,])(\d[\d,]*(?:\.\d+)?)\s*(?:(?:-|\u2013|to)\s*\d[\d,.]*\s*)?"
    r"(cm|centimet(?:re|er)s?|mm|millimet(?:re|er)s?)\b(?!\s*(?:from|above|(?:proximal|distal)(?:ly)?\s+(?:to|from|of)\b))"
)
_PER_CM = {"c": Decimal(1), "m": Decimal("0.1")}


def bowel_length(texts: Iterable[str | None], extensions: Iterable[Extension]) -> Decimal | None:
    """The recorded length in centimetres; None when none is recorded.

    Of a range the lower end counts, so that a length is never taken as longer than certain. Of
    several lengths the largest counts: parts are listed beside the whole. A distance "from"
    somewhere is a place, not a length.
    """
    found = [
        value * _PER_CM[unit[0]]
        for text in texts
        if text
        for number, unit in _LENGTH.findall(plain_text(text))
        if (value := parse_number(number)) is not None
    ]
    found += [length for one in extensions if (length := _of_extension(one)) is not None]
    return max(found, default=None)


def _of_extension(extension: Extension) -> Decimal | None:
    quantity = extension.value_quantity
    if quantity is None or quantity.value is None:
        return None
    unit = (quantity.code or quantity.unit or "").strip().lower()
    return quantity.value * _PER_CM[unit[0]] if unit in {"cm", "mm"} else None
