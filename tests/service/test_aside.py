"""A record that takes long to read keeps nobody else waiting, and its caller no longer than agreed."""

from __future__ import annotations

import asyncio
import threading

import httpx
import orjson
import pytest

from cds_hooks.feedback import Report, parse
from service.aside import LIGHT, THREADS_PER_CLIENT, worked
from service.asked import Asked
from service.deadline import Deadline
from service.problems import none_concerns_b12
from tests.service.calls import (
    CHARTS,
    Json,
    browser,
    bundle,
    call,
    cyanocobalamin,
    post,
    prefetch,
    rules_of,
    service,
)
from tests.timing import Stopwatch

KIDNEYS = "demo-kidneys"
# Of some hundred until the deadline; a process that works on one thing gives one or two.
SIGNS_OF_LIFE = 10
# The deadline of two seconds, and what a slow machine may add; the work itself takes longer.
IN_TIME_S = 4.0


def orders(times: int) -> list[Json]:
    """Running orders of B12 that differ, so that each is read on its own."""
    one = next(x for x in CHARTS[KIDNEYS].resources if "dosageInstruction" in x)
    return [{**one, "id": f"m-{n}", "note": [{"text": f"note {n}"}]} for n in range(times)]


def signing(**more: object) -> Json:
    """A draft in impaired kidneys, with a record of some size."""
    sent = {**prefetch(KIDNEYS), **more}
    return call("order-sign", KIDNEYS, cyanocobalamin(KIDNEYS), prefetch=sent)


async def signs_of_life(http: httpx.AsyncClient, until: asyncio.Event) -> int:
    """How many others are answered meanwhile."""
    count = 0
    while not until.is_set():
        assert (await http.get("/__lbheartbeat__")).status_code == 200
        count += 1
        await asyncio.sleep(0.01)
    return count


async def test_what_takes_longer_than_the_deadline_is_refused_in_time() -> None:
    """With the reason; others are answered meanwhile, and the next call is."""
    app = service()
    body = orjson.dumps(signing(medications=bundle(orders(9000))))
    over = asyncio.Event()
    async with browser(app) as http:
        others = asyncio.create_task(signs_of_life(http, over))
        watch = Stopwatch()
        answer = await post(app, body, "/cds-services/b12-order-sign")
        took_s = watch.seconds
        over.set()
        assert await others >= SIGNS_OF_LIFE
    assert answer.status_code in {412, 413}
    assert "within the deadline" in answer.text or "longer to read" in answer.text
    assert took_s < IN_TIME_S
    again = await post(app, signing())
    assert "cyanocobalamin-renal-impairment" in rules_of(again.json())


async def test_a_long_record_gets_the_cards_of_a_short_one() -> None:
    """Where it is worked on makes no difference to what is said."""
    narrative = {"status": "generated", "div": f"<div>{'x' * LIGHT}</div>"}
    record = prefetch(KIDNEYS)
    padded = {**record["patient"], "text": narrative}
    app = service()
    short = (await post(app, signing())).json()
    long = (await post(app, signing(patient=padded))).json()
    assert rules_of(long) == rules_of(short) != set()


async def test_a_long_body_that_is_no_json_is_refused_as_a_short_one() -> None:
    """A mistake that is found aside is told as the same mistake."""
    body = b'{"hook": "order-sign", "hook": "' + b"x" * LIGHT + b'"}'
    answer = await post(service(), body, "/cds-services/b12-order-sign")
    assert answer.status_code == 400
    assert "twice" in answer.text


async def test_what_one_client_abandons_keeps_no_other_waiting() -> None:
    """Work that nobody waits for any more fills the threads of its own client alone."""
    released = threading.Event()
    soon = Deadline.after(50)
    try:
        for _ in range(THREADS_PER_CLIENT + 1):
            with pytest.raises(TimeoutError):
                await worked("busy", LIGHT + 1, soon, released.wait)
        in_time = Deadline.after(2_000)
        assert await worked("other", LIGHT + 1, in_time, lambda: "done") == "done"
    finally:
        released.set()
    assert await worked("busy", LIGHT + 1, Deadline.after(2_000), lambda: "done") == "done"


async def test_many_diagnoses_that_are_added_are_read_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are looked at before anything else of the record."""
    threads = []

    def noted(asked: Asked) -> bool:
        threads.append(threading.current_thread())
        return none_concerns_b12(asked)

    monkeypatch.setattr("service.evaluate.none_concerns_b12", noted)
    adding = call("patient-view", KIDNEYS, prefetch=prefetch(KIDNEYS))
    adding["hook"] = "problem-list-item-create"
    whose = {"subject": {"reference": f"Patient/{KIDNEYS}"}}
    for text in ("cough", "x" * LIGHT):
        diagnosis = {"resourceType": "Condition", "id": "new", "code": {"text": text}, **whose}
        adding["context"]["conditions"] = bundle([diagnosis])
        assert (await post(service(), adding)).status_code == 200
    on_the_loop, aside = threads
    assert on_the_loop is threading.main_thread() is not aside


async def test_long_feedback_is_read_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report may list as many suggestions as fit into a body."""
    threads = []

    def noted(body: bytes) -> Report:
        threads.append(threading.current_thread())
        return parse(body)

    monkeypatch.setattr("service.routes.feedback.parse", noted)
    for times in (1, LIGHT // 8):  # a suggestion has more than eight bytes
        one = {"card": "c", "outcome": "accepted", "acceptedSuggestions": [{"id": "s"}] * times}
        await post(service(), {"feedback": [one]}, "/cds-services/b12-order-sign/feedback")
    on_the_loop, aside = threads
    assert on_the_loop is threading.main_thread() is not aside
