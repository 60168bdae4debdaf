"""References between resources, and the patient that they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec import Raw

from fhir_mappers.decoding import type_of
from fhir_mappers.errors import UnreadableError
from fhir_mappers.shapes.elements import Reference
from fhir_mappers.shapes.medications import Medication
from fhir_mappers.versions.inward import read


def reference_to(resource_type: str, id_: str | None, position: int) -> str:
    """Type and id; a resource without an id is named by its position, which no id can equal."""
    return f"{resource_type}/{id_}" if id_ else f"{resource_type}/#{position}"


def relative(reference: str) -> str:
    """The last type and id of a reference, without server and version; others stay as they are."""
    if reference.startswith(("#", "urn:")):
        return reference
    parts = reference.partition("/_history/")[0].rstrip("/").split("/")
    return "/".join(parts[-2:])


def patient_id(reference: Reference | None) -> str | None:
    """The bare id of the patient referred to; None when the reference names no record.

    A subject that is no patient keeps its type, so that it can never equal a patient's id.
    """
    if reference is None or not reference.reference or reference.reference.startswith("#"):
        return None
    if reference.reference.startswith("Patient/") and reference.reference.count("/") == 1:
        return reference.reference[len("Patient/") :]
    text = relative(reference.reference)
    if text.startswith("urn:"):
        return text.rpartition(":")[2]
    kind, _, id_ = text.rpartition("/")
    return id_ if kind in {"", "Patient"} else text


@dataclass(frozen=True, slots=True)
class Medications:
    """Medication resources by every name under which another resource may refer to them."""

    known: Mapping[str, Medication]

    def find(self, reference: str, contained: Iterable[Raw] = ()) -> Medication | None:
        """The Medication that a reference points to; None when it is not at hand."""
        if reference.startswith("#"):
            return _contained(reference[1:], contained)
        return self.known.get(reference) or self.known.get(relative(reference))


def gather_medications(
    resources: Iterable[Raw], full_urls: Iterable[str | None] = ()
) -> Medications:
    """The Medications among these resources; one that cannot be read is left out."""
    known: dict[str, Medication] = {}
    urls = [*full_urls]
    for position, raw in enumerate(resources):
        if b'"Medication"' not in bytes(raw) or type_of(raw) != "Medication":
            continue
        try:
            medication = read(raw, Medication)
        except UnreadableError:
            continue
        if medication.id:
            known[f"Medication/{medication.id}"] = medication
        url = urls[position] if position < len(urls) else None
        if url:
            known[url] = medication
    return Medications(known)


def _contained(id_: str, contained: Iterable[Raw]) -> Medication | None:
    for raw in contained:
        if type_of(raw) != "Medication":
            continue
        try:
            medication = read(raw, Medication)
        except UnreadableError:
            return None
        if (medication.id or "").removeprefix("#") == id_:
            return medication
    return None
