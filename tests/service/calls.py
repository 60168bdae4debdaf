"""Hook calls and services for the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from service.app import build_app
from service.demo.charts import Chart, load_charts
from service.settings import Auth, Settings
from service.setup import Clock, set_up
from tests.service.fake_fhir import BASE, FakeFhir, fhir, searchset, trouble

Json = dict[str, Any]
Keep = Callable[..., AbstractAsyncContextManager[FastAPI]]

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples"
INSTANCE = "7e1c0f0a-5f57-4a38-9d51-1b8a0c6a7f11"
TOKEN = "CANARY-token"
CHARTS = load_charts(NOW.date())

LISTS = {
    "labs": "Observation",
    "medications": "MedicationRequest",
    "conditions": "Condition",
    "procedures": "Procedure",
    "allergies": "AllergyIntolerance",
}

LABORATORY = f"""
[[client]]
id = "laboratory"
fhir_servers = ["{BASE}"]
allow_http = true
allow_private_network = true
cors_origins = ["https://ehr.example.org"]
deadline_ms = 1000
"""


def clock() -> datetime:
    """The day of every test."""
    return NOW


def service(
    folder: Path | None = None,
    fake: FakeFhir | None = None,
    *,
    clients: str = LABORATORY,
    now: Clock = clock,
    **settings: object,
) -> FastAPI:
    """A demo service; with `folder` its one client may call the fake FHIR server."""
    if folder is not None:
        file = folder / "clients.toml"
        file.write_text(clients)
        settings["clients"] = file
    chosen = Settings(auth=Auth.OFF, _env_file=None, **settings)  # type: ignore[arg-type]
    fake = fake or FakeFhir()
    return build_app(set_up(chosen, now=now, open_transport=lambda _: httpx.ASGITransport(fake)))


@asynccontextmanager
async def kept(
    folder: Path, *, clients: str = LABORATORY, now: Clock = clock, **settings: object
) -> AsyncIterator[FastAPI]:
    """The service between its start and its stop, with a store in `folder`."""
    key = folder / "hash.key"
    key.write_text("k" * 64)
    settings.setdefault("database_url", f"sqlite:///{folder / 'store.sqlite3'}")
    settings["hash_key_file"] = key
    app = service(folder, clients=clients, now=now, **settings)  # type: ignore[arg-type]
    async with app.router.lifespan_context(app):
        yield app


def browser(app: FastAPI) -> httpx.AsyncClient:
    """A caller of the service."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://b12")


async def post(app: FastAPI, body: Json | bytes, path: str | None = None) -> httpx.Response:
    """Calls the service of the body's hook."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    if path is None:
        assert isinstance(body, dict)
        path = f"/cds-services/b12-{body['hook']}"
    async with browser(app) as http:
        headers = {"content-type": "application/json"}
        return await http.post(path, content=content, headers=headers)


def example(name: str) -> Json:
    """A request of the folder `examples`."""
    found: Json = orjson.loads((EXAMPLES / f"{name}.json").read_bytes())
    return found


def call(hook: str, patient: str, *drafts: Json, **more: object) -> Json:
    """A call for a patient without any data; `more` are further members."""
    context: Json = {"userId": "Practitioner/example", "patientId": patient}
    if hook != "patient-view":
        field = "medications" if hook == "medication-prescribe" else "draftOrders"
        context[field] = bundle(drafts)
    if hook == "order-select":
        context["selections"] = [f"MedicationRequest/{each['id']}" for each in drafts]
    return {"hook": hook, "hookInstance": INSTANCE, "context": context, **more}


def bundle(resources: Iterable[Json]) -> Json:
    """A searchset."""
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def prefetch(chart: Chart | str) -> Json:
    """An example patient's record as the six prefetch values."""
    chart = CHARTS[chart] if isinstance(chart, str) else chart
    values: Json = {"patient": deepcopy(chart.patient)}
    for key, kind in LISTS.items():
        found = [each for each in chart.resources if each["resourceType"] == kind]
        values[key] = bundle(deepcopy(found))
    return values


def served(chart: str, **failing: Any) -> FakeFhir:  # noqa: ANN401 - behaviours by resource type
    """A FHIR server that holds an example patient; `failing` replaces answers by resource type."""
    record = CHARTS[chart]
    behaviours: dict[str, Any] = {}
    for kind in {each["resourceType"] for each in record.resources}:
        found = [each for each in record.resources if each["resourceType"] == kind]
        behaviours[kind] = lambda _, found=found: fhir(searchset(*found))
    behaviours["Patient"] = lambda request: (
        fhir(record.patient) if request.url.path.endswith(f"/{chart}") else trouble(404)
    )
    return FakeFhir({**behaviours, **failing})


def cyanocobalamin(patient: str, milligrams: object = 1, **more: object) -> Json:
    """A draft of cyanocobalamin 1 mg/mL into the muscle once a month."""
    return injection(patient, "309594", "Cyanocobalamin 1 mg/mL injection", milligrams, **more)


def hydroxocobalamin(patient: str, milligrams: object = 1, **more: object) -> Json:
    """A draft of hydroxocobalamin 1 mg/mL into the muscle once a month."""
    return injection(patient, "317106", "Hydroxocobalamin 1 mg/mL injection", milligrams, **more)


def injection(patient: str, code: str, text: str, milligrams: object, **more: object) -> Json:
    """A draft of an injection once a month."""
    system = "http://www.nlm.nih.gov/research/umls/rxnorm"
    route = {"coding": [{"system": "http://snomed.info/sct", "code": "78421000"}]}
    dose = {"value": milligrams, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
    return {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": system, "code": code}], "text": text},
        "subject": {"reference": f"Patient/{patient}"},
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "mo"}},
                "route": route,
                "doseAndRate": [{"doseQuantity": dose}],
            }
        ],
        **more,
    }


def amoxicillin(patient: str) -> Json:
    """A draft that this service has nothing to say about."""
    return {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Amoxicillin 500 mg capsules"},
        "subject": {"reference": f"Patient/{patient}"},
    }


def rules_of(body: Mapping[str, Any]) -> set[str]:
    """The rule ids that the cards convey."""
    return {
        rule for card in body["cards"] for rule in card["extension"]["org.b12cds.evidence"]["rules"]
    }


def indicators_of(body: Mapping[str, Any]) -> list[str]:
    """The cards' indicators, in order."""
    return [card["indicator"] for card in body["cards"]]
