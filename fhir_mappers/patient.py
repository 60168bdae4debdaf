"""The Patient as far as rules need it: birth date, sex, whether alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from msgspec import Raw

from fhir_mappers import dates
from fhir_mappers.decoding import decode
from fhir_mappers.errors import UnreadableError
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.records import Patient
from regimens.facts import Sex

_SEX = {"female": Sex.FEMALE, "f": Sex.FEMALE, "male": Sex.MALE, "m": Sex.MALE}


@dataclass(frozen=True, slots=True)
class Person:
    """What a Patient resource says."""

    id: str | None
    birth_date: date | None
    sex: Sex | None
    deceased: bool


def read_patient(raw: Raw, reading: Reading) -> Person:
    """The person; a year or month of birth is taken as its last day. Raises `UnreadableError`."""
    shape = decode(raw, Patient)
    if shape.resource_type != "Patient":
        raise UnreadableError("Patient", "another resource")
    return Person(
        id=shape.id,
        birth_date=dates.last_day(shape.birth_date, reading.timezone),
        sex=_SEX.get((shape.gender or "").strip().lower()),
        deceased=bool(shape.deceased_boolean) or shape.deceased_date_time is not None,
    )
