"""The same patient and the same order, told in DSTU2, STU3, R4 and R5, are judged alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from fhir_mappers.strict import refusals
from fhir_mappers.versions.version import Version
from service.demo.charts import materialise
from tests.end_to_end.shapes import full
from tests.end_to_end.situations import SITUATIONS, Situation
from tests.service.calls import (
    CHARTS,
    NOW,
    Json,
    call,
    cyanocobalamin,
    hydroxocobalamin,
    post,
    prefetch,
    service,
)
from tests.versions.retelling import retold_call

HOOKS = ("patient-view", "order-select", "order-sign", "medication-prescribe")
OTHERS = (Version.DSTU2, Version.STU3, Version.R5)
ORDERS = (cyanocobalamin, hydroxocobalamin)
TODAY: date = NOW.date()


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """One service for clients of every version: nothing tells it which one calls."""
    return service()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the clients files of these tests lie."""
    return tmp_path_factory.mktemp("clients")


@cache
def clients_of(folder: Path, version: Version) -> FastAPI:
    """A service whose client is configured for that version."""
    return service(folder, clients=f'[[client]]\nid = "one"\nfhir_version = "{version}"\n')


async def ask(app: FastAPI, asked: Json) -> Json:
    """The answer, which must be a 200."""
    answer = await post(app, asked)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


async def trace(app: FastAPI, asked: Json) -> Json:
    """Why the service answers as it does."""
    answer = await post(app, asked, "/explain")
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def judged(trace: Json) -> Json:
    """What must not depend on the version: facts, status, rules with their reasons, and inputs.

    A drug order has another type in DSTU2, and so another reference.
    """
    names = ("status", "facts", "gaps", "rules", "recommendation", "reads")
    inputs = [_evidence(card).get("inputs") for card in trace["cards"]]
    indicators = [card["indicator"] for card in trace["cards"]]
    found: Json = _as_requests(
        {**{name: trace[name] for name in names}, "inputs": inputs, "indicators": indicators}
    )
    return found


def _evidence(card: Json) -> Json:
    found: Json = card["extension"]["org.b12cds.evidence"]
    return found


def _as_requests(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    match value:
        case dict():
            return {key: _as_requests(each) for key, each in value.items()}
        case list():
            return [_as_requests(each) for each in value]
        case str():
            return value.replace("MedicationOrder/", "MedicationRequest/")
        case _:
            return value


def actions_in(answer: Json) -> list[Mapping[str, Any]]:
    """Every action of every suggestion."""
    return [
        action
        for card in answer["cards"]
        for suggestion in card.get("suggestions", ())
        for action in suggestion["actions"]
    ]


def situation_call(situation: Situation, today: date = TODAY, *, whole: bool = False) -> Json:
    """The call of a situation; with `whole` its drafts carry most of what an order may carry."""
    asked = situation.call(today)
    drafts = asked["context"].get("draftOrders", {}).get("entry", ()) if whole else ()
    for entry in drafts:
        entry["resource"] = materialise(full(entry["resource"]), today)
    return asked


def demo_call(patient: str, hook: str, *drafts: Json) -> Json:
    """A call for an example patient with the whole record."""
    carried = () if hook == "patient-view" else drafts
    return call(hook, patient, *carried, prefetch=prefetch(patient))


@pytest.mark.parametrize("version", OTHERS)
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("patient", sorted(CHARTS))
async def test_an_example_patient(app: FastAPI, patient: str, hook: str, version: Version) -> None:
    """An example patient is judged as in R4: same facts, status, rules and inputs."""
    for order in ORDERS:
        asked = demo_call(patient, hook, order(patient))
        told = await trace(app, retold_call(asked, version))
        assert judged(told) == judged(await trace(app, asked))


@pytest.mark.parametrize("version", OTHERS)
@pytest.mark.parametrize("whole", [False, True], ids=["plain", "full"])
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
async def test_a_situation(
    app: FastAPI, situation: Situation, whole: bool, version: Version
) -> None:
    """So is every situation that calls for a suggestion, whatever else the draft carries."""
    asked = situation_call(situation, whole=whole)
    told = await trace(app, retold_call(asked, version))
    assert judged(told) == judged(await trace(app, asked))


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(
    "situation", [each for each in SITUATIONS if each.drafts], ids=lambda each: each.name
)
async def test_the_version_is_recognised(
    app: FastAPI, situation: Situation, version: Version
) -> None:
    """A call whose resources are spelled as only one version spells them is known by them."""
    plain = situation_call(situation, whole=True)
    asked = retold_call(plain, version)
    expected = Version.R4 if asked == plain else version
    assert (await trace(app, asked))["fhirVersion"] == expected


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
async def test_suggestions_in_the_version_of_the_call(
    folder: Path, situation: Situation, version: Version
) -> None:
    """A client of known version is suggested the same changes, each valid in that version.

    DSTU2 gets removals only, since the others belong together with what it cannot take.
    """
    app = clients_of(folder, version)
    asked = retold_call(situation_call(situation, whole=True), version)
    actions = actions_in(await ask(app, asked))
    resources = [each["resource"] for each in actions if "resource" in each]
    assert [refusals(each, version) for each in resources] == [()] * len(resources)
    in_r4 = actions_in(
        await ask(clients_of(folder, Version.R4), situation_call(situation, whole=True))
    )
    if version is Version.DSTU2:
        assert {each["type"] for each in actions} <= {"delete"}
    else:
        assert [spoken(each) for each in actions] == [spoken(each) for each in in_r4]


def spoken(action: Mapping[str, Any]) -> tuple[str, str]:
    """What an action does, in words."""
    return action["type"], action["description"]
