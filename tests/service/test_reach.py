"""Outbound addresses: what a listed server covers, and every trick that must not pass."""

from __future__ import annotations

import httpx
import pytest

from service.fhir.reach import AddressRefusedError, parse_prefix, parse_url
from service.fhir.transport import PublicAddressesOnly, Resolve, is_public

BASE = parse_prefix("https://ehr.example.org/fhir")


@pytest.mark.parametrize(
    "address",
    [
        "https://ehr.example.org/fhir",
        "https://ehr.example.org/fhir/",
        "https://ehr.example.org:443/fhir/Patient/1",
        "https://EHR.example.org/fhir/Observation?patient=1",
        "https://ehr.example.org/fhir?_getpages=abc&_getpagesoffset=50",
    ],
)
def test_inside(address: str) -> None:
    assert BASE.covers(parse_url(address))


@pytest.mark.parametrize(
    "address",
    [
        "http://ehr.example.org/fhir/Patient/1",
        "https://ehr.example.org:8443/fhir/Patient/1",
        "https://ehr.example.org/fhirs/Patient/1",
        "https://ehr.example.org/",
        "https://ehr.example.org/other/fhir/Patient/1",
        "https://ehr.example.org.evil.example/fhir/Patient/1",
        "https://evil.example/fhir/Patient/1",
        "https://ehr.example.org/fhir/../admin",
        "https://ehr.example.org/fhir/%2e%2e/admin",
        "https://ehr.example.org/fhir/..%2fadmin",
        "https://ehr.example.org/fhir/..%5cadmin",
        "https://ehr.example.org\\@evil.example/fhir",
        "https://xn--e/fhir",
    ],
)
def test_outside(address: str) -> None:
    assert not BASE.covers(httpx.URL(address))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "fhir",
        "//ehr.example.org",
        "file:///etc/passwd",
        "https://",
        "https://a b/",
        "https://xn--e/fhir",
    ],
)
def test_no_address(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        parse_url(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://ehr.example.org/fhir",
        "https://ehr.example.org/fhir?x=1",
        "https://ehr.example.org/fhir#x",
        "https://me@ehr.example.org/fhir",
    ],
)
def test_no_base(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        parse_prefix(address)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("172.16.3.4", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


class Listener(httpx.AsyncBaseTransport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(200, json={})


def answering(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return addresses

    return resolve


async def test_the_checked_address_is_called_under_the_name_that_was_asked_for() -> None:
    listener = Listener()
    transport = PublicAddressesOnly(listener, answering("93.184.216.34"))
    async with httpx.AsyncClient(transport=transport) as http:
        await http.get("https://ehr.example.org/fhir/Patient/1")
    (sent,) = listener.seen
    assert sent.url.host == "93.184.216.34"
    assert sent.headers["host"] == "ehr.example.org"
    assert sent.extensions["sni_hostname"] == "ehr.example.org"


@pytest.mark.parametrize("addresses", [("10.0.0.7",), ("93.184.216.34", "127.0.0.1"), ()])
async def test_a_name_that_leads_to_a_private_address_is_not_called(
    addresses: tuple[str, ...],
) -> None:
    listener = Listener()
    transport = PublicAddressesOnly(listener, answering(*addresses))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("https://ehr.example.org/fhir/Patient/1")
    assert listener.seen == []
