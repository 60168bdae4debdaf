"""Where a call's data come from, and what happens when they cannot be had."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service.fhir.server import Caps
from tests.service.calls import (
    CHARTS,
    LABORATORY,
    TOKEN,
    Json,
    amoxicillin,
    call,
    cyanocobalamin,
    hydroxocobalamin,
    indicators_of,
    post,
    prefetch,
    rules_of,
    served,
    service,
)
from tests.service.fake_fhir import BASE, FakeFhir, fhir, hang, searchset, trouble
from tests.timing import Stopwatch

GRANT = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "b12",
}
REFUSED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "forbidden"}],
}
KIDNEYS = "demo-kidneys"


def signing(**more: object) -> Json:
    return call("order-sign", KIDNEYS, cyanocobalamin(KIDNEYS), **more)


def asked_for(fake: FakeFhir, kind: str) -> int:
    return fake.kinds().count(kind)


@pytest.mark.row(27, 37, 38, 84)
async def test_only_absent_lists_are_fetched_and_with_the_token(tmp_path: Path) -> None:
    fake = served(KIDNEYS)
    sent = prefetch(KIDNEYS)
    del sent["labs"]
    body = signing(prefetch=sent, fhirServer=BASE, fhirAuthorization=GRANT)
    answer = await post(service(tmp_path, fake), body)
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())
    assert asked_for(fake, "Observation") == 1
    assert not {"Patient", "MedicationRequest", "Condition"} & set(fake.kinds())
    assert {each.headers["authorization"] for each in fake.seen} == {f"Bearer {TOKEN}"}
    assert {each.headers["cache-control"] for each in fake.seen} == {"no-cache"}


@pytest.mark.row(39)
async def test_a_token_bound_to_another_patient_stops_the_call(tmp_path: Path) -> None:
    """A 400 that names the member and no patient; the token opens nothing."""
    fake = served(KIDNEYS)
    app = service(tmp_path, fake)
    mine = {**GRANT, "patient": f"Patient/{KIDNEYS}"}
    assert (await post(app, signing(fhirServer=BASE, fhirAuthorization=mine))).status_code == 200
    fake.seen.clear()
    other = {**GRANT, "patient": "Patient/demo-other-4711"}
    answer = await post(app, signing(fhirServer=BASE, fhirAuthorization=other))
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert "fhirAuthorization.patient" in answer.text
    assert "4711" not in answer.text
    assert KIDNEYS not in answer.text
    assert fake.seen == []


@pytest.mark.parametrize("value", [None, {"resourceType": "Bundle", "type": "searchset"}, REFUSED])
@pytest.mark.row(29, 30)
async def test_what_the_client_looked_for_itself_is_never_fetched_again(
    tmp_path: Path, value: Json | None
) -> None:
    fake = served(KIDNEYS)
    sent = {**prefetch(KIDNEYS), "labs": value}
    await post(service(tmp_path, fake), signing(prefetch=sent, fhirServer=BASE))
    assert asked_for(fake, "Observation") == 0


@pytest.mark.row(29, 30)
async def test_an_empty_list_and_a_refused_list_are_not_the_same(tmp_path: Path) -> None:
    app = service(tmp_path)
    empty = await post(app, signing(prefetch={**prefetch(KIDNEYS), "labs": None}))
    refused = await post(app, signing(prefetch={**prefetch(KIDNEYS), "labs": REFUSED}))
    assert "b12-data-gap" not in rules_of(empty.json())
    assert "b12-data-gap" in rules_of(refused.json())


@pytest.mark.row(31)
async def test_unread_pages_of_the_prefetch_are_followed(tmp_path: Path) -> None:
    labs = [each for each in CHARTS[KIDNEYS].resources if each["resourceType"] == "Observation"]
    egfr = [each for each in labs if each["id"].endswith("-egfr")]
    others = [each for each in labs if each not in egfr]
    onward = f"{BASE}?_getpages=abc&_getpagesoffset=7"
    fake = FakeFhir({"": lambda _: fhir(searchset(*egfr))})
    sent = {**prefetch(KIDNEYS), "labs": searchset(*others, onward=onward)}
    body = signing(prefetch=sent, fhirServer=BASE, fhirAuthorization=GRANT)
    answer = await post(service(tmp_path, fake), body)
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())
    assert "_getpages=abc&_getpagesoffset=7" in {each.url.query for each in fake.seen}


async def test_pages_of_a_search_are_followed_to_the_end(tmp_path: Path) -> None:
    labs = [each for each in CHARTS[KIDNEYS].resources if each["resourceType"] == "Observation"]

    def page(request: Request) -> Response:
        at = int(request.query_params.get("at", "0"))
        onward = f"{BASE}/Observation?at={at + 1}" if at + 1 < len(labs) else None
        return fhir(searchset(labs[at], onward=onward))

    fake = served(KIDNEYS, Observation=page)
    answer = await post(service(tmp_path, fake), signing(fhirServer=BASE))
    assert asked_for(fake, "Observation") == len(labs)
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())


async def test_pages_that_lead_in_a_circle_end_and_leave_a_gap(tmp_path: Path) -> None:
    def circle(request: Request) -> Response:
        other = "b" if request.query_params.get("at") == "a" else "a"
        return fhir(searchset(onward=f"{BASE}/Observation?at={other}"))

    fake = served(KIDNEYS, Observation=circle)
    answer = await post(service(tmp_path, fake), signing(fhirServer=BASE))
    assert asked_for(fake, "Observation") == 3
    assert "b12-data-gap" in rules_of(answer.json())


async def test_pages_without_end_are_read_up_to_a_cap(tmp_path: Path) -> None:
    def endless(request: Request) -> Response:
        at = int(request.query_params.get("at", "0")) + 1
        return fhir(searchset(onward=f"{BASE}/Observation?at={at}"))

    fake = served(KIDNEYS, Observation=endless)
    answer = await post(service(tmp_path, fake), signing(fhirServer=BASE))
    assert asked_for(fake, "Observation") == 20
    assert "b12-data-gap" in rules_of(answer.json())


async def test_one_page_of_thousands_of_entries_is_read_up_to_a_cap(tmp_path: Path) -> None:
    """What stands beyond is unread, and the card says so."""
    condition = next(x for x in CHARTS[KIDNEYS].resources if x["resourceType"] == "Condition")
    many = [{**condition, "id": f"c-{n}"} for n in range(Caps().entries + 1)]
    for found, whole in ((many[1:], True), (many, False)):
        page = orjson.dumps(searchset(*found))
        fake = served(KIDNEYS, Condition=lambda _, page=page: fhir(page))
        body = call("patient-view", KIDNEYS, fhirServer=BASE)
        slow = LABORATORY.replace("deadline_ms = 1000", "deadline_ms = 20000")
        app = service(tmp_path, fake, clients=slow)
        facts = (await post(app, body, "/explain")).json()["facts"]
        assert ("conditions" not in facts["incomplete"]) is whole


async def test_a_page_link_off_the_server_is_not_followed(tmp_path: Path) -> None:
    fake = served(
        KIDNEYS, Observation=lambda _: fhir(searchset(onward="http://evil.test/fhir?p=2"))
    )
    answer = await post(service(tmp_path, fake), signing(fhirServer=BASE))
    assert {each.url.hostname for each in fake.seen} == {"fhir.test"}
    assert "b12-data-gap" in rules_of(answer.json())


@pytest.mark.parametrize(
    "address",
    [
        "http://other.test/fhir",
        "http://fhir.test/other",
        "http://fhir.test:8081/fhir",
        "https://fhir.test/fhir",
        "http://fhir.test.evil.test/fhir",
        "nonsense",
        "http://169.254.169.254/latest",
    ],
)
async def test_a_server_that_is_not_listed_is_never_called(tmp_path: Path, address: str) -> None:
    fake = served(KIDNEYS)
    body = signing(fhirServer=address, fhirAuthorization=GRANT)
    answer = await post(service(tmp_path, fake), body)
    assert answer.status_code == 412
    assert fake.seen == []


@pytest.mark.parametrize("failure", [401, 403, 404, 410, 429, 500, 503])
async def test_a_patient_that_cannot_be_had_is_never_assessed(tmp_path: Path, failure: int) -> None:
    fake = served(KIDNEYS, Patient=lambda _: trouble(failure))
    for hook, drafts in (("patient-view", ()), ("order-sign", (cyanocobalamin(KIDNEYS),))):
        answer = await post(service(tmp_path, fake), call(hook, KIDNEYS, *drafts, fhirServer=BASE))
        assert answer.status_code == 412
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert "cards" not in answer.json()


@pytest.mark.parametrize("value", [None, REFUSED, {"resourceType": "Bundle"}, 7, "x", {}])
async def test_a_patient_not_found_by_the_client_is_never_assessed(
    tmp_path: Path, value: object
) -> None:
    sent = {**prefetch(KIDNEYS), "patient": value}
    answer = await post(service(tmp_path), call("patient-view", KIDNEYS, prefetch=sent))
    assert answer.status_code == 412


@pytest.mark.row(28)
async def test_no_data_at_all_is_412() -> None:
    answer = await post(service(), call("patient-view", "somebody"))
    assert answer.status_code == 412


async def test_an_unknown_example_patient_is_412() -> None:
    answer = await post(service(), call("patient-view", "demo-nobody"))
    assert answer.status_code == 412


async def test_at_opening_a_patient_without_any_record_is_412(tmp_path: Path) -> None:
    failing = {kind: lambda _: trouble(403) for kind in ("Observation", "MedicationRequest")}
    body = call("patient-view", KIDNEYS, fhirServer=BASE)
    some = served(KIDNEYS, **failing)
    assert (await post(service(tmp_path, some), body)).status_code == 200
    none = served(KIDNEYS, **failing, Condition=lambda _: trouble(403))
    assert (await post(service(tmp_path, none), body)).status_code == 412


@pytest.mark.parametrize(
    "failure",
    [
        lambda _: trouble(403),
        lambda _: trouble(500),
        lambda _: fhir(b"<html>login</html>", kind="text/html"),
        lambda _: fhir(b"{broken"),
        lambda _: fhir(b"[" * 200_000 + b"]" * 200_000),
        lambda _: fhir(b'{"resourceType": "Bundle", "entry": [{"resource": {"id": "\xff"}}]}'),
        lambda _: fhir(REFUSED),
        hang,
    ],
)
@pytest.mark.row(42)
async def test_a_list_that_cannot_be_had_is_a_gap_that_is_told(
    tmp_path: Path, failure: object
) -> None:
    fake = served(KIDNEYS, Observation=failure)
    answer = await post(service(tmp_path, fake), signing(fhirServer=BASE))
    assert answer.status_code == 200
    assert "b12-data-gap" in rules_of(answer.json())


async def quickest(app: FastAPI, body: Json) -> tuple[float, httpx.Response]:
    """The shortest of three calls in seconds, since other work on the machine only adds."""
    times = []
    for _ in range(3):
        watch = Stopwatch()
        answer = await post(app, body)
        times.append((watch.seconds, answer))
    return min(times, key=lambda each: each[0])


@pytest.mark.row(24)
async def test_a_server_that_never_answers_costs_the_deadline_and_no_more(tmp_path: Path) -> None:
    kinds = ("Patient", "Observation", "MedicationRequest", "Condition", "Procedure")
    clients = LABORATORY.replace("deadline_ms = 1000", "deadline_ms = 300")
    app = service(tmp_path, FakeFhir(dict.fromkeys(kinds, hang)), clients=clients)
    took_s, answer = await quickest(app, signing(fhirServer=BASE))
    assert answer.status_code == 412
    assert took_s < 0.35


async def test_missing_lists_are_fetched_at_the_same_time(tmp_path: Path) -> None:
    fake = served(KIDNEYS, Observation=hang, Condition=hang, Procedure=hang)
    clients = LABORATORY.replace("deadline_ms = 1000", "deadline_ms = 300")
    app = service(tmp_path, fake, clients=clients)
    took_s, answer = await quickest(app, signing(fhirServer=BASE))
    assert answer.status_code == 200
    assert took_s < 0.35


async def test_nothing_is_fetched_for_another_drug(tmp_path: Path) -> None:
    fake = served(KIDNEYS)
    for hook in ("order-select", "order-sign", "medication-prescribe"):
        body = call(hook, KIDNEYS, amoxicillin(KIDNEYS), fhirServer=BASE, fhirAuthorization=GRANT)
        assert (await post(service(tmp_path, fake), body)).json() == {"cards": []}
    assert fake.seen == []


async def test_a_unit_error_is_told_even_without_a_patient(tmp_path: Path) -> None:
    draft = hydroxocobalamin("somebody", 1000)
    answer = await post(service(tmp_path), call("order-sign", "somebody", draft))
    assert answer.status_code == 200
    assert rules_of(answer.json()) == {"b12-dose-unit-error"}
    assert indicators_of(answer.json()) == ["critical"]


@pytest.mark.parametrize("where", ["patient", "labs", "draft"])
async def test_another_patients_data_are_refused(tmp_path: Path, where: str) -> None:
    sent = prefetch(KIDNEYS)
    draft = cyanocobalamin(KIDNEYS)
    if where == "patient":
        sent["patient"]["id"] = "somebody-else"
    elif where == "labs":
        sent["labs"]["entry"][0]["resource"]["subject"] = {"reference": "Patient/somebody-else"}
    else:
        draft["subject"] = {"reference": "Patient/somebody-else"}
    answer = await post(service(tmp_path), call("order-sign", KIDNEYS, draft, prefetch=sent))
    assert answer.status_code == 400
    assert "somebody-else" not in answer.text


async def test_a_patient_who_asks_gets_no_cards(tmp_path: Path) -> None:
    for user in (f"Patient/{KIDNEYS}", "RelatedPerson/1"):
        body = signing(prefetch=prefetch(KIDNEYS))
        body["context"]["userId"] = user
        assert (await post(service(tmp_path), body)).json() == {"cards": []}


@pytest.mark.parametrize("death", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-01-03"}])
async def test_nothing_is_advised_for_the_dead(tmp_path: Path, death: Json) -> None:
    sent = prefetch(KIDNEYS)
    sent["patient"].update(death)
    assert (await post(service(tmp_path), signing(prefetch=sent))).json() == {"cards": []}


async def test_in_shadow_all_is_evaluated_and_nothing_shown(tmp_path: Path) -> None:
    app = service(tmp_path, clients=f"{LABORATORY}shadow = true\n")
    assert (await post(app, signing(prefetch=prefetch(KIDNEYS)))).json() == {"cards": []}
    unknown = call("order-sign", "somebody", cyanocobalamin("somebody"))
    assert (await post(app, unknown)).status_code == 412


async def test_a_referenced_medication_is_read_from_the_server(tmp_path: Path) -> None:
    draft = cyanocobalamin(KIDNEYS)
    concept = draft.pop("medicationCodeableConcept")
    draft["medicationReference"] = {"reference": "Medication/vial"}
    vial = {"resourceType": "Medication", "id": "vial", "code": concept}
    fake = served(KIDNEYS, Medication=lambda _: fhir(vial))
    body = call("order-sign", KIDNEYS, draft, fhirServer=BASE)
    answer = await post(service(tmp_path, fake), body)
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())


async def test_a_drug_that_the_record_only_points_to_is_read_from_the_server(
    tmp_path: Path,
) -> None:
    running = next(each for each in CHARTS[KIDNEYS].resources if "dosageInstruction" in each)
    pointing = {key: value for key, value in running.items() if key != "medicationCodeableConcept"}
    pointing["medicationReference"] = {"reference": "Medication/vial"}
    vial = {
        "resourceType": "Medication",
        "id": "vial",
        "code": running["medicationCodeableConcept"],
    }
    lists = {"MedicationRequest": lambda _: fhir(searchset(pointing))}
    body = call("patient-view", KIDNEYS, fhirServer=BASE)
    known = served(KIDNEYS, **lists, Medication=lambda _: fhir(vial))
    trace = (await post(service(tmp_path, known), body, "/explain")).json()
    assert trace["status"] == "treated"
    assert trace["facts"]["incomplete"] == {}
    unknown = served(KIDNEYS, **lists, Medication=lambda _: trouble(404))
    trace = (await post(service(tmp_path, unknown), body, "/explain")).json()
    assert "medications" in trace["facts"]["incomplete"]


async def test_nothing_is_fetched_when_the_patient_asks(tmp_path: Path) -> None:
    fake = served(KIDNEYS)
    body = signing(fhirServer=BASE)
    body["context"]["userId"] = f"Patient/{KIDNEYS}"
    assert (await post(service(tmp_path, fake), body)).json() == {"cards": []}
    assert fake.seen == []


async def test_statements_and_administrations_are_not_waited_for_to_the_end(
    tmp_path: Path,
) -> None:
    fake = served(KIDNEYS, MedicationStatement=hang, MedicationAdministration=hang)
    clients = LABORATORY.replace("deadline_ms = 1000", "deadline_ms = 1600")
    app = service(tmp_path, fake, clients=clients)
    took_s, answer = await quickest(app, signing(fhirServer=BASE))
    assert took_s < 1.2
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())
    assert "b12-data-gap" not in rules_of(answer.json())
