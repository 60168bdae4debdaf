"""The orders that a clinician is about to make, and what else is in the same set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Raw

from fhir_mappers.decoding import type_of, untyped
from fhir_mappers.envelope import ABSENT, Listed, read_listed
from fhir_mappers.errors import UnreadableError
from fhir_mappers.medications import REQUESTS, Ordered, read_order
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.references import gather_medications, patient_id, relative
from fhir_mappers.shapes.elements import Reference
from fhir_mappers.shapes.plans import Planned
from fhir_mappers.tables import texts_of
from fhir_mappers.versions.inward import read
from regimens.facts import Analyte, DraftSet, Gap
from regimens.orders import Order

_TEST_ORDERS = frozenset({"ServiceRequest", "ProcedureRequest", "DiagnosticOrder"})
_PLANS = _TEST_ORDERS | {"Task", "Appointment", "CommunicationRequest"}
_VOID = frozenset({"cancelled", "revoked", "rejected", "failed", "entered-in-error", "noshow"})
# Nobody signs as many at once. Some rules compare each with each, so their number is not left to
# the sender; drafts of drugs that the rules do not know cost little, and are not counted.
_MOST_THERAPIES = 50
_REVIEW = re.compile(r"\b(?:reviews?|follow[- ]?ups?|recheck|re-?assess(?:ment)?)\b")


@dataclass(frozen=True, slots=True)
class Drafts:
    """The draft set; each received draft by reference; whose drafts they are.

    `unresolved` are references to drugs that the set does not hold.
    """

    draft_set: DraftSet
    raw: Mapping[str, dict[str, Any]]
    patients: frozenset[str]
    unresolved: tuple[str, ...] = ()


def read_drafts(
    value: Raw | bytes | None,
    reading: Reading,
    *,
    selections: Iterable[str] = (),
    medications: Listed = ABSENT,
) -> Drafts:
    """The drafts in a Bundle (with or without type), a bare array, one resource, or null.

    `selections` are references or bare ids; when none matches a draft, all are selected.
    `medications` are Medication resources fetched for drafts that only point to them.
    """
    listed = read_listed(value)
    known = gather_medications(
        (*listed.resources, *medications.resources),
        (*listed.full_urls, *medications.full_urls),
    )
    therapies = 0
    ordered: list[Ordered] = []
    raw_by_reference: dict[str, dict[str, Any]] = {}
    plans: list[Planned] = []
    gaps = [] if listed.complete or value is None else [Gap("drafts", listed.state.value)]
    for position, raw in enumerate(listed.resources):
        kind = type_of(raw)
        try:
            if kind in REQUESTS:
                found = read_order(raw, kind, position, reading, known)
                if found is not None:
                    therapies = _counted(therapies, found.order, kind)
                    ordered.append(found)
                    raw_by_reference[found.order.reference] = received(raw)
            elif kind in _PLANS:
                plans.append(read(raw, Planned))
        except UnreadableError as error:
            where = f"#{position} {error.where}: {error.kind}"
            gaps.append(Gap("drafts", "unreadable", where))
    return _assemble(ordered, raw_by_reference, plans, gaps, (reading, tuple(selections)))


def _counted(before: int, order: Order, kind: str) -> int:
    """How many drafts the rules know, with this one; raises `UnreadableError` beyond the most."""
    known = order.medicine is not None and bool(order.medicine.substances)
    if known and before >= _MOST_THERAPIES:
        raise UnreadableError(kind, "too many drafts")
    return before + known


def received(raw: Raw) -> dict[str, Any]:
    """A resource as it was received, numbers exact; raises `UnreadableError`."""
    value = untyped(raw)
    if not isinstance(value, dict):
        raise UnreadableError("resource", "not an object")
    return value


def _assemble(
    ordered: list[Ordered],
    raw: Mapping[str, dict[str, Any]],
    plans: list[Planned],
    gaps: list[Gap],
    context: tuple[Reading, tuple[str, ...]],
) -> Drafts:
    reading, selections = context
    orders = tuple(one.order for one in ordered)
    live = [plan for plan in plans if plan.status not in _VOID and not plan.do_not_perform]
    gaps += [
        Gap("drafts", "unresolved-medication", one.order.reference)
        for one in ordered
        if one.unresolved
    ]
    draft_set = DraftSet(
        orders=orders,
        selected=_selected(orders, selections),
        tests=frozenset[Analyte]().union(*(_tests(plan, reading) for plan in live)),
        review_planned=any(_is_review(plan) for plan in live),
        gaps=tuple(gaps),
    )
    patients = {one.patient for one in ordered}.union(*map(_patients_of, plans))
    return Drafts(
        draft_set=draft_set,
        raw=raw,
        patients=frozenset(patient for patient in patients if patient),
        unresolved=tuple(dict.fromkeys(one.unresolved for one in ordered if one.unresolved)),
    )


def _selected(orders: tuple[Order, ...], selections: tuple[str, ...]) -> frozenset[str] | None:
    wanted = {relative(one) for one in selections}
    found = frozenset(
        order.reference
        for order in orders
        if order.reference in wanted or order.reference.partition("/")[2] in wanted
    )
    return found or None


def _patients_of(plan: Planned) -> set[str | None]:
    """The patient of a plan; of the participants of an appointment only patients count."""
    actors = (one.actor.reference or "" for one in plan.participant if one.actor)
    present = {patient_id(Reference(one)) for one in actors if "Patient/" in one}
    return {patient_id(plan.subject), patient_id(plan.beneficiary), *present}


def _tests(plan: Planned, reading: Reading) -> frozenset[Analyte]:
    if plan.resource_type not in _TEST_ORDERS:
        return frozenset()
    concepts = (plan.code, *(item.code for item in plan.item))
    ordered = (reading.codes.labs.ordered(concept) for concept in concepts)
    return frozenset[Analyte]().union(*ordered)


def _is_review(plan: Planned) -> bool:
    concepts = (plan.code, plan.appointment_type, *plan.service_type)
    texts = [text for concept in concepts for text in texts_of(concept)]
    texts += [text for text in (plan.description, *(note.text for note in plan.note)) if text]
    return any(_REVIEW.search(plain_text(text)) for text in texts)
