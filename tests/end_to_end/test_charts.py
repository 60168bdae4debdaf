"""Whole charts of others on a real server, with the results that a question about B12 needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import httpx
import pytest

from tests.end_to_end.conftest import FORMULARIES
from tests.end_to_end.ehr import HOOKS, Ehr, call, rules_of
from tests.end_to_end.filing import file_more
from tests.end_to_end.records import (
    b12,
    belonging_to,
    cyanocobalamin,
    egfr,
    folic_acid,
    haemoglobin,
)
from tests.end_to_end.running import Json, Running
from tests.hapi.loader import ChartsAbsentError, Loaded, load_charts
from tests.hapi.server import HapiServer

pytestmark = pytest.mark.hapi

ADDED = (b12(110), egfr(30), haemoglobin(118))
SMART_CHARTS = 5


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """What was asked of a chart and what came back."""

    patient: str
    formulary: str
    hook: str
    order: str
    answer: Json


@pytest.fixture(scope="module")
def charts(hapi: HapiServer, hapi_charts: Loaded, today: date) -> tuple[str, ...]:
    """Patients of two collections on the server, each now deficient and with poor kidneys."""
    try:
        smart = load_charts(hapi, "sample-patients", SMART_CHARTS, "smart-")
    except ChartsAbsentError as absent:
        pytest.skip(str(absent))
    patients = (*hapi_charts.patients, *smart.patients)
    with hapi.client() as client:
        for patient in patients:
            file_more(client, patient, today, *ADDED)
    return patients


@pytest.fixture(scope="module")
def chart_answers(
    services: Mapping[str, Running], ehr: Ehr, charts: tuple[str, ...]
) -> tuple[ChartAnswer, ...]:
    """Every hook on every chart in every formulary, each with either order."""
    return tuple(
        ChartAnswer(patient, formulary, hook, order, _answer(services[formulary], ehr, hook, draft))
        for patient in charts
        for formulary in FORMULARIES
        for hook in HOOKS
        for order, draft in _drafts(patient).items()
    )


def _drafts(patient: str) -> dict[str, Json]:
    return {
        "cyanocobalamin": belonging_to(patient, cyanocobalamin()),
        "folic acid": belonging_to(patient, folic_acid()),
    }


def _answer(service: Running, ehr: Ehr, hook: str, draft: Json) -> Json:
    patient = draft["subject"]["reference"].removeprefix("Patient/")
    drafts = [] if hook == "patient-view" else [draft]
    answer = service.answer(call(hook, patient, *drafts, fhirServer=ehr.base))
    print(patient, hook, draft["medicationCodeableConcept"]["text"][:10], sorted(rules_of(answer)), {c['extension']['org.b12cds.evidence']['status'] for c in answer['cards']})
    return answer

def test_x(chart_answers, ehr):
    for p in {a.patient for a in chart_answers}:
        r = ehr.fhir.get('Patient/'+p).json(); print(p, r.get('birthDate'), r.get('deceasedDateTime'), r.get('deceasedBoolean'))
        for e in ehr.fhir.get('MedicationRequest', params={'patient':p,'_count':50}).json().get('entry',[]):
            m=e['resource']; print('   ', m['status'], m.get('medicationCodeableConcept',{}).get('text'), m.get('authoredOn'))
