"""GET /cds-services: which services there are, rendered once."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.discovery import document
from cds_hooks.hooks import HOOKS
from service.content import Content
from service.reply import JSON
from service.routes.edge import Answer, Trace


def discovery(content: Content) -> Answer:
    """Answers the discovery document."""
    body = orjson.dumps(document(HOOKS, content.templates))

    async def answer(_request: Request, _trace: Trace) -> Response:
        return Response(body, media_type=JSON)

    return answer
