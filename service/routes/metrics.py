"""GET /metrics: counts and durations for Prometheus, without anything of a patient."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from service.routes.edge import Answer
from service.setup import Setup
from service.trace import Trace


def metrics(setup: Setup) -> Answer:
    """Answers the figures; while the store is down, without those of feedback."""

    async def answer(_request: Request, _trace: Trace) -> Response:
        text = setup.metrics.exposition(await setup.memory.figures.known())
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer
