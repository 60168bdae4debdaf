"""The laboratory's own limits, in the unit of the result."""

from __future__ import annotations

import re
from decimal import Decimal

from fhir_mappers.decoding import parse_number
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.elements import Quantity
from fhir_mappers.shapes.observations import ReferenceRange, Valued
from fhir_mappers.units import Converted

_RANGE = re.compile(
    r"(?:(\d[\d,.]*) ?(?:-|\u2013|to) ?|(?:<|<=|\u2264|up to) ?)(\d[\d,]*(?:\.\d+)?)(\D.*)?"
)


def limits(
    valued: Valued, converted: Converted, reading: Reading
) -> tuple[Decimal | None, Decimal | None, str | None]:
    """The laboratory's own limits in the unit of the result, and the range as it was written."""
    chosen = next((one for one in valued.reference_range if _is_normal(one)), None)
    if chosen is None or converted.measured is None:
        return None, None, _range_text(chosen)
    low = _limit(chosen.low, converted, reading)
    high = _limit(chosen.high, converted, reading)
    if chosen.low is None and chosen.high is None and chosen.text:
        low, high = _limits_in(chosen.text, converted, reading)
    senseless = high is not None and high <= (low or Decimal(0))
    return (None, None, _range_text(chosen)) if senseless else (low, high, _range_text(chosen))


def _is_normal(one: ReferenceRange) -> bool:
    codes = {coding.code for coding in one.type.coding} if one.type else set()
    return not codes or "normal" in codes


def _limit(limit: Quantity | None, converted: Converted, reading: Reading) -> Decimal | None:
    if limit is None or limit.value is None:
        return None
    spellings = tuple(text for text in (limit.unit, limit.code) if text)
    return _same_unit(limit.value, spellings, converted, reading)


def _same_unit(
    value: Decimal, spellings: tuple[str, ...], converted: Converted, reading: Reading
) -> Decimal | None:
    """A limit in the unit of the result; without a unit of its own it shares the result's."""
    if converted.row is None:
        return value
    if not spellings:
        return value * converted.row.factor
    row = reading.codes.units.row(converted.analyte, spellings)
    same = row is not None and row.unit == converted.row.unit
    return value * row.factor if row is not None and same else None


def _limits_in(
    text: str, converted: Converted, reading: Reading
) -> tuple[Decimal | None, Decimal | None]:
    found = _RANGE.fullmatch(plain_text(text))
    if found is None:
        return None, None
    low = parse_number(found[1]) if found[1] else None
    high = parse_number(found[2])
    spellings = (found[3].strip(),) if found[3] and found[3].strip() else ()
    return (
        None if low is None else _same_unit(low, spellings, converted, reading),
        None if high is None else _same_unit(high, spellings, converted, reading),
    )


def _range_text(chosen: ReferenceRange | None) -> str | None:
    if chosen is None:
        return None
    if chosen.text:
        return chosen.text
    low, high = _written(chosen.low), _written(chosen.high)
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else (f"up to {high}" if high else None)


def _written(limit: Quantity | None) -> str:
    if limit is None or limit.value is None:
        return ""
    return f"{limit.value:f} {limit.unit or limit.code or ''}".strip()
