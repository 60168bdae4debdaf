"""FHIR R5: a concept or a reference in one element, `occurrence` for `performed`, adherence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_mappers.shapes.dosages import Dosage
from fhir_mappers.shapes.medications import Medicated, MedicationAdministration, MedicationStatement
from fhir_mappers.shapes.plans import Planned
from fhir_mappers.shapes.records import Procedure

# What R5 took away from an order.
_UNKNOWN = frozenset({"detectedIssue", "instantiatesCanonical", "instantiatesUri"})
_ADHERENCE = {
    "not-taking": "not-taken",
    "stopped": "stopped",
    "stopped-as-directed": "stopped",
    "stopped-not-as-directed": "stopped",
    "on-hold": "on-hold",
    "on-hold-as-directed": "on-hold",
    "on-hold-not-as-directed": "on-hold",
}


def read_medicated(shape: Medicated) -> None:
    """The drug and the reasons, each out of the element that holds a concept or a reference."""
    medication = shape.medication
    if medication is not None:
        shape.medication_codeable_concept = shape.medication_codeable_concept or medication.concept
        shape.medication_reference = shape.medication_reference or medication.reference
    if shape.reason:
        concepts = (one.concept for one in shape.reason if one.concept)
        references = (one.reference for one in shape.reason if one.reference)
        shape.reason_code = (*shape.reason_code, *concepts)
        shape.reason_reference = (*shape.reason_reference, *references)


def read_statement(shape: MedicationStatement) -> None:
    """Whether a drug is taken stands in the adherence; the status only says that it is recorded."""
    code = shape.adherence.code if shape.adherence else None
    if code is None or shape.status == "entered-in-error":
        return
    known = (_ADHERENCE.get(coding.code or "") for coding in code.coding)
    shape.status = next((status for status in known if status), shape.status)


def read_administration(shape: MedicationAdministration) -> None:
    """When it was given; the published element is spelled with one r."""
    moment = shape.occurence_date_time or shape.occurrence_date_time
    shape.effective_date_time = shape.effective_date_time or moment
    period = shape.occurence_period or shape.occurrence_period
    shape.effective_period = shape.effective_period or period


def read_dosage(dosage: Dosage) -> None:
    """What is given as needed, and for what."""
    if dosage.as_needed_boolean is None:
        dosage.as_needed_boolean = dosage.as_needed
    if dosage.as_needed_for:
        dosage.as_needed_codeable_concept = dosage.as_needed_for[0]


def read_procedure(shape: Procedure) -> None:
    """When it was done."""
    shape.performed_date_time = shape.performed_date_time or shape.occurrence_date_time
    shape.performed_period = shape.performed_period or shape.occurrence_period


def read_plan(plan: Planned) -> None:
    """What is planned, out of the element that may hold a reference instead."""
    for what in (plan.code, *plan.service_type):
        if what is not None and what.concept is not None:
            what.coding, what.text = what.concept.coding, what.concept.text


def bring_in(order: dict[str, Any]) -> None:
    """An order's members of R5 under their names in R4."""
    medication = order.pop("medication", None)
    if isinstance(medication, dict):
        if "concept" in medication:
            order.setdefault("medicationCodeableConcept", medication["concept"])
        elif "reference" in medication:
            order.setdefault("medicationReference", medication["reference"])
    for reason in order.pop("reason", None) or ():
        if "concept" in reason:
            order.setdefault("reasonCode", []).append(reason["concept"])
        if "reference" in reason:
            order.setdefault("reasonReference", []).append(reason["reference"])


def bring_in_dosage(dosage: dict[str, Any]) -> None:
    """An instruction's members of R5 under their names in R4."""
    reasons = dosage.get("asNeededFor")
    if isinstance(reasons, list) and len(reasons) == 1:
        dosage["asNeededCodeableConcept"] = dosage.pop("asNeededFor")[0]
        dosage.pop("asNeeded", None)
    elif "asNeeded" in dosage and not reasons:
        dosage.setdefault("asNeededBoolean", dosage.pop("asNeeded"))


def take_out(resource: Mapping[str, Any]) -> dict[str, Any]:
    """An R4 resource of ours as R5 has it."""
    match resource["resourceType"]:
        case "ServiceRequest":
            return {**resource, "code": {"concept": resource["code"]}}
        case "MedicationRequest":
            return _order(resource)
        case "Task" if "restriction" in resource:
            return _task(resource)
        case _:
            return dict(resource)


def _task(resource: Mapping[str, Any]) -> dict[str, Any]:
    """R5 has a place for when it is wanted; a restriction needs a focus there."""
    task = {name: value for name, value in resource.items() if name != "restriction"}
    return {**task, "requestedPeriod": resource["restriction"]["period"]}


def _order(resource: Mapping[str, Any]) -> dict[str, Any]:
    order = {name: value for name, value in resource.items() if name not in _UNKNOWN}
    _join(order, ("medicationCodeableConcept", "medicationReference"), "medication", one=True)
    _join(order, ("reasonCode", "reasonReference"), "reason", one=False)
    _rename(order, "reportedBoolean", "reported")
    if "reportedReference" in order:
        order["informationSource"] = [order.pop("reportedReference")]
    if isinstance(order.get("performer"), dict):
        order["performer"] = [order["performer"]]
    if "dispenseRequest" in order:
        order["dispenseRequest"] = dict(order["dispenseRequest"])
        _rename(order["dispenseRequest"], "performer", "dispenser")
    if "dosageInstruction" in order:
        order["dosageInstruction"] = [_dosage(each) for each in order["dosageInstruction"]]
    return order


def _join(order: dict[str, Any], names: tuple[str, str], joined: str, *, one: bool) -> None:
    """The concepts and references of two elements in the one that R5 has for both."""
    concept, reference = (order.pop(name, None if one else ()) for name in names)
    if one:
        if concept or reference:
            order[joined] = {"concept": concept} if concept else {"reference": reference}
        return
    both = [*({"concept": each} for each in concept), *({"reference": each} for each in reference)]
    if both:
        order[joined] = both


def _rename(element: dict[str, Any], old: str, new: str) -> None:
    if old in element:
        element.setdefault(new, element.pop(old))


def _dosage(received: Mapping[str, Any]) -> dict[str, Any]:
    dosage = dict(received)
    _rename(dosage, "asNeededBoolean", "asNeeded")
    if "asNeededCodeableConcept" in dosage:
        dosage["asNeededFor"] = [dosage.pop("asNeededCodeableConcept")]
    if isinstance(dosage.get("maxDosePerPeriod"), dict):
        dosage["maxDosePerPeriod"] = [dosage["maxDosePerPeriod"]]
    return dosage
