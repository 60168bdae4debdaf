"""Browsers may read an answer only from an origin of the client whom it was given to."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Where a route leaves the origins of the client that it admitted.
OWN_ORIGINS = "b12.own_origins"


class OwnOrigins:
    """Around the CORS middleware, which knows only the origins of all clients together.

    Preflights and refused callers have no client yet: they are answered to every listed origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the call on, and takes the permission back where the origin is another's."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")

        async def answer(message: Message) -> None:
            own = scope.get(OWN_ORIGINS)
            if message["type"] == "http.response.start" and own is not None and origin not in own:
                headers = MutableHeaders(scope=message)
                del headers["access-control-allow-origin"]
            await send(message)

        await self.app(scope, receive, answer)
