"""The outermost edge of every route: a request id, one log line, and no exception beyond it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.errors import NotAllowedError, refusal_of
from service.inbound.accept import check_acceptable
from service.observe.events import Event, Fields
from service.observe.log import record, record_failure
from service.reply import refusal_reply
from service.trace import Trace
from service.witness import Witness

REQUEST_ID = "X-Request-Id"
# A method is the caller's own word; only those we know are logged.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


Answer = Callable[[Request, Trace], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def at_the_edge(route: str, answer: Answer, witness: Witness, *, json: bool = True) -> Endpoint:
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
        try:
            witness.saw(trace, line)
        except Exception as error:  # noqa: BLE001 - what cannot be recorded is answered all the same
            record_failure(error, trace.request_id)
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
        record_failure(error, trace.request_id)
    trace.fields["error"] = type(error).__name__
    if isinstance(error, NotAllowedError):
        trace.fields["refused"] = error.why
    return refusal_reply(refusal, trace.request_id)


def _close(request: Request, route: str, response: Response, trace: Trace) -> Fields:
    response.headers[REQUEST_ID] = trace.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"  # no browser guesses a page in our JSON
    line: Fields = {
        "request_id": trace.request_id,
        "method": request.method if request.method in METHODS else "other",
        "route": route,
        "status": response.status_code,
        "duration_ms": trace.duration_ms(),
    }
    if trace.laps.spent_ms:
        line["durations"] = trace.laps.spent_ms
    line.update(trace.fields)
    record(Event.REQUEST, **line)
    return line
