"""Requests, statements and administrations of drugs as orders."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from msgspec import Raw

from fhir_mappers import dates
from fhir_mappers.dosage import read_phase
from fhir_mappers.errors import UnreadableError
from fhir_mappers.medicines import medicine_of, read_medicine
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.references import Medications, patient_id, reference_to, relative
from fhir_mappers.shapes.dosages import Dosage
from fhir_mappers.shapes.elements import CodeableConcept, Period, Reference
from fhir_mappers.shapes.medications import (
    Medicated,
    MedicationAdministration,
    MedicationRequest,
    MedicationStatement,
)
from fhir_mappers.tables import texts_of
from fhir_mappers.versions.inward import read
from regimens.orders import Medicine, Order, OrderSource, OrderStatus, Phase, Reason
from regimens.substances import COBALAMINS

REQUESTS = frozenset({"MedicationRequest", "MedicationOrder"})
MEDICATED = REQUESTS | {"MedicationStatement", "MedicationAdministration"}

_STATUS = {
    **{status.value: status for status in OrderStatus},
    "in-progress": OrderStatus.ACTIVE,
    "recorded": OrderStatus.ACTIVE,
    "ended": OrderStatus.COMPLETED,
    "intended": OrderStatus.DRAFT,
}
_NEVER_GIVEN = frozenset({"not-taken", "not-done", "entered-in-error"})
_NO_ORDER = frozenset({"proposal", "option"})
# The longest course that is prescribed has a dozen; what costs a rule a look at each of them and
# each beside each would else be for the sender to decide.
_MOST_INSTRUCTIONS = 100
_BETWEEN_REASONS = re.compile(r"[,;:()/+&|]| - | and ")


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, the patient it is for, and the drug reference that could not be followed.

    `status_stated` is False for a request without a status, which versions before R4 allow.
    """

    order: Order
    patient: str | None
    unresolved: str | None = None
    status_stated: bool = True

    @property
    def on_record(self) -> Order:
        """The order as one of a record, where one without a status is not a draft."""
        if self.status_stated:
            return self.order
        return replace(self.order, status=OrderStatus.UNKNOWN)


def read_order(
    raw: Raw, kind: str, position: int, reading: Reading, medications: Medications
) -> Ordered | None:
    """The order in a resource of this type; None when it orders nothing (told not to be given).

    Raises `UnreadableError`.
    """
    match kind:
        case "MedicationStatement":
            return _statement(read(raw, MedicationStatement), position, reading, medications)
        case "MedicationAdministration":
            shape = read(raw, MedicationAdministration)
            return _administration(shape, position, reading, medications)
        case _:
            return _request(read(raw, MedicationRequest), position, reading, medications)


def is_therapy(order: Order) -> bool:
    """True for what a chart may count as treatment: no draft, nothing entered in error."""
    unreal = {OrderStatus.DRAFT, OrderStatus.ENTERED_IN_ERROR}
    return order.status not in unreal


def _request(
    shape: MedicationRequest, position: int, reading: Reading, medications: Medications
) -> Ordered | None:
    if shape.do_not_perform or shape.intent in _NO_ORDER:
        return None
    medicine, unresolved = _medicine(shape, reading, medications)
    validity = shape.dispense_request.validity_period if shape.dispense_request else None
    order = Order(
        reference=reference_to(shape.resource_type or "MedicationRequest", shape.id, position),
        status=_status(shape.status, OrderStatus.DRAFT),
        medicine=medicine,
        medicine_unresolved=unresolved is not None,
        phases=_phases(shape.dosage_instruction, medicine, reading),
        authored_on=dates.first_day(shape.authored_on, reading.timezone),
        ends_on=dates.last_day(validity.end, reading.timezone) if validity else None,
        reasons=_reasons(shape, reading),
        revises=_revised(shape),
        note=_note(shape),
    )
    return Ordered(order, _patient(shape), unresolved, status_stated=shape.status is not None)


def _statement(
    shape: MedicationStatement, position: int, reading: Reading, medications: Medications
) -> Ordered | None:
    if shape.status in _NEVER_GIVEN:
        return None
    medicine, unresolved = _medicine(shape, reading, medications)
    starts, ends = _span(shape.effective_date_time, shape.effective_period, reading)
    order = Order(
        reference=reference_to("MedicationStatement", shape.id, position),
        status=_status(shape.status, OrderStatus.UNKNOWN),
        source=OrderSource.STATEMENT,
        medicine=medicine,
        medicine_unresolved=unresolved is not None,
        phases=_phases(shape.dosage, medicine, reading),
        authored_on=dates.first_day(shape.date_asserted, reading.timezone),
        starts_on=starts,
        ends_on=ends,
        reasons=_reasons(shape, reading),
        note=_note(shape),
    )
    return Ordered(order, _patient(shape), unresolved)


def _administration(
    shape: MedicationAdministration, position: int, reading: Reading, medications: Medications
) -> Ordered | None:
    if shape.status in _NEVER_GIVEN:
        return None
    medicine, unresolved = _medicine(shape, reading, medications)
    order = Order(
        reference=reference_to("MedicationAdministration", shape.id, position),
        status=_status(shape.status, OrderStatus.UNKNOWN),
        source=OrderSource.ADMINISTRATION,
        medicine=medicine,
        medicine_unresolved=unresolved is not None,
        phases=_phases((shape.dosage,) if shape.dosage else (), medicine, reading),
        given_on=_given_on(shape, reading),
        reasons=_reasons(shape, reading),
        note=_note(shape),
    )
    return Ordered(order, _patient(shape), unresolved)


def _status(code: str | None, missing: OrderStatus) -> OrderStatus:
    return _STATUS.get(code, OrderStatus.UNKNOWN) if code else missing


def _patient(shape: Medicated) -> str | None:
    return patient_id(shape.subject)


def _medicine(
    shape: Medicated, reading: Reading, medications: Medications
) -> tuple[Medicine | None, str | None]:
    """The medicine, and the reference that led nowhere; a display still names the drug."""
    medicine = read_medicine(shape.medication_codeable_concept, reading)
    if medicine is not None:
        return medicine, None
    pointer = shape.medication_reference
    return _followed(pointer, shape, reading, medications) if pointer else (None, None)


def _followed(
    pointer: Reference, shape: Medicated, reading: Reading, medications: Medications
) -> tuple[Medicine | None, str | None]:
    found = medications.find(pointer.reference or "", shape.contained)
    medicine = medicine_of(found, reading) if found else None
    if medicine is not None and (medicine.substances or medicine.special or medicine.text):
        return medicine, None
    named = read_medicine(CodeableConcept(text=pointer.display), reading)
    if named is not None and named.text:
        return named, None
    if medicine is not None:
        return medicine, None
    return None, pointer.reference or "Medication"


def _phases(
    dosages: tuple[Dosage, ...], medicine: Medicine | None, reading: Reading
) -> tuple[Phase, ...]:
    """The dosage of drugs that the rules know; of others nothing is read.

    Raises `UnreadableError` when there are more instructions than any order has.
    """
    if medicine is not None and not medicine.substances and medicine.special is None:
        return (Phase(),)
    if len(dosages) > _MOST_INSTRUCTIONS:
        raise UnreadableError("dosage", "too many instructions")
    text = medicine.text if medicine else ""
    return tuple(read_phase(dosage, text, reading) for dosage in dosages or (Dosage(),))


def _span(
    moment: str | None, period: Period | None, reading: Reading
) -> tuple[date | None, date | None]:
    starts = dates.first_day(moment or (period.start if period else None), reading.timezone)
    ends = dates.last_day(period.end, reading.timezone) if period else None
    return starts, ends


def _given_on(shape: MedicationAdministration, reading: Reading) -> date | None:
    period = shape.effective_period
    ended = period.end or period.start if period else None
    return dates.first_day(shape.effective_date_time or ended, reading.timezone)


def _reasons(shape: Medicated, reading: Reading) -> tuple[Reason, ...]:
    named = [CodeableConcept(text=one.display) for one in shape.reason_reference if one.display]
    concepts = (*shape.reason_code, *shape.status_reason, *named)
    return tuple(read_reason(concept, reading) for concept in concepts)


def _parts(text: str | None) -> tuple[str, ...]:
    """What a reason in words lists: "planning pregnancy, BMI 35" gives two names."""
    parts = (part.strip() for part in _BETWEEN_REASONS.split(text or ""))
    return tuple(part for part in parts if part and part != text)


def read_reason(concept: CodeableConcept, reading: Reading) -> Reason:
    """The words of a reason with the conditions, procedures and other drugs that it names."""
    names: set[str] = set()
    parts = tuple(CodeableConcept(text=part) for part in _parts(concept.text))
    for table in (reading.codes.conditions, reading.codes.procedures):
        found = (table.find(one) for one in (concept, *parts))
        names |= {str(value) for match in found if match for value in match.values}
    words = " ".join(texts_of(concept))
    drugs, _ = reading.codes.drugs.named(plain_text(words), reading.formulary)
    names |= {drug.value for drug in drugs - COBALAMINS}
    return Reason(concept.text or next(iter(texts_of(concept)), ""), frozenset(names))


def _revised(shape: MedicationRequest) -> str | None:
    """The order that this one says it follows."""
    pointers = [shape.prior_prescription, *shape.based_on]
    references = (relative(one.reference) for one in pointers if one and one.reference)
    return next((one for one in references if one.partition("/")[0] in REQUESTS), None)


def _note(shape: Medicated) -> str | None:
    return "\n".join(note.text for note in shape.note if note.text) or None
