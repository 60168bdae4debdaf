"""Medications, and the orders, statements and administrations of them."""

from __future__ import annotations

from msgspec import Raw

from fhir_mappers.shapes.dosages import Dosage
from fhir_mappers.shapes.elements import (
    Annotation,
    CodeableConcept,
    CodeableReference,
    Period,
    Reference,
    Resource,
    Shape,
)


class Ingredient(Shape, gc=False):
    """An ingredient of a medication."""

    item_codeable_concept: CodeableConcept | None = None
    item: CodeableReference | None = None


class Product(Shape, gc=False):
    """What a medication consists of, as DSTU2 has it."""

    ingredient: tuple[Ingredient, ...] = ()


class Medication(Resource, gc=False):
    """A drug that others refer to."""

    code: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()
    product: Product | None = None


class Medicated(Resource, gc=False):
    """What requests, statements and administrations have in common."""

    status: str | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: CodeableReference | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    contained: tuple[Raw, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_codeable_concept: CodeableConcept | None = None
    reason_reference: tuple[Reference, ...] = ()
    reason: tuple[CodeableReference, ...] = ()
    status_reason: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()


class Dispense(Shape, gc=False):
    """How long an order may be dispensed."""

    validity_period: Period | None = None


class MedicationRequest(Medicated, gc=False):
    """An order; as MedicationOrder in DSTU2."""

    intent: str | None = None
    do_not_perform: bool | None = None
    authored_on: str | None = None
    date_written: str | None = None
    date_ended: str | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: Dispense | None = None
    prior_prescription: Reference | None = None
    based_on: tuple[Reference, ...] = ()


class Adherence(Shape, gc=False):
    """Whether a drug is taken, as R5 has it."""

    code: CodeableConcept | None = None


class MedicationStatement(Medicated, gc=False):
    """What a patient is said to take."""

    dosage: tuple[Dosage, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    taken: str | None = None
    was_not_taken: bool | None = None
    adherence: Adherence | None = None


class MedicationAdministration(Medicated, gc=False):
    """A dose that was given."""

    dosage: Dosage | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_time_date_time: str | None = None
    effective_time_period: Period | None = None
    occurence_date_time: str | None = None
    occurence_period: Period | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    was_not_given: bool | None = None
    not_given: bool | None = None
