"""GET /cds-services: which services there are, rendered once for each client."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.discovery import document
from cds_hooks.hooks import HOOKS
from service.reply import JSON
from service.routes.admit import admitted
from service.routes.edge import Answer
from service.setup import Setup
from service.trace import Trace


def discovery(setup: Setup) -> Answer:
    """Answers the discovery document of the client that asks, or that it is still the same."""
    documents = {
        client_id: Document.of(orjson.dumps(document(HOOKS, content.templates)))
        for client_id, content in setup.content.items()
    }

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted(setup, request, trace) as client:
            return documents[client.id].reply(request.headers.get("if-none-match", ""))

    return answer


@dataclass(frozen=True, slots=True)
class Document:
    """A body that changes only with the configuration, and the tag by which it is recognised."""

    body: bytes
    tag: str

    @staticmethod
    def of(body: bytes) -> Document:
        """The body with its tag, a weak one: it may travel compressed."""
        return Document(body, f'W/"{sha256(body).hexdigest()[:32]}"')

    def reply(self, known: str) -> Response:
        """The body; 304 without it when `known`, the caller's If-None-Match, has its tag."""
        headers = {"ETag": self.tag, "Cache-Control": "private, no-cache"}
        tags = {each.strip().removeprefix("W/") for each in known.split(",")}
        if "*" in tags or self.tag.removeprefix("W/") in tags:
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers, media_type=JSON)
