"""Operations, injections and dialysis that were done."""

from __future__ import annotations

from datetime import date

from msgspec import Raw

from fhir_mappers import dates
from fhir_mappers.lengths import bowel_length
from fhir_mappers.reading import Reading
from fhir_mappers.references import patient_id, reference_to
from fhir_mappers.shapes.records import Procedure as Shape
from fhir_mappers.tables import texts_of
from fhir_mappers.versions.inward import read
from regimens.facts import Procedure

# Done, or recorded without saying; everything planned, running, broken off or denied is not.
_DONE = frozenset({None, "completed", "unknown"})


def read_procedure(
    raw: Raw, position: int, reading: Reading
) -> tuple[Procedure | None, str | None]:
    """The procedure and its patient; None for one not done or that no rule knows.

    Raises `UnreadableError`.
    """
    shape = read(raw, Shape)
    patient = patient_id(shape.subject)
    if shape.resource_type != "Procedure" or shape.status not in _DONE:
        return None, patient
    found = reading.codes.procedures.find(shape.code)
    if found is None or not found.values:
        return None, patient
    notes = (note.text for note in shape.note)
    procedure = Procedure(
        operations=found.values,
        reference=reference_to("Procedure", shape.id, position),
        text=next(iter(texts_of(shape.code)), ""),
        performed_on=_performed_on(shape, reading),
        length_cm=bowel_length((*notes, *texts_of(shape.code)), shape.extension),
    )
    return procedure, patient


def _performed_on(shape: Shape, reading: Reading) -> date | None:
    """The day it was done, of a period its end: an injection is never counted older than it is."""
    period = shape.performed_period
    text = shape.performed_date_time or (period.end or period.start if period else None)
    return dates.first_day(text, reading.timezone)
