"""Inbound limits: how much, how deep, how many, how fast, how slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest

from service.errors import TooManyCallsError
from service.inbound.pace import Pace
from service.inbound.text import DEEPEST, LONGEST_NUMBER
from tests.security.hospital import (
    BASE,
    CALL,
    DISCOVERY,
    SIGN,
    Hospital,
    Wishes,
    hospital,
    token,
)
from tests.service.calls import Json, browser, post, service

BODY = orjson.dumps(CALL)


def planted(text: bytes) -> bytes:
    """The call with raw JSON in a place that nobody reads."""
    return BODY[:-1] + b',"extension":' + text + b"}"


def nested(levels: int) -> bytes:
    """An object inside an object, so deep."""
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"\\u0061":2}',
        b'[{"b":[{"a":1,"a":1}]}]',
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"[1,NaN]",
        b"1e400",
        b"-1E+999999999",
        b"1e-4000",
        b"1" * 5000,
        b"0." + b"3" * LONGEST_NUMBER,
        b"01",
        b"1.",
        b"0x10",
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'{"\\uDFFF":1}',
        b'"a\nb"',
        b'"\x00"',
        b"'a'",
        b"[1,]",
        b"{a:1}",
        b"/* x */1",
        b"1}{",
        nested(DEEPEST),
        b"[" * 5000 + b"]" * 5000,
        b"[" * 100_000,
        b"[" * 60 + nested(10) + b"]" * 60,
    ],
)
async def test_json_of_two_meanings_or_none_is_400(text: bytes) -> None:
    """What two readers could read differently, or cannot be worked with, gets a clear 400."""
    answer = await post(service(), planted(text), SIGN)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "invalid"


@pytest.mark.parametrize(
    "text",
    [
        b"1e99",
        b"0.000000000000000001",
        b'"\\ud83d\\ude00"',
        b'"\\\\ud800"',
        '"é 漢 😀"'.encode(),
        nested(DEEPEST - 2),
        b'{"a":{"x":1},"b":{"x":1}}',
        b"[[],{},null,true]",
    ],
)
async def test_json_that_is_only_unusual_is_read(text: bytes) -> None:
    """Limits do not turn away what an EHR may honestly send."""
    assert (await post(service(), planted(text), SIGN)).status_code == 200


@pytest.mark.parametrize("name", ["hook", "context", "fhirServer", "prefetch"])
async def test_a_member_named_twice_in_the_envelope(name: str) -> None:
    """The members that decide who and where cannot be said twice."""
    body = BODY[:-1] + f',"fhirServer":null,"{name}":null}}'.encode()
    assert (await post(service(), body, SIGN)).status_code == 400


async def test_a_byte_order_mark_is_tolerated() -> None:
    """Some EHRs begin with one."""
    assert (await post(service(), b"\xef\xbb\xbf" + BODY, SIGN)).status_code == 200


async def test_too_many_resources() -> None:
    """More FHIR resources than allowed are 413, as many as allowed are read."""
    count = BODY.count(b'"resourceType"')
    assert (await post(service(max_resources=count), BODY, SIGN)).status_code == 200
    answer = await post(service(max_resources=count - 1), BODY, SIGN)
    assert answer.status_code == 413
    assert answer.json()["issue"][0]["code"] == "too-long"


@pytest.mark.parametrize("number", ["1e99", "-1e99", "99999999999999999999999999", "1e-99"])
@pytest.mark.parametrize("place", ["lab", "dose"])
async def test_extreme_numbers_are_never_our_fault(number: str, place: str) -> None:
    """A number that is legal and absurd is answered like any other record, never with a 500."""
    mark = b'"@@"'
    body: Json = orjson.loads(BODY)
    if place == "lab":
        for entry in body["prefetch"]["labs"]["entry"]:
            entry["resource"].setdefault("valueQuantity", {})["value"] = "@@"
    else:
        (dosage,) = body["context"]["draftOrders"]["entry"][0]["resource"]["dosageInstruction"]
        dosage["doseAndRate"][0]["doseQuantity"]["value"] = "@@"
        dosage["timing"]["repeat"]["period"] = "@@"
    answer = await post(service(), orjson.dumps(body).replace(mark, number.encode()), SIGN)
    assert answer.status_code == 200


# --- bodies that do not come ------------------------------------------------------------------


async def test_a_body_that_trickles_is_408(tmp_path: Path) -> None:
    """A body that does not arrive within the deadline is given up, and the call is answered."""
    ehr = hospital(tmp_path, Wishes("deadline_ms = 100"))

    async def trickle() -> AsyncIterator[bytes]:
        yield BODY[:100]
        await asyncio.Event().wait()

    headers = {"authorization": f"Bearer {token(SIGN)}", "content-type": "application/json"}
    started = asyncio.get_running_loop().time()
    request = httpx.Request("POST", BASE + SIGN, headers=headers, content=trickle())
    answer = await asyncio.wait_for(_stream(ehr, request), 2)
    assert answer == 408
    assert asyncio.get_running_loop().time() - started < 1.5


async def _stream(ehr: Hospital, request: httpx.Request) -> int:
    """The status of the answer to a request whose body never ends."""
    sent: asyncio.Queue[int] = asyncio.Queue()
    body = request.stream
    assert isinstance(body, httpx.AsyncByteStream)
    chunks = aiter(body)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": await anext(chunks), "more_body": True}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            assert isinstance(status, int)
            sent.put_nowait(status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("cds.example.org", 443),
    }
    await ehr.app(scope, receive, send)  # type: ignore[arg-type]
    return sent.get_nowait()


async def test_a_body_is_not_read_before_the_caller_is_known(ehr: Hospital) -> None:
    """Without a token not a byte of the body is waited for."""
    asked = []

    async def parts() -> AsyncIterator[bytes]:
        asked.append("body")
        yield b"{}"

    headers = {"content-type": "application/json", "content-length": "10"}
    request = httpx.Request("POST", BASE + SIGN, headers=headers, content=parts())
    assert await _stream(ehr, request) == 401
    assert asked == []


@pytest.mark.parametrize("declared", ["99999999999999999999", "10000001"])
async def test_a_body_that_is_declared_too_large_is_not_read(declared: str) -> None:
    """413 by the declared length alone."""
    async with browser(service()) as http:
        headers = {"content-type": "application/json", "content-length": declared}
        answer = await http.post(SIGN, content=b"{}", headers=headers)
    assert answer.status_code == 413


# --- pace -------------------------------------------------------------------------------------


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def spend(pace: Pace, times: int) -> None:
    """So many calls, one after the other."""
    for _ in range(times):
        with pace.turn():
            pass


def test_a_rate_allows_a_burst_and_then_its_average() -> None:
    """Sixty a minute: ten at once, then one a second; the refusal names the seconds to wait."""
    watch = Watch()
    pace = Pace(60, None, watch)
    spend(pace, 10)
    with pytest.raises(TooManyCallsError) as refused:
        spend(pace, 1)
    assert refused.value.retry_after_s == 1
    watch.seconds += 1
    spend(pace, 1)
    with pytest.raises(TooManyCallsError):
        spend(pace, 1)


def test_a_slow_rate_names_a_long_wait() -> None:
    """One a minute: the second call is told to come back in a minute."""
    pace = Pace(1, None, Watch())
    spend(pace, 1)
    with pytest.raises(TooManyCallsError) as refused:
        spend(pace, 1)
    assert refused.value.retry_after_s == 60


def test_a_place_is_free_again_when_its_call_fails() -> None:
    """A call that ends in an error does not keep its place."""
    pace = Pace(None, 1, Watch())
    with pytest.raises(ZeroDivisionError), pace.turn():
        raise ZeroDivisionError
    with pace.turn(), pytest.raises(TooManyCallsError):
        spend(pace, 1)
    spend(pace, 1)


async def test_a_client_that_is_too_fast_is_429_with_the_time_to_wait(tmp_path: Path) -> None:
    """The service answers 429 with Retry-After, to this client alone."""
    other = 'issuer = "https://other.example"\njwks_url = "https://other.example/fhir/jwks"\n'
    wishes = Wishes("calls_per_minute = 12", f'[[client]]\nid = "other"\n{other}')
    ehr = hospital(tmp_path, wishes)
    answers = [await ehr.get(DISCOVERY, token(DISCOVERY)) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 5
    assert answers[2].json()["issue"][0]["code"] == "throttled"
    calm = token(DISCOVERY, iss="https://other.example")
    assert (await ehr.get(DISCOVERY, calm)).status_code == 200


async def test_too_many_calls_at_the_same_time_are_429(tmp_path: Path) -> None:
    """Of more calls than places the surplus is refused at once, the others are answered."""
    ehr = hospital(tmp_path, Wishes("calls_at_once = 2"))
    await ehr.get(DISCOVERY, token(DISCOVERY))
    turns = [ehr.setup.paces["general-hospital"].turn() for _ in range(2)]
    for turn in turns:
        turn.__enter__()
    refused = await ehr.post(SIGN, token(SIGN))
    for turn in turns:
        turn.__exit__(None, None, None)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert (await ehr.post(SIGN, token(SIGN))).status_code == 200


async def test_a_stranger_cannot_use_up_a_client_s_rate(tmp_path: Path) -> None:
    """Calls that are turned away do not count."""
    ehr = hospital(tmp_path, Wishes("calls_per_minute = 6"))
    for _ in range(10):
        assert (await ehr.get(DISCOVERY, None)).status_code == 401
    assert (await ehr.get(DISCOVERY, token(DISCOVERY))).status_code == 200
