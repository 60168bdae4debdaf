"""The example patients and the small FHIR server that shows them."""

from __future__ import annotations

from datetime import date

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class

from service.demo.charts import FOLDER, load_charts, materialise
from service.demo.fhir import DemoFhir

TODAY = date(2026, 11, 21)


@pytest.fixture
def server() -> httpx.AsyncClient:
    transport = httpx.ASGITransport(DemoFhir(load_charts(TODAY)).app())
    return httpx.AsyncClient(transport=transport, base_url="http://demo")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("@days_ago:0", "2026-11-21"),
        ("@days_ago:21", "2026-10-31"),
        ("@in_days:10", "2026-12-01"),
        ("@years_ago:68", "1958-11-20"),
        ("@days_ago:1T08:30:00Z", "2026-11-20T08:30:00Z"),
        ("on @days_ago:1", "on @days_ago:1"),
    ],
)
def test_a_relative_date_is_counted_from_today(written: str, meant: str) -> None:
    assert materialise({"a": [written]}, TODAY) == {"a": [meant]}


def test_a_leap_day_birthday_has_a_day_in_other_years() -> None:
    assert materialise("@years_ago:1", date(2028, 2, 29)) == "2027-02-27"


def test_every_file_is_one_patient_under_the_files_name() -> None:
    charts = load_charts(TODAY)
    assert set(charts) == {path.stem for path in FOLDER.glob("*.json")}
    assert len(charts) == 9
    ids = [(r["resourceType"], r["id"]) for chart in charts.values() for r in chart.resources]
    assert len(ids) == len(set(ids))
    for chart in charts.values():
        assert "@" not in str(chart.resources)


async def test_a_patient_can_be_read(server: httpx.AsyncClient) -> None:
    answer = await server.get("/Patient/demo-kidneys")
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.json()["id"] == "demo-kidneys"


async def test_an_unknown_patient_is_not_found(server: httpx.AsyncClient) -> None:
    answer = await server.get("/Patient/nobody")
    assert answer.status_code == 404
    assert answer.json()["resourceType"] == "OperationOutcome"


async def test_a_search_by_patient_and_codes_newest_first(server: httpx.AsyncClient) -> None:
    query = "patient=Patient/demo-kidneys&code=http://loinc.org|2823-3,2132-9&_sort=-date&_count=10"
    found = (await server.get(f"/Observation?{query}")).json()
    codes = [each["resource"]["code"]["coding"][0]["code"] for each in found["entry"]]
    assert codes == ["2823-3", "2132-9"]
    assert found["total"] == 2


async def test_a_search_may_be_posted_as_a_form(server: httpx.AsyncClient) -> None:
    found = await server.post("/Condition/_search", data={"patient": "demo-kidneys"})
    assert found.json()["total"] == 2


async def test_pages_lead_to_every_entry(server: httpx.AsyncClient) -> None:
    seen = []
    address: str | None = "/Observation?patient=demo-kidneys&_count=3"
    while address:
        page = (await server.get(address)).json()
        seen += [each["resource"]["id"] for each in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        address = links.get("next")
    assert len(seen) == len(set(seen)) == 8


async def test_an_unsupported_parameter_is_refused_not_ignored(server: httpx.AsyncClient) -> None:
    assert (await server.get("/Observation?patient=demo-kidneys&status=final")).status_code == 400


async def test_nothing_found_is_a_bundle_without_entries(server: httpx.AsyncClient) -> None:
    found = (await server.get("/AllergyIntolerance?patient=demo-kidneys")).json()
    assert "entry" not in found
    assert found["total"] == 0


async def test_the_server_says_what_it_is(server: httpx.AsyncClient) -> None:
    assert (await server.get("/metadata")).json()["fhirVersion"] == "4.0.1"


def test_every_resource_is_valid_fhir() -> None:
    for chart in load_charts(TODAY).values():
        for resource in chart.resources:
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
