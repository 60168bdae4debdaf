"""Everything suggested is an order that an EHR can take as it is: HL7's validator passes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from service.demo.charts import materialise
from tests.end_to_end.checking import Checker
from tests.end_to_end.conftest import FORMULARIES
from tests.end_to_end.ehr import HOOKS, Ehr, actions_of, call
from tests.end_to_end.harvest import KEYS, Exchange, keys_of, resources_of
from tests.end_to_end.records import (
    belonging_to,
    cyanocobalamin,
    cyanocobalamin_tablets,
    folic_acid,
    hydroxocobalamin,
)
from tests.end_to_end.running import Json, Running
from tests.end_to_end.shapes import INVALID, SHAPES, Shape, plain
from tests.end_to_end.situations import PRODUCTS, SITUATIONS, Situation
from tests.hapi.fixtures import Validate
from tests.service.calls import example

pytestmark = pytest.mark.hapi

ORDERS = (cyanocobalamin, cyanocobalamin_tablets, hydroxocobalamin, folic_acid)


@pytest.fixture(scope="module")
def checker(hapi_validate: Validate) -> Checker:
    """The validator with a memory for this file."""
    return Checker(hapi_validate)


def ask(services: Mapping[str, Running], name: str, asked: Json) -> list[Exchange]:
    """The call put to the service of every formulary."""
    return [
        Exchange(f"{name}, {formulary}", asked, services[formulary].answer(asked))
        for formulary in FORMULARIES
    ]


@pytest.fixture(scope="module")
def situations(
    services: Mapping[str, Running], today: date
) -> Mapping[tuple[str, str], list[Exchange]]:
    """The answers to every situation, by its name and by the shape of its drafts."""
    return {
        (situation.name, shape.__name__): ask(
            services, f"{situation.name}, {shape.__name__}", _shaped(situation, shape, today)
        )
        for situation in SITUATIONS
        for shape in (SHAPES if situation.drafts else (plain,))
    }


def _shaped(situation: Situation, shape: Shape, today: date) -> Json:
    asked = situation.call(today)
    drafts = asked["context"].get("draftOrders")
    for entry in drafts["entry"] if drafts else ():
        entry["resource"] = materialise(shape(entry["resource"]), today)
    return asked


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_a_situation_is_met_with_its_proposals(
    situations: Mapping[tuple[str, str], list[Exchange]], situation: Situation
) -> None:
    """Between the formularies every proposal that the situation calls for is offered."""
    exchanges = situations[situation.name, plain.__name__]

    offered = set[str]().union(*(keys_of(each.answer) for each in exchanges))

    assert situation.proposals <= offered


def test_every_proposal_is_met(situations: Mapping[tuple[str, str], list[Exchange]]) -> None:
    """No proposal that has a wording is left out of these tests."""
    exchanges = [
        each for (_, shape), found in situations.items() if shape == "plain" for each in found
    ]

    offered = set[str]().union(*(keys_of(each.answer) for each in exchanges))

    assert sorted(KEYS - offered) == []


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.__name__)
def test_suggestions_for_situations(
    situations: Mapping[tuple[str, str], list[Exchange]], checker: Checker, shape: Shape
) -> None:
    """In whatever shape the drafts came, what we suggest is valid."""
    found = [
        each for (_, of), several in situations.items() if of == shape.__name__ for each in several
    ]
    resources = resources_of(found)

    assert resources
    assert checker.faults(resources) == []


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.__name__)
def test_the_shape_of_a_draft_hides_no_rule(
    situations: Mapping[tuple[str, str], list[Exchange]], shape: Shape
) -> None:
    """The same order in another shape is answered with the same proposals."""
    lost = {
        f"{name}: {one.name}": keys_of(one.answer) ^ keys_of(other.answer)
        for (name, of), several in situations.items()
        if of == shape.__name__
        for one, other in zip(several, situations[name, plain.__name__], strict=True)
    }

    assert {name: keys for name, keys in lost.items() if keys} == {}


@pytest.mark.parametrize("shape", INVALID, ids=lambda each: each.__name__)
def test_changes_to_invalid_drafts(
    services: Mapping[str, Running], today: date, checker: Checker, shape: Shape
) -> None:
    """A draft that is invalid as it came is mended by our change, or not changed at all."""
    exchanges = [
        exchange
        for situation in PRODUCTS
        for exchange in ask(services, situation.name, _shaped(situation, shape, today))
    ]

    assert checker.faults(resources_of(exchanges)) == []


def test_actions_name_what_the_call_carried(
    situations: Mapping[tuple[str, str], list[Exchange]],
) -> None:
    """A change or a removal is of a draft that the EHR sent; a new order has no id yet."""
    wrong = [
        f"{exchange.name}: {action['description']}"
        for several in situations.values()
        for exchange in several
        for action in actions_of(exchange.answer)
        if not _fits(action, {f"{each['resourceType']}/{each['id']}" for each in exchange.drafts})
    ]

    assert wrong == []


def _fits(action: Json, carried: set[str]) -> bool:
    match action["type"]:
        case "create":
            return "id" not in action["resource"]
        case "update":
            resource = action["resource"]
            return f"{resource['resourceType']}/{resource['id']}" in carried
        case "delete":
            return action["resourceId"] in carried
        case _:
            return False


def test_suggestions_for_the_examples(
    services: Mapping[str, Running], ehr: Ehr, examples: Mapping[str, str], checker: Checker
) -> None:
    """So are the suggestions for the example patients, whatever is drafted for them."""
    exchanges = [
        exchange
        for patient in examples.values()
        for hook in HOOKS
        for order in ORDERS
        for exchange in ask(services, f"{patient} at {hook}", _call(ehr, hook, patient, order()))
    ]
    resources = resources_of(exchanges)

    assert resources
    assert checker.faults(resources) == []


def _call(ehr: Ehr, hook: str, patient: str, draft: Json) -> Json:
    drafts = [] if hook == "patient-view" else [belonging_to(patient, draft)]
    return call(hook, patient, *drafts, prefetch=ehr.prefetch(hook, patient))


@pytest.mark.parametrize("hook", HOOKS)
def test_suggestions_for_the_published_examples(
    services: Mapping[str, Running], checker: Checker, hook: str
) -> None:
    """So are those that a newcomer sees first."""
    resources = resources_of(ask(services, hook, example(hook)))

    assert resources
    assert checker.faults(resources) == []
