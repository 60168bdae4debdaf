"""Turns a file into a hook call: a call stays as it is, a patient's Bundle becomes one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson

from service.demo.charts import Resource, materialise

# Where each kind of resource of a record stands in a prefetch.
LIST_OF = {
    "Observation": "labs",
    "MedicationRequest": "medications",
    "MedicationOrder": "medications",
    "MedicationStatement": "medications",
    "MedicationAdministration": "medications",
    "Medication": "medications",
    "Condition": "conditions",
    "Procedure": "procedures",
    "AllergyIntolerance": "allergies",
}
LISTS = ("labs", "medications", "conditions", "procedures", "allergies")
ORDERS = ("MedicationRequest", "MedicationOrder")
ORDERED_TOO = ("ServiceRequest", "Task", "Appointment")
HOOK_INSTANCE = "00000000-0000-4000-8000-000000000000"


class UnreadableCaseError(ValueError):
    """The file is no hook call and no patient Bundle; the text says what is wrong."""


def read_case(content: bytes, hook: str | None, today: date) -> dict[str, Any]:
    """The hook call in `content`; relative dates such as `@days_ago:12` become dates.

    A Bundle with drafts is an order-sign, one without a patient-view, unless `hook` says else.

    Raises:
        UnreadableCaseError: it is neither a call nor a Bundle of one patient.
    """
    try:
        found = materialise(orjson.loads(content), today)
    except orjson.JSONDecodeError as refused:
        raise UnreadableCaseError(
            f"it is not JSON (line {refused.lineno}, column {refused.colno})"
        ) from None
    if not isinstance(found, dict):
        raise UnreadableCaseError("it is not a JSON object")
    if found.get("resourceType") == "Bundle":
        return _call_of(found, hook)
    if "context" in found or "hook" in found:
        return {**found, "hook": hook} if hook else found
    raise UnreadableCaseError("it is no hook request (no hook, no context) and no FHIR Bundle")


def _call_of(bundle: Resource, hook: str | None) -> dict[str, Any]:
    resources = [
        entry["resource"]
        for entry in bundle.get("entry", [])
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
    ]
    patients = [each for each in resources if each.get("resourceType") == "Patient"]
    if len(patients) != 1 or not isinstance(patients[0].get("id"), str):
        raise UnreadableCaseError(f"the Bundle holds {len(patients)} patients with an id, not one")
    drafts = [each for each in resources if _is_draft(each)]
    name = hook or ("order-sign" if drafts else "patient-view")
    record = [each for each in resources if each not in drafts]
    return {
        "hook": name,
        "hookInstance": HOOK_INSTANCE,
        "context": _context(name, patients[0]["id"], drafts),
        "prefetch": {"patient": patients[0], **_lists(record)},
    }


def _is_draft(resource: Resource) -> bool:
    kind = resource.get("resourceType")
    return kind in (*ORDERS, *ORDERED_TOO) and resource.get("status") == "draft"


def _context(hook: str, patient_id: str, drafts: list[Resource]) -> dict[str, Any]:
    context: dict[str, Any] = {"userId": "Practitioner/example", "patientId": patient_id}
    if hook == "patient-view":
        return context
    field = "medications" if hook == "medication-prescribe" else "draftOrders"
    context[field] = _bundle(drafts)
    if hook == "order-select":
        context["selections"] = [f"{each['resourceType']}/{each.get('id')}" for each in drafts]
    return context


def _lists(record: list[Resource]) -> dict[str, Resource]:
    return {
        key: _bundle(each for each in record if LIST_OF.get(each.get("resourceType", "")) == key)
        for key in LISTS
    }


def _bundle(resources: Iterable[Resource]) -> Resource:
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
