"""What every route of an EHR does first: find out who calls, and whether it is its turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.requests import Request

from service.clients import Client
from service.inbound.origins import OWN_ORIGINS
from service.setup import Setup
from service.trace import Trace
from service.trust.caller import Caller, Kind
from service.trust.door import bearer_of
from service.trust.why import Why, refused


@asynccontextmanager
async def admitted(setup: Setup, request: Request, trace: Trace) -> AsyncIterator[Client]:
    """The client that calls, for as long as its call takes.

    Raises:
        NotAllowedError: it did not prove to be one.
        StoreDownError: it is strict, and whether its token is new cannot be told.
        TooManyCallsError: it calls too often.
    """
    caller = await setup.caller_of(request)
    with _turn(setup, caller, request, trace):
        yield caller.client


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
    caller = await _may_look_inside(setup, request)
    with _turn(setup, caller, request, trace):
        yield caller.client


async def _may_look_inside(setup: Setup, request: Request) -> Caller:
    if setup.settings.demo and setup.operator_token is None:
        return Caller(setup.first_client, Kind.DEMO)
    if setup.is_operator(bearer_of(request) or ""):
        return Caller(setup.first_client, Kind.OPERATOR)
    if setup.settings.demo:
        raise refused(Why.NO_BEARER)
    caller = await setup.caller_of(request)
    if not caller.client.explain:
        raise refused(Why.NOT_FOR_CLIENT)
    return caller


@contextmanager
def _turn(setup: Setup, caller: Caller, request: Request, trace: Trace) -> Iterator[None]:
    trace.caller = caller
    trace.fields["client_id"] = caller.client.id
    request.scope[OWN_ORIGINS] = caller.client.cors_origins
    with setup.paces[caller.client.id].turn():
        yield
