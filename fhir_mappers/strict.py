"""The gate for what leaves us: every resource in a suggestion passes its version's models."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fhir_mappers.invariants import Refusal, broken_invariants, wrong_types
from fhir_mappers.versions.version import Version

if TYPE_CHECKING:
    from pydantic import BaseModel

_CHECKED = frozenset(
    {
        "AllergyIntolerance",
        "Condition",
        "MedicationAdministration",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Patient",
        "Procedure",
        "ProcedureRequest",
        "ServiceRequest",
        "Task",
    }
)

# fhir.resources does not enforce required value sets; these are the ones of what we emit.
_REQUIRED_CODES: Mapping[str, Mapping[str, frozenset[str]]] = {
    "MedicationRequest": {
        "status": frozenset(
            {
                "active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped",
                "draft", "unknown",
            }
        ),
        "intent": frozenset(
            {
                "proposal", "plan", "order", "original-order", "reflex-order", "filler-order",
                "instance-order", "option",
            }
        ),
        "priority": frozenset({"routine", "urgent", "asap", "stat"}),
    },
}  # fmt: skip
_MODELS = {
    Version.STU3: "fhir.resources.STU3",
    Version.R4: "fhir.resources.R4B",
    Version.R5: "fhir.resources",
}
_MANDATORY = ("status", "intent")
_PERIOD_UNITS = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})


def refusals(resource: Mapping[str, Any], version: Version = Version.R4) -> tuple[Refusal, ...]:
    """Why a resource is not valid in that FHIR version; empty when it is.

    The models are imported on first use: they are slow to load, and start-up does not need them.
    """
    from pydantic import ValidationError

    kind = resource.get("resourceType")
    models = _MODELS.get(version)
    if kind not in _CHECKED or models is None:
        return (Refusal("resourceType", "not a resource that is checked"),)
    try:
        read = _model(models, str(kind)).model_validate(dict(resource))
    except ValidationError as error:
        return tuple(
            Refusal(".".join(map(str, one["loc"])), one["type"])
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        )
    except ModuleNotFoundError:
        return (Refusal("resourceType", "not a resource of that version"),)
    except (KeyError, TypeError):
        # fhir-core looks a contained resourceType up by its name and stumbles over a wrong one.
        return (Refusal("contained", "not a FHIR resource"),)
    return (
        *wrong_types(resource, read.model_dump(mode="python")),
        *broken_invariants(resource),
        *_wrong_codes(str(kind), resource),
        *_wrong_timings(resource),
    )


@cache
def _model(models: str, kind: str) -> type[BaseModel]:
    module = import_module(f"{models}.{kind.lower()}")
    model: type[BaseModel] = getattr(module, kind)
    return model


def _wrong_codes(kind: str, resource: Mapping[str, Any]) -> tuple[Refusal, ...]:
    required = _REQUIRED_CODES.get(kind, {})
    return tuple(
        Refusal(name, "code outside the required value set")
        for name, allowed in required.items()
        if name in (*_MANDATORY, *resource) and resource.get(name) not in allowed
    )


def _wrong_timings(resource: Mapping[str, Any]) -> tuple[Refusal, ...]:
    """A timing that the reference validator refuses: a unit out of the value set, or alone."""
    found = []
    for index, dosage in enumerate(resource.get("dosageInstruction", ())):
        repeat = dosage.get("timing", {}).get("repeat", {})
        where = f"dosageInstruction.{index}.timing.repeat"
        unit = repeat.get("periodUnit")
        if unit is not None and unit not in _PERIOD_UNITS:
            found.append(Refusal(where, "code outside the required value set"))
        if "when" in repeat and "timeOfDay" in repeat:
            found.append(Refusal(where, "when and timeOfDay exclude each other"))
        if ("period" in repeat) != (unit is not None):
            found.append(Refusal(where, "period and periodUnit belong together"))
    return tuple(found)
