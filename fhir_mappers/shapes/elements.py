"""What resources are made of, and what all of them have."""

from __future__ import annotations

from decimal import Decimal

import msgspec


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


class Resource(Shape, gc=False):
    """What every resource has."""

    resource_type: str = ""
    id: str | None = None


class Typed(Shape, gc=False):
    """The type of a resource, when nothing else of it can be read."""

    resource_type: str = ""
