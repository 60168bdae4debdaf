"""The elements we read, in R4 shape.

Elements of other FHIR versions stand beside those of R4 under their own names: DSTU2 and STU3
dosage, DSTU2 dates and reasons, R5 medication and reason references. `versions` moves what they
hold to the places of R4, so that readers look nowhere else.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import Raw


class Shape(msgspec.Struct, rename="camel", gc=False):
    """An element or resource of which only some members are read; others are passed over."""


class Coding(Shape, gc=False):
    """A code in a code system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Shape, gc=False):
    """Codings that mean the same, and the words."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Reference(Shape, gc=False):
    """A pointer to another resource."""

    reference: str | None = None
    display: str | None = None
    type: str | None = None


class CodeableReference(Shape, gc=False):
    """A concept or a pointer, as R5 has it; `display` is that of a plain reference in its place."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None
    display: str | None = None


class Period(Shape, gc=False):
    """From one moment to another."""

    start: str | None = None
    end: str | None = None


# No quantity in medicine has more digits before or behind the point.
_MOST_DIGITS = 20


def is_sensible(number: Decimal) -> bool:
    """True for a finite number of a size that can be computed with and written out."""
    return number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS


class Quantity(Shape, gc=False):
    """A number with its unit. Decoding refuses what is no sensible number."""

    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if self.value is not None and not is_sensible(self.value):
            raise ValueError("no sensible number")


class Range(Shape, gc=False):
    """From one quantity to another."""

    low: Quantity | None = None
    high: Quantity | None = None


class Annotation(Shape, gc=False):
    """A note."""

    text: str | None = None


class Extension(Shape, gc=False):
    """An extension that holds a quantity."""

    url: str | None = None
    value_quantity: Quantity | None = None


class ReferenceRange(Shape, gc=False):
    """The laboratory's own limits."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    meaning: CodeableConcept | None = None
    text: str | None = None


class Resource(Shape, gc=False):
    """What every resource has."""

    resource_type: str = ""
    id: str | None = None


class Patient(Resource, gc=False):
    """The patient."""

    birth_date: str | None = None
    gender: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Valued(Shape, gc=False):
    """A coded value: an Observation or a component of one."""

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_string: str | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()


class Observation(Valued, gc=False):
    """A measurement."""

    resource_type: str = ""
    id: str | None = None
    status: str | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    issued: str | None = None
    specimen: Reference | None = None
    component: tuple[Valued, ...] = ()


class Repeat(Shape, gc=False):
    """The structure of a timing."""

    bounds_duration: Quantity | None = None
    bounds_quantity: Quantity | None = None
    bounds_range: Range | None = None
    bounds_period: Period | None = None
    count: int | None = None
    frequency: Decimal | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str | None = None
    period_units: str | None = None
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.frequency, self.period, self.period_max)
        if not all(is_sensible(number) for number in numbers if number is not None):
            raise ValueError("no sensible number")


class Timing(Shape, gc=False):
    """When something is to happen."""

    event: tuple[str, ...] = ()
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Shape, gc=False):
    """One dose."""

    type: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None


class Dosage(Shape, gc=False):
    """One dosage instruction."""

    text: str | None = None
    additional_instruction: tuple[CodeableConcept, ...] = ()
    additional_instructions: CodeableConcept | None = None
    patient_instruction: str | None = None
    timing: Timing | None = None
    as_needed: bool | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    as_needed_for: tuple[CodeableConcept, ...] = ()
    site: CodeableConcept | None = None
    site_codeable_concept: CodeableConcept | None = None
    body_site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    dose: Quantity | None = None
    quantity: Quantity | None = None
    quantity_quantity: Quantity | None = None


class Dispense(Shape, gc=False):
    """How long an order may be dispensed."""

    validity_period: Period | None = None


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


class Typed(Shape, gc=False):
    """The type of a resource, when nothing else of it can be read."""

    resource_type: str = ""
