"""R4 resources as the other FHIR versions spell them: written from the specifications, by hand.

It is the opposite of what the service does and shares no line with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from fhir_mappers.versions.version import Version

Json = dict[str, Any]
Retell = Callable[[Json], Json]

DOSES = ("doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio")


def retell(resource: Json, version: Version) -> Json:
    """An R4 resource in that version; the same where nothing differs."""
    told = _TELLERS[version].get(resource["resourceType"], dict)(deepcopy(resource))
    return dict(told)


def _rename(resource: Json, **names: str) -> Json:
    """The resource with the members `new=old` renamed."""
    for new, old in names.items():
        if old in resource:
            resource[new] = resource.pop(old)
    return resource


def _first(resource: Json, *names: str) -> Json:
    """The resource with one value where R4 has a list."""
    for name in names:
        if resource.get(name):
            resource[name] = resource[name][0]
    return resource


def _drop(resource: Json, *names: str) -> Json:
    for name in names:
        resource.pop(name, None)
    return resource


def _plain_status(resource: Json, name: str, default: str | None = None) -> Json:
    """A status as a plain code."""
    if name in resource:
        resource[name] = resource[name]["coding"][0]["code"]
    elif default:
        resource[name] = default
    return resource


def _flat(dosage: Json) -> Json:
    """An instruction with its dose beside the route, as before R4."""
    doses = dosage.pop("doseAndRate", [])
    return {**dosage, **{name: doses[0][name] for name in DOSES if doses and name in doses[0]}}


# --- DSTU2


def _dstu2_patient(patient: Json) -> Json:
    for name in patient.get("name", ()):
        name["family"] = [name["family"]]
    return patient


def _dstu2_order(order: Json) -> Json:
    order["resourceType"] = "MedicationOrder"
    _rename(order, patient="subject", dateWritten="authoredOn", reasonEnded="statusReason")
    _rename(order, reasonCodeableConcept="reasonCode", prescriber="requester")
    _first(order, "reasonCodeableConcept", "reasonReference", "reasonEnded")
    _drop(order, "intent", "category", "priority", "groupIdentifier", "basedOn", "insurance")
    _drop(order, "supportingInformation")
    if "note" in order:
        order["note"] = " ".join(each["text"] for each in order["note"])
    if "priorPrescription" in order:
        prior = order["priorPrescription"]["reference"]
        order["priorPrescription"] = {
            "reference": prior.replace("MedicationRequest", "MedicationOrder")
        }
    if "dosageInstruction" in order:
        order["dosageInstruction"] = [_dstu2_dosage(each) for each in order["dosageInstruction"]]
    if "substitution" in order:
        order["substitution"] = {"type": {"text": "generic"}}
    order["contained"] = [_dstu2_medication(each) for each in order.get("contained", [])]
    return order if order["contained"] else _drop(order, "contained")


def _dstu2_medication(medication: Json) -> Json:
    return _drop(medication, "status")


def _dstu2_dosage(received: Json) -> Json:
    dosage = _drop(_flat(received), "sequence", "patientInstruction")
    _rename(dosage, siteCodeableConcept="site", additionalInstructions="additionalInstruction")
    _first(dosage, "additionalInstructions")
    repeat = dosage.get("timing", {}).get("repeat", {})
    _rename(repeat, periodUnits="periodUnit")
    return dosage


def _dstu2_administration(given: Json) -> Json:
    _rename(given, patient="subject", effectiveTimeDateTime="effectiveDateTime")
    if "dosage" in given:
        _rename(given["dosage"], quantity="dose", siteCodeableConcept="site")
    return given


def _dstu2_condition(condition: Json) -> Json:
    _rename(condition, patient="subject", dateRecorded="recordedDate")
    _plain_status(condition, "clinicalStatus")
    _plain_status(condition, "verificationStatus", "confirmed")
    if condition.get("clinicalStatus") == "inactive":
        condition["clinicalStatus"] = "resolved"
    if "note" in condition:
        condition["notes"] = " ".join(each["text"] for each in condition.pop("note"))
    return _first(condition, "category")


def _dstu2_allergy(allergy: Json) -> Json:
    _rename(allergy, substance="code")
    status = _plain_status(allergy, "clinicalStatus").pop("clinicalStatus", "active")
    _drop(allergy, "verificationStatus")
    return {**allergy, "status": status}


def _dstu2_observation(observation: Json) -> Json:
    for limits in observation.get("referenceRange", ()):
        _rename(limits, meaning="type")
    return _first(observation, "category", "interpretation")


def _dstu2_procedure(procedure: Json) -> Json:
    return _rename(procedure, notes="note")


def _dstu2_test(request: Json) -> Json:
    subject, code = request["subject"], request["code"]
    order = {"resourceType": "DiagnosticOrder", "id": request["id"], "status": "draft"}
    return {**order, "subject": subject, "item": [{"code": code}]}


# --- STU3


def _stu3_order(order: Json) -> Json:
    _rename(order, context="encounter")
    _drop(order, "insurance", "statusReason")
    if "requester" in order:
        order["requester"] = {"agent": order["requester"]}
    if "substitution" in order:
        order["substitution"] = {"allowed": order["substitution"].get("allowedBoolean", True)}
    if "dosageInstruction" in order:
        order["dosageInstruction"] = [_flat(each) for each in order["dosageInstruction"]]
    return _first(order, "category")


def _stu3_stated(resource: Json) -> Json:
    _rename(resource, assertedDate="recordedDate")
    _plain_status(resource, "clinicalStatus")
    return _plain_status(resource, "verificationStatus", "confirmed")


def _stu3_observation(observation: Json) -> Json:
    return _first(observation, "interpretation")


def _stu3_test(request: Json) -> Json:
    return {**request, "resourceType": "ProcedureRequest"}


# --- R5


def _r5_medicated(resource: Json) -> Json:
    concept = resource.pop("medicationCodeableConcept", None)
    reference = resource.pop("medicationReference", None)
    if concept or reference:
        resource["medication"] = {"concept": concept} if concept else {"reference": reference}
    reasons = [{"concept": each} for each in resource.pop("reasonCode", ())]
    reasons += [{"reference": each} for each in resource.pop("reasonReference", ())]
    return {**resource, "reason": reasons} if reasons else resource


def _r5_order(order: Json) -> Json:
    for dosage in order.get("dosageInstruction", ()):
        _rename(dosage, asNeeded="asNeededBoolean")
        if "asNeededCodeableConcept" in dosage:
            dosage["asNeededFor"] = [dosage.pop("asNeededCodeableConcept")]
    return _r5_medicated(order)


def _r5_administration(given: Json) -> Json:
    return _rename(_r5_medicated(given), occurenceDateTime="effectiveDateTime")


def _r5_procedure(procedure: Json) -> Json:
    return _rename(procedure, occurrenceDateTime="performedDateTime")


def _r5_test(request: Json) -> Json:
    return {**request, "code": {"concept": request["code"]}}


_TELLERS: Mapping[Version, Mapping[str, Retell]] = {
    Version.DSTU2: {
        "Patient": _dstu2_patient,
        "MedicationRequest": _dstu2_order,
        "MedicationAdministration": _dstu2_administration,
        "Medication": _dstu2_medication,
        "Condition": _dstu2_condition,
        "AllergyIntolerance": _dstu2_allergy,
        "Observation": _dstu2_observation,
        "Procedure": _dstu2_procedure,
        "ServiceRequest": _dstu2_test,
    },
    Version.STU3: {
        "MedicationRequest": _stu3_order,
        "Condition": _stu3_stated,
        "AllergyIntolerance": _stu3_stated,
        "Observation": _stu3_observation,
        "ServiceRequest": _stu3_test,
    },
    Version.R4: {},
    Version.R5: {
        "MedicationRequest": _r5_order,
        "MedicationAdministration": _r5_administration,
        "Procedure": _r5_procedure,
        "ServiceRequest": _r5_test,
    },
}


def retold_call(asked: Json, version: Version) -> Json:
    """A whole hook call, prefetch and drafts, in that version."""
    told: Json = retold(asked, version)
    context = told["context"]
    if version is Version.DSTU2 and "selections" in context:
        context["selections"] = [
            each.replace("MedicationRequest/", "MedicationOrder/") for each in context["selections"]
        ]
    return told


def retold(value: Any, version: Version) -> Any:  # noqa: ANN401 - any JSON value
    """Every resource in the value, alone or in a Bundle, in that version."""
    match value:
        case {"resourceType": "Bundle", "entry": list(entries)}:
            return {**value, "entry": [retold(each, version) for each in entries]}
        case {"resourceType": kind} if kind != "Bundle":
            return retell(value, version)
        case dict():
            return {key: retold(each, version) for key, each in value.items()}
        case _:
            return value
