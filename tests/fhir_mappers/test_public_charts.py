"""Public synthetic charts and scenario-shaped requests are read without a stumble."""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from fhir_mappers.chart import Chart, read_chart, split_by_type
from fhir_mappers.drafts import read_drafts
from fhir_mappers.envelope import read_listed
from fhir_mappers.reading import Reading
from regimens.facts import Analyte
from regimens.quantities import Comparator
from regimens.substances import Substance

SHARED = Path(__file__).parents[3] / "shared"
SYNTHEA = SHARED / "data" / "synthea-smart-r4.bundles.ndjson.gz"
SMART = SHARED / "data" / "smart-sample-patients-r4.bundles.ndjson.gz"
SCENARIOS = SHARED / "vignettes"


def charts(path: Path, reading: Reading) -> list[Chart]:
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    with gzip.open(path) as lines:
        return [read_chart(split_by_type(read_listed(line)), reading) for line in lines]


@pytest.mark.parametrize("path", [SYNTHEA, SMART], ids=lambda path: path.name)
def test_every_chart_is_read_whole(path: Path, reading: Reading) -> None:
    """No gap, no unreadable entry, and one patient in each chart."""
    for chart in charts(path, reading):
        assert chart.facts.known
        assert chart.facts.gaps == ()
        assert len(chart.patients) == 1


def test_b12_injections_of_the_synthetic_charts(reading: Reading) -> None:
    """Twenty charts hold an active injection of vitamin B12, twelve hold metformin."""
    found = Counter(
        substance
        for chart in charts(SYNTHEA, reading)
        for substance in {
            one
            for order in chart.facts.medications.items
            if order.medicine
            for one in order.medicine.substances
        }
    )
    assert found[Substance.CYANOCOBALAMIN] == 20
    assert found[Substance.METFORMIN] == 12
    assert found[Substance.METHOTREXATE] == 2


def test_b12_results_of_the_sample_charts(reading: Reading) -> None:
    """The three B12 results, and a folate reported as above 20 without a unit."""
    results = [result for chart in charts(SMART, reading) for result in chart.facts.labs.items]
    b12 = sorted(
        one.measured.value for one in results if one.analyte is Analyte.B12 and one.measured
    )
    assert b12 == [395, 423, 572]
    unusable = [one for one in results if one.unusable]
    assert [(one.analyte, one.reported) for one in unusable] == [(Analyte.FOLATE, ">20")]


def scenario_tools() -> ModuleType:
    path = SCENARIOS / "to_request.py"
    if not path.exists():
        pytest.skip("the scenarios are not on this machine")
    spec = importlib.util.spec_from_file_location("to_request", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_scenario_requests_are_read_whole(reading: Reading) -> None:
    """Each scenario's record and drafts are understood down to dose, route and timing."""
    yaml = pytest.importorskip("yaml")
    tools = scenario_tools()
    scenarios = yaml.safe_load((SCENARIOS / "sample.yaml").read_text())["vignettes"]
    for scenario in scenarios:
        _, body = tools.request(scenario)
        listed = {
            key: read_listed(json.dumps(value).encode()) for key, value in body["prefetch"].items()
        }
        chart = read_chart(listed, reading)
        assert len(chart.patients) == 1
        assert [gap for gap in chart.facts.gaps if gap.kind != "future-date"] == []
        context = body["context"]
        drafts = read_drafts(
            json.dumps(context.get("draftOrders") or context.get("medications")).encode(), reading
        )
        assert drafts.draft_set.gaps == ()
        for order in drafts.draft_set.orders:
            assert order.medicine is not None
            assert order.medicine.substances


def test_a_scenario_of_our_own_shape(reading: Reading) -> None:
    """A result below the limit of the assay, as a scenario writes it, needs no shared file."""
    body = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 1,
        "entry": [
            {
                "fullUrl": "http://ehr.invalid/fhir/Observation/obs-0",
                "resource": {
                    "resourceType": "Observation",
                    "id": "obs-0",
                    "status": "final",
                    "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
                    "subject": {"reference": "Patient/p-v57"},
                    "effectiveDateTime": "2026-06-10T09:00:00+00:00",
                    "valueQuantity": {
                        "value": 150,
                        "comparator": "<",
                        "unit": "pg/mL",
                        "system": "http://unitsofmeasure.org",
                        "code": "pg/mL",
                    },
                },
                "search": {"mode": "match"},
            }
        ],
    }
    chart = read_chart({"labs": read_listed(json.dumps(body).encode())}, reading)
    measured = chart.facts.labs.items[0].measured
    assert measured is not None
    assert (measured.comparator, str(measured)) == (Comparator.BELOW, "<150 ng/L")
