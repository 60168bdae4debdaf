"""The six prefetch templates, and the same searches as addresses to fetch."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from fhir_mappers.terminology import Codes
from fhir_mappers.versions.version import Version

PATIENT_TOKEN = "{{context.patientId}}"  # noqa: S105 - a placeholder of the protocol
OPTIONAL = ("statements", "administrations")

# One page of most servers; what is beyond it arrives as further pages, newest results first.
_PAGE = 200


def templates(codes: Codes, version: Version = Version.R4) -> Mapping[str, str]:
    """The prefetch templates by key, inside the subset that every EHR of that version should know."""
    older = version is Version.DSTU2
    request = "MedicationOrder" if older else "MedicationRequest"
    newest_first = "_sort:desc=date" if older else "_sort=-date"
    who = f"patient={PATIENT_TOKEN}"
    loinc = ",".join(codes.labs.search)
    return {
        "patient": f"Patient/{PATIENT_TOKEN}",
        "labs": f"Observation?{who}&code={loinc}&{newest_first}&_count={_PAGE}",
        "medications": f"{request}?{who}&_count={_PAGE}",
        "conditions": f"Condition?{who}&_count={_PAGE}",
        "procedures": f"Procedure?{who}&_count={_PAGE}",
        "allergies": f"AllergyIntolerance?{who}&_count={_PAGE}",
    }


def search_url(key: str, patient_id: str, codes: Codes, version: Version = Version.R4) -> str:
    """The search of a key for one patient, relative to the server's base, percent-encoded.

    Besides the six keys it knows those of `OPTIONAL`. Raises `KeyError` for any other.
    """
    optional = {
        "statements": f"MedicationStatement?patient={PATIENT_TOKEN}&_count={_PAGE}",
        "administrations": f"MedicationAdministration?patient={PATIENT_TOKEN}&_count={_PAGE}",
    }
    template = {**templates(codes, version), **optional}[key]
    path, mark, query = template.partition("?")
    encoded = path.replace(PATIENT_TOKEN, quote(patient_id, safe=""))
    if not mark:
        return encoded
    pairs = (pair.partition("=") for pair in query.split("&"))
    values = (
        (name, quote(value.replace(PATIENT_TOKEN, patient_id), safe="-"))
        for name, _, value in pairs
    )
    return f"{encoded}?" + "&".join(f"{name}={value}" for name, value in values)
