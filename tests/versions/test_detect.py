"""The FHIR version of a call: what it says, what its resources show, what proves nothing."""

from __future__ import annotations

import pytest

from fhir_mappers.versions.detect import EPIC_EXTENSION, detect, version_of_statement
from fhir_mappers.versions.version import Version, version_named
from tests.fhir_mappers.builders import Json, dosage, order, raw

DSTU2, STU3, R4, R5 = Version.DSTU2, Version.STU3, Version.R4, Version.R5


def resource(kind: str, **members: object) -> Json:
    return {"resourceType": kind, "id": "r1", **members}


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("DSTU2", DSTU2), ("1.0.2", DSTU2), ("STU3", STU3), ("3.0.1", STU3), ("3.0.2", STU3),
        ("R4", R4), ("r4b", R4), ("4.0.1", R4), ("4.3.0", R4), ("FHIR R4", R4), ("R5", R5),
        ("5.0.0", R5), ("6.0.0", None), ("0.4", None), ("latest", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_versions(name: str, version: Version | None) -> None:
    """A version is known by its name and by its number; a foreign one is not guessed."""
    assert version_named(name) is version


@pytest.mark.parametrize(
    ("shown", "version"),
    [
        (resource("MedicationOrder"), DSTU2),
        (resource("DiagnosticOrder"), DSTU2),
        (resource("Condition", patient={}), DSTU2),
        (resource("AllergyIntolerance", substance={}), DSTU2),
        (resource("Procedure", notPerformed=True), DSTU2),
        (resource("MedicationStatement", patient={}), DSTU2),
        (resource("Condition", clinicalStatus="active"), STU3),
        (resource("AllergyIntolerance", clinicalStatus="active"), STU3),
        (resource("MedicationRequest", context={}), STU3),
        (resource("MedicationRequest", requester={"agent": {}}), STU3),
        (resource("MedicationStatement", taken="y"), STU3),
        (resource("Procedure", notDone=False), STU3),
        (resource("ProcedureRequest", intent="order"), STU3),
        (order(encounter={}), R4),
        (resource("ServiceRequest", code={"text": "B12"}), R4),
        (resource("MedicationRequest", medication={"concept": {}}), R5),
        (resource("Procedure", occurrenceDateTime="2026"), R5),
        (resource("AllergyIntolerance", type={"text": "allergy"}), R5),
        (resource("ServiceRequest", code={"concept": {}}), R5),
    ],
)
def test_what_one_version_alone_has(shown: Json, version: Version) -> None:
    """One draft, or one entry of the prefetch, tells the version that alone spells it so."""
    assert detect(None, [raw(shown)], []) is version
    assert detect(None, [], [[raw(shown)]]) is version


@pytest.mark.parametrize(
    "shown",
    [
        dosage(doseQuantity={"value": 1, "unit": "mg"}),
        order(category={"text": "outpatient"}),
        order(),
        resource("ProcedureRequest"),
        resource("Observation", interpretation={"text": "low"}),
        resource("Patient"),
        resource("Condition", clinicalStatus={"text": "active"}),
        resource("MedicationStatement", status="active"),
    ],
)
def test_what_proves_nothing(shown: Json) -> None:
    """What is sent in several versions, or by mistake, is no sign: then the server is asked."""
    assert detect(None, [raw(shown)], []) is None


def test_resources_that_cannot_be_read_tell_nothing() -> None:
    """A resource that is none does not end the search for signs."""
    odd = [raw(5), raw("text"), raw({"resourceType": 7})]
    assert detect(None, odd, [odd]) is None
    assert detect(None, [*odd, raw(resource("MedicationOrder"))], []) is DSTU2


def test_drafts_outweigh_the_prefetch() -> None:
    """What we answer is about the drafts, so their version is the one to speak."""
    record = [raw(resource("Condition", clinicalStatus="active"))] * 5
    assert detect(None, [raw(order(encounter={}))], [record]) is R4


def test_most_resources_decide() -> None:
    """One oddly written entry in a record does not turn an R4 call into an STU3 call."""
    sound = raw(resource("Condition", clinicalStatus={"text": "active"}))
    odd = raw(resource("Condition", clinicalStatus="active"))
    assert detect(None, [], [[odd, odd, sound]]) is STU3
    assert detect(None, [], [[odd, sound, sound]]) is None
    assert detect(None, [], [[odd, odd, sound, sound], [raw(order(encounter={}))]]) is R4


def test_one_sign_of_r5_suffices() -> None:
    """R5 shares most shapes with R4, and none of its own is found in older calls."""
    shared = raw(resource("Condition", clinicalStatus={"text": "active"}))
    own = raw(resource("MedicationRequest", medication={"concept": {}}))
    assert detect(None, [], [[shared] * 6, [own]]) is R5


def test_epics_extension_comes_first() -> None:
    """Epic says which version it sends, and sends R4 orders that look like STU3."""
    extension = raw({EPIC_EXTENSION: "R4", "com.epic.other": {"a": 1}})
    assert detect(extension, [raw(resource("MedicationRequest", context={}))], []) is R4


@pytest.mark.parametrize("extension", [{}, {EPIC_EXTENSION: 4}, {EPIC_EXTENSION: "new"}, [], 5])
def test_an_extension_that_says_nothing(extension: object) -> None:
    """Without a version that we know in it, the resources decide."""
    assert detect(raw(extension), [raw(resource("MedicationOrder"))], []) is DSTU2


@pytest.mark.parametrize(
    ("statement", "version"),
    [
        ({"resourceType": "Conformance", "fhirVersion": "1.0.2"}, DSTU2),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"}, STU3),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}, R4),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}, R5),
        ({"resourceType": "CapabilityStatement"}, None),
        ({"resourceType": "CapabilityStatement", "fhirVersion": 4}, None),
        ([], None),
    ],
)
def test_what_a_server_states(statement: object, version: Version | None) -> None:
    """The version of a server is the one in its own statement, if there is one."""
    assert version_of_statement(bytes(raw(statement))) is version


@pytest.mark.parametrize(
    "body", [b'{"fhirVersion": "\xff"}', b'{"a":' * 100_000, b'{"fhirVersion": [' * 3, b""]
)
def test_what_is_no_statement_states_nothing(body: bytes) -> None:
    """No text, nested without end, broken off, or empty: the version is looked for elsewhere."""
    assert version_of_statement(body) is None
