"""FHIR DSTU2: `MedicationOrder`, `patient` for `subject`, denials as flags, other names of dates."""

from __future__ import annotations

from typing import Any

from fhir_mappers.shapes.dosages import Dosage, DoseAndRate, Timing
from fhir_mappers.shapes.elements import CodeableConcept, Period
from fhir_mappers.shapes.medications import (
    Dispense,
    Ingredient,
    Medicated,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from fhir_mappers.shapes.observations import Observation
from fhir_mappers.shapes.plans import Planned
from fhir_mappers.shapes.records import AllergyIntolerance, Condition, Procedure

_NOT_DONE = "not-done"


def read_medicated(shape: Medicated) -> None:
    """Whose it is, and the one reason."""
    shape.subject = shape.subject or shape.patient
    if shape.reason_codeable_concept is not None:
        shape.reason_code = (*shape.reason_code, shape.reason_codeable_concept)


def read_order(shape: MedicationRequest) -> None:
    """When it was written; R4 has no date of ending, there its validity ends."""
    shape.authored_on = shape.authored_on or shape.date_written
    if shape.date_ended is None:
        return
    known = shape.dispense_request.validity_period if shape.dispense_request else None
    starts = known.start if known else None
    shape.dispense_request = Dispense(validity_period=Period(start=starts, end=shape.date_ended))


def read_statement(shape: MedicationStatement) -> None:
    """What the patient does not take is not taken."""
    if shape.was_not_taken:
        shape.status = "not-taken"


def read_administration(shape: MedicationAdministration) -> None:
    """When it was given, and whether."""
    shape.effective_date_time = shape.effective_date_time or shape.effective_time_date_time
    shape.effective_period = shape.effective_period or shape.effective_time_period
    if shape.was_not_given:
        shape.status = _NOT_DONE


def read_dosage(dosage: Dosage) -> None:
    """Dose, site and further instructions, which have other names or stand alone.

    STU3 writes the dose in the same place.
    """
    quantity = dosage.dose_quantity or dosage.dose or dosage.quantity or dosage.quantity_quantity
    if quantity is not None or dosage.dose_range is not None:
        spoken = None if quantity is not None else dosage.dose_range
        dosage.dose_and_rate = (
            *dosage.dose_and_rate,
            DoseAndRate(dose_quantity=quantity, dose_range=spoken),
        )
    dosage.site = dosage.site or dosage.site_codeable_concept or dosage.body_site
    if dosage.additional_instructions is not None:
        more = dosage.additional_instructions
        dosage.additional_instruction = (*dosage.additional_instruction, more)


def read_timing(timing: Timing) -> None:
    """The unit of the period."""
    if timing.repeat is not None:
        timing.repeat.period_unit = timing.repeat.period_unit or timing.repeat.period_units


def read_medication(shape: Medication) -> None:
    """The ingredients, which stand under the product; a substance referred to has but a name."""
    if shape.product is None or shape.ingredient:
        return
    names = (part.item.display for part in shape.product.ingredient if part.item)
    shape.ingredient = tuple(
        Ingredient(item_codeable_concept=CodeableConcept(text=name)) for name in names if name
    )


def read_condition(shape: Condition) -> None:
    """Whose it is."""
    shape.subject = shape.subject or shape.patient


def read_procedure(shape: Procedure) -> None:
    """Whose it is, whether it was done, and the notes."""
    shape.subject = shape.subject or shape.patient
    shape.note = (*shape.note, *shape.notes)
    if shape.not_performed:
        shape.status = _NOT_DONE


def read_allergy(shape: AllergyIntolerance) -> None:
    """The substance, and the one status that speaks of course and certainty."""
    shape.patient = shape.patient or shape.subject
    shape.code = shape.code or shape.substance
    if shape.status is not None:
        shape.clinical_status = shape.clinical_status or CodeableConcept(text=shape.status)


def read_observation(shape: Observation) -> None:
    """What a reference range is for: the range of a treatment is not the normal one."""
    for valued in (shape, *shape.component):
        for limits in valued.reference_range:
            limits.type = limits.type or limits.meaning


def read_plan(plan: Planned) -> None:
    """Whose it is; a DiagnosticOrder lists what is ordered."""
    plan.subject = plan.subject or plan.patient


def bring_in(order: dict[str, Any]) -> None:
    """An order's members of DSTU2, where a later version's order has them, under R4's names."""
    if "reasonCodeableConcept" in order:
        order.setdefault("reasonCode", order.pop("reasonCodeableConcept"))


def bring_in_repeat(repeat: dict[str, Any]) -> None:
    """The unit of a period under its name in R4."""
    if "periodUnits" in repeat:
        repeat.setdefault("periodUnit", repeat.pop("periodUnits"))
