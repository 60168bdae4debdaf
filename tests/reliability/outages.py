"""The drill of a PostgreSQL that goes away under load and comes back, in every way it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Literal, get_args

import httpx

from tests.postgres.server import PostgresServer
from tests.reliability.ledger import Outcome, outcome
from tests.reliability.load import SIGN, Load, hook_call
from tests.reliability.running import Place, Service, running
from tests.reliability.tokens import USUAL, headers, token

Way = Literal["stopped", "fast restart", "immediate restart", "SIGKILL", "hangs"]
WAYS: tuple[Way, ...] = get_args(Way)
OLD_S = 400  # more than the five minutes for which one process may vouch alone, and the leeway
LETS_IN_AGAIN_WITHIN_S = 10.0


@asynccontextmanager
async def away(server: PostgresServer, way: Way) -> AsyncIterator[None]:
    """The server while it is away; a restart is there again at once."""
    try:
        match way:
            case "stopped":
                await asyncio.to_thread(server.stop)
            case "fast restart":
                await asyncio.to_thread(server.restart, "fast")
            case "immediate restart":
                await asyncio.to_thread(server.restart, "immediate")
            case "SIGKILL":
                await asyncio.to_thread(server.kill)
            case "hangs":
                _each(server, "suspend")
        yield
    finally:
        if way == "hangs":
            _each(server, "resume")
        await asyncio.to_thread(server.start)


async def outage_drill(
    place: Place, server: PostgresServer, ways: Sequence[Way], away_s: float
) -> Outcome:
    """The load goes on before, while and after the server is away."""
    service = Service(place)
    async with running(service):
        load = Load(service.address)
        async with load.running():
            for way in ways:
                await asyncio.sleep(0.5)
                async with away(server, way):
                    await asyncio.sleep(away_s)
                await asyncio.sleep(1.0)
        found = await outcome(f"PostgreSQL: {', '.join(ways)}", load, [place])
        await service.stop()
    return found


async def knock(service: Service, issuer: str = USUAL, *, age_s: int = 0) -> int:
    """The status of one hook call with a token of this issuer and age."""
    signed = headers(token(SIGN, issuer, age_s=age_s))
    async with httpx.AsyncClient(base_url=service.address, trust_env=False) as http:
        return (await http.post(SIGN, content=hook_call(), headers=signed)).status_code


async def lets_in(service: Service, issuer: str) -> None:
    """Waits until the service lets this issuer in."""
    async with asyncio.timeout(LETS_IN_AGAIN_WITHIN_S):
        while True:
            if await knock(service, issuer) == httpx.codes.OK:
                return
            await asyncio.sleep(0.2)


def _each(server: PostgresServer, do: Literal["suspend", "resume"]) -> None:
    """Stops or continues every process of the server: it takes connections, and says nothing."""
    import psutil  # type: ignore[import-untyped]  # it comes with the server's package

    parent = psutil.Process(server.pid())
    for each in (parent, *parent.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            getattr(each, do)()
