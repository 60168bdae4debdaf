"""The outermost edge of every route: a request id, one log line, and no exception beyond it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.errors import NotAllowedError, refusal_of
from service.inbound.accept import check_acceptable
from service.observe.events import Event, Fields
from service.observe.log import place_of, record
from service.observe.metrics import Metrics
from service.reply import refusal_reply

REQUEST_ID = "X-Request-Id"
# A method is the caller's own word; only those we know are logged.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class Trace:
    """What the log line of this request will say."""

    request_id: str = field(default_factory=lambda: uuid4().hex)
    fields: Fields = field(default_factory=Fields)
    started: float = field(default_factory=time.perf_counter)

    def duration_ms(self) -> float:
        """Milliseconds since the request arrived."""
        return round((time.perf_counter() - self.started) * 1000, 2)


Answer = Callable[[Request, Trace], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def at_the_edge(route: str, answer: Answer, counts: Metrics, *, json: bool = True) -> Endpoint:
    """The endpoint that runs `answer`; `route` is the pattern that the log shows.

    `json` says that it answers in JSON, which the caller must take.
    """

    async def endpoint(request: Request) -> Response:
        trace = Trace()
        try:
            if json:
                check_acceptable(request)
            response = await answer(request, trace)
        except Exception as error:  # noqa: BLE001 - the outermost edge: every failure is answered
            response = _refuse(error, trace)
        line = _close(request, route, response, trace)
        counts.count(line)
        return response

    return endpoint


async def refuse_unrouted(request: Request, error: Exception) -> Response:
    """The answer to a path or method that no route serves; OPTIONS is told the methods."""
    trace = Trace()
    allowed = (error.headers or {}).get("Allow") if isinstance(error, HTTPException) else None
    if request.method == "OPTIONS" and allowed:
        response = Response(status_code=204, headers={"Allow": f"{allowed}, OPTIONS"})
        _close(request, "(none)", response, trace)
        return response
    response = _refuse(error, trace)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    _close(request, "(none)", response, trace)
    return response


def _refuse(error: Exception, trace: Trace) -> Response:
    refusal = refusal_of(error)
    if refusal.status >= 500:  # noqa: PLR2004 - our fault
        record(
            Event.FAILURE,
            request_id=trace.request_id,
            error=type(error).__name__,
            at=place_of(error),
        )
    trace.fields["error"] = type(error).__name__
    if isinstance(error, NotAllowedError):
        trace.fields["refused"] = error.why
    return refusal_reply(refusal, trace.request_id)


def _close(request: Request, route: str, response: Response, trace: Trace) -> Fields:
    response.headers[REQUEST_ID] = trace.request_id
    line: Fields = {
        "request_id": trace.request_id,
        "method": request.method if request.method in METHODS else "other",
        "route": route,
        "status": response.status_code,
        "duration_ms": trace.duration_ms(),
    }
    line.update(trace.fields)
    record(Event.REQUEST, **line)
    return line
