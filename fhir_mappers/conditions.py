"""Diagnoses, symptoms and states."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec import Raw

from fhir_mappers import dates
from fhir_mappers.lengths import bowel_length
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.references import patient_id, reference_to
from fhir_mappers.shapes.elements import CodeableConcept
from fhir_mappers.shapes.records import Condition as Shape
from fhir_mappers.tables import texts_of
from fhir_mappers.versions.inward import read
from regimens.facts import ClinicalState, Condition

_HISTORICAL = frozenset({"inactive", "resolved", "remission"})
_DENIED = frozenset({"refuted", "entered-in-error"})


def status_words(status: CodeableConcept | None) -> frozenset[str]:
    """The codes and words of a status as codes are spelled; earlier versions have a plain word."""
    if status is None:
        return frozenset()
    codes = (coding.code for coding in status.coding if coding.code)
    words = (plain_text(text) for text in (*codes, *texts_of(status)))
    return frozenset(text.replace(" ", "-") for text in words)


def read_condition(
    raw: Raw, position: int, reading: Reading
) -> tuple[Condition | None, str | None]:
    """The condition and its patient; None for one that is denied or that no rule knows.

    Without a stated status a condition is active. Raises `UnreadableError`.
    """
    shape = read(raw, Shape)
    patient = patient_id(shape.subject)
    if shape.resource_type != "Condition" or status_words(shape.verification_status) & _DENIED:
        return None, patient
    found = reading.codes.conditions.find(shape.code)
    if found is None or not found.values or status_words(shape.clinical_status) & _DENIED:
        return None, patient
    condition = Condition(
        concepts=found.values,
        reference=reference_to("Condition", shape.id, position),
        text=next(iter(texts_of(shape.code)), ""),
        state=_state(shape, reading),
        onset=_onset(shape, reading),
        extent_cm=_extent(shape),
    )
    return condition, patient


def _state(shape: Shape, reading: Reading) -> ClinicalState:
    ended = shape.abatement_date_time
    if ended is None and shape.abatement_period is not None:
        ended = shape.abatement_period.end
    day = dates.last_day(ended, reading.timezone)
    over = (day is not None and day <= reading.today) or shape.abatement_boolean
    historical = status_words(shape.clinical_status) & _HISTORICAL
    return ClinicalState.HISTORICAL if over or historical else ClinicalState.ACTIVE


def _onset(shape: Shape, reading: Reading) -> date | None:
    period = shape.onset_period
    return dates.first_day(
        shape.onset_date_time or (period.start if period else None), reading.timezone
    )


def _extent(shape: Shape) -> Decimal | None:
    texts = [*(note.text for note in shape.note), shape.notes, *texts_of(shape.code)]
    return bowel_length(texts, shape.extension)
