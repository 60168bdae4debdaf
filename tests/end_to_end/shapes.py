"""The forms in which EHRs send a draft that means the same."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.end_to_end.records import concept
from tests.end_to_end.running import Json

Shape = Callable[[Json], Json]


def plain(draft: Json) -> Json:
    """R4 with no more than what an order needs."""
    return draft


def full(draft: Json) -> Json:
    """R4 with most of what an order may carry."""
    medication = {"resourceType": "Medication", "id": "drug", "status": "active"}
    drug = {**medication, "code": draft["medicationCodeableConcept"]}
    rest = {key: value for key, value in draft.items() if key != "medicationCodeableConcept"}
    return {
        **rest,
        "meta": {"versionId": "1", "lastUpdated": "2026-11-20T09:00:00Z"},
        "contained": [drug],
        "identifier": [{"system": "https://ehr.example.org/orders", "value": "4711"}],
        "category": [concept("Outpatient")],
        "priority": "routine",
        "medicationReference": {"reference": "#drug"},
        "encounter": {"display": "Clinic"},
        "authoredOn": "@days_ago:0",
        "requester": {"display": "A clinician"},
        "groupIdentifier": {"system": "https://ehr.example.org/groups", "value": "12"},
        "note": [{"text": "Given by the practice nurse"}],
        "dispenseRequest": {"quantity": {"value": 6, "unit": "ampoule"}},
        "substitution": {"allowedBoolean": True},
        "dosageInstruction": [_full(each) for each in draft["dosageInstruction"]],
    }


def _full(dosage: Json) -> Json:
    return {
        "sequence": 1,
        "text": "As agreed in clinic",
        "patientInstruction": "Come to the clinic",
        "asNeededBoolean": False,
        "method": concept("Inject", "422145002"),
        **dosage,
    }


def careless(draft: Json) -> Json:
    """As hasty EHRs send it: no intent, lone objects, blanks, unit codes without a system."""
    rest = {key: value for key, value in draft.items() if key != "intent"}
    dosages = [_unwrapped(each) for each in draft["dosageInstruction"]]
    return {
        **rest,
        "category": concept("Outpatient"),
        "note": {"text": ""},
        "reasonCode": draft.get("reasonCode", []),
        "encounter": None,
        "dosageInstruction": _without_unit_systems(dosages),
    }


def _without_unit_systems(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case {"value": _, "code": _}:
            return {key: one for key, one in value.items() if key != "system"}
        case dict():
            return {key: _without_unit_systems(one) for key, one in value.items()}
        case list():
            return [_without_unit_systems(one) for one in value]
        case _:
            return value


def older(draft: Json) -> Json:
    """With the spellings of STU3."""
    return {
        **draft,
        "context": {"display": "Clinic"},
        "requester": {"agent": {"display": "A clinician"}, "onBehalfOf": {"display": "Ward"}},
        "dosageInstruction": [_unwrapped(each) for each in draft["dosageInstruction"]],
    }


def _unwrapped(dosage: Json) -> Json:
    rest = {key: value for key, value in dosage.items() if key != "doseAndRate"}
    return {**rest, **dosage["doseAndRate"][0]}


def newer(draft: Json) -> Json:
    """With the spellings of R5."""
    moved = ("medicationCodeableConcept", "reasonCode")
    rest = {key: value for key, value in draft.items() if key not in moved}
    return {
        **rest,
        "medication": {"concept": draft["medicationCodeableConcept"]},
        "reason": [{"concept": each} for each in draft.get("reasonCode", [])],
        "dosageInstruction": [{**each, "asNeeded": False} for each in draft["dosageInstruction"]],
    }


def number_as_text(draft: Json) -> Json:
    """With a dose whose number is a text."""
    copy = deepcopy(draft)
    for dosage in copy["dosageInstruction"]:
        quantity = dosage["doseAndRate"][0]["doseQuantity"]
        quantity["value"] = str(quantity["value"])
    return copy


def odd_priority(draft: Json) -> Json:
    """With a priority outside its value set."""
    return {**draft, "priority": "Urgent"}


def empty_extension(draft: Json) -> Json:
    """With an extension that says nothing."""
    return {**draft, "extension": [{"url": "https://ehr.example.org/flag"}]}


def truth_as_text(draft: Json) -> Json:
    """With a yes or no in quotation marks."""
    return {**draft, "doNotPerform": "false"}


def orphan(draft: Json) -> Json:
    """With something inside that nothing refers to."""
    return {**draft, "contained": [{"resourceType": "Practitioner", "id": "unreferenced"}]}


def two_times_of_day(draft: Json) -> Json:
    """With an hour and a part of the day, which R4 does not allow together."""
    copy = deepcopy(draft)
    for dosage in copy["dosageInstruction"]:
        repeat = dosage.get("timing", {}).get("repeat", {})
        repeat.update(when=["MORN"], timeOfDay=["08:00:00"])
    return copy


INVALID: tuple[Shape, ...] = (
    number_as_text,
    odd_priority,
    empty_extension,
    truth_as_text,
    orphan,
    two_times_of_day,
)
"""Drafts that are no valid R4: a change to one must mend it or stay away."""

SHAPES: tuple[Shape, ...] = (plain, full, careless, older, newer)
