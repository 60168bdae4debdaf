"""What every route of an EHR does first: find out who calls, and whether it is its turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.requests import Request

from service.clients import Client
from service.inbound.origins import OWN_ORIGINS
from service.routes.edge import Trace
from service.setup import Setup
from service.trust.door import bearer_of
from service.trust.why import Why, refused


@asynccontextmanager
async def admitted(setup: Setup, request: Request, trace: Trace) -> AsyncIterator[Client]:
    """The client that calls, for as long as its call takes.

    Raises:
        NotAllowedError: it did not prove to be one.
        TooManyCallsError: it calls too often.
    """
    client = await setup.caller_of(request)
    request.scope[OWN_ORIGINS] = client.cors_origins
    with _turn(setup, client, trace):
        yield client


@asynccontextmanager
async def admitted_to_look_inside(
    setup: Setup, request: Request, trace: Trace
) -> AsyncIterator[Client]:
    """The client for whom a trace is made: that of the token, where it may `explain`.

    The operator's token stands for the first client. A demo without such a token is open.

    Raises:
        NotAllowedError: neither the operator nor a client that may explain.
        TooManyCallsError: it calls too often.
    """
    client = await _may_look_inside(setup, request)
    request.scope[OWN_ORIGINS] = client.cors_origins
    with _turn(setup, client, trace):
        yield client


async def _may_look_inside(setup: Setup, request: Request) -> Client:
    if setup.settings.demo and setup.operator_token is None:
        return setup.caller
    if setup.is_operator(bearer_of(request) or ""):
        return setup.caller
    if setup.settings.demo:
        raise refused(Why.NO_BEARER)
    client = await setup.caller_of(request)
    if not client.explain:
        raise refused(Why.NOT_FOR_CLIENT)
    return client


@contextmanager
def _turn(setup: Setup, client: Client, trace: Trace) -> Iterator[None]:
    trace.fields["client_id"] = client.id
    with setup.paces[client.id].turn():
        yield
