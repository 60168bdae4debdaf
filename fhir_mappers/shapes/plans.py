"""What is planned besides medications: tests, tasks and appointments."""

from __future__ import annotations

import msgspec

from fhir_mappers.shapes.elements import Annotation, CodeableConcept, Reference, Resource, Shape


class PlannedCode(CodeableConcept, gc=False):
    """What is planned; R5 wraps it once more."""

    concept: CodeableConcept | None = None


class PlannedItem(Shape, gc=False):
    """One of the tests that a DiagnosticOrder of DSTU2 lists."""

    code: CodeableConcept | None = None


class Participant(Shape, gc=False):
    """Who takes part in an appointment."""

    actor: Reference | None = None


class Planned(Resource, gc=False):
    """A ServiceRequest, Task, Appointment or the like, as far as it tells what is planned."""

    status: str | None = None
    do_not_perform: bool | None = None
    code: PlannedCode | None = None
    item: tuple[PlannedItem, ...] = ()
    description: str | None = None
    service_type: tuple[PlannedCode, ...] = ()
    appointment_type: CodeableConcept | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    beneficiary: Reference | None = msgspec.field(default=None, name="for")
    participant: tuple[Participant, ...] = ()
    note: tuple[Annotation, ...] = ()
