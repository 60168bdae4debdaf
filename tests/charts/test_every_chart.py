"""Every chart at hand, on every hook and in both formularies: an answer, and none that is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

import pytest

from cds_hooks.card_rules import broken_response_rules
from tests.charts.orders import ORDERS
from tests.hapi.loader import ChartsAbsentError, read_charts
from tests.service.calls import INSTANCE, LISTS, Json, post, service

Source = Literal["synthea", "sample-patients"]
SOURCES: tuple[Source, ...] = ("synthea", "sample-patients")
FORMULARIES = ("uk", "us")
NAMES_A_LIST = "b12-data-gap"


def charts(source: Source) -> list[Json]:
    """The Bundles of a collection; the test is skipped where it is not at hand."""
    try:
        return list(read_charts(source))
    except ChartsAbsentError as absent:
        pytest.skip(str(absent))


def calls(chart: Json) -> Iterator[Json]:
    """One call per hook and order for the patient of a chart, everything in the prefetch."""
    resources = [entry["resource"] for entry in chart["entry"]]
    patient = next(one for one in resources if one["resourceType"] == "Patient")
    prefetch: Json = {"patient": patient}
    for key, kind in LISTS.items():
        wanted = {kind, "Medication"} if key == "medications" else {kind}
        entries = [one for one in chart["entry"] if one["resource"]["resourceType"] in wanted]
        prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    who = {"userId": "Practitioner/example", "patientId": patient["id"]}
    yield _call("patient-view", who, prefetch)
    for order in ORDERS.values():
        drafts = {"resourceType": "Bundle", "entry": [{"resource": order(patient["id"])}]}
        yield _call("order-sign", {**who, "draftOrders": drafts}, prefetch)
    drafts = {"resourceType": "Bundle", "entry": [{"resource": ORDERS["loading"](patient["id"])}]}
    chosen = {"selections": ["MedicationRequest/draft-1"], "draftOrders": drafts}
    yield _call("order-select", {**who, **chosen}, prefetch)
    yield _call("medication-prescribe", {**who, "medications": drafts}, prefetch)


def _call(hook: str, context: Json, prefetch: Json) -> Json:
    return {"hook": hook, "hookInstance": INSTANCE, "context": context, "prefetch": prefetch}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("formulary", FORMULARIES)
async def test_every_chart_gets_a_sound_answer(source: Source, formulary: str) -> None:
    """No error, no card against the specification, no list taken for unread that was sent."""
    app = service(None, formulary=formulary)
    fired: Counter[str] = Counter()
    for chart in charts(source):
        for body in calls(chart):
            answer = await post(app, body)
            assert answer.status_code == 200, (body["hook"], answer.text)
            assert broken_response_rules(answer.json()) == ()
            for card in answer.json()["cards"]:
                fired.update(card["extension"]["org.b12cds.evidence"]["rules"])
    assert fired[NAMES_A_LIST] == 0
    assert sum(fired.values()) > 0
