"""GET /openapi.json: all routes, described for programs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from service.openapi.document import document
from service.reply import json_reply
from service.routes.edge import Answer
from service.routes.health import program_version
from service.trace import Trace


def openapi() -> Answer:
    """Answers the description."""
    described = document(program_version())

    async def answer(_request: Request, _trace: Trace) -> Response:
        return json_reply(described)

    return answer
