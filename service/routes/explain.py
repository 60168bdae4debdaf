"""POST /explain: the same call as a service's, answered with the whole trace of reasoning."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.errors import NotAllowedError
from service.evaluate import trace_of
from service.reply import json_reply
from service.routes.edge import Answer, Trace
from service.routes.hooks import evaluate_body
from service.setup import Setup


def explanation(setup: Setup) -> Answer:
    """Answers the trace of any hook's call."""

    async def answer(request: Request, trace: Trace) -> Response:
        _check_allowed(setup, request)
        evaluation = await evaluate_body(setup, request, trace, None)
        return json_reply(trace_of(evaluation))

    return answer


def _check_allowed(setup: Setup, request: Request) -> None:
    """Open in a demo, unless the operator has set a token.

    Raises:
        NotAllowedError: a token is needed and was not presented.
    """
    if setup.settings.demo and setup.operator_token is None:
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not setup.is_operator(token.strip()):
        raise NotAllowedError("Not allowed.")
