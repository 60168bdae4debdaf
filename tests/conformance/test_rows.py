"""Rows of CDS Hooks that no other test is about."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from cds_hooks.hooks import HOOKS
from cds_hooks.identity import card_uuid
from fhir_mappers.searches import templates
from fhir_mappers.terminology import load_codes
from fhir_mappers.versions.version import Version
from tests.service.calls import CHARTS, Json, amoxicillin, call, example, post, prefetch, service

HOOK_EXAMPLES = ("patient-view", "order-select", "order-sign", "medication-prescribe")
SUBSET = {"patient", "subject", "code", "category", "status", "_count"}
PUBLISHED = {
    "patient-view",
    "order-select",
    "order-sign",
    "order-dispatch",
    "medication-prescribe",
    "medication-refill",
    "problem-list-item-create",
    "encounter-discharge",
}
RAW_HTML = re.compile(r"<[A-Za-z/!]")


async def answered(name: str) -> Json:
    """The answer to an example."""
    answer = await post(service(), example(name))
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


@pytest.mark.row(6)
@pytest.mark.parametrize("name", HOOK_EXAMPLES)
async def test_an_answer_is_strict_json(name: str) -> None:
    """No comment, no trailing comma, no NaN: the strictest reader reads it."""
    answer = await post(service(), example(name))

    def refuse(constant: str) -> Any:  # noqa: ANN401 - never returns
        raise AssertionError(constant)

    assert json.loads(answer.content, parse_constant=refuse)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.row(4, 43, 65)
@pytest.mark.parametrize("name", HOOK_EXAMPLES)
async def test_an_answer_holds_cards_and_no_system_actions(name: str) -> None:
    """Nothing is ever done behind the clinician's back."""
    assert set(await answered(name)) == {"cards"}


@pytest.mark.row(2, 59)
@pytest.mark.parametrize("name", HOOK_EXAMPLES)
async def test_suggested_resources_are_whole(name: str) -> None:
    """Create and update carry a resource with its type, its patient and its status."""
    for card in (await answered(name))["cards"]:
        for offer in card.get("suggestions", ()):
            for action in offer["actions"]:
                if action["type"] != "delete":
                    assert {"resourceType", "status"} <= set(action["resource"])


@pytest.mark.row(47, 70)
@pytest.mark.parametrize("name", HOOK_EXAMPLES)
async def test_every_card_and_suggestion_has_an_id_of_its_own(name: str) -> None:
    """Without ids no feedback would ever come."""
    cards = (await answered(name))["cards"]
    ids = [card["uuid"] for card in cards]
    ids += [offer["uuid"] for card in cards for offer in card.get("suggestions", ())]
    assert ids
    assert len(set(ids)) == len(ids)


@pytest.mark.row(25)
def test_another_call_makes_other_ids() -> None:
    """`hookInstance` is part of every id."""
    one, two = (card_uuid("ehr", "service", instance, "rule") for instance in ("a", "b"))
    assert one != two


@pytest.mark.row(49)
@pytest.mark.parametrize("name", HOOK_EXAMPLES)
async def test_a_detail_is_markdown_without_html(name: str) -> None:
    """Not every client cleans HTML, so there is none."""
    for card in (await answered(name))["cards"]:
        assert card["detail"].strip()
        assert not RAW_HTML.search(card["detail"])


@pytest.mark.row(3, 44)
async def test_nothing_to_say_is_an_empty_list() -> None:
    """The one place where an empty array is right."""
    body = call("order-sign", "demo-kidneys", amoxicillin("demo-kidneys"))
    assert (await post(service(), body)).json() == {"cards": []}


@pytest.mark.row(23, 45, 46)
async def test_a_body_for_another_hook_is_an_error() -> None:
    """The address says which hook is meant; a body that says another was sent astray."""
    answer = await post(service(), example("order-sign"), "/cds-services/b12-order-select")
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.row(35, 36)
@pytest.mark.parametrize("version", list(Version))
def test_queries_keep_to_the_recommended_subset(version: Version) -> None:
    """Reads and plain searches, no modifiers, no chains; sorted as FHIR has it."""
    for query in templates(load_codes(()), version).values():
        kind, _, search = query.partition("?")
        if not search:
            assert kind == "Patient/{{context.patientId}}"
            continue
        parameters = dict(each.split("=", 1) for each in search.split("&"))
        # In DSTU2 the direction stands in the name.
        sorting = {"_sort:desc"} if version is Version.DSTU2 else {"_sort"}
        assert set(parameters) <= SUBSET | sorting
        assert parameters.get("_sort", "-date").startswith("-")


@pytest.mark.row(32, 33)
def test_queries_name_only_the_patient_of_the_context() -> None:
    """Every client can resolve that, for every hook."""
    for query in templates(load_codes(()), Version.R4).values():
        assert set(re.findall(r"\{\{(.*?)\}\}", query)) == {"context.patientId"}


@pytest.mark.row(86)
def test_every_hook_is_a_published_one() -> None:
    """A hook of our own would need a reverse-domain name; there is none."""
    assert {hook.name for hook in HOOKS} == PUBLISHED


@pytest.mark.row(83)
async def test_extensions_that_nobody_told_us_of_are_passed_over() -> None:
    """Whatever an EHR adds to a call, the answer is the same."""
    body = example("order-sign")
    plain = await post(service(), body)
    more = {"extension": {"org.example.site": {"ward": "7"}}, "unknown": [1, None]}
    assert (await post(service(), {**body, **more})).json() == plain.json()


@pytest.mark.row(83)
async def test_our_own_extension_bears_a_reverse_domain_name() -> None:
    """So that it cannot be taken for anybody else's."""
    for card in (await answered("order-sign"))["cards"]:
        assert set(card["extension"]) == {"org.b12cds.evidence"}


@pytest.mark.row(26, 30)
async def test_prefetch_alone_is_enough() -> None:
    """A hospital may send everything and open nothing."""
    body = {**example("order-sign"), "prefetch": prefetch(CHARTS["demo-kidneys"])}
    answer = await post(service(), body)
    assert answer.json()["cards"]


def test_the_examples_are_kept_for_readers_of_the_documentation() -> None:
    """What these tests call is what the README shows."""
    folder = Path(__file__).parents[2] / "examples"
    for name in HOOK_EXAMPLES:
        assert orjson.loads((folder / f"{name}.json").read_bytes())["hook"] == name
