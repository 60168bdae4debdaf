"""A received order brought into valid R4, everything else in it kept."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fhir_mappers.versions import dstu2, r5, stu3
from fhir_mappers.versions.doses import group_dose

_LISTS = (
    "category", "dosageInstruction", "note", "reasonCode", "reasonReference", "identifier",
    "supportingInformation", "insurance", "basedOn", "contained", "extension",
    "modifierExtension", "detectedIssue", "eventHistory",
)  # fmt: skip
_UCUM = "http://unitsofmeasure.org"
_UNITS_OF_TIME = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_DOSAGE_LISTS = ("doseAndRate", "additionalInstruction", "extension", "modifierExtension")


def as_json(value: object) -> object:
    """The value in plain JSON types: an exact number as int, else as the float that prints alike."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {key: as_json(one) for key, one in value.items()}
        case list() | tuple():
            return [as_json(one) for one in value]
        case _:
            return value


def normal_request(received: Mapping[str, Any], patient: str) -> dict[str, Any]:
    """A MedicationRequest in R4 shape: lists where lists are due, no empty members, an intent.

    STU3 and R5 spellings become those of R4. What is not known is left as it came.
    """
    cleaned = _with_whole_units(_without_blanks(copy.deepcopy(dict(received))))
    order: dict[str, Any] = cleaned if isinstance(cleaned, dict) else {}
    for version in (dstu2, stu3, r5):
        version.bring_in(order)
    _as_lists(order, _LISTS)
    order.setdefault("status", "draft")
    order.setdefault("intent", "order")
    order.setdefault("subject", {"reference": f"Patient/{patient}"})
    if "dosageInstruction" in order:
        order["dosageInstruction"] = [_dosage(one) for one in order["dosageInstruction"]]
    return order


def _without_blanks(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: _without_blanks(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if not _blank(one)}
    if isinstance(value, list):
        return [one for one in map(_without_blanks, value) if not _blank(one)]
    return value


def _with_whole_units(value: object) -> object:
    """Every code of a unit with its system: UCUM for a time, else the code becomes mere text."""
    if isinstance(value, dict):
        element = {key: _with_whole_units(one) for key, one in value.items()}
        if "value" in element and "code" in element and "system" not in element:
            if element["code"] in _UNITS_OF_TIME:
                element["system"] = _UCUM
            else:
                element.setdefault("unit", element.pop("code"))
        return element
    if isinstance(value, list):
        return [_with_whole_units(one) for one in value]
    return value


def _blank(value: object) -> bool:
    return value in (None, [], {}) or (isinstance(value, str) and not value.strip())


def _as_lists(element: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name in element and not isinstance(element[name], list):
            element[name] = [element[name]]


def _dosage(received: object) -> object:
    if not isinstance(received, dict):
        return received
    dosage = dict(received)
    _as_lists(dosage, _DOSAGE_LISTS)
    group_dose(dosage)
    r5.bring_in_dosage(dosage)
    if isinstance(dosage.get("timing"), dict):
        dosage["timing"] = _timing(dosage["timing"])
    return dosage


def _timing(received: dict[str, Any]) -> dict[str, Any]:
    timing = dict(received)
    _as_lists(timing, ("event",))
    if isinstance(timing.get("repeat"), dict):
        repeat = dict(timing["repeat"])
        dstu2.bring_in_repeat(repeat)
        _as_lists(repeat, ("dayOfWeek", "timeOfDay", "when"))
        timing["repeat"] = repeat
    return timing
