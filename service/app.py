"""The application: settings in, an ASGI app out; nothing happens at import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from service.clients import LOOPBACK_ORIGIN
from service.inbound.origins import OwnOrigins
from service.observe.events import Event
from service.observe.log import flush_log, record
from service.routes.discovery import discovery
from service.routes.edge import REQUEST_ID, Answer, at_the_edge, refuse_unrouted
from service.routes.explain import explanation
from service.routes.feedback import feedback, summary
from service.routes.health import alive, program_version, ready, versions
from service.routes.hooks import hook_service
from service.routes.metrics import metrics
from service.routes.openapi import openapi
from service.routes.welcome import welcome
from service.settings import Settings
from service.setup import Setup, set_up
from service.witness import Witness

DEMO_FHIR = "/demo/fhir"
SMALLEST_COMPRESSED = 1_000  # bytes


def create_app(settings: Settings) -> FastAPI:
    """The service with these settings.

    Raises:
        ConfigurationError: it must not serve with them; the text says why.
    """
    return build_app(set_up(settings))


def build_app(setup: Setup) -> FastAPI:
    """The service made of these parts. Routes are plain ones: FastAPI's cost more than the rules."""
    app = FastAPI(
        title="b12-cds",
        version=program_version(),
        openapi_url=None,
        # A redirect would name the address that this process sees, which behind a proxy is plain
        # http, and the caller would send its token there.
        redirect_slashes=False,
        lifespan=lambda _app: _life(setup),
        exception_handlers={HTTPException: refuse_unrouted},
    )
    app.state.setup = setup
    witness = Witness(setup.metrics, setup.memory, setup.now)
    for route in routes(setup):
        _add(app, route, witness)
    if setup.demo is not None:
        app.mount(DEMO_FHIR, setup.demo.app())
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_COMPRESSED)
    _allow_browsers(app, setup)
    return app


@dataclass(frozen=True, slots=True)
class Served:
    """One route: a method, a path, and what answers."""

    method: str
    path: str
    answer: Answer
    json: bool = True


def routes(setup: Setup) -> tuple[Served, ...]:
    """All that is served besides the example patients of a demo."""
    return (
        Served("GET", "/", welcome(setup), json=False),
        Served("GET", "/cds-services", discovery(setup)),
        Served("POST", "/cds-services/{id}", hook_service(setup)),
        Served("POST", "/cds-services/{id}/feedback", feedback(setup)),
        Served("GET", "/feedback/summary", summary(setup)),
        Served("POST", "/explain", explanation(setup)),
        Served("GET", "/openapi.json", openapi()),
        Served("GET", "/__lbheartbeat__", alive),
        Served("GET", "/__heartbeat__", ready(setup)),
        Served("GET", "/__version__", versions(setup)),
        Served("GET", "/metrics", metrics(setup), json=False),
    )


def _add(app: FastAPI, route: Served, witness: Witness) -> None:
    """The route, with and without a slash at the end: EHRs call the very address that was typed."""
    endpoint = at_the_edge(route.path, route.answer, witness, json=route.json)
    for path in {route.path, route.path.rstrip("/") + "/"}:
        app.router.add_route(path, endpoint, methods=[route.method])


def _allow_browsers(app: FastAPI, setup: Setup) -> None:
    demo = setup.demo is not None
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted({each for client in setup.clients for each in client.cors_origins}),
        allow_origin_regex=LOOPBACK_ORIGIN if demo else None,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "if-none-match"],
        allow_private_network=demo,
        expose_headers=[REQUEST_ID, "ETag"],
    )
    if not demo:
        app.add_middleware(OwnOrigins)


@asynccontextmanager
async def _life(setup: Setup) -> AsyncIterator[None]:
    record(
        Event.STARTED,
        version=program_version(),
        contents={name: content.version for name, content in setup.content.items()},
        approvals={name: content.approval.value for name, content in setup.content.items()},
    )
    if setup.door is not None:
        await setup.door.warm()
    await setup.memory.start()
    yield
    await setup.memory.stop()
    await setup.pools.aclose()
    record(Event.STOPPED)
    flush_log()  # the web server ends the process with the signal that it was sent
