"""Canaries: what identifies a patient or opens a door never reaches logs, errors or documents."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import Response

from service.observe.events import Fields
from service.trust.token import read_token
from service.trust.why import Why
from tests.security.hospital import (
    BASE,
    CALL,
    DISCOVERY,
    EC,
    EXPLAIN,
    SECONDS,
    SIGN,
    STRANGER,
    Hospital,
    Wishes,
    hospital,
    token,
)
from tests.service.calls import Json
from tests.service.fake_fhir import Behaviour, FakeFhir, trouble

HOME = "https://ehr.example.org/fhir"
FEEDBACK = f"{SIGN}/feedback"
CANARIES = ("canary", "quimby", "1977-07-17", "4471-9983")
KINDS = ("Patient", "Observation", "MedicationRequest", "Condition", "Procedure", "Medication")


def assert_clean(*texts: str) -> None:
    """No canary in any of them."""
    whole = "\n".join(texts).lower()
    assert [canary for canary in CANARIES if canary in whole] == []


def lines(log: io.StringIO) -> list[Json]:
    """The events of the log."""
    return [orjson.loads(line) for line in log.getvalue().splitlines()]


def planted() -> bytes:
    """A call that identifies its patient in every way there is, and brings a token."""
    grant = {"access_token": "CANARY-access", "token_type": "Bearer", "subject": "CANARY-subject"}
    body = {**CALL, "fhirServer": HOME, "fhirAuthorization": grant}
    text = orjson.dumps(body).replace(b"demo-kidneys", b"CANARY-patient")
    sent: Json = orjson.loads(text)
    sent["prefetch"]["patient"] |= {
        "name": [{"family": "Quimby", "text": "Quimby"}],
        "birthDate": "1977-07-17",
        "identifier": [{"system": "urn:oid:1", "value": "4471-9983"}],
    }
    sent["context"]["userId"] = "Practitioner/CANARY-user"
    sent["context"]["encounterId"] = "CANARY-encounter"
    sent["hookInstance"] = "CANARY-instance"
    return orjson.dumps(sent)


def named(path: str, key: ECKey = EC, **changed: Any) -> str:  # noqa: ANN401 - any JSON
    """A token full of canaries."""
    honest = {"sub": "CANARY-sub", "tenant": "CANARY-tenant", "jti": f"CANARY-{len(changed)}"}
    return token(path, key, {"x": "CANARY-header"}, **{**honest, **changed})


@pytest.mark.parametrize(
    ("why", "changed"),
    [
        (Why.ISSUER, {"iss": "https://CANARY.example"}),
        (Why.AUDIENCE, {"aud": "https://CANARY.example"}),
        (Why.EXPIRED, {"exp": SECONDS - 100, "iat": SECONDS - 200}),
        (Why.TOO_EARLY, {"nbf": SECONDS + 100}),
        (Why.LIVES_TOO_LONG, {"exp": SECONDS + 4000}),
        (Why.CLAIMS, {"jti": None}),
    ],
)
async def test_a_refused_token_leaves_its_reason_and_nothing_else(
    ehr: Hospital, log: io.StringIO, why: Why, changed: dict[str, Any]
) -> None:
    """The log names the reason in our own words; token and claims stay out of it."""
    answer = await ehr.post(SIGN, named(SIGN, **changed), planted())
    assert answer.status_code == 401
    (line,) = [each for each in lines(log) if each["event"] == "request"]
    assert line["refused"] == why.value
    assert why.value not in answer.text
    assert_clean(answer.text, str(answer.headers), log.getvalue())


async def test_tokens_that_cannot_be_read_leave_nothing(ehr: Hospital, log: io.StringIO) -> None:
    """Malformed, forged and replayed tokens are told by reason alone."""
    honest = named(SIGN)
    texts = ["CANARY", "CANARY.CANARY.CANARY", named(SIGN, STRANGER), honest, honest]
    answers = [await ehr.post(SIGN, text, planted()) for text in texts]
    assert [each.status_code for each in answers] == [401, 401, 401, 200, 401]
    assert_clean(log.getvalue(), *(each.text for each in answers if each.status_code == 401))
    for text in texts[2:]:
        assert text.split(".")[1] not in log.getvalue()


async def test_a_token_does_not_show_itself(ehr: Hospital) -> None:
    """The text of a token is in no representation of it."""
    text = token(SIGN)
    assert text not in repr(read_token(text))
    assert text.split(".")[2] not in repr(read_token(text))


@pytest.mark.parametrize("path", [SIGN, EXPLAIN, FEEDBACK, DISCOVERY])
async def test_an_answered_call_leaves_a_line_of_listed_fields(
    tmp_path: Path, log: io.StringIO, path: str
) -> None:
    """Every log line consists of allowed fields, whatever the call held."""
    ehr = hospital(tmp_path, Wishes("explain = true"))
    body = planted() if path != FEEDBACK else feedback()
    await (ehr.get(path, named(path)) if path == DISCOVERY else ehr.post(path, named(path), body))
    allowed = {"time", "level", "event", *Fields.__annotations__}
    assert all(set(line) <= allowed for line in lines(log))
    assert_clean(log.getvalue())


def feedback() -> bytes:
    """A report with free text about a patient."""
    reason = {"reason": {"code": "CANARY-code"}, "userComment": "Quimby, born 1977-07-17"}
    report = {"card": "CANARY-card", "outcome": "overridden", "overrideReason": reason}
    return orjson.dumps({"feedback": [{**report, "outcomeTimestamp": "1977-07-17T00:00:00Z"}]})


async def test_feedback_that_cannot_be_stored_leaves_nothing(
    ehr: Hospital, log: io.StringIO
) -> None:
    """With the store and the disk gone a report is refused, and its free text is nowhere."""
    await ehr.setup.memory.stop()
    answer = await ehr.post(FEEDBACK, token(FEEDBACK), feedback())
    assert answer.status_code >= 500
    assert_clean(answer.text, log.getvalue())


def crash(_request: Request) -> Response:
    """A fault with an identifier in its text."""
    raise LookupError("CANARY-exception")


@pytest.mark.parametrize("fault", [lambda _: trouble(500), lambda _: trouble(403), crash])
@pytest.mark.parametrize("path", [SIGN, EXPLAIN])
async def test_when_the_fhir_server_or_we_fail(
    tmp_path: Path, log: io.StringIO, fault: Behaviour, path: str
) -> None:
    """Upstream words and exception texts stay inside, also in a 500."""
    wishes = Wishes("explain = true", fake=FakeFhir(dict.fromkeys(KINDS, fault)))
    ehr = hospital(tmp_path, wishes)
    body: Json = orjson.loads(planted())
    body["prefetch"] = {}
    answer = await ehr.post(path, named(path), orjson.dumps(body))
    assert answer.status_code in (412, 500)
    assert_clean(answer.text, str(answer.headers), log.getvalue())


@pytest.mark.parametrize("answer", [lambda _: trouble(500), crash])
async def test_when_the_key_server_fails(
    ehr: Hospital, log: io.StringIO, answer: Behaviour
) -> None:
    """A key server's words stay inside."""
    ehr.key_server.answer = answer
    reply = await ehr.post(SIGN, named(SIGN), planted())
    assert reply.status_code in (401, 500)
    assert_clean(reply.text, log.getvalue())


@pytest.mark.parametrize(
    "body",
    [
        b'{"CANARY":1,"CANARY":2}',
        b'"CANARY"',
        b'{"hook":"CANARY","hookInstance":"CANARY","context":{"patientId":"CANARY"}}',
        b'{"hook":"order-sign","hookInstance":["CANARY"],"context":{}}',
        b'{"hook":"order-sign","hookInstance":"a","context":{"userId":"CANARY"}}',
        b'{"CANARY":1e999}',
        b'{"CANARY":"\\ud800"}',
        b'{"CANARY":\xff}',
        b"CANARY" * 100,
        b"",
    ],
)
@pytest.mark.parametrize("path", [SIGN, FEEDBACK])
async def test_bodies_that_cannot_be_read_are_not_repeated(
    ehr: Hospital, log: io.StringIO, path: str, body: bytes
) -> None:
    """A 400 says what is wrong and quotes nothing."""
    answer = await ehr.post(path, token(path), body)
    assert answer.status_code in (400, 503)
    assert_clean(answer.text, log.getvalue())


async def test_documents_for_programs_hold_nothing_of_calls(ehr: Hospital) -> None:
    """Descriptions and health pages are the same after a call as before."""
    paths = ("/openapi.json", "/__version__", "/__heartbeat__", "/__lbheartbeat__", "/", "/metrics")
    await ehr.post(SIGN, named(SIGN), planted())
    await ehr.post(FEEDBACK, named(FEEDBACK, jti="CANARY-2"), feedback())
    for path in paths:
        answer = await ehr.send(httpx.Request("GET", BASE + path))
        assert answer.status_code in (200, 503)
        assert_clean(answer.text, str(answer.headers))
