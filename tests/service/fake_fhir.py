"""A FHIR server that does what real ones do on bad days."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Json = dict[str, Any]
Behaviour = Callable[[Request], Response]

BASE = "http://fhir.test/fhir"


def fhir(
    resource: Json | bytes, status: int = 200, kind: str = "application/fhir+json"
) -> Response:
    """A FHIR answer."""
    body = resource if isinstance(resource, bytes) else orjson.dumps(resource)
    return Response(body, status, media_type=kind)


def searchset(*resources: Json, onward: str | None = None) -> Json:
    """A page of search results; `onward` is the address of the next one."""
    bundle: Json = {"resourceType": "Bundle", "type": "searchset"}
    if resources:
        bundle["entry"] = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    if onward:
        bundle["link"] = [{"relation": "next", "url": onward}]
    return bundle


def trouble(status: int) -> Response:
    """An OperationOutcome with a status."""
    issue = {"severity": "error", "code": "exception", "diagnostics": "CANARY-upstream-text"}
    return fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status)


class HangsError(Exception):
    """Raised by a behaviour that wants the answer never to come."""


def hang(_request: Request) -> Response:
    """Never answers."""
    raise HangsError


def nothing(_request: Request) -> Response:
    """An empty page."""
    return fhir(searchset())


@dataclass(slots=True)
class FakeFhir:
    """Answers each resource type by its behaviour; all else is an empty page. Keeps the requests."""

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.seen.append(request)
        kind = request.url.path.removeprefix("/fhir").strip("/").partition("/")[0]
        try:
            response = self.behaviours.get(kind, nothing)(request)
        except HangsError:
            await asyncio.Event().wait()
        else:
            await response(scope, receive, send)

    def kinds(self) -> list[str]:
        """The resource types that were asked for, sorted."""
        paths = [each.url.path.removeprefix("/fhir").strip("/") for each in self.seen]
        return sorted(path.partition("/")[0] for path in paths)
