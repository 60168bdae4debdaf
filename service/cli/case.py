"""Turns a file into a hook call: a call stays as it is, a patient's Bundle becomes one."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson

from cds_hooks.hooks import by_name
from fhir_mappers.chart import split_by_type
from fhir_mappers.envelope import Listed, read_listed
from service.demo.charts import Resource, materialise
from service.inbound.text import check_text

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
        BadRequest: as JSON it is none that a call may bring.
    """
    try:
        parsed = orjson.loads(content)
        check_text(content, sys.maxsize)  # as that of a call is, but for how much it may hold
        found = materialise(parsed, today)
    except orjson.JSONDecodeError as refused:
        raise UnreadableCaseError(
            f"it is not JSON (line {refused.lineno}, column {refused.colno})"
        ) from None
    except ValueError:
        raise UnreadableCaseError("a relative date in it is in no calendar") from None
    if not isinstance(found, dict):
        raise UnreadableCaseError("it is not a JSON object")
    if found.get("resourceType") == "Bundle":
        return _call_of(found, hook)
    if "context" in found or "hook" in found:
        return {**found, "hook": hook} if hook else found
    raise UnreadableCaseError("it is no hook request (no hook, no context) and no FHIR Bundle")


def _call_of(bundle: Resource, hook: str | None) -> dict[str, Any]:
    entries = [each for each in _listed(bundle.get("entry")) if _is_entry(each)]
    drafts = [each["resource"] for each in entries if _is_draft(each["resource"])]
    record = [each for each in entries if not _is_draft(each["resource"])]
    listed = split_by_type(read_listed(orjson.dumps({**bundle, "entry": record})))
    patients = [orjson.loads(bytes(raw)) for raw in listed["patient"].resources]
    if len(patients) != 1 or not isinstance(patients[0].get("id"), str):
        raise UnreadableCaseError(f"the Bundle holds {len(patients)} patients with an id, not one")
    name = hook or ("order-sign" if drafts else "patient-view")
    return {
        "hook": name,
        "hookInstance": HOOK_INSTANCE,
        "context": _context(name, patients[0]["id"], drafts),
        "prefetch": {
            **{key: _bundle_of(each) for key, each in listed.items()},
            "patient": patients[0],
        },
    }


def _listed(found: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    return found if isinstance(found, list) else []


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("resource"), dict)


def _is_draft(resource: Resource) -> bool:
    kind = resource.get("resourceType")
    return kind in (*ORDERS, *ORDERED_TOO) and resource.get("status") == "draft"


def _context(hook: str, patient_id: str, drafts: list[Resource]) -> dict[str, Any]:
    context: dict[str, Any] = {"userId": "Practitioner/example", "patientId": patient_id}
    found = by_name(hook)
    if found is None or found.drafts_field is None:
        return context
    context[found.drafts_field] = _bundle({"resource": each} for each in drafts)
    if found.selections_field is not None:
        chosen = [f"{each['resourceType']}/{each.get('id')}" for each in drafts]
        context[found.selections_field] = chosen
    return context


def _bundle_of(listed: Listed) -> Resource:
    pairs = zip(listed.full_urls, listed.resources, strict=True)
    return _bundle({"fullUrl": url, "resource": orjson.loads(bytes(raw))} for url, raw in pairs)


def _bundle(entries: Iterable[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}
