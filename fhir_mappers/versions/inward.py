"""Resources of any FHIR version, and of calls that mix them, read into R4 shape.

No version needs to be known for it: what one version says in a place of its own is moved to the
place that R4 has for it, and where R4's own is filled already, that one stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Raw

from fhir_mappers.decoding import decode
from fhir_mappers.errors import UnreadableError
from fhir_mappers.shapes.dosages import Dosage
from fhir_mappers.shapes.elements import Shape
from fhir_mappers.shapes.medications import (
    Medicated,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from fhir_mappers.shapes.observations import Observation
from fhir_mappers.shapes.plans import Planned
from fhir_mappers.shapes.records import AllergyIntolerance, Condition, Procedure
from fhir_mappers.versions import dstu2, r5, stu3

S = TypeVar("S", bound=Shape)

# Nearly every status and intent there is; these need no look at their spelling.
_USUAL = frozenset({"final", "active", "completed", "order"})


def read(raw: Raw | bytes, wanted: type[S]) -> S:
    """The resource in R4 shape, whichever version it was written in.

    Raises `UnreadableError`, naming the element and never its content.
    """
    shape = decode(raw, wanted)
    if getattr(shape, "resource_type", None) == "":
        raise UnreadableError(wanted.__name__, "no resource type")
    _put_status_right(shape)
    _bring_in(shape)
    return shape


def _put_status_right(shape: Shape) -> None:
    """A status in the spelling of FHIR: "Entered in Error" is entered-in-error, blank is none."""
    for name in ("status", "intent", "taken"):
        code = getattr(shape, name, None)
        if isinstance(code, str) and code not in _USUAL:
            setattr(shape, name, "-".join(code.lower().split()) or None)


def _bring_in(shape: Shape) -> None:
    match shape:
        case Observation():
            dstu2.read_observation(shape)
        case Medicated():
            _medicated(shape)
        case Condition():
            dstu2.read_condition(shape)
        case Procedure():
            dstu2.read_procedure(shape)
            stu3.read_procedure(shape)
            r5.read_procedure(shape)
        case AllergyIntolerance():
            dstu2.read_allergy(shape)
        case Medication():
            dstu2.read_medication(shape)
        case Planned():
            dstu2.read_plan(shape)
            r5.read_plan(shape)
        case Dosage():
            _dosages((shape,))
        case _:
            pass  # the same in every version


def _medicated(shape: Medicated) -> None:
    r5.read_medicated(shape)
    dstu2.read_medicated(shape)
    match shape:
        case MedicationRequest():
            dstu2.read_order(shape)
            _dosages(shape.dosage_instruction)
        case MedicationStatement():
            dstu2.read_statement(shape)
            stu3.read_statement(shape)
            r5.read_statement(shape)
            _dosages(shape.dosage)
        case MedicationAdministration():
            dstu2.read_administration(shape)
            stu3.read_administration(shape)
            r5.read_administration(shape)
            _dosages((shape.dosage,) if shape.dosage else ())
        case _:
            pass  # nothing but what all of them share


def _dosages(dosages: Iterable[Dosage]) -> None:
    for dosage in dosages:
        dstu2.read_dosage(dosage)
        r5.read_dosage(dosage)
        if dosage.timing is not None:
            dstu2.read_timing(dosage.timing)
