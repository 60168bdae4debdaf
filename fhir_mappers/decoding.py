"""Decoding into shapes: a fast typed path, and a slow one that forgives odd writing."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TypeVar

import msgspec
from msgspec import Raw, inspect

from fhir_mappers.errors import UnreadableError
from fhir_mappers.shapes.elements import (
    Annotation,
    CodeableConcept,
    Quantity,
    Reference,
    Shape,
    Typed,
    is_sensible,
)

S = TypeVar("S", bound=Shape)


# Characters of one text that a rule reads. No order, result or name is nearly as long, and each
# character is looked at many times; a narrative or an attachment, which no rule reads, may be longer.
LONGEST_TEXT = 100_000


def decode(raw: Raw | bytes, shape: type[S]) -> S:
    """The resource in the wanted shape; what is merely oddly written is put right.

    Raises `UnreadableError`, naming the element and never its content; also when a text of the
    shape is longer than `LONGEST_TEXT`.
    """
    try:
        found: S = _decoder(shape).decode(raw)
    except msgspec.DecodeError:
        found = _decode_loosely(bytes(raw), shape)
    if len(memoryview(raw)) > LONGEST_TEXT and _longest(found) > LONGEST_TEXT:
        raise UnreadableError(shape.__name__, "a text is too long")
    return found


def _longest(value: object) -> int:
    """The length of the longest text anywhere in a shape."""
    match value:
        case str():
            return len(value)
        case tuple():
            return max(map(_longest, value), default=0)
        case msgspec.Struct():
            fields = (getattr(value, name) for name in value.__struct_fields__)
            return max(map(_longest, fields), default=0)
        case _:
            return 0


def type_of(raw: Raw | bytes) -> str:
    """The resource type, or an empty text when there is none."""
    try:
        typed: Typed = _decoder(Typed).decode(raw)
    except msgspec.DecodeError:
        return ""
    return typed.resource_type


def untyped(raw: Raw | bytes) -> object:
    """The JSON value as it is, numbers exact; raises `UnreadableError` when it is no JSON."""
    try:
        return msgspec.json.Decoder(float_hook=Decimal).decode(raw)
    except (ValueError, InvalidOperation):
        raise UnreadableError("resource", "no JSON") from None


@cache
def _decoder(shape: type[S]) -> msgspec.json.Decoder[S]:
    return msgspec.json.Decoder(shape)


@cache
def _fields(shape: type) -> inspect.StructType:
    described = inspect.type_info(shape)
    if not isinstance(described, inspect.StructType):
        raise TypeError(shape)
    return described


def _decode_loosely(raw: bytes, shape: type[S]) -> S:
    value = untyped(raw)
    loosened = _loosen(value, _fields(shape), shape.__name__)
    encoded = msgspec.json.Encoder(decimal_format="number").encode(loosened)
    try:
        found: S = _decoder(shape).decode(encoded)
    except msgspec.DecodeError:
        raise UnreadableError(shape.__name__, "unexpected shape") from None
    return found


def _blank(value: object) -> bool:
    return value in (None, [], {}) or (isinstance(value, str) and not value.strip())


def _loosen(value: object, wanted: inspect.Type, where: str) -> object:
    match wanted:
        case inspect.UnionType(types=types):
            real = next(kind for kind in types if not isinstance(kind, inspect.NoneType))
            return _loosen(value, real, where)
        case inspect.StructType():
            return _loosen_object(value, wanted, where)
        case inspect.VarTupleType(item_type=item):
            values = value if isinstance(value, list) else [value]
            return [_loosen(one, item, where) for one in values if not _blank(one)]
        case inspect.StrType():
            return _loosen_text(value, where)
        case inspect.BoolType():
            return _loosen_flag(value, where)
        case inspect.DecimalType() | inspect.IntType():
            return _loosen_number(value, where)
        case _:
            return value


def _loosen_object(value: object, wanted: inspect.StructType, where: str) -> dict[str, object]:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        value = _spoken(value, wanted.cls, where)
    if not isinstance(value, dict):
        raise UnreadableError(where, "not an object")
    return {
        field.encode_name: _loosen(
            value[field.encode_name], field.type, f"{where}.{field.encode_name}"
        )
        for field in wanted.fields
        if not _blank(value.get(field.encode_name))
    }


def _spoken(value: str, shape: type, where: str) -> dict[str, object]:
    """A plain text where an object is due, as earlier FHIR versions have it."""
    if issubclass(shape, CodeableConcept | Annotation):
        return {"text": value}
    if shape is Reference:
        return {"reference": value}
    if shape is Quantity:
        number, _, unit = value.strip().partition(" ")
        return {"value": number, "unit": unit}
    raise UnreadableError(where, "not an object")


def _loosen_text(value: object, where: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        raise UnreadableError(where, "not a text")
    return str(value)


def _loosen_flag(value: object, where: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise UnreadableError(where, "not true or false")


def _loosen_number(value: object, where: str) -> Decimal | int:
    if isinstance(value, bool):
        raise UnreadableError(where, "not a number")
    if isinstance(value, int | Decimal):
        # Before anything is computed: written out, 1e999999999 would fill the memory.
        if not is_sensible(Decimal(value)):
            raise UnreadableError(where, "not a sensible number")
        return _whole(value)
    number = parse_number(value) if isinstance(value, str) else None
    if number is None:
        raise UnreadableError(where, "not a number")
    return _whole(number)


def _whole(value: Decimal | int) -> Decimal | int:
    return int(value) if value == int(value) and "." not in str(value) else value


def parse_number(text: str) -> Decimal | None:
    """A decimal number as people write it: 1,000 is a thousand, 5,1 is five point one."""
    cleaned = text.strip().replace("\u00a0", "").replace(" ", "")
    head, comma, tail = cleaned.rpartition(",")
    if comma and "." not in tail:
        thousands = len(tail) == len("000") and head.lstrip("0") != ""
        cleaned = cleaned.replace(",", "") if thousands else f"{head.replace(',', '')}.{tail}"
    cleaned = cleaned.replace(",", "")
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        return None
    return number if is_sensible(number) else None
