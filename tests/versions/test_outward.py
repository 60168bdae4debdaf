"""Our suggestions in other versions: nothing is said there that the version cannot hold."""

from __future__ import annotations

import pytest

from fhir_mappers.normal import normal_request
from fhir_mappers.strict import refusals
from fhir_mappers.versions.outward import take_out
from fhir_mappers.versions.version import Version
from tests.fhir_mappers.builders import Json

MILLIGRAM = {
    "value": 1,
    "unit": "mg",
    "system": "http://unitsofmeasure.org",
    "code": "mg",
}
MICROGRAMS = {**MILLIGRAM, "value": 900, "unit": "ug", "code": "ug"}
CALCULATED = {"type": {"coding": [{"code": "calculated"}]}, "doseQuantity": MICROGRAMS}
REQUEST = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/p1"},
    "medicationCodeableConcept": {"text": "Hydroxocobalamin"},
}
TEST = {
    "resourceType": "ServiceRequest",
    "status": "draft",
    "intent": "order",
    "code": {"text": "Vitamin B12"},
    "subject": {"reference": "Patient/p1"},
    "occurrenceDateTime": "2026-11-21",
}
TASK = {
    "resourceType": "Task",
    "status": "draft",
    "intent": "proposal",
    "description": "Review",
    "for": {"reference": "Patient/p1"},
    "restriction": {"period": {"end": "2026-12-01"}},
}


def out(resource: Json, version: Version, received: Json | None = None) -> Json:
    """The resource in that version, which must be valid there."""
    found = take_out(resource, version, received)
    assert found is not None
    assert refusals(found, version) == ()
    return found


def returned(received: Json, version: Version) -> Json:
    """A draft that came in a version, read as for a change, and given back unchanged."""
    return out(normal_request(received, "p1"), version, received)


@pytest.mark.parametrize("resource", [REQUEST, TEST, TASK], ids=lambda each: each["resourceType"])
def test_dstu2_gets_nothing_new(resource: Json) -> None:
    """No order of ours is turned into one of DSTU2."""
    assert take_out(resource, Version.DSTU2) is None


@pytest.mark.parametrize("resource", [REQUEST, TEST, TASK], ids=lambda each: each["resourceType"])
def test_r4_is_what_we_speak(resource: Json) -> None:
    """In R4 nothing is changed."""
    assert out(resource, Version.R4) == resource


def test_a_test_is_a_procedure_request_in_stu3() -> None:
    """The type that R4 split has one name there."""
    assert out(TEST, Version.STU3) == {**TEST, "resourceType": "ProcedureRequest"}


def test_a_test_holds_a_concept_in_r5() -> None:
    """What is ordered may be a definition there, so the concept is wrapped."""
    assert out(TEST, Version.R5)["code"] == {"concept": {"text": "Vitamin B12"}}


def test_when_a_task_is_due_in_r5() -> None:
    """A restriction without a focus is invalid there; the period has a place of its own."""
    task = out(TASK, Version.R5)
    assert task["requestedPeriod"] == {"end": "2026-12-01"}
    assert "restriction" not in task
    assert out(TASK, Version.STU3) == TASK


def test_the_ordered_dose_goes_to_stu3() -> None:
    """Of two doses of one instruction the ordered one is kept, not the calculated one."""
    dosage = {"doseAndRate": [CALCULATED, {"doseQuantity": MILLIGRAM}]}
    order = out({**REQUEST, "dosageInstruction": [dosage]}, Version.STU3)
    assert order["dosageInstruction"] == [{"doseQuantity": MILLIGRAM}]


def test_a_calculated_dose_alone_is_kept() -> None:
    """It is all there is."""
    order = out({**REQUEST, "dosageInstruction": [{"doseAndRate": [CALCULATED]}]}, Version.STU3)
    assert order["dosageInstruction"] == [{"doseQuantity": MICROGRAMS}]


def test_what_stu3_does_not_know_is_left_out() -> None:
    """What R4 added to an order would make it invalid there."""
    more = {
        "intent": "filler-order",
        "statusReason": {"text": "new"},
        "reportedBoolean": False,
        "performerType": {"text": "nurse"},
        "substitution": {"allowedCodeableConcept": {"text": "generic"}},
        "dispenseRequest": {"initialFill": {}, "numberOfRepeatsAllowed": 2},
    }
    order = out({**REQUEST, **more}, Version.STU3)
    assert order == {
        **REQUEST,
        "intent": "order",
        "dispenseRequest": {"numberOfRepeatsAllowed": 2},
    }


STU3_DRAFT = {
    **REQUEST,
    "category": {"text": "outpatient"},
    "priority": "routine",
    "context": {"reference": "Encounter/e1"},
    "requester": {
        "agent": {"reference": "Practitioner/d1"},
        "onBehalfOf": {"reference": "Organization/o1"},
    },
    "definition": [{"reference": "PlanDefinition/b12"}],
    "reasonCode": [{"text": "Pernicious anaemia"}],
    "note": [{"text": "Given by the nurse"}],
    "substitution": {"allowed": True, "reason": {"text": "stock"}},
    "dosageInstruction": [
        {
            "text": "1 mg every 3 months",
            "asNeededBoolean": False,
            "timing": {"repeat": {"frequency": 1, "period": 3, "periodUnit": "mo"}},
            "doseQuantity": MILLIGRAM,
            "rateQuantity": MILLIGRAM,
        }
    ],
}
R5_DRAFT = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/p1"},
    "medication": {"reference": {"reference": "Medication/x"}},
    "reason": [{"concept": {"text": "PA"}}, {"reference": {"reference": "Condition/c"}}],
    "informationSource": [{"reference": "Patient/p1"}],
    "reported": False,
    "performer": [{"reference": "Practitioner/d1"}],
    "encounter": {"reference": "Encounter/e1"},
    "renderedDosageInstruction": "1 mg when needed",
    "dispenseRequest": {"dispenser": {"reference": "Organization/o1"}},
    "dosageInstruction": [
        {
            "asNeeded": True,
            "maxDosePerPeriod": [{"numerator": MILLIGRAM, "denominator": MILLIGRAM}],
            "doseAndRate": [{"doseQuantity": MILLIGRAM}],
        },
        {"asNeededFor": [{"text": "tiredness"}]},
        {"asNeededFor": [{"text": "tiredness"}, {"text": "tingling"}]},
    ],
}


def test_an_stu3_draft_comes_back_whole() -> None:
    """What a change does not touch is given back as it came, member for member."""
    assert returned(STU3_DRAFT, Version.STU3) == STU3_DRAFT


def test_an_r5_draft_comes_back_whole() -> None:
    """So it is in R5."""
    assert returned(R5_DRAFT, Version.R5) == R5_DRAFT


def test_an_order_of_r4_in_r5() -> None:
    """Members that R5 renamed or joined have its names."""
    more = {
        "reasonReference": [{"reference": "Condition/c"}],
        "reportedReference": {"reference": "Patient/p1"},
        "performer": {"reference": "Practitioner/d1"},
        "detectedIssue": [{"reference": "DetectedIssue/i"}],
        "dispenseRequest": {"performer": {"reference": "Organization/o1"}},
        "dosageInstruction": [
            {"asNeededBoolean": True},
            {"asNeededCodeableConcept": {"text": "tiredness"}},
        ],
    }
    order = out({**REQUEST, **more}, Version.R5)
    assert order["medication"] == {"concept": {"text": "Hydroxocobalamin"}}
    assert order["reason"] == [{"reference": {"reference": "Condition/c"}}]
    assert order["informationSource"] == [{"reference": "Patient/p1"}]
    assert order["performer"] == [{"reference": "Practitioner/d1"}]
    assert order["dispenseRequest"] == {"dispenser": {"reference": "Organization/o1"}}
    assert order["dosageInstruction"] == [
        {"asNeeded": True},
        {"asNeededFor": [{"text": "tiredness"}]},
    ]
    assert "detectedIssue" not in order


@pytest.mark.parametrize("version", [Version.STU3, Version.R5])
def test_a_resource_that_a_version_does_not_have(version: Version) -> None:
    """The gate refuses the types and members of another version."""
    wrong = TEST if version is Version.STU3 else {**TEST, "resourceType": "ProcedureRequest"}
    assert refusals(wrong, version) != ()
    assert refusals({**REQUEST, "invented": True}, version) != ()


def test_dstu2_has_no_gate() -> None:
    """What cannot be checked does not leave."""
    assert refusals(REQUEST, Version.DSTU2) != ()
