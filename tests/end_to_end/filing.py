"""Files made-up records on a FHIR server."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import httpx

from service.demo.charts import materialise
from tests.end_to_end.records import belonging_to, patient
from tests.end_to_end.running import Json
from tests.hapi.loader import put


def file_patient(fhir: httpx.Client, today: date, *record: Json) -> str:
    """A new patient of 60 with this record on the server; the id is one that no other test has."""
    name = f"e2e-{uuid4()}"
    put(fhir, [patient_on(name, today)])
    file_more(fhir, name, today, *record)
    return name


def file_more(fhir: httpx.Client, name: str, today: date, *record: Json) -> None:
    """More resources for a patient who is on the server, under ids of their own."""
    owned = [belonging_to(name, {**each, "id": f"e2e-{uuid4()}"}) for each in record]
    if owned:
        put(fhir, materialise(owned, today))


def patient_on(name: str, today: date) -> Json:
    """The Patient alone."""
    resource: Json = materialise(patient(name), today)
    return resource
