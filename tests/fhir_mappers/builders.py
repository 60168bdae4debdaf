"""Small FHIR resources as a record would send them."""

from __future__ import annotations

import json
from typing import Any

from msgspec import Raw

Json = dict[str, Any]

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"
PATIENT = {"reference": "Patient/p1"}


def raw(value: object) -> Raw:
    """A JSON value as it arrives."""
    return Raw(json.dumps(value).encode())


def bundle(*resources: Json, **more: object) -> Json:
    """A searchset of these resources."""
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def concept(system: str, code: str, text: str | None = None) -> Json:
    """A CodeableConcept with one coding."""
    found: Json = {"coding": [{"system": system, "code": code}]}
    return {**found, "text": text} if text else found


def lab(loinc: str, **more: object) -> Json:
    """A final laboratory result of 10 June 2026."""
    base = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": concept(LOINC, loinc),
        "subject": PATIENT,
        "effectiveDateTime": "2026-06-10T08:00:00Z",
    }
    return {**base, **more}


def quantity(value: object, unit: str, **more: object) -> Json:
    """A value with its unit as text."""
    return {"valueQuantity": {"value": value, "unit": unit, **more}}


def order(**more: object) -> Json:
    """An active cyanocobalamin injection order without dosage."""
    base = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "subject": PATIENT,
        "medicationCodeableConcept": concept(RXNORM, "309594", "Cyanocobalamin 1,000 mcg/mL"),
    }
    return {**base, **more}


def dosage(**more: object) -> Json:
    """An order with one dosage instruction."""
    return order(dosageInstruction=[more])
