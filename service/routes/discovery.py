"""GET /cds-services: which services there are, rendered once for each client."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.discovery import document
from cds_hooks.hooks import HOOKS
from service.reply import JSON
from service.routes.admit import admitted
from service.routes.edge import Answer, Trace
from service.setup import Setup


def discovery(setup: Setup) -> Answer:
    """Answers the discovery document of the client that asks."""
    bodies = {
        client_id: orjson.dumps(document(HOOKS, content.templates))
        for client_id, content in setup.content.items()
    }

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted(setup, request, trace) as client:
            return Response(bodies[client.id], media_type=JSON)

    return answer
