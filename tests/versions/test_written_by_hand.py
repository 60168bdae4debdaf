"""Calls of older and newer EHRs as their documentation shows them, each with its literal answer."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from fhir_mappers.versions.version import Version
from tests.service.calls import INSTANCE, Json, post, prefetch, rules_of, service
from tests.versions.retelling import retold

PATIENT = "demo-neuropathy"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
TABLETS = {"coding": [{"system": RXNORM, "code": "309593"}]}
SUBJECT = {"reference": f"Patient/{PATIENT}"}

DSTU2_DRAFT: Json = {
    "resourceType": "MedicationOrder",
    "id": "order-123",
    "status": "draft",
    "dateWritten": "2026-11-21",
    "patient": SUBJECT,
    "medicationCodeableConcept": TABLETS,
    "reasonCodeableConcept": {"text": "Vitamin B12 deficiency"},
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnits": "d"}},
            "doseQuantity": {"value": 1, "code": "mg"},
        }
    ],
}
STU3_DRAFT: Json = {
    "resourceType": "MedicationRequest",
    "id": "request-123",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "context": {"reference": "Encounter/1"},
    "authoredOn": "2026-11-21",
    "medicationCodeableConcept": TABLETS,
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseQuantity": {"value": 1, "code": "mg"},
        }
    ],
}
R5_DRAFT: Json = {
    "resourceType": "MedicationRequest",
    "id": "request-123",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "authoredOn": "2026-11-21",
    "medication": {"concept": TABLETS},
    "reason": [{"concept": {"text": "Vitamin B12 deficiency"}}],
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 1, "code": "mg"}}],
        }
    ],
}
DRAFTS = {Version.DSTU2: DSTU2_DRAFT, Version.STU3: STU3_DRAFT, Version.R5: R5_DRAFT}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """One service for all of them."""
    return service()


def prescribing(version: Version, *, bare: bool = False) -> Json:
    """A `medication-prescribe` call with a Bundle without type, or, as two EHRs send it, an array."""
    draft = DRAFTS[version]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": draft}]}
    context = {"userId": "Practitioner/123", "patientId": PATIENT}
    return {
        "hook": "medication-prescribe",
        "hookInstance": INSTANCE,
        "context": {**context, "medications": [draft] if bare else bundle},
        "prefetch": retold(prefetch(PATIENT), version),
    }


@pytest.mark.parametrize("bare", [False, True], ids=["Bundle", "array"])
@pytest.mark.parametrize("version", DRAFTS)
async def test_tablets_for_a_neuropathy(app: FastAPI, version: Version, bare: bool) -> None:
    """Oral B12 for a patient whose nerves are affected is warned of, in the version of the call."""
    asked = prescribing(version, bare=bare)
    answer = await post(app, asked)
    assert answer.status_code == 200
    assert "oral-b12-neuro" in rules_of(answer.json())
    trace = (await post(app, asked, "/explain")).json()
    assert trace["fhirVersion"] == version
    assert trace["status"] == "deficient"


@pytest.mark.parametrize(
    ("version", "drug", "dose"),
    [
        (Version.STU3, {"medicationCodeableConcept"}, {"doseQuantity"}),
        (Version.R5, {"medication"}, {"doseAndRate"}),
    ],
)
async def test_what_is_suggested_instead(
    app: FastAPI, version: Version, drug: set[str], dose: set[str]
) -> None:
    """The tablets go, and loading by injection comes, spelled as the EHR spelled its own draft."""
    answer = (await post(app, prescribing(version))).json()
    suggestion, *_ = answer["cards"][0]["suggestions"]
    removal, loading, *_ = suggestion["actions"]
    assert removal["resourceId"] == "MedicationRequest/request-123"
    order = loading["resource"]
    spellings = {"medicationCodeableConcept", "medicationReference", "medication"}
    assert order.keys() & spellings == drug
    (dosage,) = order["dosageInstruction"]
    assert dosage.keys() & {"doseQuantity", "doseAndRate"} == dose
    assert dosage["timing"]["repeat"]["period"] == 2


async def test_nothing_is_suggested_to_dstu2(app: FastAPI) -> None:
    """The warning stands; the removal would leave the patient without what belongs with it."""
    answer = (await post(app, prescribing(Version.DSTU2))).json()
    assert [card.get("suggestions", []) for card in answer["cards"]] == [[]]
