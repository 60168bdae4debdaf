"""The forms in which EHRs send a draft that means the same."""

from __future__ import annotations

from collections.abc import Callable

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
    """As the CDS Hooks Sandbox and hasty EHRs send it: no intent, lone objects, blanks."""
    rest = {key: value for key, value in draft.items() if key != "intent"}
    return {
        **rest,
        "category": concept("Outpatient"),
        "note": {"text": ""},
        "reasonCode": draft.get("reasonCode", []),
        "encounter": None,
        "dosageInstruction": [_unwrapped(each) for each in draft["dosageInstruction"]],
    }


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


SHAPES: tuple[Shape, ...] = (plain, full, careless, older, newer)
