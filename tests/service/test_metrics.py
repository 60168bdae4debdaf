"""What Prometheus is told."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.service.calls import Keep, browser, call, cyanocobalamin, post, prefetch, service

PATIENT = "demo-kidneys"


@pytest.fixture
def body() -> dict[str, object]:
    """A call that a rule fires on."""
    return call("order-sign", PATIENT, cyanocobalamin(PATIENT), prefetch=prefetch(PATIENT))


async def test_requests_and_rules_are_counted(keep: Keep, body: dict[str, object]) -> None:
    """A request is counted by its route and status, a rule when it fires; nobody is named."""
    async with keep() as app, browser(app) as http:
        assert (await post(app, body)).status_code == 200
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    route = "/cds-services/{id}"
    assert f'b12_requests_total{{route="{route}",status="200"}} 1.0' in answer.text
    assert 'b12_rules_fired_total{rule="cyanocobalamin-renal-impairment"} 1.0' in answer.text
    assert f'b12_request_seconds_count{{route="{route}"}} 1.0' in answer.text
    assert PATIENT not in answer.text


async def test_refusals_are_counted() -> None:
    """A call that cannot be read counts with its status."""
    app = service()
    async with browser(app) as http:
        await http.post("/cds-services/b12-order-sign", content=b"{")
        text = (await http.get("/metrics")).text
    assert 'status="400"' in text or 'status="415"' in text


async def test_the_state_of_the_store_is_told(keep: Keep) -> None:
    """Up or not, what lies on the disk, and what became of rows that were not written at once."""
    async with keep() as app, browser(app) as http:
        text = (await http.get("/metrics")).text
    assert 'b12_up{part="store"} 1.0' in text
    assert 'b12_up{part="spool"} 1.0' in text
    assert "b12_spool_bytes 0.0" in text
    assert "b12_tokens_unchecked_total 0.0" in text
    for fate in ("spooled", "brought_home", "lost", "set_aside", "unreadable"):
        assert f'b12_rows_total{{fate="{fate}"}} 0.0' in text


async def test_a_store_that_is_down_is_told(
    storeless: Keep, tmp_path: Path, body: dict[str, object]
) -> None:
    """An operator is to be alarmed: rows wait on the disk."""
    async with storeless(spool_dir=tmp_path / "spool") as app, browser(app) as http:
        await post(app, body)
        await app.state.setup.memory.writer.settled()
        text = (await http.get("/metrics")).text
    assert 'b12_up{part="store"} 0.0' in text
    assert 'b12_up{part="spool"} 1.0' in text
    assert 'b12_rows_total{fate="lost"} 0.0' in text
    assert 'b12_rows_total{fate="spooled"} 0.0' not in text


@pytest.mark.parametrize(
    ("code", "label"),
    [("benefit-outweighs-risk", "benefit-outweighs-risk"), ("CANARY-4471-9983", "other")],
)
async def test_a_reason_that_is_none_of_ours_is_no_label(
    keep: Keep, body: dict[str, object], code: str, label: str
) -> None:
    """An EHR may send anything as a code; metrics are open to whoever may scrape them."""
    async with keep() as app, browser(app) as http:
        card = (await post(app, body)).json()["cards"][0]["uuid"]
        given = {
            "card": card,
            "outcome": "overridden",
            "overrideReason": {"reason": {"code": code}},
        }
        report = {"feedback": [given]}
        await post(app, orjson.dumps(report), "/cds-services/b12-order-sign/feedback")
        text = (await http.get("/metrics")).text
    assert f'reason="{label}"' in text
    assert "CANARY" not in text
