"""The lists of a record as patient facts, with what could not be read kept apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from msgspec import Raw

from fhir_mappers.allergies import read_allergy
from fhir_mappers.conditions import read_condition
from fhir_mappers.decoding import decode, type_of
from fhir_mappers.envelope import ABSENT, Listed, ListState
from fhir_mappers.errors import UnreadableError
from fhir_mappers.labs import read_results
from fhir_mappers.medications import MEDICATED, is_therapy, read_order
from fhir_mappers.patient import Person, read_patient
from fhir_mappers.procedures import read_procedure
from fhir_mappers.reading import Reading
from fhir_mappers.references import Medications, gather_medications
from fhir_mappers.shapes.elements import Resource
from regimens.facts import Gap, LabResult, Listing, PatientFacts, Unusable
from regimens.orders import Order, OrderSource

T = TypeVar("T")

KEYS = ("patient", "labs", "medications", "conditions", "procedures", "allergies")
MORE_MEDICATIONS = ("statements", "administrations")
REFERENCED_MEDICATIONS = "medication_resources"

_UNREADABLE = "holds an entry that could not be read"
_TYPES = {
    "patient": frozenset({"Patient"}),
    "labs": frozenset({"Observation"}),
    "medications": MEDICATED | {"Medication"},
    "conditions": frozenset({"Condition"}),
    "procedures": frozenset({"Procedure"}),
    "allergies": frozenset({"AllergyIntolerance"}),
}


# A resource that does not say what it is, or cannot be read far enough to tell.
_UNTYPED = frozenset({""})
_MISDATED = {Unusable.FUTURE_DATE: "future-date", Unusable.NO_DATE: "no-date"}
_WRAPPINGS = _UNTYPED | {"Bundle", "Parameters", "List"}
_NOT_ASKED_FOR = "holds none of the resources asked for"


@dataclass(frozen=True, slots=True)
class Chart:
    """Facts; whose resources they are; references to drugs that could not be followed."""

    facts: PatientFacts
    patients: frozenset[str]
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    listing: Listing[T]
    patients: frozenset[str]
    gaps: tuple[Gap, ...]


def read_chart(listed: Mapping[str, Listed], reading: Reading) -> Chart:
    """The facts in these lists; a list that is not there is an incomplete one.

    Keys: those of `KEYS`, and, when they were fetched, `MORE_MEDICATIONS` (they join the
    medications) and `REFERENCED_MEDICATIONS` (Medication resources that requests point to).
    """
    person, person_gaps = _patient(listed.get("patient", ABSENT), reading)
    listed = {key: _held(key, one) if key in _TYPES else one for key, one in listed.items()}
    labs = _labs(listed.get("labs", ABSENT), reading)
    medications, unresolved = _medications(listed, reading)
    conditions = _each("conditions", listed, read_condition, reading)
    procedures = _each("procedures", listed, read_procedure, reading)
    allergies = _each("allergies", listed, read_allergy, reading)
    lists = (labs, medications, conditions, procedures, allergies)
    facts = PatientFacts(
        today=reading.today,
        birth_date=person.birth_date if person else None,
        sex=person.sex if person else None,
        deceased=person.deceased if person else False,
        known=person is not None,
        labs=labs.listing,
        medications=medications.listing,
        conditions=conditions.listing,
        procedures=procedures.listing,
        allergies=allergies.listing,
        gaps=(*person_gaps, *(gap for one in lists for gap in one.gaps)),
    )
    patients = frozenset[str]().union(*(one.patients for one in lists))
    return Chart(facts, _without_aliases(patients, listed.get("patient", ABSENT)), unresolved)


def split_by_type(listed: Listed) -> Mapping[str, Listed]:
    """One Bundle that holds a whole record, as the lists that `read_chart` takes."""
    urls = listed.full_urls or (None,) * len(listed.resources)
    typed = [(type_of(raw), raw, url) for raw, url in zip(listed.resources, urls, strict=True)]
    return {key: _only(typed, kinds, listed) for key, kinds in _TYPES.items()}


def _only(
    typed: Iterable[tuple[str, Raw, str | None]], kinds: frozenset[str], listed: Listed
) -> Listed:
    kept = [(raw, url) for kind, raw, url in typed if kind in kinds]
    state = listed.state
    if state in {ListState.FOUND, ListState.EMPTY}:
        state = ListState.FOUND if kept else ListState.EMPTY
    return replace(
        listed,
        state=state,
        resources=tuple(raw for raw, _ in kept),
        full_urls=tuple(url for _, url in kept),
    )


def _patient(listed: Listed, reading: Reading) -> tuple[Person | None, tuple[Gap, ...]]:
    for raw in listed.resources:
        if type_of(raw) != "Patient":
            continue
        try:
            return read_patient(raw, reading), ()
        except UnreadableError as error:
            return None, (_gap("patient", error, 0),)
    return None, _state_gaps("patient", listed) or (Gap("patient", "absent"),)


def _without_aliases(patients: frozenset[str], listed: Listed) -> frozenset[str]:
    """Every patient by id: those of the lists, and those of the patient's own key.

    Where entries point at each other by `urn:uuid`, that name of a Patient is as good as its id.
    """
    urls = listed.full_urls or (None,) * len(listed.resources)
    aliases: set[str] = set()
    own: set[str] = set()
    for raw, url in zip(listed.resources, urls, strict=True):
        if type_of(raw) == "Patient":
            own |= _id_of(raw)
            aliases |= {url.rpartition(":")[2]} if url and url.startswith("urn:") else set()
    return (patients - aliases) | own


def _id_of(raw: Raw) -> set[str]:
    try:
        shape = decode(raw, Resource)
    except UnreadableError:
        return set()
    return {shape.id} if shape.id else set()


def _whose(patient: str | None, *, used: bool) -> set[str]:
    """The patient of a resource. Of one that no rule uses, a group, place or device is no matter."""
    return {patient} if patient and (used or "/" not in patient) else set()


def _labs(listed: Listed, reading: Reading) -> _Read[LabResult]:
    results: list[LabResult] = []
    patients: set[str] = set()
    gaps = [*_state_gaps("labs", listed)]
    complete = listed.complete
    for position, raw in enumerate(listed.resources):
        try:
            found, patient = read_results(raw, position, reading)
        except UnreadableError as error:
            if type_of(raw) in _TYPES["labs"] | _UNTYPED:
                complete = False
                gaps.append(_gap("labs", error, position))
            continue
        results += found
        patients |= _whose(patient, used=bool(found))
        gaps += [
            Gap("labs", _MISDATED[result.unusable], result.reference)
            for result in found
            if result.unusable in _MISDATED
        ]
    return _Read(_listing(results, listed, complete), frozenset(patients), tuple(gaps))


def _held(key: str, listed: Listed) -> Listed:
    """The list; one that holds but an unopened wrapping is as good as refused.

    An error message, or a Bundle inside another, would else pass for a list with nothing in it.
    """
    wrapped = False
    for raw in listed.resources:
        kind = type_of(raw)
        if kind in _TYPES[key]:
            return listed
        wrapped = wrapped or kind in _WRAPPINGS
    return replace(listed, state=ListState.REFUSED, why=_NOT_ASKED_FOR) if wrapped else listed


_Reader = Callable[[Raw, int, Reading], tuple[T | None, str | None]]


def _each(key: str, lists: Mapping[str, Listed], read: _Reader[T], reading: Reading) -> _Read[T]:
    listed = lists.get(key, ABSENT)
    items: list[T] = []
    patients: set[str] = set()
    gaps = [*_state_gaps(key, listed)]
    complete = listed.complete
    for position, raw in enumerate(listed.resources):
        try:
            item, patient = read(raw, position, reading)
        except UnreadableError as error:
            if type_of(raw) in _TYPES[key] | _UNTYPED:
                complete = False
                gaps.append(_gap(key, error, position))
            continue
        if item is not None:
            items.append(item)
        patients |= _whose(patient, used=item is not None)
    return _Read(_listing(items, listed, complete), frozenset(patients), tuple(gaps))


def _medications(
    lists: Mapping[str, Listed], reading: Reading
) -> tuple[_Read[Order], tuple[str, ...]]:
    """Requests, with statements and administrations where they were fetched."""
    main = lists.get("medications", ABSENT)
    parts = [main, *(lists[key] for key in MORE_MEDICATIONS if key in lists)]
    resources = [raw for part in parts for raw in part.resources]
    known = _known_medications([*parts, lists.get(REFERENCED_MEDICATIONS, ABSENT)])
    orders: list[Order] = []
    patients: set[str] = set()
    unresolved: list[str] = []
    gaps = [gap for part in parts for gap in _state_gaps("medications", part)]
    for position, raw in enumerate(resources):
        kind = type_of(raw)
        if kind not in MEDICATED | _UNTYPED:
            continue
        try:
            ordered = read_order(raw, kind, position, reading, known)
        except UnreadableError as error:
            gaps.append(_gap("medications", error, position))
            continue
        if ordered is None:
            continue
        order = ordered.on_record
        therapy = is_therapy(order)
        patients |= _whose(ordered.patient, used=therapy)
        if not therapy:
            continue
        orders.append(order)
        gaps += _gaps_of(order)
        if ordered.unresolved:
            unresolved.append(ordered.unresolved)
    whole = main.complete and not any(gap.kind in _SPOILING for gap in gaps)
    listing = _listing(orders, main, whole)
    return _Read(listing, frozenset(patients), tuple(gaps)), tuple(dict.fromkeys(unresolved))


# Without these, nobody can tell that a patient had no B12 of late.
_SPOILING = frozenset({"unreadable", "unresolved-medication", "no-date"})


def _gaps_of(order: Order) -> list[Gap]:
    """What is not known of an order that was read."""
    kinds = {
        "no-date": _is_undated_dose(order),
        "unresolved-medication": order.medicine_unresolved,
        "no-medication": order.medicine is None and not order.medicine_unresolved,
    }
    return [Gap("medications", kind, order.reference) for kind, lacks in kinds.items() if lacks]


def _is_undated_dose(order: Order) -> bool:
    """True for a dose of B12 that was given, nobody can read when."""
    given = order.source is OrderSource.ADMINISTRATION
    return given and order.given_on is None and order.cobalamin is not None


def _known_medications(parts: Iterable[Listed]) -> Medications:
    resources: list[Raw] = []
    urls: list[str | None] = []
    for part in parts:
        resources += part.resources
        urls += part.full_urls or (None,) * len(part.resources)
    return gather_medications(resources, urls)


def _listing(items: list[T], listed: Listed, complete: bool) -> Listing[T]:
    why = None if complete else (listed.why or _UNREADABLE)
    return Listing(tuple(items), complete, why)


def _state_gaps(source: str, listed: Listed) -> tuple[Gap, ...]:
    return () if listed.complete else (Gap(source, listed.state.value),)


def _gap(source: str, error: UnreadableError, position: int) -> Gap:
    return Gap(source, "unreadable", f"#{position} {error.where}: {error.kind}")
