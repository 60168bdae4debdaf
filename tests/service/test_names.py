"""Names are looked up beside the calls: a slow name server holds up nobody but its own callers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest

from service.fhir.names import THREADS, Names, addresses_of
from service.fhir.transport import PublicAddressesOnly, Resolved

HERE = ("127.0.0.1",)


class NameServer:
    """Knows every name, and keeps those that start with "slow" waiting."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.released = threading.Event()

    def __call__(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        if host.startswith("slow"):
            self.released.wait(10)
            raise OSError("nobody answers")
        return HERE


@pytest.fixture
def server() -> Iterator[NameServer]:
    """A name server that lets go of everybody in the end."""
    server = NameServer()
    yield server
    server.released.set()


async def test_a_slow_name_takes_one_thread_however_often_it_is_asked_for(
    server: NameServer,
) -> None:
    """Another name is found at once meanwhile, also when the callers of the slow one gave up."""
    names = Names(server)
    for _ in range(2 * THREADS):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await names("slow.example.test", 443)
    async with asyncio.timeout(1):
        assert await names("fast.example.test", 443) == HERE
    assert server.asked == ["slow.example.test", "fast.example.test"]


async def test_all_who_wait_for_a_name_hear_the_same_and_the_next_asks_anew(
    server: NameServer,
) -> None:
    names = Names(server)
    waiting = [asyncio.create_task(names("slow.example.test", 443)) for _ in range(3)]
    await asyncio.sleep(0)
    server.released.set()
    heard = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in heard] == [OSError] * 3
    with pytest.raises(OSError, match="nobody"):
        await names("slow.example.test", 443)
    assert len(server.asked) == 2


async def test_an_address_is_no_name(server: NameServer) -> None:
    names = Names(server)
    assert await names("10.0.0.1", 443) == ("10.0.0.1",)
    assert await names("fd00::1", 443) == ("fd00::1",)
    assert server.asked == []


class OneAnswers(httpx.AsyncBaseTransport):
    """A network in which only 10.0.0.2 answers."""

    def __init__(self) -> None:
        self.called: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.called.append(request.url.host)
        if request.url.host != "10.0.0.2":
            raise httpx.ConnectError("refused", request=request)
        assert request.headers["host"] == "ehr.example.test"
        assert request.extensions["sni_hostname"] == "ehr.example.test"
        return httpx.Response(200)


async def two(_host: str, _port: int) -> tuple[str, ...]:
    """Two addresses of which the first leads nowhere."""
    return ("10.0.0.1", "10.0.0.2")


async def test_the_next_address_of_a_name_is_tried() -> None:
    network = OneAnswers()
    async with httpx.AsyncClient(transport=Resolved(network, two)) as http:
        assert (await http.get("https://ehr.example.test/fhir")).status_code == 200
    assert network.called == ["10.0.0.1", "10.0.0.2"]


async def test_private_addresses_are_called_with_leave_only() -> None:
    network = OneAnswers()
    async with httpx.AsyncClient(transport=PublicAddressesOnly(network, two)) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://ehr.example.test/fhir")
    assert network.called == []


@pytest.mark.parametrize("host", ["ehr..example.org", "a" * 64 + ".example.org", "."])
def test_what_can_be_no_name_is_one_that_is_unknown(host: str) -> None:
    """A slip in the clients file costs the data of a call, and not its answer."""
    with pytest.raises(OSError, match="no name"):
        addresses_of(host)
