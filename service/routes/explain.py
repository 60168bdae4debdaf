"""POST /explain: the same call as a service's, answered with the whole trace of reasoning."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.evaluate import trace_of
from service.reply import json_reply
from service.routes.admit import admitted_to_look_inside
from service.routes.edge import Answer
from service.routes.hooks import Incoming, evaluate_body
from service.setup import Setup
from service.trace import Trace


def explanation(setup: Setup) -> Answer:
    """Answers the trace of any hook's call."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted_to_look_inside(setup, request, trace) as client:
            evaluation = await evaluate_body(Incoming(setup, client, request, trace), None)
            return json_reply(trace_of(evaluation))

    return answer
