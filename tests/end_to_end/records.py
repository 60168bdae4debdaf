"""Resources of made-up records. Days count back from today, as in the example patients."""

from __future__ import annotations

from itertools import count

from tests.end_to_end.running import Json

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM = "http://unitsofmeasure.org"

IM, SC, IV, ORAL = "78421000", "34206005", "47625008", "26643006"
_numbers = count(1)


def concept(text: str, code: str | None = None, system: str = SNOMED) -> Json:
    """A CodeableConcept, in words alone without a code."""
    if code is None:
        return {"text": text}
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def patient(name: str, age: int = 60, sex: str = "female") -> Json:
    """A patient who is `age` years old."""
    return {
        "resourceType": "Patient",
        "id": name,
        "gender": sex,
        "birthDate": f"@years_ago:{age}",
    }


def lab(code: str, value: float | str, unit: str = "", days: int = 3, time: str = "") -> Json:
    """A laboratory result; a text where the value is one."""
    result: Json = {
        "resourceType": "Observation",
        "id": f"lab-{next(_numbers)}",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "effectiveDateTime": f"@days_ago:{days}{time}",
    }
    if isinstance(value, str):
        return {**result, "valueString": value}
    return {**result, "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}}


def b12(value: float, days: int = 3) -> Json:
    return lab("2132-9", value, "ng/L", days)


def mma(value: float) -> Json:
    return lab("13964-2", value, "nmol/L")


def haemoglobin(value: float, days: int = 3) -> Json:
    return lab("718-7", value, "g/L", days)


def platelets(value: float, days: int = 3) -> Json:
    return lab("777-3", value, "10*9/L", days)


def egfr(value: float, days: int = 3) -> Json:
    return lab("98979-8", value, "mL/min/{1.73_m2}", days)


def potassium(value: float, days: int = 1, time: str = "") -> Json:
    return lab("2823-3", value, "mmol/L", days, time)


def condition(text: str, code: str | None = None, **more: object) -> Json:
    """An active diagnosis."""
    active = {
        "system": "http://terminology.hl7.org/CodeSystem/condition-clinical",
        "code": "active",
    }
    return {
        "resourceType": "Condition",
        "id": f"condition-{next(_numbers)}",
        "clinicalStatus": {"coding": [active]},
        "code": concept(text, code),
        **more,
    }


def procedure(text: str, code: str | None = None, days: int = 900) -> Json:
    """Something that was done."""
    return {
        "resourceType": "Procedure",
        "id": f"procedure-{next(_numbers)}",
        "status": "completed",
        "code": concept(text, code),
        "performedDateTime": f"@days_ago:{days}",
    }


def allergy(text: str) -> Json:
    """An active allergy."""
    system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
    return {
        "resourceType": "AllergyIntolerance",
        "id": f"allergy-{next(_numbers)}",
        "clinicalStatus": {"coding": [{"system": system, "code": "active"}]},
        "code": concept(text),
    }


def order(
    text: str,
    code: str | None,
    dose: tuple[float, str],
    route: str | None,
    repeat: Json | None,
    **more: object,
) -> Json:
    """A draft order; `more` replaces or adds members."""
    value, unit = dose
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    dosage: Json = {"doseAndRate": [{"doseQuantity": quantity}]}
    if route is not None:
        dosage["route"] = {"coding": [{"system": SNOMED, "code": route}]}
    if repeat is not None:
        dosage["timing"] = {"repeat": repeat}
    return {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": concept(text, code, RXNORM),
        "dosageInstruction": [dosage],
        **more,
    }


def every(period: int, unit: str, frequency: int = 1, **more: object) -> Json:
    """A repeat: `frequency` times in `period` units."""
    return {"frequency": frequency, "period": period, "periodUnit": unit, **more}


MONTHLY = every(1, "mo")
DAILY = every(1, "d")


def cyanocobalamin(
    repeat: Json | None = None, *, milligrams: float = 1, route: str | None = IM, **more: object
) -> Json:
    """Cyanocobalamin by injection, monthly unless told."""
    text = "vitamin B12 1 MG/ML Injectable Solution"
    return order(text, "309594", (milligrams, "mg"), route, repeat or MONTHLY, **more)


def hydroxocobalamin(
    repeat: Json | None = None, *, milligrams: float = 1, route: str | None = IM, **more: object
) -> Json:
    """Hydroxocobalamin by injection, every three months unless told."""
    text = "hydroxocobalamin 1 MG/ML Injectable Solution"
    return order(text, "317106", (milligrams, "mg"), route, repeat or every(3, "mo"), **more)


def cyanocobalamin_tablets(micrograms: float = 1000, **more: object) -> Json:
    """Cyanocobalamin by mouth every day."""
    text = "vitamin B12 1 MG Oral Tablet"
    return order(text, "309593", (micrograms, "ug"), ORAL, DAILY, **more)


def folic_acid(milligrams: float = 5, **more: object) -> Json:
    """Folic acid by mouth every day."""
    return order("Folic acid 5 mg tablets", None, (milligrams, "mg"), ORAL, DAILY, **more)


def running(draft: Json, days: int, **more: object) -> Json:
    """The same order, active since `days` days ago."""
    began = f"@days_ago:{days}"
    name = f"running-{next(_numbers)}"
    return {**draft, "id": name, "status": "active", "authoredOn": began, **more}


def medicine(text: str, days: int) -> Json:
    """Any medicine by its words, active since `days` days ago."""
    return {
        "resourceType": "MedicationRequest",
        "id": f"running-{next(_numbers)}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": text},
        "authoredOn": f"@days_ago:{days}",
    }


def given(text: str, days: int) -> Json:
    """A dose that was given into muscle."""
    dosage = {"route": {"coding": [{"system": SNOMED, "code": IM}]}, "dose": _milligram()}
    return {
        "resourceType": "MedicationAdministration",
        "id": f"given-{next(_numbers)}",
        "status": "completed",
        "medicationCodeableConcept": {"text": text},
        "effectiveDateTime": f"@days_ago:{days}",
        "dosage": dosage,
    }


def _milligram() -> Json:
    return {"value": 1, "unit": "mg", "system": UCUM, "code": "mg"}


def belonging_to(name: str, resource: Json) -> Json:
    """The resource as one of this patient's record."""
    if resource["resourceType"] == "Patient":
        return resource
    member = "patient" if resource["resourceType"] == "AllergyIntolerance" else "subject"
    return {**resource, member: {"reference": f"Patient/{name}"}}
