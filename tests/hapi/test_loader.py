"""The loader's renaming of ids and references, and its loading of whole charts."""

from typing import Any

import httpx
import pytest

from tests.hapi.loader import Loaded, load_bundle, relabel
from tests.hapi.server import HapiServer

BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "urn:uuid:0f0e",
            "resource": {"resourceType": "Patient", "id": "12345", "birthDate": "1960-01-31"},
        },
        {
            "resource": {
                "resourceType": "Observation",
                "id": "7",
                "status": "final",
                "code": {"text": "Vitamin B12"},
                "subject": {"reference": "urn:uuid:0f0e"},
                "performer": [
                    {"reference": "Practitioner/gone"},
                    {"reference": "Organization/gone", "display": "Laboratory"},
                ],
                "encounter": {"reference": "Encounter/gone"},
            }
        },
        {
            "resource": {
                "resourceType": "DiagnosticReport",
                "status": "final",
                "code": {"text": "Blood"},
                "contained": [{"resourceType": "Specimen", "id": "blood"}],
                "specimen": [{"reference": "#blood"}],
                "subject": {"reference": "Patient/12345/_history/2"},
                "result": [{"reference": "Observation/7"}],
            }
        },
    ],
}


def test_relabelled_ids() -> None:
    """Every resource has a prefixed id, one without an id too."""
    patient, result, report = relabel(BUNDLE, "t-").resources

    assert patient["id"] == "t-12345"
    assert result["id"] == "t-7"
    assert report["id"] == "t-entry-2"


def test_relabelled_references() -> None:
    """References follow their resource, however they name it; contained ones stay."""
    _, result, report = relabel(BUNDLE, "t-").resources

    assert result["subject"] == {"reference": "Patient/t-12345"}
    assert report["subject"] == {"reference": "Patient/t-12345"}
    assert report["result"] == [{"reference": "Observation/t-7"}]
    assert report["specimen"] == [{"reference": "#blood"}]


def test_references_that_lead_nowhere() -> None:
    """A reference to nothing is dropped and counted; its display stays."""
    relabelled = relabel(BUNDLE, "t-")

    result = relabelled.resources[1]
    assert result["performer"] == [{"display": "Laboratory"}]
    assert "encounter" not in result
    assert relabelled.dropped == 3


def test_names_for_a_request() -> None:
    """A test can rename its own request by the names that the Bundle had."""
    assert relabel(BUNDLE, "t-").names == {
        "urn:uuid:0f0e": "Patient/t-12345",
        "Patient/12345": "Patient/t-12345",
        "Observation/7": "Observation/t-7",
    }


def test_prefix_too_long() -> None:
    """An id beyond FHIR's limit is refused before the server sees it."""
    with pytest.raises(ValueError, match="shorter prefix"):
        relabel(BUNDLE, "t" * 64)


@pytest.mark.hapi
def test_loaded_bundle(hapi: HapiServer) -> None:
    """A Bundle that HAPI would refuse as it is can be read back after loading."""
    loaded = load_bundle(hapi, BUNDLE, "loaded-")

    assert loaded.patients == ("loaded-12345",)
    with hapi.client() as client:
        found = client.get("Observation", params={"patient": loaded.patients[0]}).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["loaded-7"]


@pytest.mark.hapi
def test_loaded_charts(hapi: HapiServer, hapi_charts: Loaded) -> None:
    """The sample charts are on the server, each patient with results."""
    assert len(hapi_charts.patients) == 5
    with hapi.client() as client:
        assert all(_has_results(client, patient) for patient in hapi_charts.patients)


def _has_results(client: httpx.Client, patient: str) -> bool:
    found = client.get("Observation", params={"patient": patient, "_count": 1}).json()
    return len(found.get("entry", [])) == 1
