"""Reading from a FHIR server: every way it can fail becomes a word, never a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.responses import Response

from service.deadline import Deadline
from service.fhir.pools import POOLS_PER_SERVER, REQUESTS_AT_ONCE, Line, Pools
from service.fhir.reach import parse_prefix
from service.fhir.server import Allowance, Caps, Fetched, FhirServer, Reply
from tests.service.fake_fhir import BASE, Behaviour, FakeFhir, fhir, hang, searchset, trouble
from tests.timing import Stopwatch

TOKEN = "secret-token"
PREFIX = parse_prefix(BASE, allow_http=True)


def server_of(
    fake: FakeFhir | httpx.AsyncBaseTransport,
    *,
    token: str | None = TOKEN,
    caps: Caps | None = None,
    milliseconds: int = 1000,
) -> FhirServer:
    transport = httpx.ASGITransport(fake) if isinstance(fake, FakeFhir) else fake
    caps = caps or Caps()
    return FhirServer(
        base=PREFIX,
        address=httpx.URL(BASE),
        pools=Pools(lambda _line: transport),
        line=Line("http://fhir.test", public_only=False),
        deadline=Deadline.after(milliseconds),
        token=token,
        caps=caps,
        allowance=Allowance(caps.bytes_all),
    )


async def ask(behaviour: Behaviour, **options: object) -> Fetched:
    fake = FakeFhir({"Observation": behaviour})
    return await server_of(fake, **options).get("Observation?patient=1")  # type: ignore[arg-type]


@pytest.mark.row(38)
async def test_a_search_asks_for_fresh_fhir_json_with_the_token() -> None:
    fake = FakeFhir()
    fetched = await server_of(fake).get("Observation?patient=1&code=a%7Cb")
    assert fetched.reply is Reply.OK
    (request,) = fake.seen
    assert request.headers["cache-control"] == "no-cache"
    assert request.headers["accept"].startswith("application/fhir+json")
    assert request.headers["authorization"] == "Bearer secret-token"
    assert request.url.query == "patient=1&code=a%7Cb"


async def test_without_a_token_none_is_sent() -> None:
    fake = FakeFhir()
    await server_of(fake, token=None).get("Patient/1")
    assert "authorization" not in fake.seen[0].headers


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        (400, Reply.REFUSED),
        (401, Reply.REFUSED),
        (403, Reply.REFUSED),
        (404, Reply.MISSING),
        (410, Reply.MISSING),
        (408, Reply.TIMED_OUT),
        (429, Reply.REFUSED),
        (500, Reply.REFUSED),
        (503, Reply.REFUSED),
        (504, Reply.TIMED_OUT),
        (204, Reply.REFUSED),
    ],
)
@pytest.mark.row(42)
async def test_a_failing_status_is_told_by_its_number_alone(status: int, reply: Reply) -> None:
    fetched = await ask(lambda _: trouble(status) if status != 204 else Response(status_code=204))
    assert fetched.reply is reply
    assert fetched.why == f"the FHIR server answered {status}"
    assert fetched.body == b""


async def test_a_redirect_is_not_followed() -> None:
    moved = Response(status_code=302, headers={"Location": "https://evil.example/"})
    assert (await ask(lambda _: moved)).reply is Reply.REFUSED


async def test_a_page_for_people_is_no_answer() -> None:
    fetched = await ask(lambda _: fhir(b"<html>", kind="text/html"))
    assert fetched.reply is Reply.REFUSED
    assert "something else than JSON" in fetched.why


async def test_a_server_that_never_answers_costs_no_more_than_the_deadline() -> None:
    watch = Stopwatch()
    fetched = await ask(hang, milliseconds=100)
    assert fetched.reply is Reply.TIMED_OUT
    assert watch.seconds < 0.3


async def test_an_answer_larger_than_allowed_is_not_kept() -> None:
    large = fhir(searchset({"resourceType": "Observation", "note": "x" * 5000}))
    assert (await ask(lambda _: large, caps=Caps(bytes_each=1000))).reply is Reply.REFUSED
    assert (await ask(lambda _: large, caps=Caps(bytes_all=1000))).reply is Reply.REFUSED
    assert (await ask(lambda _: large)).reply is Reply.OK


@pytest.mark.parametrize(
    "query",
    [
        "https://evil.example/fhir?page=2",
        "http://fhir.test/other?page=2",
        "//evil.example/fhir",
        "/admin",
        "../admin",
        "Patient/../../admin",
        "Patient/%2e%2e/%2e%2e/admin",
        "http://me@fhir.test/fhir",
        "http://fhir.test:99/fhir",
        "http://fhir.test/fhir/\x00",
        "http://xn--e/fhir",
        "https:////[0:a",
    ],
)
async def test_nothing_beside_the_base_is_called(query: str) -> None:
    fake = FakeFhir()
    fetched = await server_of(fake).get(query)
    assert fetched.reply is Reply.REFUSED
    assert fake.seen == []


async def test_a_page_link_of_hapi_is_the_base_itself_with_a_query() -> None:
    fake = FakeFhir()
    link = f"{BASE}?_getpages=a&_getpagesoffset=50&_count=50&_bundletype=searchset"
    assert (await server_of(fake).get(link)).reply is Reply.OK
    assert fake.seen[0].url.path == "/fhir"


class Crumbs(httpx.AsyncByteStream, httpx.AsyncBaseTransport):
    """Answers a blank at a time, a million of them, with never a pause."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        kind = {"content-type": "application/json"}
        return httpx.Response(200, headers=kind, stream=self, request=request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(1_000_000):
            yield b" "

    async def aclose(self) -> None:
        """Nothing to close."""


async def test_an_answer_in_crumbs_holds_up_no_deadline() -> None:
    fetched = await server_of(Crumbs(), milliseconds=100).get("Observation?patient=1")
    assert fetched.reply is Reply.TIMED_OUT


class Closes(httpx.AsyncBaseTransport):
    """Ends the first `times` connections without an answer."""

    def __init__(
        self, times: int, error: type[httpx.TransportError] = httpx.RemoteProtocolError
    ) -> None:
        self.left = times
        self.error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left >= 0:
            raise self.error("closed", request=request)
        kind = {"content-type": "application/json"}
        return httpx.Response(200, headers=kind, stream=httpx.ByteStream(b"{}"), request=request)


@pytest.mark.parametrize("error", [httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError])
async def test_a_kept_connection_that_was_ended_is_tried_once_more(
    error: type[httpx.TransportError],
) -> None:
    """Whether it was closed in order or reset."""
    assert (await server_of(Closes(1, error)).get("Patient/1")).reply is Reply.OK
    assert (await server_of(Closes(2, error)).get("Patient/1")).reply is Reply.REFUSED


async def test_requests_spread_over_small_pools() -> None:
    pools = Pools(lambda _line: Closes(0))
    line = Line("http://fhir.test", public_only=False)
    async with pools.borrow(line) as first, pools.borrow(line) as second:
        assert first is not second
    async with pools.borrow(line) as third:
        assert third is first
    await pools.aclose()


async def test_no_more_than_so_many_requests_are_under_way_to_one_server() -> None:
    """The next one waits until one has ended, or gives up without a trace."""
    pools = Pools(lambda _line: Closes(0))
    line = Line("http://fhir.test", public_only=False)
    async with AsyncExitStack() as under_way:
        for _ in range(REQUESTS_AT_ONCE):
            await under_way.enter_async_context(pools.borrow(line))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), pools.borrow(line):
                pass
    async with asyncio.timeout(1), pools.borrow(line):
        pass
    assert REQUESTS_AT_ONCE == 32


async def test_a_pool_is_given_up_when_a_request_over_it_is_broken_off() -> None:
    """It may hold an open connection that nobody would ever use or close; others over it go on."""
    pools = Pools(lambda _line: Closes(0))
    line = Line("http://fhir.test", public_only=False)
    closed = []
    async with AsyncExitStack() as under_way:
        first, *_ = [
            await under_way.enter_async_context(pools.borrow(line)) for _ in range(POOLS_PER_SERVER)
        ]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), pools.borrow(line) as shared:
                await asyncio.sleep(1)
        assert shared is first
        closed.append(first.is_closed)
        async with pools.borrow(line) as another:
            assert another is not first
    closed.append(first.is_closed)
    assert closed == [False, True]
    assert not another.is_closed
    await pools.aclose()


@pytest.mark.row(40)
async def test_a_server_does_not_show_its_token() -> None:
    assert "secret-token" not in repr(server_of(FakeFhir()))
