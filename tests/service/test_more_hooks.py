"""Hooks beside the four of ordering: a dispatch, a renewal, a new diagnosis, a discharge."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.calls import (
    Json,
    amoxicillin,
    bundle,
    call,
    cyanocobalamin,
    post,
    prefetch,
    rules_of,
    served,
    service,
)
from tests.service.fake_fhir import BASE, FakeFhir, fhir, trouble

KIDNEYS = "demo-kidneys"
ORDER = cyanocobalamin(KIDNEYS, id="signed-1", status="active")
RULE = "cyanocobalamin-renal-impairment"
PERNICIOUS = {
    "resourceType": "Condition",
    "id": "new-problem",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "84027009"}]},
}


def dispatch(*references: str, **more: object) -> Json:
    """A dispatch of these orders, without a user, as the hook allows."""
    context = {
        "patientId": KIDNEYS,
        "dispatchedOrders": list(references),
        "performer": "Organization/pharmacy",
    }
    return {"hook": "order-dispatch", "hookInstance": "d-1", "context": context, **more}


def added(patient: str, *conditions: Json, **more: object) -> Json:
    """A call in which these diagnoses are added."""
    body = call("patient-view", patient, **more)
    body["hook"] = "problem-list-item-create"
    body["context"]["conditions"] = bundle(
        {**each, "subject": {"reference": f"Patient/{patient}"}} for each in conditions
    )
    return body


@pytest.mark.row(38)
async def test_a_dispatched_order_is_read_from_the_fhir_server(tmp_path: Path) -> None:
    """The call holds a reference only; the order behind it is checked as at signing."""
    record = served(KIDNEYS).behaviours["MedicationRequest"]
    fake = served(
        KIDNEYS,
        MedicationRequest=lambda request: (
            fhir(ORDER) if request.url.path.endswith("/signed-1") else record(request)
        ),
    )
    answer = await post(
        service(tmp_path, fake), dispatch("MedicationRequest/signed-1", fhirServer=BASE)
    )
    assert answer.status_code == 200
    assert RULE in rules_of(answer.json())


@pytest.mark.row(26)
async def test_a_dispatched_order_that_was_sent_along_is_not_fetched() -> None:
    """The prefetch of the medications may hold it already."""
    sent = prefetch(KIDNEYS)
    sent["medications"]["entry"].append({"resource": ORDER})
    body = dispatch("MedicationRequest/signed-1", "ServiceRequest/9", prefetch=sent)
    assert RULE in rules_of((await post(service(), body)).json())


@pytest.mark.row(28)
async def test_a_dispatched_order_that_cannot_be_read_is_412(tmp_path: Path) -> None:
    """Without the order nothing can be checked, and silence would look like consent."""
    fake = FakeFhir({"MedicationRequest": lambda _: trouble(404)})
    body = dispatch("MedicationRequest/signed-1", prefetch=prefetch(KIDNEYS))
    assert (await post(service(), body)).status_code == 412
    answer = await post(service(tmp_path, fake), {**body, "fhirServer": BASE})
    assert answer.status_code == 412


async def test_a_dispatched_order_of_another_patient_is_refused() -> None:
    """Two patients are never mixed, wherever the order came from."""
    sent = prefetch(KIDNEYS)
    other = {**ORDER, "subject": {"reference": "Patient/somebody-else"}}
    sent["medications"]["entry"].append({"resource": other})
    answer = await post(service(), dispatch("MedicationRequest/signed-1", prefetch=sent))
    assert answer.status_code == 400


async def test_a_dispatch_of_other_orders_is_none_of_our_business() -> None:
    """Neither a referral nor a scan is looked up."""
    assert (await post(service(), dispatch("ServiceRequest/9"))).json() == {"cards": []}


@pytest.mark.parametrize("named", [{}, {"dispatchedOrders": []}, {"dispatchedOrders": 1}])
async def test_a_dispatch_of_nothing_is_400(named: Json) -> None:
    """The hook requires the references."""
    body = dispatch()
    body["context"] = {"patientId": KIDNEYS, **named}
    assert (await post(service(), body)).status_code == 400


async def test_the_older_name_of_the_dispatched_order_is_understood() -> None:
    """Before version 1.1 the hook named one order, in `order`."""
    sent = prefetch(KIDNEYS)
    sent["medications"]["entry"].append({"resource": ORDER})
    body = dispatch(prefetch=sent)
    body["context"] = {"patientId": KIDNEYS, "order": "MedicationRequest/signed-1"}
    assert RULE in rules_of((await post(service(), body)).json())


async def test_a_renewal_is_checked_though_no_user_asks() -> None:
    """A renewal may arrive while nobody looks at the chart."""
    body = call("medication-prescribe", KIDNEYS, cyanocobalamin(KIDNEYS))
    body["hook"] = "medication-refill"
    del body["context"]["userId"]
    assert RULE in rules_of((await post(service(), body)).json())


async def test_another_renewal_is_none_of_our_business() -> None:
    """Only B12 and folic acid are looked at."""
    body = call("medication-prescribe", KIDNEYS, amoxicillin(KIDNEYS))
    body["hook"] = "medication-refill"
    assert (await post(service(), body)).json() == {"cards": []}


async def test_a_new_diagnosis_of_pernicious_anaemia_is_part_of_the_record() -> None:
    """What is being added counts like what is recorded, also where the record has nothing of it."""
    sent = prefetch("demo-pernicious-anaemia")
    sent["conditions"] = None
    answer = await post(service(), added("demo-pernicious-anaemia", PERNICIOUS, prefetch=sent))
    assert "b12-regimen" in rules_of(answer.json())
    assert "pernicious" in answer.text.lower()


async def test_a_diagnosis_that_no_rule_knows_keeps_the_service_silent(tmp_path: Path) -> None:
    """A sprained ankle is no reason to open the B12 record: nothing is fetched."""
    fake = served("demo-pernicious-anaemia")
    sprain = {**PERNICIOUS, "code": {"text": "Sprained ankle"}}
    body = added("demo-pernicious-anaemia", sprain, fhirServer=BASE)
    assert (await post(service(tmp_path, fake), body)).json() == {"cards": []}
    assert fake.seen == []


async def test_a_new_diagnosis_of_another_patient_is_refused() -> None:
    """Two patients are never mixed."""
    body = added("demo-pernicious-anaemia", PERNICIOUS)
    entry = body["context"]["conditions"]["entry"][0]["resource"]
    entry["subject"] = {"reference": "Patient/somebody-else"}
    assert (await post(service(), body)).status_code == 400


async def test_what_is_due_is_told_at_discharge() -> None:
    """The patient must not leave with an untreated deficiency."""
    body = call("patient-view", "demo-pernicious-anaemia")
    body["hook"] = "encounter-discharge"
    body["context"]["encounterId"] = "e-1"
    assert "b12-regimen" in rules_of((await post(service(), body)).json())
