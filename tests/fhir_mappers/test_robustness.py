"""Whatever a record holds in any place, reading it gives facts and gaps, never a crash."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from fhir_mappers.chart import read_chart
from fhir_mappers.drafts import read_drafts
from fhir_mappers.envelope import read_listed
from fhir_mappers.proposals import Desk, render
from fhir_mappers.reading import Reading
from regimens.orders import Order, Route
from regimens.proposals import Proposal, UpdateOrder
from tests.fhir_mappers.builders import (
    LOINC,
    PATIENT,
    RXNORM,
    SNOMED,
    Json,
    bundle,
    concept,
    lab,
    order,
    quantity,
)

DOSAGE: Json = {
    "text": "1 mg IM weekly x 4",
    "timing": {
        "event": ["2026-06-15"],
        "code": {"text": "weekly"},
        "repeat": {
            "frequency": 1,
            "period": 1,
            "periodUnit": "wk",
            "count": 4,
            "boundsPeriod": {"start": "2026-01-01", "end": "2026-02-01"},
            "boundsDuration": {"value": 2, "code": "wk"},
            "dayOfWeek": ["mon"],
        },
    },
    "route": concept(SNOMED, "78421000"),
    "site": concept(SNOMED, "46862004"),
    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg", "code": "mg"}}],
    "additionalInstruction": [{"text": "slowly"}],
}
RECORD: dict[str, Any] = {
    "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1950", "gender": "male"},
    "labs": bundle(
        lab(
            "2132-9",
            **quantity(96, "ng/L", comparator="<"),
            referenceRange=[{"low": {"value": 1}, "high": {"value": 2}, "text": "1-2"}],
            component=[{"code": concept(LOINC, "777-3"), "valueString": "<150 K/uL"}],
            interpretation=[concept("x", "H")],
        ),
        link=[{"relation": "next", "url": "https://x"}],
    ),
    "medications": bundle(
        order(
            category=[{"text": "x"}],
            authoredOn="2026-01-01",
            dosageInstruction=[DOSAGE],
            reasonCode=[{"text": "Vegan"}],
            note=[{"text": "n"}],
            dispenseRequest={"validityPeriod": {"end": "2027"}},
            priorPrescription={"reference": "MedicationRequest/z"},
            contained=[{"resourceType": "Medication", "id": "q"}],
        ),
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "subject": PATIENT,
            "medicationReference": {"reference": "#q"},
            "contained": [
                {"resourceType": "Medication", "id": "q", "code": concept(RXNORM, "309594")}
            ],
            "effectivePeriod": {"end": "2026-01-01"},
            "dosage": {"dose": {"value": 1, "unit": "mg"}},
        },
    ),
    "conditions": [
        {
            "resourceType": "Condition",
            "code": concept(SNOMED, "38106008", "x"),
            "subject": PATIENT,
            "clinicalStatus": concept("x", "active"),
            "note": [{"text": "25 cm"}],
            "onsetDateTime": "2020",
            "extension": [{"url": "x", "valueQuantity": {"value": 3, "unit": "cm"}}],
        }
    ],
    "procedures": [
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": concept(SNOMED, "308752009"),
            "performedPeriod": {"end": "2026-01-01"},
            "note": [{"text": "20-30 cm"}],
        }
    ],
    "allergies": [
        {
            "resourceType": "AllergyIntolerance",
            "code": {"text": "Vitamin B12"},
            "patient": PATIENT,
            "reaction": [{"substance": {"text": "cobalt"}}],
        }
    ],
}
ODD: tuple[object, ...] = (
    None,
    "",
    [],
    {},
    "x",
    0,
    -1,
    1e308,
    10**400,
    True,
    "9999-12-31",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-02-30",
    "1e999999999",
    "NaN",
    "-Infinity",
    "\u0000",
    "\u0661\u0662",
    "1" * 5000,
    [None],
    [[]],
    {"a": 1},
    ["x", "y"],
    99999999999,
    "every 99999999999 months x 9999999999",
    "1,,0",
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, one in inner:
        yield from places(one, (*path, key))


def changed(value: object, path: tuple[Any, ...], odd: object) -> object:
    whole: Any = copy.deepcopy(value)
    part = whole
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = odd
    return whole


def walk(found: Order) -> None:
    """Ask an order for everything that the rules ask."""
    assert found.first_day is None or found.first_day < date(9000, 1, 1)
    assert found.last_day is None or found.last_day < date(9000, 1, 1)
    for phase in found.phases:
        assert phase.timing.doses is None or phase.timing.doses >= 0
        for substance in found.medicine.substances if found.medicine else ():
            found.daily_micrograms(phase, substance)


@pytest.mark.parametrize("key", RECORD)
def test_no_odd_value_anywhere_is_a_crash(key: str, reading: Reading) -> None:
    """Each member of each resource in turn holds each odd value; all else is read as before."""
    desk = Desk(reading.codes, "p1", reading.today, "uk", str)
    for path in places(RECORD[key]):
        for odd in ODD:
            text = json.dumps(changed(RECORD[key], path, odd)).encode()
            chart = read_chart({key: read_listed(text)}, reading)
            for found in chart.facts.medications.items:
                walk(found)
            drafts = read_drafts(text, reading, selections=["m1"])
            for found in drafts.draft_set.orders:
                walk(found)
                change = UpdateOrder(found.reference, route=Route.INTRAMUSCULAR)
                render(Proposal("key", (change,)), drafts, desk)


def test_no_gap_holds_what_was_in_the_record(reading: Reading) -> None:
    """A gap names list, kind and place; a name or number of the record never appears in it."""
    secret = "Jane Roe 943 476 5919"
    for key, value in RECORD.items():
        for path in places(value):
            text = json.dumps(changed(value, path, {"valueString": secret})).encode()
            chart = read_chart({key: read_listed(text)}, reading)
            assert "943" not in str(chart.facts.gaps)


def test_a_day_of_the_year_9999_means_none(reading: Reading) -> None:
    """An order that ends in the year 9999 is an open order."""
    body = order(
        dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"end": "9999-12-31"}}}}]
    )
    found = read_drafts(json.dumps(body).encode(), reading).draft_set.orders[0]
    assert found.phases[0].timing.ends_on is None
    assert not found.phases[0].timing.bounded
    assert found.last_day is None or found.last_day < date(9000, 1, 1)
