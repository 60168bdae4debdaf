"""References: drugs that stand elsewhere in a call, and patients who are not the one asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from fhir_mappers.versions.version import Version
from service.demo.charts import Chart
from tests.service.calls import (
    CHARTS,
    Json,
    bundle,
    call,
    cyanocobalamin,
    indicators_of,
    post,
    prefetch,
    rules_of,
    served,
    service,
)
from tests.service.fake_fhir import BASE, fhir, searchset, trouble
from tests.versions.retelling import retell, retold_call

KIDNEYS = "demo-kidneys"
UUID = "urn:uuid:0d3a9d5e-7f61-4c1b-9d39-6a2d7a9f1c55"
ABSOLUTE = "https://ehr.example.org/fhir/Medication/drug-1"
ALL = tuple(Version)


def drug(**more: object) -> Json:
    """The drug of the draft as a resource of its own."""
    concept = cyanocobalamin(KIDNEYS)["medicationCodeableConcept"]
    return {"resourceType": "Medication", "id": "drug-1", "code": concept, **more}


def pointing(reference: str, **more: object) -> Json:
    """The draft, which only points to its drug."""
    draft = cyanocobalamin(KIDNEYS, **more)
    del draft["medicationCodeableConcept"]
    return {**draft, "medicationReference": {"reference": reference}}


def signing(*entries: Json, **more: object) -> Json:
    """A call whose draft Bundle has these entries."""
    asked = call("order-sign", KIDNEYS, **{"prefetch": prefetch(KIDNEYS), **more})
    asked["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": list(entries)}
    return asked


PLACES = {
    "contained": ({"resource": pointing("#drug-1", contained=[drug()])},),
    "relative, another entry": (
        {"resource": pointing("Medication/drug-1")},
        {"resource": drug()},
    ),
    "versioned, another entry": (
        {"resource": pointing("Medication/drug-1/_history/3")},
        {"resource": drug()},
    ),
    "absolute, another entry": ({"resource": pointing(ABSOLUTE)}, {"resource": drug()}),
    "absolute, by fullUrl alone": (
        {"resource": pointing(ABSOLUTE)},
        {"fullUrl": ABSOLUTE, "resource": {**drug(), "id": None}},
    ),
    "urn:uuid, another entry": (
        {"resource": pointing(UUID)},
        {"fullUrl": UUID, "resource": {**drug(), "id": "another-id"}},
    ),
    "the drug before its order": (
        {"fullUrl": UUID, "resource": drug()},
        {"resource": pointing(UUID)},
    ),
}


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("place", PLACES)
async def test_a_drug_in_the_draft_set(place: str, version: Version) -> None:
    """A draft that points to its drug is judged as one that names it, wherever the drug stands."""
    app = service()
    named = await post(app, signing({"resource": cyanocobalamin(KIDNEYS)}))
    pointed = await post(app, retold_call(signing(*PLACES[place]), version))
    assert "cyanocobalamin-renal-impairment" in rules_of(pointed.json())
    assert indicators_of(pointed.json()) == indicators_of(named.json())
    assert rules_of(pointed.json()) == rules_of(named.json())


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("reference", ["Medication/drug-1", f"{BASE}/Medication/drug-1"])
async def test_a_drug_on_the_server(tmp_path: Path, reference: str, version: Version) -> None:
    """A drug that the call does not hold is read from the server of the call."""
    fake = served(KIDNEYS, Medication=lambda _: fhir(retell(drug(), version)))
    entry = {"resource": retell(pointing(reference), version)}
    answer = await post(service(tmp_path, fake), signing(entry, fhirServer=BASE))
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())


@pytest.mark.parametrize("reference", ["Medication/drug-1", "#drug-1", UUID, ABSOLUTE])
async def test_a_drug_that_is_nowhere(tmp_path: Path, reference: str) -> None:
    """A reference that leads nowhere is told when signing; the order is not passed in silence."""
    fake = served(KIDNEYS, Medication=lambda _: trouble(404))
    entry = {"resource": pointing(reference)}
    answer = await post(service(tmp_path, fake), signing(entry, fhirServer=BASE))
    assert answer.status_code == 200
    assert "b12-data-gap" in rules_of(answer.json())


# --- the patient

OTHERS = ("Patient/other", "https://ehr.example.org/fhir/Patient/other", "other", "urn:uuid:other")
OWN = (
    f"Patient/{KIDNEYS}",
    f"https://ehr.example.org/fhir/Patient/{KIDNEYS}",
    f"https://ehr.example.org/fhir/Patient/{KIDNEYS}/_history/7",
    KIDNEYS,
)
KEYS = ("labs", "medications", "conditions", "procedures", "allergies")
UNKNOWN = {
    "labs": {"resourceType": "Observation", "status": "final", "code": {"text": "Shoe size"}},
    "conditions": {"resourceType": "Condition", "code": {"text": "Hay fever"}},
    "procedures": {"resourceType": "Procedure", "status": "completed", "code": {"text": "Cast"}},
    "allergies": {"resourceType": "AllergyIntolerance", "code": {"text": "Walnut"}},
    "medications": {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Amoxicillin"},
    },
}


def of(reference: str, resource: Json) -> Json:
    """The resource as one of the patient referred to."""
    member = "patient" if resource["resourceType"] == "AllergyIntolerance" else "subject"
    return {**resource, member: {"reference": reference}}


def with_one_more(key: str, resource: Json) -> Json:
    """A call whose prefetch has one more resource under a key."""
    sent = prefetch(KIDNEYS)
    sent[key]["entry"].append({"resource": resource})
    return call("order-sign", KIDNEYS, cyanocobalamin(KIDNEYS), prefetch=sent)


async def refused(asked: Json, where: str) -> None:
    """Check that the call is refused, with the place and without a word of what it held."""
    answer = await post(service(), asked)
    assert answer.status_code == 400
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    assert "another patient" in answer.text
    assert where in answer.text
    assert '"other"' not in answer.text
    assert "Patient/other" not in answer.text


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("reference", OTHERS)
@pytest.mark.parametrize("key", KEYS)
async def test_another_patient_in_the_prefetch(key: str, reference: str, version: Version) -> None:
    """One entry of another patient under any key refuses the call, even one that no rule reads.

    Whose list it is decides whether absence may be concluded from it.
    """
    asked = with_one_more(key, of(reference, UNKNOWN[key]))
    await refused(retold_call(asked, version), "prefetch")


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("reference", OTHERS)
async def test_another_patient_in_a_draft(reference: str, version: Version) -> None:
    """So does a draft order, under `subject` or, in DSTU2, under `patient`."""
    asked = signing({"resource": of(reference, cyanocobalamin(KIDNEYS))})
    await refused(retold_call(asked, version), "context")


@pytest.mark.parametrize(
    "plan",
    [
        {"resourceType": "ServiceRequest", "id": "s", "code": {"text": "B12"}},
        {"resourceType": "Task", "id": "t", "description": "Review"},
        {"resourceType": "Appointment", "id": "a"},
    ],
    ids=lambda each: each["resourceType"],
)
@pytest.mark.parametrize("reference", OTHERS[:2])
async def test_another_patient_in_a_plan(reference: str, plan: Json) -> None:
    """So does a test, a task or an appointment in the same set."""
    whom = {"reference": reference}
    members: dict[str, Json] = {
        "ServiceRequest": {"subject": whom},
        "Task": {"for": whom},
        "Appointment": {"participant": [{"actor": whom}]},
    }
    entry = {"resource": {**plan, **members[plan["resourceType"]]}}
    await refused(signing({"resource": cyanocobalamin(KIDNEYS)}, entry), "context")


@pytest.mark.parametrize("sent", ["resource", "bundle", "second"])
async def test_another_patient_under_the_patient_key(sent: str) -> None:
    """So does another Patient, alone, in a Bundle, or as a second one beside the right one."""
    values = prefetch(KIDNEYS)
    other = {**values["patient"], "id": "other"}
    forms = {
        "resource": other,
        "bundle": bundle([other]),
        "second": bundle([values["patient"], other]),
    }
    values["patient"] = forms[sent]
    draft = cyanocobalamin(KIDNEYS)
    await refused(call("order-sign", KIDNEYS, draft, prefetch=values), "prefetch")


async def test_another_patient_on_the_server(tmp_path: Path) -> None:
    """A server that answers with another patient's entries is believed as little."""
    stray = of("Patient/other", UNKNOWN["conditions"])
    fake = served(KIDNEYS, Condition=lambda _: fhir(searchset(stray)))
    asked = call("order-sign", KIDNEYS, cyanocobalamin(KIDNEYS), fhirServer=BASE)
    assert (await post(service(tmp_path, fake), asked)).status_code == 400


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("reference", OWN)
async def test_every_way_to_name_the_patient(reference: str, version: Version) -> None:
    """Relative, absolute, versioned and bare ids of the one patient are the same patient."""
    chart = CHARTS[KIDNEYS]
    own = tuple(each if each is chart.patient else of(reference, each) for each in chart.resources)
    values = prefetch(Chart(chart.story, chart.patient, own))
    draft = of(reference, cyanocobalamin(KIDNEYS))
    asked = call("order-sign", KIDNEYS, draft, prefetch=values)
    answer = await post(service(), retold_call(asked, version))
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())


async def test_a_patient_named_by_the_url_of_its_entry() -> None:
    """In a Bundle whose entries point at each other by urn:uuid, that name is the patient's."""
    chart = CHARTS[KIDNEYS]
    own = tuple(each if each is chart.patient else of(UUID, each) for each in chart.resources)
    values = prefetch(Chart(chart.story, chart.patient, own))
    values["patient"] = {
        "resourceType": "Bundle",
        "entry": [{"fullUrl": UUID, "resource": chart.patient}],
    }
    asked = call("order-sign", KIDNEYS, cyanocobalamin(KIDNEYS), prefetch=values)
    assert "cyanocobalamin-renal-impairment" in rules_of((await post(service(), asked)).json())


@pytest.mark.parametrize("subject", ["Group/ward-7", "Device/analyser", "Location/ward"])
async def test_a_result_of_no_patient(subject: str) -> None:
    """A quality control of the analyser is nobody's result: it is passed over where no rule reads it."""
    asked = with_one_more("labs", of(subject, UNKNOWN["labs"]))
    assert (await post(service(), asked)).status_code == 200
