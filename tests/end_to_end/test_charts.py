"""Whole charts of others on a real server, with the results that a question about B12 needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from tests.end_to_end.checking import Checker
from tests.end_to_end.conftest import FORMULARIES
from tests.end_to_end.ehr import ORDER_HOOKS, Ehr, call, gist_of, rules_of
from tests.end_to_end.filing import file_more
from tests.end_to_end.harvest import Exchange, resources_of
from tests.end_to_end.records import (
    b12,
    belonging_to,
    cyanocobalamin,
    egfr,
    folic_acid,
    haemoglobin,
)
from tests.end_to_end.running import Json, Running
from tests.hapi.fixtures import Validate
from tests.hapi.loader import ChartsAbsentError, Loaded, load_charts
from tests.hapi.server import HapiServer

pytestmark = pytest.mark.hapi

ADDED = (b12(110), egfr(30), haemoglobin(118))
SMART_CHARTS = 4
MOMENTS = ("patient-view", *ORDER_HOOKS)


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart says that decides the answers."""

    patient: str
    deceased: bool
    treated: bool


@dataclass(frozen=True, slots=True)
class ChartExchange(Exchange):
    """An exchange about a chart."""

    chart: Chart
    hook: str
    order: str


@pytest.fixture(scope="module")
def charts(hapi: HapiServer, hapi_charts: Loaded, today: date) -> tuple[Chart, ...]:
    """Patients of two collections on the server, each now deficient and with poor kidneys."""
    try:
        smart = load_charts(hapi, "sample-patients", SMART_CHARTS, "smart-")
    except ChartsAbsentError as absent:
        pytest.skip(str(absent))
    patients = (*hapi_charts.patients, *smart.patients)
    with hapi.client() as client:
        for patient in patients:
            file_more(client, patient, today, *ADDED)
    return tuple(_chart(hapi, patient) for patient in patients)


def _chart(hapi: HapiServer, patient: str) -> Chart:
    with hapi.client() as client:
        person = client.get(f"Patient/{patient}").json()
        active = {"patient": patient, "status": "active"}
        found = client.get("MedicationRequest", params=active).json().get("entry", [])
    drugs = [each["resource"].get("medicationCodeableConcept", {}) for each in found]
    return Chart(
        patient,
        deceased="deceasedDateTime" in person,
        treated=any("Vitamin B 12" in drug.get("text", "") for drug in drugs),
    )


@pytest.fixture(scope="module")
def exchanges(
    services: Mapping[str, Running], ehr: Ehr, charts: tuple[Chart, ...]
) -> tuple[ChartExchange, ...]:
    """Every chart on every hook in every formulary, with either order where one is drafted."""
    return tuple(
        _exchange(services[formulary], ehr, chart, hook, order)
        for chart in charts
        for formulary in FORMULARIES
        for hook in MOMENTS
        for order in (("nothing",) if hook == "patient-view" else ("cyanocobalamin", "folic acid"))
    )


def _exchange(service: Running, ehr: Ehr, chart: Chart, hook: str, order: str) -> ChartExchange:
    made = {"nothing": (), "cyanocobalamin": (cyanocobalamin(),), "folic acid": (folic_acid(),)}
    drafts = [belonging_to(chart.patient, each) for each in made[order]]
    asked = call(hook, chart.patient, *drafts, fhirServer=ehr.base)
    name = f"{order} for {chart.patient} at {hook}"
    return ChartExchange(name, asked, service.answer(asked), chart, hook, order)


def _rules(
    exchanges: tuple[ChartExchange, ...], order: str
) -> list[tuple[ChartExchange, set[str]]]:
    """The exchanges about this order in living patients, with the rules that spoke."""
    chosen = [each for each in exchanges if each.order == order and not each.chart.deceased]
    assert chosen
    return [(each, rules_of(each.answer)) for each in chosen]


def test_the_charts_differ_in_what_matters(charts: tuple[Chart, ...]) -> None:
    """The collection holds a patient who died, treated ones and untreated ones."""
    assert any(chart.deceased for chart in charts)
    assert any(chart.treated and not chart.deceased for chart in charts)
    assert any(not chart.treated and not chart.deceased for chart in charts)


def test_cyanocobalamin_with_poor_kidneys(exchanges: tuple[ChartExchange, ...]) -> None:
    """An eGFR of 30 speaks against cyanocobalamin in every living patient, at every hook."""
    for each, rules in _rules(exchanges, "cyanocobalamin"):
        assert "cyanocobalamin-renal-impairment" in rules, each.name
        assert "renal-function-unknown" not in rules, each.name


def test_maintenance_without_loading(exchanges: tuple[ChartExchange, ...]) -> None:
    """Loading is missed at signing in the untreated, and never in the treated."""
    for each, rules in _rules(exchanges, "cyanocobalamin"):
        wanted = not each.chart.treated and each.hook != "order-select"
        assert ("loading-missing" in rules) == wanted, each.name


def test_folic_acid_before_b12(exchanges: tuple[ChartExchange, ...]) -> None:
    """Folic acid alone is critical in the untreated, and no concern in the treated."""
    for each, rules in _rules(exchanges, "folic acid"):
        assert ("folic-acid-before-b12" in rules) != each.chart.treated, each.name
        if not each.chart.treated:
            assert each.answer["cards"][0]["indicator"] == "critical", each.name


def test_an_opened_chart(exchanges: tuple[ChartExchange, ...]) -> None:
    """A regimen is offered to the untreated, and to nobody else."""
    for each, rules in _rules(exchanges, "nothing"):
        assert ("b12-regimen" in rules) != each.chart.treated, each.name


def test_the_dead_get_no_cards(exchanges: tuple[ChartExchange, ...]) -> None:
    """Whatever is drafted for a patient who has died, nobody is bothered."""
    answers = [each.answer for each in exchanges if each.chart.deceased]

    assert all(answer == {"cards": []} for answer in answers)


def test_nothing_was_left_unread(exchanges: tuple[ChartExchange, ...]) -> None:
    """However long a chart is, all of it was read."""
    gaps = [each.name for each in exchanges if "b12-data-gap" in rules_of(each.answer)]

    assert gaps == []


@pytest.mark.parametrize("formulary", FORMULARIES)
def test_prefetched_charts(
    services: Mapping[str, Running], ehr: Ehr, charts: tuple[Chart, ...], formulary: str
) -> None:
    """A long chart sent along, its further pages read, is answered like one that is fetched."""
    for chart in charts:
        draft = belonging_to(chart.patient, cyanocobalamin())
        asked = call("order-sign", chart.patient, draft, fhirServer=ehr.base)
        prefetch = ehr.prefetch("order-sign", chart.patient)

        sent = services[formulary].answer({**asked, "prefetch": prefetch})

        assert gist_of(sent) == gist_of(services[formulary].answer(asked)), chart.patient


def test_suggestions_for_charts(
    exchanges: tuple[ChartExchange, ...], hapi_validate: Validate
) -> None:
    """HL7's validator passes every order that is suggested for a chart."""
    resources: list[Json] = resources_of(exchanges)

    assert resources
    assert Checker(hapi_validate).faults(resources) == []
