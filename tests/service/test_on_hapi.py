"""The service reading from a real HAPI FHIR server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from service.app import build_app
from service.demo.charts import load_charts
from service.settings import Auth, Settings
from service.setup import set_up
from tests.hapi.fixtures import Validate, hapi, hapi_validate, hapi_with_token
from tests.hapi.loader import put
from tests.hapi.server import HapiServer
from tests.service.calls import Json, call, cyanocobalamin, hydroxocobalamin, post, rules_of

__all__ = ["hapi", "hapi_validate", "hapi_with_token"]

pytestmark = pytest.mark.hapi

TODAY = datetime.now(UTC).date()
CHARTS = load_charts(TODAY)
HOOKS = ("patient-view", "order-select", "order-sign", "medication-prescribe")
ORDERS: tuple[Callable[[str], Json], ...] = (cyanocobalamin, hydroxocobalamin)


def loaded(server: HapiServer) -> HapiServer:
    """The server with the example patients on it."""
    with server.client() as client:
        put(client, [each for chart in CHARTS.values() for each in chart.resources])
    return server


@pytest.fixture(scope="module")
def examples(hapi: HapiServer) -> HapiServer:
    """The open server with the example patients."""
    return loaded(hapi)


@pytest.fixture
async def app() -> AsyncIterator[FastAPI]:
    """A demo service on the real network."""
    setup = set_up(Settings(auth=Auth.OFF, deadline_ms=20_000, _env_file=None))
    yield build_app(setup)
    await setup.pools.aclose()


def drafts_of(hook: str, patient: str, order: Callable[[str], Json]) -> tuple[Json, ...]:
    return () if hook == "patient-view" else (order(patient),)


@pytest.mark.parametrize("patient", sorted(CHARTS))
async def test_every_hook_reads_what_the_example_server_says(
    examples: HapiServer, app: FastAPI, hapi_validate: Validate, patient: str
) -> None:
    for hook in HOOKS:
        for order in ORDERS:
            drafts = drafts_of(hook, patient, order)
            from_hapi = await post(app, call(hook, patient, *drafts, fhirServer=examples.base))
            in_process = await post(app, call(hook, patient, *drafts))
            assert from_hapi.status_code == 200
            assert from_hapi.json() == in_process.json()
            for resource in suggested(from_hapi.json()):
                assert hapi_validate(resource) == ()


def suggested(answer: Json) -> list[Json]:
    """Every resource in the answer's suggestions."""
    return [
        action["resource"]
        for card in answer["cards"]
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
        if "resource" in action
    ]


def observation(patient: str, name: str, value: int, days_ago: int) -> Json:
    """A B12 result in ng/L."""
    taken = datetime.now(UTC) - timedelta(days=days_ago)
    unit = {"unit": "ng/L", "system": "http://unitsofmeasure.org", "code": "ng/L"}
    return {
        "resourceType": "Observation",
        "id": f"{patient}-{name}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": taken.isoformat(timespec="seconds"),
        "valueQuantity": {"value": value, **unit},
    }


def somebody(server: HapiServer, name: str, *more: Any) -> str:  # noqa: ANN401 - resources
    """A new adult on the server, with these resources."""
    patient = {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1961-04-02"}
    with server.client() as client:
        put(client, [patient, *more])
    return name


async def test_a_result_filed_between_two_calls_is_seen(hapi: HapiServer, app: FastAPI) -> None:
    patient = somebody(hapi, "service-fresh")
    body = call("patient-view", patient, fhirServer=hapi.base)
    assert (await post(app, body)).json() == {"cards": []}
    somebody(hapi, patient, observation(patient, "b12", 90, 0))
    assert "b12-regimen" in rules_of((await post(app, body)).json())


async def test_a_result_on_a_later_page_is_found(hapi: HapiServer, app: FastAPI) -> None:
    patient = "service-pages"
    older = [observation(patient, f"b12-{day}", 600, day) for day in range(1, 130)]
    somebody(hapi, patient, *older)
    body = call("patient-view", patient, fhirServer=hapi.base)
    trace = (await post(app, body, "/explain")).json()
    assert trace["reads"]["labs"] == "found"
    assert len(trace["facts"]["labs"]) == 129


async def test_an_unknown_patient_is_not_a_healthy_one(hapi: HapiServer, app: FastAPI) -> None:
    body = call("patient-view", "service-nobody", fhirServer=hapi.base)
    assert (await post(app, body)).status_code == 412


async def test_the_token_opens_the_server_and_nothing_else_does(
    hapi_with_token: HapiServer, app: FastAPI
) -> None:
    patient = somebody(hapi_with_token, "service-token", observation("service-token", "b12", 90, 1))
    body = call("patient-view", patient, fhirServer=hapi_with_token.base)
    assert (await post(app, body)).status_code == 412
    assert (await post(app, {**body, **granted("wrong")})).status_code == 412
    answer = await post(app, {**body, **granted(hapi_with_token.token)})
    assert "b12-regimen" in rules_of(answer.json())


def granted(token: str | None) -> Json:
    """Access to the FHIR server with this token."""
    grant = {"access_token": token, "token_type": "Bearer", "expires_in": 60, "scope": "x"}
    return {"fhirAuthorization": {**grant, "subject": "b12-cds"}}
