"""Answers as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from cds_hooks.outcome import outcome
from service.errors import Refusal

JSON = "application/json"
FHIR_JSON = "application/fhir+json"


def json_reply(
    content: Mapping[str, Any], status: int = 200, *, media_type: str = JSON
) -> Response:
    """`content` as JSON; an answer may hold patient data, so nobody on the way keeps it."""
    body = orjson.dumps(content)
    return Response(body, status, {"Cache-Control": "no-store"}, media_type)


def refusal_reply(refusal: Refusal, request_id: str) -> Response:
    """An OperationOutcome with a request id, by which the operator finds the log line."""
    text = f"{refusal.text} Request {request_id}."
    content = outcome(refusal.code, text, refusal.where)
    reply = json_reply(content, refusal.status, media_type=FHIR_JSON)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        reply.headers["WWW-Authenticate"] = "Bearer"
    if refusal.status == HTTPStatus.REQUEST_TIMEOUT:
        # The rest of the body would come, as slowly as it likes, before the next request could.
        reply.headers["Connection"] = "close"
    if refusal.retry_after_s is not None:
        reply.headers["Retry-After"] = str(refusal.retry_after_s)
    return reply
