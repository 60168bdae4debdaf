"""The outside of the service: status codes, errors, browsers, health."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import orjson
import pytest

from tests.service.calls import (
    NOW,
    Keep,
    browser,
    call,
    example,
    post,
    prefetch,
    service,
)

SIGN = "/cds-services/b12-order-sign"
GOOD = example("order-sign")


def without(*names: str) -> bytes:
    return orjson.dumps({name: value for name, value in GOOD.items() if name not in names})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        without("prefetch")[:-1] + b', "prefetch": {"labs": {"id": "\xff"}}}',
        without("prefetch")[:-1]
        + b', "prefetch": {"labs": '
        + b"[" * 90_000
        + b"]" * 90_000
        + b"}}",
        without("hook"),
        without("hookInstance"),
        without("context"),
        orjson.dumps({**GOOD, "hook": "patient-view"}),
        orjson.dumps({**GOOD, "hook": "CANARY-hook"}),
        orjson.dumps({**GOOD, "context": []}),
        orjson.dumps({**GOOD, "context": {"userId": "Practitioner/1"}}),
        orjson.dumps({**GOOD, "context": {**GOOD["context"], "draftOrders": "CANARY"}}),
        orjson.dumps({**GOOD, "fhirServer": {"a": "CANARY"}}),
    ],
)
@pytest.mark.row(23, 46)
async def test_a_call_that_cannot_be_read_is_400_and_is_not_repeated(body: bytes) -> None:
    answer = await post(service(), body, SIGN)
    assert answer.status_code == 400
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["severity"] == "error"
    assert answer.headers["x-request-id"] in outcome["issue"][0]["diagnostics"]
    assert "CANARY" not in answer.text


async def test_unknown_fields_and_an_odd_instance_are_accepted() -> None:
    body = {**GOOD, "hookInstance": "no-uuid", "extension": {"a": 1}, "x": None}
    assert (await post(service(), body)).status_code == 200


@pytest.mark.row(23, 45)
async def test_an_unknown_service_is_404() -> None:
    answer = await post(service(), GOOD, "/cds-services/CANARY")
    assert answer.status_code == 404
    assert "CANARY" not in answer.text


async def test_an_unknown_path_is_404_and_a_wrong_method_405() -> None:
    async with browser(service()) as http:
        unknown = await http.get("/CANARY")
        wrong = await http.get(SIGN)
        deleted = await http.delete("/cds-services")
    assert [each.status_code for each in (unknown, wrong, deleted)] == [404, 405, 405]
    assert wrong.headers["allow"] == "POST"
    for answer in (unknown, wrong, deleted):
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert "CANARY" not in answer.text


async def test_a_body_that_is_too_large_is_413() -> None:
    answer = await post(service(max_body_bytes=1000), {**GOOD, "extension": {"a": "x" * 1000}})
    assert answer.status_code == 413
    assert answer.json()["issue"][0]["code"] == "too-long"


async def test_a_body_that_is_no_json_is_415() -> None:
    async with browser(service()) as http:
        answer = await http.post(SIGN, content=b"a=b", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


class FailingClock:
    """Works at the start and fails in the first call."""

    def __init__(self) -> None:
        self.times: Iterator[datetime] = iter((NOW,))

    def __call__(self) -> datetime:
        return next(self.times)


@pytest.mark.row(45, 46)
async def test_our_own_fault_is_500_with_a_request_id_and_nothing_else() -> None:
    answer = await post(service(now=FailingClock()), GOOD)
    assert answer.status_code == 500
    request_id = answer.headers["x-request-id"]
    assert answer.json()["issue"] == [
        {
            "severity": "error",
            "code": "exception",
            "diagnostics": f"The service failed; no advice was given. Request {request_id}.",
        }
    ]


async def test_discovery_lists_every_service_with_six_templates() -> None:
    async with browser(service()) as http:
        answer = await http.get("/cds-services")
    services = {each["id"]: each for each in answer.json()["services"]}
    assert set(services) == {
        "b12-patient-view",
        "b12-order-select",
        "b12-order-sign",
        "b12-medication-prescribe",
        "b12-order-dispatch",
        "b12-medication-refill",
        "b12-problem-list-item-create",
        "b12-encounter-discharge",
    }
    for each in services.values():
        assert list(each["prefetch"]) == [
            "patient",
            "labs",
            "medications",
            "conditions",
            "procedures",
            "allergies",
        ]
        assert {"hook", "title", "description"} < set(each)


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:4200", "http://127.0.0.1:8080", "https://sandbox.cds-hooks.org"],
)
@pytest.mark.row(82)
async def test_browsers_on_loopback_and_the_sandbox_may_call_a_demo(origin: str) -> None:
    asked = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    async with browser(service()) as http:
        for path in ("/cds-services", SIGN, f"{SIGN}/feedback", "/explain"):
            answer = await http.options(path, headers=asked)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == origin
            allowed = answer.headers["access-control-allow-headers"].lower()
            assert "authorization" in allowed
            assert "content-type" in allowed
        read = await http.get("/cds-services", headers={"origin": origin})
    assert read.headers["access-control-allow-origin"] == origin
    assert "origin" in read.headers["vary"].lower()
    assert "access-control-allow-credentials" not in read.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost.evil.example", "null"]
)
async def test_other_browsers_may_not(origin: str) -> None:
    async with browser(service()) as http:
        answer = await http.get("/cds-services", headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_clients_own_origins_are_allowed(tmp_path: Path) -> None:
    async with browser(service(tmp_path)) as http:
        answer = await http.get("/cds-services", headers={"origin": "https://ehr.example.org"})
    assert answer.headers["access-control-allow-origin"] == "https://ehr.example.org"


@pytest.mark.row(82)
async def test_an_error_reaches_the_browser_too() -> None:
    async with browser(service()) as http:
        answer = await http.post(
            SIGN,
            content=b"{",
            headers={"origin": "http://localhost:4200", "content-type": "application/json"},
        )
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == "http://localhost:4200"


async def test_alive_ready_and_version(keep: Keep) -> None:
    async with keep() as app, browser(app) as http:
        alive = await http.get("/__lbheartbeat__")
        ready = await http.get("/__heartbeat__")
        version = (await http.get("/__version__")).json()
    assert alive.status_code == ready.status_code == 200
    checks = ready.json()["checks"]
    assert checks == dict.fromkeys(("knowledge", "keys", "store", "spool"), "ok")
    assert version["name"] == "b12-cds"
    assert version["approval"].startswith("none")
    assert version["knowledge"] == ready.json()["knowledge"]


async def test_the_first_page_says_loudly_that_it_is_a_demo() -> None:
    async with browser(service()) as http:
        answer = await http.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert "authentication is off" in answer.text
    assert 'href="/cds-services"' in answer.text
    assert "demo-kidneys" in answer.text


async def test_the_example_patients_are_served_as_fhir() -> None:
    async with browser(service()) as http:
        answer = await http.get("/demo/fhir/Patient/demo-kidneys")
    assert answer.json()["id"] == "demo-kidneys"


async def test_answers_are_not_kept_by_anyone_on_the_way() -> None:
    assert (await post(service(), GOOD)).headers["cache-control"] == "no-store"


async def test_a_browser_takes_answers_for_what_they_are_and_frames_nothing() -> None:
    """Text from an EHR in an answer, or in a refusal, is never tried as a page."""
    async with browser(service()) as http:
        for path in ("/", "/cds-services", "/metrics", "/nowhere"):
            assert (await http.get(path)).headers["x-content-type-options"] == "nosniff"
        policy = (await http.get("/")).headers["content-security-policy"]
    assert (await post(service(), GOOD)).headers["x-content-type-options"] == "nosniff"
    refused = await post(service(), {"hook": "order-sign"})
    assert refused.status_code == 400
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


# --- /explain ---------------------------------------------------------------------------------


async def test_the_trace_names_status_facts_gaps_rules_and_recommendation() -> None:
    answer = await post(service(), example("patient-view"), "/explain")
    trace = answer.json()
    assert trace["status"] == "deficient"
    assert {"facts", "gaps", "rules", "recommendation", "knowledgeVersion"} < set(trace)
    fired = {rule["id"] for rule in trace["rules"] if rule["fired"]}
    assert "b12-regimen" in fired
    for rule in trace["rules"]:
        assert rule["outcome"] in {"fired", "silent", "not_applicable", "cannot_tell"}
        assert rule["why"]


async def test_the_trace_also_tells_why_a_service_is_silent() -> None:
    body = call("order-sign", "demo-kidneys", prefetch=prefetch("demo-kidneys"))
    trace = (await post(service(), body, "/explain")).json()
    assert trace["status"] == "treated"
    assert trace["cards"] == []
    body["context"]["userId"] = "Patient/demo-kidneys"
    assert (await post(service(), body, "/explain")).json()["untold"]


async def test_the_trace_fails_as_the_services_do() -> None:
    assert (await post(service(), b"{", "/explain")).status_code == 400
    assert (await post(service(), call("patient-view", "x"), "/explain")).status_code == 412
    unknown = {**GOOD, "hook": "encounter-start"}
    assert (await post(service(), unknown, "/explain")).status_code == 400


async def test_the_trace_asks_for_the_operators_token_where_one_is_set(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("correct horse\n")
    app = service(operator_token_file=file)
    statuses = []
    async with browser(app) as http:
        for header in (None, "Bearer wrong", "Basic correct horse", "Bearer correct horse"):
            headers = {"content-type": "application/json"}
            headers |= {"authorization": header} if header else {}
            answer = await http.post("/explain", content=orjson.dumps(GOOD), headers=headers)
            statuses.append(answer.status_code)
            assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
    assert statuses == [401, 401, 401, 200]
