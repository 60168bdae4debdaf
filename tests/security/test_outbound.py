"""Server-side request forgery: no word of a call leads anywhere but to the client's own servers."""

from __future__ import annotations

import gzip
import socket
from pathlib import Path

import httpx
import orjson
import pytest
from starlette.requests import Request
from starlette.responses import Response

from service.deadline import Deadline
from service.fhir.names import addresses_of
from service.fhir.pools import Line, Pools, network_transports
from service.fhir.reach import parse_prefix
from service.fhir.server import Caps, FhirServer, Reply
from service.fhir.transport import PublicAddressesOnly, is_public
from tests.security.hospital import SIGN, Wishes, hospital, token
from tests.service.calls import Json, call, cyanocobalamin
from tests.service.fake_fhir import Behaviour, FakeFhir, fhir, searchset

GRANT = {
    "access_token": "CANARY-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "b12",
}
HOME = "https://ehr.example.org/fhir"
# One loopback address, the cloud's metadata address, a private one and our own name, disguised.
SPELLINGS = [
    "http://127.0.0.1/fhir",
    "http://2130706433/fhir",
    "http://0x7f000001/fhir",
    "http://0x7f.0x0.0x0.0x1/fhir",
    "http://0177.0.0.1/fhir",
    "http://017700000001/fhir",
    "http://127.1/fhir",
    "http://127.0.1/fhir",
    "http://0/fhir",
    "http://[::1]/fhir",
    "http://[::ffff:127.0.0.1]/fhir",
    "http://[::ffff:7f00:1]/fhir",
    "http://[0:0:0:0:0:ffff:7f00:0001]/fhir",
    "http://[64:ff9b::7f00:1]/fhir",
    "http://[2002:7f00:1::]/fhir",
    "http://[fe80::1%25lo]/fhir",
    "http://localhost/fhir",
    "http://LOCALHOST./fhir",
    "http://169.254.169.254/latest/meta-data",
    "http://[fd00:ec2::254]/latest/meta-data",
    "http://2852039166/latest/meta-data",
    "http://①②⑦.⓪.⓪.①/fhir",
    "http://127。0。0。1/fhir",
    "https://ehr.example.org@127.0.0.1/fhir",
    "https://ehr.example.org:443@evil.example/fhir",
    "https://ehr.example.org%40evil.example/fhir",
    "https://ehr.example.org#@evil.example/fhir",
    "https://ehr.example.org\\@evil.example/fhir",
    "https://ehr.example.org\\.evil.example/fhir",
    "https://ehr.example.org.evil.example/fhir",
    "https://ehr.example.org%00.evil.example/fhir",
    "https://ehr.example.org%2eevil.example/fhir",
    "https://ehr.example.org./fhir",
    "https://ehr.example.org:8443/fhir",
    "https://ehr.example.org:80/fhir",
    "http://ehr.example.org/fhir",
    "http://ehr.example.org:443/fhir",
    "https://ehr.example.org/fhirs",
    "https://ehr.example.org/",
    "https://ehr.example.org/fhir/../admin",
    "https://ehr.example.org/fhir/%2e%2e/admin",
    "https://ehr.example.org/fhir/..%2fadmin",
    "https://ehr.example.org/fhir/..%5cadmin",
    "https://ehr.example.org/fhir/.%2e/admin",
    "https://ehr.example.org/fhir/..;/admin",
    "https://ehr.example.org/fhir/%c0%ae%c0%ae/admin",
    "https://ehr.example.org/fhir/.%0a./admin",
    "https://ehr.example.org/fhir/%00/admin",
    "https://ehr.example.org/fhir?x=https://evil.example",
    "https://ehr.example.org/fhir#x",
    "https://\u0435hr.example.org/fhir",
    "https://\uff45hr.example.org/fhir",
    "https://ehr\u00ad.example.org/fhir",
    "https://ehr.example.org\t.evil.example/fhir",
    "https://ehr.example.org\r\nHost: evil.example/fhir",
    "//evil.example/fhir",
    "///evil.example/fhir",
    "https:evil.example/fhir",
    "https:/evil.example/fhir",
    "file:///etc/passwd",
    "ftp://ehr.example.org/fhir",
    "gopher://127.0.0.1:6379/_INFO",
    "data:application/json,{}",
    "javascript:alert(1)",
    "https://[ehr.example.org]/fhir",
    "https://ehr.example.org:99999/fhir",
    "https://ehr.example.org:-1/fhir",
    "https://",
]


def asking(address: str) -> bytes:
    """A call that has everything fetched from `address`."""
    draft = cyanocobalamin("p1")
    body = call("order-sign", "p1", draft, fhirServer=address, fhirAuthorization=GRANT)
    return orjson.dumps(body)


@pytest.mark.parametrize("address", SPELLINGS)
async def test_a_fhir_server_that_is_not_listed_is_not_called(tmp_path: Path, address: str) -> None:
    """Whatever `fhirServer` says, nothing but a listed server is called, and no token is sent.

    The one exception would be a spelling that means the listed server itself.
    """
    ehr = hospital(tmp_path)
    answer = await ehr.post(SIGN, token(SIGN), asking(address))
    assert answer.status_code in (400, 412)
    called = [each for each in ehr.fake.seen if each.url.path != "/fhir/jwks"]
    outside = [each for each in called if not str(each.url).startswith(f"{HOME}/")]
    assert outside == []
    assert not any("admin" in each.url.path for each in called)
    assert "CANARY" not in answer.text


@pytest.mark.parametrize(
    "address",
    [HOME, f"{HOME}/", "https://EHR.EXAMPLE.ORG/fhir", "https://ehr.example.org:443/fhir"],
)
async def test_the_listed_server_is_called_however_it_is_spelt(
    tmp_path: Path, address: str
) -> None:
    """Case of the name, a slash at the end and the usual port do not matter."""
    ehr = hospital(tmp_path)
    await ehr.post(SIGN, token(SIGN), asking(address))
    called = [each for each in ehr.fake.seen if each.url.path != "/fhir/jwks"]
    assert called
    assert all(str(each.url).startswith(f"{HOME}/") for each in called)
    assert {each.headers["authorization"] for each in called} == {"Bearer CANARY-token"}


@pytest.mark.parametrize("where", ["server", "prefetch"])
@pytest.mark.parametrize(
    "link", [*SPELLINGS, "/admin", "../admin", "https://ehr.example.org/fhir@x"]
)
async def test_page_links_that_lead_away_are_not_followed(
    tmp_path: Path, link: str, where: str
) -> None:
    """A next link obeys the same rules, whether a server or the call itself brought it."""
    page = searchset({"resourceType": "Observation", "id": "o1"}, onward=link)
    fake = FakeFhir({"Observation": lambda _request: fhir(page)} if where == "server" else {})
    ehr = hospital(tmp_path, Wishes(fake=fake))
    body: Json = orjson.loads(asking(HOME))
    if where == "prefetch":
        body["prefetch"] = {"labs": page}
    await ehr.post(SIGN, token(SIGN), orjson.dumps(body))
    called = [each.url for each in ehr.fake.seen]
    assert {url.netloc for url in called} == {"ehr.example.org"}
    assert all(url.path == "/fhir" or url.path.startswith("/fhir/") for url in called)
    assert not any("admin" in url.path for url in called)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(tmp_path: Path, status: int) -> None:
    """A redirect of the EHR's server is an answer without data; its target is not called."""

    def away(_request: Request) -> Response:
        return Response(status_code=status, headers={"location": "http://169.254.169.254/"})

    kinds = ("Patient", "Observation", "MedicationRequest", "Condition")
    ehr = hospital(tmp_path, Wishes(fake=FakeFhir(dict.fromkeys(kinds, away))))
    answer = await ehr.post(SIGN, token(SIGN), asking(HOME))
    assert answer.status_code == 412
    assert {each.url.hostname for each in ehr.fake.seen} == {"ehr.example.org"}


async def test_references_that_lead_away_are_not_followed(tmp_path: Path) -> None:
    """A drug that is pointed to by an absolute address is read from the listed server only."""
    draft = cyanocobalamin("p1")
    del draft["medicationCodeableConcept"]
    draft["medicationReference"] = {"reference": "http://169.254.169.254/Medication/1"}
    body = call("order-sign", "p1", draft, fhirServer=HOME, fhirAuthorization=GRANT)
    ehr = hospital(tmp_path)
    await ehr.post(SIGN, token(SIGN), orjson.dumps(body))
    assert {each.url.hostname for each in ehr.fake.seen} == {"ehr.example.org"}


@pytest.mark.parametrize(
    "reference",
    [
        "$export",
        "Patient/other",
        "Patient?_id=other",
        "metadata",
        "?_type=Patient",
        "Medication",
        "Medication/",
        "Medication/.",
        "Medication/..",
        "Medication/../Patient/other",
        "Medication/1/$everything",
        "Medication/1?_include=*",
        "Medication/1#x",
        "Medication/1/_history",
        "MedicationRequest/$export",
        "Practitioner/Medication/1",
        f"{HOME}/$export",
        f"{HOME}/Patient/other",
        f"{HOME}/x/Medication/1",
    ],
)
async def test_a_reference_leads_to_a_drug_and_nothing_else(tmp_path: Path, reference: str) -> None:
    """An order's text must not start an export, or read another patient, with a clinician's token."""
    draft = cyanocobalamin("p1")
    del draft["medicationCodeableConcept"]
    draft["medicationReference"] = {"reference": reference}
    body = call("order-sign", "p1", draft, fhirServer=HOME, fhirAuthorization=GRANT)
    ehr = hospital(tmp_path)
    await ehr.post(SIGN, token(SIGN), orjson.dumps(body))
    without = hospital(tmp_path)
    draft["medicationReference"] = {"reference": "urn:uuid:7f1e"}
    await without.post(SIGN, token(SIGN), orjson.dumps(body))
    plain = {(each.url.path, each.url.query) for each in without.fake.seen}
    assert {(each.url.path, each.url.query) for each in ehr.fake.seen} <= plain


@pytest.mark.parametrize(
    "reference",
    ["Medication/a-1.b", f"{HOME}/Medication/a-1.b", "Medication/a-1.b/_history/3"],
)
async def test_a_reference_to_a_drug_is_followed(tmp_path: Path, reference: str) -> None:
    """By its id, as an absolute address of the listed server, or in one version."""
    draft = cyanocobalamin("p1")
    del draft["medicationCodeableConcept"]
    draft["medicationReference"] = {"reference": reference}
    body = call("order-sign", "p1", draft, fhirServer=HOME, fhirAuthorization=GRANT)
    ehr = hospital(tmp_path)
    await ehr.post(SIGN, token(SIGN), orjson.dumps(body))
    assert f"/fhir/{reference.removeprefix(HOME + '/')}" in {
        each.url.path for each in ehr.fake.seen
    }


@pytest.mark.parametrize("patient", [".", "..", "Patient/.."])
async def test_a_patient_s_id_is_no_way_up(tmp_path: Path, patient: str) -> None:
    """Within an address it would be dropped, and the whole server asked for."""
    body = call("order-sign", patient, cyanocobalamin("p1"), fhirServer=HOME)
    ehr = hospital(tmp_path)
    answer = await ehr.post(SIGN, token(SIGN), orjson.dumps(body))
    assert answer.status_code == 400
    assert {each.url.path for each in ehr.fake.seen} == {"/fhir/jwks"}


# --- names and addresses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.0.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:0:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::1",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "5f00::1",
        "",
        "1.2.3",
    ],
)
def test_addresses_that_lead_inward(address: str) -> None:
    """Every private, local, tunnelled or reserved address is refused."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "spelling", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "0"]
)
def test_the_system_s_own_spellings_are_checked_after_resolving(spelling: str) -> None:
    """What the resolver makes of an odd spelling is checked, not the spelling."""
    try:
        addresses = addresses_of(spelling)
    except OSError:
        return  # a resolver that does not know the spelling leads nowhere
    assert not any(is_public(address) for address in addresses)


class Rebinding:
    """A name server that answers a public address first and a private one ever after."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked += 1
        return ("93.184.216.34",) if self.asked == 1 else ("127.0.0.1",)


class Sink(httpx.AsyncBaseTransport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(request.url.host)
        return httpx.Response(200, json={})


async def test_a_name_that_is_rebound_is_called_at_the_checked_address_or_not_at_all() -> None:
    """The address that was checked is the one that is called; the next answer is checked anew."""
    sink, names = Sink(), Rebinding()
    async with httpx.AsyncClient(transport=PublicAddressesOnly(sink, names)) as http:
        await http.get("https://ehr.example.org/fhir")
        with pytest.raises(httpx.ConnectError):
            await http.get("https://ehr.example.org/fhir")
    assert sink.hosts == ["93.184.216.34"]
    assert names.asked == 2


async def test_a_listed_name_that_resolves_inward_reaches_no_socket() -> None:
    """With the real transport a listener on loopback sees nothing, unless the client allows it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        port = listener.getsockname()[1]
        base = f"http://localhost:{port}/fhir"
        pools = Pools(network_transports())
        server = FhirServer(
            base=parse_prefix(base, allow_http=True),
            address=httpx.URL(base),
            pools=pools,
            line=Line(f"http://localhost:{port}", public_only=True),
            deadline=Deadline.after(500),
        )
        fetched = await server.get("Patient/1")
        with pytest.raises(TimeoutError):
            listener.accept()
        await pools.aclose()
    assert fetched.reply is Reply.REFUSED


# --- answers ----------------------------------------------------------------------------------


def packed(content: bytes, encoding: str = "gzip") -> Behaviour:
    """An answer with this packed content."""
    headers = {"content-encoding": encoding}
    return lambda _request: Response(content, 200, headers, "application/fhir+json")


@pytest.mark.parametrize(
    ("behaviour", "reply"),
    [
        (packed(gzip.compress(b'{"resourceType":"Bundle"}')), Reply.OK),
        (packed(gzip.compress(b" " * 60_000_000)), Reply.REFUSED),
        (packed(gzip.compress(gzip.compress(b" " * 60_000_000))), Reply.OK),
        (packed(gzip.compress(b"{}" * 1000)[:-9]), Reply.REFUSED),
        (packed(b"no gzip"), Reply.REFUSED),
        (packed(b"{}", "br"), Reply.REFUSED),
        (packed(b"{}", "gzip, gzip"), Reply.REFUSED),
        (packed(b"{}", "identity"), Reply.OK),
    ],
)
async def test_a_packed_answer_is_unpacked_only_as_far_as_allowed(
    behaviour: Behaviour, reply: Reply
) -> None:
    """A small answer that unpacks to megabytes is given up; other packings are not taken."""
    fake = FakeFhir({"Observation": behaviour})
    base = "https://ehr.example.org/fhir"
    server = FhirServer(
        base=parse_prefix(base),
        address=httpx.URL(base),
        pools=Pools(lambda _line: httpx.ASGITransport(fake)),
        line=Line("https://ehr.example.org", public_only=True),
        deadline=Deadline.after(2000),
        caps=Caps(bytes_each=1_000_000),
    )
    assert (await server.get("Observation")).reply is reply
    assert fake.seen[0].headers["accept-encoding"] == "gzip, identity"
