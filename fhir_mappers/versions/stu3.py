"""FHIR STU3: one category and one dose an order, `context` for `encounter`, `ProcedureRequest`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_mappers.shapes.medications import MedicationAdministration, MedicationStatement
from fhir_mappers.shapes.records import Procedure
from fhir_mappers.versions.doses import DOSE_MEMBERS, ordered_dose

_NOT_DONE = "not-done"
# What R4 added to an order.
_UNKNOWN = frozenset(
    {
        "courseOfTherapyType", "doNotPerform", "instantiatesCanonical", "instantiatesUri",
        "insurance", "performer", "performerType", "reportedBoolean", "reportedReference",
        "statusReason",
    }
)  # fmt: skip
_UNKNOWN_TO_DISPENSE = frozenset({"dispenseInterval", "initialFill"})
_INTENTS = frozenset({"proposal", "plan", "order", "instance-order"})


def read_statement(shape: MedicationStatement) -> None:
    """What the patient is said not to take is not taken."""
    if shape.taken == "n":
        shape.status = "not-taken"


def read_administration(shape: MedicationAdministration) -> None:
    """What was not given was not done."""
    if shape.not_given:
        shape.status = _NOT_DONE


def read_procedure(shape: Procedure) -> None:
    """What was not done has a status in R4."""
    if shape.not_done:
        shape.status = _NOT_DONE


def bring_in(order: dict[str, Any]) -> None:
    """An order's members of STU3 under their names in R4."""
    if "context" in order:
        order.setdefault("encounter", order.pop("context"))
    requester = order.get("requester")
    if isinstance(requester, dict) and "agent" in requester:
        order["requester"] = requester["agent"]
    substitution = order.get("substitution")
    if isinstance(substitution, dict) and "allowed" in substitution:
        substitution.setdefault("allowedBoolean", substitution.pop("allowed"))


def take_out(resource: Mapping[str, Any], received: Mapping[str, Any]) -> dict[str, Any]:
    """An R4 resource of ours as STU3 has it; `received` is the draft that it changes, if any."""
    match resource["resourceType"]:
        case "ServiceRequest":
            return {**resource, "resourceType": "ProcedureRequest"}
        case "MedicationRequest":
            return _order(resource, received)
        case _:
            return dict(resource)


def _order(resource: Mapping[str, Any], received: Mapping[str, Any]) -> dict[str, Any]:
    order = {name: value for name, value in resource.items() if name not in _UNKNOWN}
    if "encounter" in order:
        order["context"] = order.pop("encounter")
    if order.get("category"):
        order["category"] = order["category"][0]
    if order["intent"] not in _INTENTS:
        order["intent"] = "order"
    if "requester" in order:
        order["requester"] = _requester(order["requester"], received)
    if "substitution" in order:
        order |= _substitution(order.pop("substitution"))
    if "dispenseRequest" in order:
        order["dispenseRequest"] = _without(order["dispenseRequest"], _UNKNOWN_TO_DISPENSE)
    if "dosageInstruction" in order:
        order["dosageInstruction"] = [_dosage(each) for each in order["dosageInstruction"]]
    return order


def _requester(requester: Any, received: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """As it came, with the organisation that R4 has no place for; else wrapped."""
    own = received.get("requester")
    return own if isinstance(own, dict) and "agent" in own else {"agent": requester}


def _substitution(substitution: Mapping[str, Any]) -> dict[str, Any]:
    """Whether another product may be dispensed; STU3 cannot say it with a code."""
    if "allowedBoolean" not in substitution:
        return {}
    kept = _without(substitution, frozenset({"allowedBoolean", "allowedCodeableConcept"}))
    return {"substitution": {"allowed": substitution["allowedBoolean"], **kept}}


def _dosage(received: Mapping[str, Any]) -> dict[str, Any]:
    dosage = _without(received, frozenset({"doseAndRate"}))
    dose = ordered_dose(received.get("doseAndRate", ()))
    return {**dosage, **{name: dose[name] for name in DOSE_MEMBERS if name in dose}}


def _without(element: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in element.items() if name not in names}
