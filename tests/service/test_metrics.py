"""What Prometheus is told."""

from __future__ import annotations

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
