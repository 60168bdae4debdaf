"""Which FHIR version a call is written in: as it says itself, else as its resources look.

EHRs mix versions, so only what occurs in one version alone is evidence: a dose beside its
`doseAndRate`, or a `category` that is no list, is found in R4 calls as well and proves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import msgspec
from msgspec import Raw

from fhir_mappers.shapes.elements import Shape
from fhir_mappers.versions.version import Version, version_named

EPIC_EXTENSION = "com.epic.cdshooks.request.fhir-version"

# Enough of one list to tell; the records of one server are all written alike.
_LOOKED_AT = 8
_NONE = Raw(b"")

# R4 and R5 share most shapes; which of the two it is, only the server can say.
_LATER = "r4 or later"

_DSTU2_TYPES = frozenset({"MedicationOrder", "DiagnosticOrder"})
_MEDICATED = frozenset({"MedicationRequest", "MedicationStatement", "MedicationAdministration"})
_IN_CONTEXT = frozenset({"MedicationRequest", "Condition", "Procedure", "Observation"})
_STATED = frozenset({"Condition", "AllergyIntolerance"})


class _Seen(Shape, gc=False):
    """The members that tell versions apart, unread."""

    resource_type: str = ""
    patient: Raw = _NONE
    context: Raw = _NONE
    encounter: Raw = _NONE
    intent: Raw = _NONE
    requester: Raw = _NONE
    clinical_status: Raw = _NONE
    asserted_date: Raw = _NONE
    substance: Raw = _NONE
    type: Raw = _NONE
    code: Raw = _NONE
    medication: Raw = _NONE
    medication_codeable_concept: Raw = _NONE
    medication_reference: Raw = _NONE
    taken: Raw = _NONE
    adherence: Raw = _NONE
    not_done: Raw = _NONE
    not_given: Raw = _NONE
    not_performed: Raw = _NONE
    was_not_taken: Raw = _NONE
    was_not_given: Raw = _NONE
    occurrence_date_time: Raw = _NONE
    occurrence_period: Raw = _NONE


_decoder = msgspec.json.Decoder(_Seen)
_members_decoder = msgspec.json.Decoder(dict[str, Raw])


def detect(
    extension: Raw | None, drafts: Iterable[Raw], lists: Iterable[Iterable[Raw]]
) -> Version | None:
    """The version that the call states or its resources show, drafts first; None when neither does."""
    stated = _stated(extension)
    if stated is not None:
        return stated
    told = _shown_by(drafts)
    if told is not None:
        return told
    return _shown_by(raw for each in lists for raw in islice(each, _LOOKED_AT))


def version_of_statement(body: bytes) -> Version | None:
    """The version in a server's own statement, `/metadata`; None when it does not say."""
    try:
        statement = _members_decoder.decode(body)
        number = msgspec.json.decode(statement.get("fhirVersion", b'""'), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return version_named(number)


def _stated(extension: Raw | None) -> Version | None:
    """What Epic's extension says."""
    if extension is None:
        return None
    try:
        value = msgspec.json.decode(_members_decoder.decode(extension)[EPIC_EXTENSION], type=str)
    except (KeyError, msgspec.DecodeError):
        return None
    return version_named(value)


def _shown_by(resources: Iterable[Raw]) -> Version | None:
    """The version that most resources show; None when it is R4 or R5 and may be either.

    R5's own spellings are met nowhere else: one suffices, and so does one of R4 against R5.
    """
    votes = Counter(sign for raw in resources if (sign := _shown(raw)) is not None)
    if votes[Version.R5]:
        return Version.R5
    if votes[Version.R4]:
        votes[Version.R4] += votes.pop(_LATER, 0)
    most = max(votes, key=lambda sign: votes[sign], default=None)
    return most if isinstance(most, Version) else None


def _shown(raw: Raw) -> str | None:
    try:
        seen = _decoder.decode(raw)
    except msgspec.DecodeError:
        return None
    for shows, version in _SIGNS:
        if shows(seen):
            return version
    return None


def _is_dstu2(seen: _Seen) -> bool:
    denied = (seen.not_performed, seen.was_not_taken, seen.was_not_given)
    match seen.resource_type:
        case kind if kind in _DSTU2_TYPES:
            return True
        case "Condition" | "MedicationStatement" | "MedicationAdministration":
            return bool(bytes(seen.patient)) or any(map(bytes, denied))
        case "AllergyIntolerance":
            return bool(bytes(seen.substance))
        case "Procedure":
            return any(map(bytes, denied))
        case _:
            return False


def _is_stu3(seen: _Seen) -> bool:
    kind = seen.resource_type
    if kind == "ProcedureRequest":
        return bool(bytes(seen.intent))
    if kind in _IN_CONTEXT and bytes(seen.context):
        return True
    if kind in _STATED and (bytes(seen.asserted_date) or _starts(seen.clinical_status, b'"')):
        return True
    if kind == "MedicationRequest" and b'"agent"' in bytes(seen.requester):
        return True
    return any(map(bytes, (seen.taken, seen.not_done, seen.not_given)))


def _is_r5(seen: _Seen) -> bool:
    kind = seen.resource_type
    if kind in _MEDICATED:
        return _starts(seen.medication, b"{") or bool(bytes(seen.adherence))
    if kind == "Procedure":
        return bool(bytes(seen.occurrence_date_time) or bytes(seen.occurrence_period))
    if kind == "AllergyIntolerance":
        return _starts(seen.type, b"{")
    return kind == "ServiceRequest" and b'"concept"' in bytes(seen.code)


def _is_r4(seen: _Seen) -> bool:
    kind = seen.resource_type
    if kind == "MedicationRequest":
        named = bytes(seen.medication_codeable_concept) or bytes(seen.medication_reference)
        return bool(named and bytes(seen.encounter))
    return kind == "ServiceRequest" and _starts(seen.code, b"{")


def _is_later(seen: _Seen) -> bool:
    return seen.resource_type in _STATED and _starts(seen.clinical_status, b"{")


_SIGNS = (
    (_is_r5, Version.R5),
    (_is_dstu2, Version.DSTU2),
    (_is_stu3, Version.STU3),
    (_is_r4, Version.R4),
    (_is_later, _LATER),
)


def _starts(raw: Raw, sign: bytes) -> bool:
    return bytes(raw).startswith(sign)
