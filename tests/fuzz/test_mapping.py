"""Calls with hostile values in any of their places, through the whole service."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_hooks.card_rules import broken_response_rules
from cds_hooks.hooks import HOOKS
from tests.fuzz import seeds
from tests.fuzz.hostile import places, spoiled, written
from tests.fuzz.values import ANY_JSON
from tests.service.calls import Json, kept, post

SLOWEST_S = 5.0
CALLS_EACH = 300
SAMPLED = settings(
    max_examples=CALLS_EACH,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
NAMES = tuple(hook.name for hook in HOOKS)
REFUSED = {400, 412, 413}

Ask = Callable[[bytes, str], httpx.Response]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """One service for all calls, with its store open."""
    folder = tmp_path_factory.mktemp("store")
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        clients = '[[client]]\nid = "any"\nquiet_after_override_hours = 24\n'
        app = runner.run(stack.enter_async_context(kept(folder, clients=clients)))

        def answer(body: bytes, path: str) -> httpx.Response:
            return runner.run(_within(SLOWEST_S, lambda: post(app, body, path)))

        yield answer
        runner.run(stack.aclose())


async def _within(seconds: float, call: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The answer, which comes in time."""
    started = time.perf_counter()
    answer = await asyncio.wait_for(call(), 2 * seconds)
    assert time.perf_counter() - started < seconds
    return answer


def calls_of(hook: str) -> tuple[Json, ...]:
    """Whole calls of that hook, in every FHIR version."""
    return tuple(each for each in seeds.whole_calls() if each["hook"] == hook)


def check(answer: httpx.Response) -> None:
    """Refused for what was sent, or answered with cards that keep every rule."""
    if answer.status_code == 200:
        assert broken_response_rules(answer.json()) == ()
    else:
        assert answer.status_code in REFUSED
        assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("hook", NAMES)
def test_hostile_values_in_any_place_of_a_call(ask: Ask, hook: str) -> None:
    """Never an error of ours, whatever is put where; and not all of it is turned away."""
    answers: Counter[int] = Counter()

    @SAMPLED
    @given(
        body=st.sampled_from(calls_of(hook)),
        seed=st.integers(0, 2**32),
        times=st.sampled_from((1, 1, 2, 3, 8)),
    )
    def put(body: Json, seed: int, times: int) -> None:
        text = spoiled(body, Random(seed), seeds.words(), times)
        answer = ask(text, f"/cds-services/b12-{hook}")
        answers[answer.status_code] += 1
        check(answer)

    put()
    assert answers[200] > CALLS_EACH / 10


@SAMPLED
@given(chance=st.randoms(use_true_random=False), value=ANY_JSON)
def test_any_json_in_any_place_of_a_call(ask: Ask, chance: Random, value: Any) -> None:  # noqa: ANN401
    """Beside what experience calls hostile there is all else."""
    body = chance.choice(seeds.whole_calls())
    held = json.loads(json.dumps(body))
    container, key = chance.choice(places(held))
    container[key] = value
    check(ask(written(held), f"/cds-services/b12-{body['hook']}"))


@SAMPLED
@given(
    body=st.sampled_from(seeds.whole_calls()),
    start=st.floats(0, 1),
    length=st.integers(0, 30),
    noise=st.binary(max_size=10),
)
def test_bytes_cut_out_and_put_in(
    ask: Ask, body: Json, start: float, length: int, noise: bytes
) -> None:
    """A call with some bytes replaced by others is answered, and never by a 500."""
    text = json.dumps(body).encode()
    at = int(start * len(text))
    cut = text[:at] + noise + text[at + length :]
    check(ask(cut, f"/cds-services/b12-{body['hook']}"))
