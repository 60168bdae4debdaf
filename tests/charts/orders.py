"""Ordinary drafts of B12 and folic acid, as an EHR sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
INTRAMUSCULAR, ORAL = "78421000", "26643006"
TWO_WEEKS = {"value": 14, "unit": "d", "system": UCUM, "code": "d"}


def _draft(drug: Json, milligrams: int, route: str, repeat: Json) -> Callable[[str], Json]:
    dose = {"value": milligrams, "unit": "mg", "system": UCUM, "code": "mg"}
    instruction = {
        "timing": {"repeat": repeat},
        "route": {"coding": [{"system": SNOMED, "code": route}]},
        "doseAndRate": [{"doseQuantity": dose}],
    }
    return lambda patient: {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "medicationCodeableConcept": drug,
        "dosageInstruction": [instruction],
    }


def _drug(system: str, code: str, text: str) -> Json:
    return {"coding": [{"system": system, "code": code}], "text": text}


CYANOCOBALAMIN = _drug(RXNORM, "309594", "vitamin B12 1 MG/ML Injectable Solution")
HYDROXOCOBALAMIN = _drug(SNOMED, "327529002", "Hydroxocobalamin 1mg/1ml ampoules")
FOLIC_ACID = _drug(SNOMED, "6247001", "Folic acid 5mg tablets")
TABLET = _drug(RXNORM, "309593", "vitamin B12 1 MG Oral Tablet")

MONTHLY = {"frequency": 1, "period": 1, "periodUnit": "mo"}
DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}
LOADING = {"frequency": 3, "period": 1, "periodUnit": "wk", "boundsDuration": TWO_WEEKS}

ORDERS: dict[str, Callable[[str], Json]] = {
    "monthly": _draft(CYANOCOBALAMIN, 1, INTRAMUSCULAR, MONTHLY),
    "loading": _draft(HYDROXOCOBALAMIN, 1, INTRAMUSCULAR, LOADING),
    "folic acid": _draft(FOLIC_ACID, 5, ORAL, DAILY),
    "tablets": _draft(TABLET, 1, ORAL, DAILY),
}
