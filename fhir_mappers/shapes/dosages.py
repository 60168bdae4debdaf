"""How much of a medication, how, and when."""

from __future__ import annotations

from decimal import Decimal

from fhir_mappers.shapes.elements import (
    CodeableConcept,
    Period,
    Quantity,
    Range,
    Shape,
    is_sensible,
)


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
