"""What comes in is bounded; what is logged is on the list."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.errors import BodyTooLargeError, NotJsonError, refusal_of
from service.inbound.body import read_body
from service.observe.events import Event
from service.observe.log import LOGGER, JsonLines, flush_log, place_of, record, set_up_logging


async def _length(request: Request) -> Response:
    try:
        return Response(str(len(await read_body(request, 100))))
    except (BodyTooLargeError, NotJsonError) as refused:
        return Response(str(refused), refused.status)


@pytest.fixture
def http() -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/", _length, methods=["POST"])])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://b12")


async def test_a_body_of_exactly_the_limit_is_read(http: httpx.AsyncClient) -> None:
    assert (await http.post("/", content=b"x" * 100)).text == "100"


async def test_one_byte_more_is_refused_as_declared(http: httpx.AsyncClient) -> None:
    assert (await http.post("/", content=b"x" * 101)).status_code == 413


async def test_one_byte_more_is_refused_as_received(http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * 60
        yield b"x" * 41

    assert (await http.post("/", content=chunks())).status_code == 413


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/fhir+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
async def test_only_json_is_read(http: httpx.AsyncClient, kind: str, status: int) -> None:
    answer = await http.post("/", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == status


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    return stream


def test_an_event_is_one_line_of_json(lines: io.StringIO) -> None:
    record(Event.REQUEST, status=200, rules=("b12-iv-route",))
    line = orjson.loads(lines.getvalue())
    assert line["event"] == "request"
    assert line["rules"] == ["b12-iv-route"]
    assert line["level"] == "info"


def test_another_programs_text_is_not_repeated() -> None:
    text = "GET http://fhir.test/fhir/Patient?name=CANARY"
    foreign = logging.LogRecord("httpx", logging.ERROR, "x", 1, text, (), None)
    assert "CANARY" not in JsonLines().format(foreign)


def test_a_failure_is_told_by_place_not_by_text() -> None:
    with pytest.raises(RuntimeError) as failed:
        raise RuntimeError("CANARY")
    place = place_of(failed.value)
    assert place.startswith("tests/service/test_body_and_log.py:")
    assert "CANARY" not in place


def test_every_other_exception_is_a_500_without_its_text() -> None:
    refusal = refusal_of(ZeroDivisionError("CANARY"))
    assert refusal.status == 500
    assert "CANARY" not in refusal.text


def test_the_process_logs_to_standard_output_and_quietens_talkative_libraries(
    capfd: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    try:
        set_up_logging()
        record(Event.STARTED, version="1")
        logging.getLogger("httpx").info("GET http://fhir.test/fhir/Patient?name=CANARY")
        logging.getLogger("uvicorn.error").error("address already in use")
        flush_log()
    finally:
        root.handlers[:], _ = kept
        root.setLevel(kept[1])
    lines = [orjson.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["started", "uvicorn.error"]
    assert lines[1]["text"] == "address already in use"
