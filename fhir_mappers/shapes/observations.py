"""Measurements."""

from __future__ import annotations

from fhir_mappers.shapes.elements import CodeableConcept, Period, Quantity, Reference, Shape


class ReferenceRange(Shape, gc=False):
    """The laboratory's own limits."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    meaning: CodeableConcept | None = None
    text: str | None = None


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
