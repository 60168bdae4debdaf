"""The patient, and the diagnoses, procedures and allergies on record."""

from __future__ import annotations

from fhir_mappers.shapes.elements import (
    Annotation,
    CodeableConcept,
    Extension,
    Period,
    Reference,
    Resource,
    Shape,
)


class Patient(Resource, gc=False):
    """The patient."""

    birth_date: str | None = None
    gender: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Condition(Resource, gc=False):
    """A diagnosis, symptom or state."""

    code: CodeableConcept | None = None
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    abatement_date_time: str | None = None
    abatement_period: Period | None = None
    abatement_boolean: bool | None = None
    recorded_date: str | None = None
    note: tuple[Annotation, ...] = ()
    notes: str | None = None
    extension: tuple[Extension, ...] = ()


class Procedure(Resource, gc=False):
    """Something done."""

    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    not_done: bool | None = None
    not_performed: bool | None = None
    note: tuple[Annotation, ...] = ()
    notes: tuple[Annotation, ...] = ()
    extension: tuple[Extension, ...] = ()


class Reaction(Shape, gc=False):
    """A reaction to a substance."""

    substance: CodeableConcept | None = None


class AllergyIntolerance(Resource, gc=False):
    """An allergy or intolerance."""

    code: CodeableConcept | None = None
    substance: CodeableConcept | None = None
    status: str | None = None
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    patient: Reference | None = None
    subject: Reference | None = None
    reaction: tuple[Reaction, ...] = ()
