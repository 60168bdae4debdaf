"""What a real FHIR server does that the service must live with, seen on HAPI itself."""

import os
from collections.abc import Iterator
from typing import cast
from uuid import uuid4

import httpx
import pytest

from tests.hapi.fixtures import Validate, require_hapi
from tests.hapi.loader import Resource, put
from tests.hapi.server import HapiError, HapiServer, Version, start

pytestmark = pytest.mark.hapi

PAGE_CAP = 50
"""What HAPI answers at most in one page, whatever `_count` asks for."""


@pytest.fixture
def client(hapi: HapiServer) -> Iterator[httpx.Client]:
    with hapi.client() as opened:
        yield opened


@pytest.fixture
def patient(client: httpx.Client) -> str:
    """The id of a patient that no other test knows."""
    name = f"p-{uuid4()}"
    put(client, [{"resourceType": "Patient", "id": name, "gender": "female"}])
    return name


def b12_result(patient: str, value: int) -> Resource:
    return {
        "resourceType": "Observation",
        "id": f"b12-{uuid4()}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-03-02",
        "valueQuantity": {
            "value": value,
            "unit": "ng/L",
            "system": "http://unitsofmeasure.org",
            "code": "ng/L",
        },
    }


def hydroxocobalamin_draft(period_unit: str) -> Resource:
    """One injection of 1 mg every three `period_unit`."""
    return {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Hydroxocobalamin 1 mg/mL injection"},
        "subject": {"reference": "Patient/p-1"},
        "dosageInstruction": [
            {
                "text": "1 mg into the muscle every three months",
                "timing": {"repeat": {"frequency": 1, "period": 3, "periodUnit": period_unit}},
                "doseAndRate": [
                    {
                        "doseQuantity": {
                            "value": 1,
                            "unit": "mg",
                            "system": "http://unitsofmeasure.org",
                            "code": "mg",
                        }
                    }
                ],
            }
        ],
    }


def results(client: httpx.Client, patient: str, headers: dict[str, str] | None = None) -> int:
    """How many B12 results a search for the patient finds."""
    answer = client.get(
        "Observation", params={"patient": patient, "code": "2132-9"}, headers=headers
    )
    return len(answer.json().get("entry", []))


def test_same_search_within_a_minute(client: httpx.Client, patient: str) -> None:
    """A result filed between two equal searches is hidden, unless the second forbids the cache."""
    put(client, [b12_result(patient, 150)])
    assert results(client, patient) == 1

    put(client, [b12_result(patient, 90)])

    assert results(client, patient) == 1
    assert results(client, patient, {"Cache-Control": "no-cache"}) == 2


def test_count_above_the_page_cap(client: httpx.Client, patient: str) -> None:
    """Asked for 100, HAPI answers 50 without a total; the next link at the base has the rest."""
    put(client, [b12_result(patient, 100 + number) for number in range(60)])

    first = client.get("Observation", params={"patient": patient, "_count": 100}).json()

    assert len(first["entry"]) == PAGE_CAP
    assert "total" not in first
    links = {link["relation"]: link["url"] for link in first["link"]}
    assert links["next"].startswith(f"{str(client.base_url).rstrip('/')}?_getpages=")
    second = client.get(links["next"]).json()
    assert len(second["entry"]) == 10


def test_unknown_patient(client: httpx.Client) -> None:
    """A patient nobody knows is a 404, though a search for the results looks like a healthy one."""
    assert client.get("Patient/nobody").status_code == 404
    assert results(client, "nobody") == 0


def test_unknown_search_parameter(client: httpx.Client) -> None:
    """A parameter that HAPI does not know is refused with an OperationOutcome, never ignored."""
    answer = client.get("Observation", params={"favourite-colour": "blue"})

    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_batch_of_searches(client: httpx.Client, patient: str) -> None:
    """Each entry of a batch is answered on its own: one that is missing does not spoil the rest."""
    urls = [f"Patient/{patient}", "Patient/nobody"]
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "GET", "url": url}} for url in urls],
    }

    entries = client.post("", json=batch).json()["entry"]

    assert [entry["response"]["status"] for entry in entries] == ["200 OK", "404 Not Found"]
    assert "resource" not in entries[1]


def test_id_of_digits(client: httpx.Client) -> None:
    """HAPI refuses a client's id of digits only, which is why the loader prefixes ids."""
    answer = client.put("Patient/12345", json={"resourceType": "Patient", "id": "12345"})

    assert answer.status_code == 400


def test_reference_to_nothing(client: httpx.Client) -> None:
    """HAPI refuses a reference to a resource it does not hold: the loader drops such references."""
    orphan = b12_result("nobody", 150)

    answer = client.put(f"Observation/{orphan['id']}", json=orphan)

    assert answer.status_code == 400


def test_sound_draft_is_valid(hapi_validate: Validate) -> None:
    """HL7's validator passes a sound draft order."""
    assert hapi_validate(hydroxocobalamin_draft("mo")) == ()


def test_required_element_is_missing(hapi_validate: Validate) -> None:
    """HL7's validator refuses an order without intent, and names the element."""
    draft = hydroxocobalamin_draft("mo")
    del draft["intent"]

    (issue,) = hapi_validate(draft)

    assert issue.severity == "error"
    assert issue.where == "MedicationRequest"
    assert "MedicationRequest.intent" in issue.text


def test_fortnight_is_no_unit_of_time(hapi_validate: Validate) -> None:
    """A period in fortnights is refused, by HAPI's parser before the validator sees it."""
    (issue,) = hapi_validate(hydroxocobalamin_draft("fortnight"))

    assert issue.severity == "error"
    assert "periodUnit" in issue.text


def test_category_that_is_no_list(hapi_validate: Validate) -> None:
    """A category given as one object instead of a list is refused."""
    draft = hydroxocobalamin_draft("mo") | {"category": {"text": "outpatient"}}

    (issue,) = hapi_validate(draft)

    assert issue.severity == "error"
    assert "category" in issue.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer another"}, 403),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 403),
    ],
    ids=["no token", "wrong token", "no bearer"],
)
def test_refusal_without_the_token(
    hapi_with_token: HapiServer, headers: dict[str, str], status: int
) -> None:
    """Without its token the server shows nothing: 401 when none is given, 403 when it is wrong."""
    answer = httpx.get(f"{hapi_with_token.base}/Patient", headers=headers, trust_env=False)

    assert answer.status_code == status


def test_the_right_token(hapi_with_token: HapiServer) -> None:
    """With its token the server answers."""
    with hapi_with_token.client() as client:
        assert client.get("Patient").status_code == 200


def test_next_page_needs_the_token_too(hapi_with_token: HapiServer) -> None:
    """A page link is no way round the token."""
    with hapi_with_token.client() as client:
        put(client, [{"resourceType": "Basic", "id": f"page-{number}"} for number in range(3)])
        first = client.get("Basic", params={"_count": 2}).json()
        url = next(link["url"] for link in first["link"] if link["relation"] == "next")

        assert httpx.get(url, trust_env=False).status_code == 401
        assert client.get(url).status_code == 200


def test_server_that_cannot_start() -> None:
    """A failed start shows the end of what the server itself wrote."""
    require_hapi()

    with pytest.raises(HapiError, match="unknown FHIR version r9"), start(cast(Version, "r9")):
        pass


@pytest.mark.skipif(
    os.environ.get("CI") != "true" and "HAPI_ALL_VERSIONS" not in os.environ,
    reason="four more servers, 20 s each: set HAPI_ALL_VERSIONS=1 to start them",
)
@pytest.mark.parametrize(
    ("version", "statement", "fhir_version"),
    [
        ("dstu2", "Conformance", "1.0.2"),
        ("stu3", "CapabilityStatement", "3.0.2"),
        ("r4b", "CapabilityStatement", "4.3.0"),
        ("r5", "CapabilityStatement", "5.0.0"),
    ],
)
def test_other_fhir_versions(version: Version, statement: str, fhir_version: str) -> None:
    """The same launcher serves the other FHIR versions, each under its own statement."""
    require_hapi()

    with start(version) as server, server.client() as client:
        metadata = client.get("metadata").json()

        assert metadata["resourceType"] == statement
        assert metadata["fhirVersion"] == fhir_version
        assert client.put("Patient/p-1", json={"resourceType": "Patient", "id": "p-1"}).is_success
