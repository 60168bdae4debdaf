"""Whatever a FHIR server does: an answer in time, and honest about what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.app import build_app
from service.fhir.server import Caps
from service.observe.metrics import Metrics
from service.settings import Auth, Settings
from service.setup import set_up
from tests.faults import wicked
from tests.faults.wicked import PATIENT, Behaviour, Wicked, running, status
from tests.service.calls import CHARTS, browser, call, clock, cyanocobalamin
from tests.timing import starved_s

DEADLINE_MS = 2_000
OVERRUN_MS = 50
LISTS = ("Observation", "MedicationRequest", "Condition", "Procedure", "AllergyIntolerance")

IN_FULL = "found"
UNSEEN = [
    wicked.hangs,
    wicked.hangs_after_the_head,
    wicked.trickles,
    wicked.trickles_heads,
    wicked.never_ends,
    wicked.crumbles,
    wicked.truncates,
    wicked.truncates_silently,
    wicked.tells_too_short_a_length,
    wicked.tells_two_lengths,
    wicked.closes,
    wicked.babbles,
    wicked.sends_html,
    wicked.sends_html_as_json,
    wicked.sends_nothing,
    wicked.sends_null,
    wicked.sends_nesting,
    wicked.sends_a_bomb,
    wicked.redirects,
    *(status(number) for number in (400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504)),
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to, how long the service says it took, and what the server was asked.

    `starved_ms` is how long this thread was ready and had no processor, as the kernel counts it.
    """

    reply: httpx.Response
    took_ms: float
    starved_ms: float
    server: Wicked

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        found: dict[str, Any] = self.reply.json()
        return found

    def assert_in_time(self) -> None:
        """Within the deadline plus 50 ms, by the clock that the log and the metrics tell.

        Only what other programs of the machine took is forgiven.
        """
        assert 0 < self.took_ms < DEADLINE_MS + OVERRUN_MS + self.starved_ms


async def ask(
    folder: Path,
    behaviours: Mapping[str, Behaviour],
    hook: str,
    path: str,
    deadline_ms: int = DEADLINE_MS,
) -> Outcome:
    """Calls a service that reads everything from a wicked server."""
    async with running(behaviours) as server:
        file = folder / "clients.toml"
        file.write_text(
            f'[[client]]\nid = "laboratory"\nfhir_servers = ["{server.base}"]\nallow_http = true\n'
            f"allow_private_network = true\ndeadline_ms = {deadline_ms}\n"
        )
        chosen = Settings(auth=Auth.OFF, clients=file, _env_file=None)  # type: ignore[call-arg, unused-ignore]
        setup = set_up(chosen, now=clock)
        drafts = [] if hook == "patient-view" else [cyanocobalamin(PATIENT)]
        body = orjson.dumps(call(hook, PATIENT, *drafts, fhirServer=server.base))
        headers = {"content-type": "application/json"}
        async with browser(build_app(setup)) as http:
            before = starved_s()
            reply = await http.post(path, content=body, headers=headers)
            starved_ms = (starved_s() - before) * 1000
        await setup.pools.aclose()
        return Outcome(reply, took_ms(setup.metrics), starved_ms, server)


def took_ms(metrics: Metrics) -> float:
    """The durations of all requests so far."""
    told = text_string_to_metric_families(metrics.exposition({}).decode())
    samples = (sample for family in told for sample in family.samples)
    return sum(each.value for each in samples if each.name == "b12_request_seconds_sum") * 1000


def named(behaviour: Behaviour) -> str:
    """A test's name for it."""
    return getattr(behaviour, "__name__", "status")


async def test_a_good_server_is_read_in_full(tmp_path: Path) -> None:
    """The yardstick: with no fault everything is seen."""
    outcome = await ask(tmp_path, {}, "order-sign", "/explain", deadline_ms=10_000)
    assert outcome.reply.status_code == 200
    assert outcome.body["reads"]["labs"] == IN_FULL
    assert "/fhir/Patient/demo-kidneys" in outcome.server.targets


@pytest.mark.parametrize("fault", UNSEEN, ids=named)
async def test_a_fault_in_one_list_is_told_and_the_rest_is_judged(
    tmp_path: Path, fault: Behaviour
) -> None:
    """Without the laboratory's list the call is answered in time, and the gap is named."""
    outcome = await ask(tmp_path, {"Observation": fault}, "order-sign", "/explain")
    outcome.assert_in_time()
    assert outcome.reply.status_code == 200
    assert outcome.body["reads"]["labs"] in {"refused", "timed_out", "partial"}
    assert outcome.body["reads"]["medications"] in {"found", "empty"}
    assert "labs" in {gap["source"] for gap in outcome.body["gaps"]}
    assert "CANARY" not in outcome.reply.text


@pytest.mark.parametrize("fault", UNSEEN, ids=named)
async def test_a_fault_everywhere_is_no_empty_answer(tmp_path: Path, fault: Behaviour) -> None:
    """When nothing can be read the answer is 412, never "no concerns", and in time."""
    everywhere = dict.fromkeys(("Patient", *LISTS), fault)
    outcome = await ask(tmp_path, everywhere, "patient-view", "/cds-services/b12-patient-view")
    outcome.assert_in_time()
    assert outcome.reply.status_code == 412
    assert outcome.body["resourceType"] == "OperationOutcome"
    assert "CANARY" not in outcome.reply.text


@pytest.mark.parametrize("fault", [wicked.loops_pages, wicked.pages_without_end], ids=named)
async def test_pages_that_never_end_are_left_within_the_caps(
    tmp_path: Path, fault: Behaviour
) -> None:
    """A list whose pages go round or on is cut off and counts as incomplete."""
    outcome = await ask(tmp_path, {"Observation": fault}, "order-sign", "/explain")
    outcome.assert_in_time()
    assert outcome.reply.status_code == 200
    asked = [target for target in outcome.server.targets if "/Observation" in target]
    assert len(asked) <= Caps().pages + 1
    assert outcome.body["reads"]["labs"] == "partial"
    assert "labs" in {gap["source"] for gap in outcome.body["gaps"]}


@pytest.mark.parametrize("kind", LISTS)
async def test_another_patient_s_data_is_never_judged(tmp_path: Path, kind: str) -> None:
    """A list of somebody else's stops the call: no advice is better than another's."""
    fault = {kind: wicked.sends_another_patient}
    outcome = await ask(tmp_path, fault, "order-sign", "/cds-services/b12-order-sign")
    outcome.assert_in_time()
    somebody_else = orjson.loads(wicked.record(kind, "demo-neuropathy")).get("entry")
    assert outcome.reply.status_code == (400 if somebody_else else 200)
    assert "neuropathy" not in outcome.reply.text


async def test_another_patient_in_place_of_the_one_asked_for(tmp_path: Path) -> None:
    """A Patient with another id is not taken for the one whose chart is open."""

    async def other(asked: wicked.Asked) -> None:
        patient = CHARTS["demo-neuropathy"].patient
        await asked.answer(orjson.dumps(patient))

    path = "/cds-services/b12-patient-view"
    outcome = await ask(tmp_path, {"Patient": other}, "patient-view", path)
    assert outcome.reply.status_code in (400, 412)
    assert "neuropathy" not in outcome.reply.text


async def test_absurd_numbers_are_not_our_fault(tmp_path: Path) -> None:
    """Values far beyond any laboratory end in a gap or a card, never in a 500."""
    fault = {"Observation": wicked.sends_absurd_numbers}
    outcome = await ask(tmp_path, fault, "order-sign", "/explain")
    outcome.assert_in_time()
    assert outcome.reply.status_code == 200


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    """A refused connection is told like any other fault."""
    (tmp_path / "clients.toml").write_text(
        '[[client]]\nid = "laboratory"\nfhir_servers = ["http://127.0.0.1:9/fhir"]\n'
        "allow_http = true\nallow_private_network = true\n"
    )
    chosen = Settings(auth=Auth.OFF, clients=tmp_path / "clients.toml", _env_file=None)  # type: ignore[call-arg, unused-ignore]
    body = orjson.dumps(call("patient-view", PATIENT, fhirServer="http://127.0.0.1:9/fhir"))
    async with browser(build_app(set_up(chosen, now=clock))) as http:
        headers = {"content-type": "application/json"}
        reply = await http.post("/cds-services/b12-patient-view", content=body, headers=headers)
    assert reply.status_code == 412
