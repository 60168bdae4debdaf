"""Which FHIR version a call is answered in, and what asking the server for it may cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.service.calls import (
    LABORATORY,
    Json,
    browser,
    call,
    cyanocobalamin,
    post,
    prefetch,
    served,
    service,
)
from tests.service.fake_fhir import BASE, FakeFhir, fhir, hang, trouble
from tests.timing import Stopwatch

KIDNEYS = "demo-kidneys"
STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}


def stating(version: str) -> FakeFhir:
    """A server that states this version."""
    return served(KIDNEYS, metadata=lambda _: fhir({**STATEMENT, "fhirVersion": version}))


def signing(**more: object) -> Json:
    return call("order-sign", KIDNEYS, cyanocobalamin(KIDNEYS), **{"fhirServer": BASE, **more})


async def versions_of(fake: FakeFhir, folder: Path, *bodies: Json, clients: str = "") -> list[str]:
    """The version in which each of these calls is answered."""
    app = service(folder, fake, clients=f"{LABORATORY}{clients}")
    return [(await post(app, body, "/explain")).json()["fhirVersion"] for body in bodies]


@pytest.mark.parametrize(
    ("number", "version"), [("1.0.2", "dstu2"), ("3.0.2", "stu3"), ("4.0.1", "r4"), ("5.0.0", "r5")]
)
async def test_the_servers_statement_decides(number: str, version: str, tmp_path: Path) -> None:
    """Where the call shows nothing, the server's own statement tells the version."""
    assert await versions_of(stating(number), tmp_path, signing()) == [version]


async def test_a_server_is_asked_once(tmp_path: Path) -> None:
    """The statement is remembered for the next calls, and no patient is named in asking."""
    fake = stating("5.0.0")
    assert await versions_of(fake, tmp_path, signing(), signing()) == ["r5", "r5"]
    asked = [each.url for each in fake.seen if each.url.path.endswith("/metadata")]
    assert [url.query for url in asked] == ["_elements=fhirVersion"]


@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_a_server_that_states_nothing(status: int, tmp_path: Path) -> None:
    """Then it is R4, and a server that refuses is not asked again at every call."""
    fake = served(KIDNEYS, metadata=lambda _: trouble(status))
    assert await versions_of(fake, tmp_path, signing(), signing()) == ["r4", "r4"]
    assert fake.kinds().count("metadata") == 2


async def test_a_server_that_minds_the_parameter_is_asked_plainly(tmp_path: Path) -> None:
    """The whole statement is as good."""

    def plain_only(request: Request) -> Response:
        return trouble(400) if request.url.query else fhir(STATEMENT)

    assert await versions_of(served(KIDNEYS, metadata=plain_only), tmp_path, signing()) == ["r5"]


async def test_a_statement_that_never_comes(tmp_path: Path) -> None:
    """It is waited for a part of the time, so that the record can still be read."""
    fake = served(KIDNEYS, metadata=hang)
    watch = Stopwatch()
    assert await versions_of(fake, tmp_path, signing()) == ["r4"]
    assert watch.seconds < 1.3


@pytest.mark.parametrize("version", ["dstu2", "stu3", "r4", "r5"])
async def test_the_configured_version_needs_no_asking(version: str, tmp_path: Path) -> None:
    """What the client's table says holds, whatever server or call look like."""
    fake = stating("4.0.1")
    clients = f'fhir_version = "{version}"\n'
    assert await versions_of(fake, tmp_path, signing(), clients=clients) == [version]
    assert "metadata" not in fake.kinds()
    request = "MedicationOrder" if version == "dstu2" else "MedicationRequest"
    assert request in fake.kinds()


async def test_epics_extension_needs_no_asking(tmp_path: Path) -> None:
    """Nor does Epic's own word in the call."""
    fake = stating("4.0.1")
    extension = {"com.epic.cdshooks.request.fhir-version": "STU3"}
    assert await versions_of(fake, tmp_path, signing(extension=extension)) == ["stu3"]
    assert "metadata" not in fake.kinds()


async def test_a_server_that_may_not_be_called_is_not_asked(tmp_path: Path) -> None:
    """The list of servers holds for the statement as well."""
    fake = stating("5.0.0")
    body = signing(fhirServer="http://elsewhere.test/fhir", prefetch=prefetch(KIDNEYS))
    assert await versions_of(fake, tmp_path, body) == ["r4"]
    assert fake.seen == []


async def test_nothing_is_asked_where_nothing_is_said(tmp_path: Path) -> None:
    """An order set without B12 costs the server no request, not even for its version."""
    fake = stating("5.0.0")
    draft = {**cyanocobalamin(KIDNEYS), "medicationCodeableConcept": {"text": "Amoxicillin"}}
    app = service(tmp_path, fake)
    answer = await post(app, call("order-sign", KIDNEYS, draft, fhirServer=BASE))
    assert answer.json() == {"cards": []}
    assert fake.seen == []


@pytest.mark.parametrize("version", ["auto", "dstu2", "stu3", "r4", "r5"])
async def test_discovery_is_written_for_the_client(version: str, tmp_path: Path) -> None:
    """The templates are those of the client's version, of R4 where it is not known."""
    app = service(tmp_path, clients=f'{LABORATORY}fhir_version = "{version}"\n')
    async with browser(app) as http:
        services = (await http.get("/cds-services")).json()["services"]
    asked = services[0]["prefetch"]
    request = "MedicationOrder" if version == "dstu2" else "MedicationRequest"
    sort = "_sort:desc=date" if version == "dstu2" else "_sort=-date"
    assert asked["medications"].startswith(f"{request}?patient=")
    assert f"&{sort}&" in asked["labs"]
