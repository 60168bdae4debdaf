"""Nothing of a patient leaves by a log line or an error."""

from __future__ import annotations

import io
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.requests import Request
from starlette.responses import Response

from service.observe.events import Fields
from tests.service.calls import (
    TOKEN,
    Json,
    browser,
    call,
    cyanocobalamin,
    post,
    prefetch,
    served,
    service,
)
from tests.service.fake_fhir import BASE, FakeFhir, fhir, trouble

PATIENT = "CANARY-patient-id"
CANARIES = ("CANARY", "Quimby", "1977-07-17", "4471-9983")


def planted() -> Json:
    """A call whose every part that may identify somebody holds a canary."""
    sent = orjson.loads(
        orjson.dumps(prefetch("demo-kidneys")).replace(b"demo-kidneys", PATIENT.encode())
    )
    sent["patient"].update(
        name=[{"family": "Quimby"}],
        birthDate="1977-07-17",
        identifier=[{"value": "4471-9983"}],
    )
    for entry in sent["labs"]["entry"]:
        entry["resource"]["note"] = [{"text": "CANARY-note"}]
    return call(
        "order-sign",
        PATIENT,
        cyanocobalamin(PATIENT, note=[{"text": "CANARY-order-note"}]),
        prefetch=sent,
    )


def broken() -> Iterator[Json]:
    """The same, damaged in many places."""
    for path, value in (
        (("prefetch", "labs", "entry", 0, "resource", "valueQuantity", "value"), "CANARY"),
        (("prefetch", "labs", "entry", 0, "resource", "effectiveDateTime"), "CANARY-date"),
        (("prefetch", "labs", "entry", 0, "resource", "code"), "CANARY-code"),
        (("prefetch", "patient", "birthDate"), "CANARY-birth"),
        (("prefetch", "patient", "resourceType"), "CANARY-type"),
        (("prefetch", "patient", "id"), "CANARY-other-id"),
        (("prefetch", "conditions"), "CANARY-conditions"),
        (("context", "draftOrders", "entry", 0, "resource", "dosageInstruction"), "CANARY-dosage"),
        (("context", "draftOrders", "entry", 0, "resource", "subject", "reference"), "CANARY/1"),
        (("context", "userId"), {"CANARY": 1}),
        (("hookInstance",), {"CANARY": 1}),
        (("fhirServer",), "https://CANARY.example/fhir?CANARY"),
    ):
        body = deepcopy(planted())
        at: Any = body
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        yield body


def assert_clean(text: str) -> None:
    found = [canary for canary in CANARIES if canary.lower() in text.lower()]
    assert found == []


async def test_a_call_leaves_one_line_without_a_word_about_the_patient(log: io.StringIO) -> None:
    answer = await post(service(), planted())
    assert answer.status_code == 200
    lines = [orjson.loads(line) for line in log.getvalue().splitlines()]
    (line,) = [each for each in lines if each["event"] == "request"]
    assert line["service_id"] == "b12-order-sign"
    assert "cyanocobalamin-renal-impairment" in line["rules"]
    assert set(line) <= {"time", "level", "event", *Fields.__annotations__}
    assert_clean(log.getvalue())


async def test_failures_leave_nothing_either(log: io.StringIO) -> None:
    for body in broken():
        answer = await post(service(), body)
        assert answer.status_code < 500
        if answer.status_code != 200:
            assert_clean(answer.text)
    assert_clean(log.getvalue())


async def test_paths_and_queries_are_not_logged(log: io.StringIO) -> None:
    async with browser(service()) as http:
        await http.get("/CANARY?patient=CANARY")
        await http.get("/cds-services?patient=CANARY", headers={"x-request-id": "CANARY"})
        await http.post("/cds-services/CANARY", content=b"{}")
        await http.request("CANARY", "/cds-services")
        await http.get("/demo/fhir/Patient/CANARY?name=CANARY")
    assert_clean(log.getvalue())


@pytest.mark.parametrize("status", [200, 401, 404, 500])
@pytest.mark.row(40)
async def test_a_fhir_servers_words_and_the_token_stay_inside(
    tmp_path: Path, log: io.StringIO, status: int
) -> None:
    def answer(_request: Request) -> Response:
        return trouble(status) if status != 200 else fhir(b"CANARY")

    kinds = ("Patient", "Observation", "MedicationRequest", "Condition")
    grant = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 1,
        "scope": "s",
        "subject": "x",
    }
    body = call("patient-view", PATIENT, fhirServer=BASE, fhirAuthorization=grant)
    fake = FakeFhir(dict.fromkeys(kinds, answer))
    reply = await post(service(tmp_path, fake), body)
    assert reply.status_code == 412
    assert_clean(reply.text + log.getvalue())


async def test_a_crash_is_logged_by_its_place(tmp_path: Path, log: io.StringIO) -> None:
    def crash(_request: Request) -> Response:
        raise LookupError("CANARY")

    fake = served("demo-kidneys", Observation=crash)
    reply = await post(
        service(tmp_path, fake), call("patient-view", "demo-kidneys", fhirServer=BASE)
    )
    assert reply.status_code == 500
    (failure,) = [
        each
        for each in map(orjson.loads, log.getvalue().splitlines())
        if each["event"] == "failure"
    ]
    assert failure["error"] == "LookupError"
    assert ":" in failure["at"]
    assert_clean(reply.text + log.getvalue())
