"""The connections to the FHIR servers, kept for the life of the process."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from service.fhir.names import Names
from service.fhir.transport import PublicAddressesOnly, Resolve, Resolved

# httpx's pool costs more with every connection in it, so a server gets several small pools.
POOLS_PER_SERVER = 8
CONNECTIONS_PER_POOL = 4
REQUESTS_AT_ONCE = POOLS_PER_SERVER * CONNECTIONS_PER_POOL
IDLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Line:
    """What decides how a server is reached: its origin, and the client's rules for it."""

    origin: str
    public_only: bool
    ca_file: Path | None = None


@dataclass(slots=True)
class _Pool:
    http: httpx.AsyncClient
    in_flight: int = 0
    is_sound: bool = True  # no request over it has been broken off


@dataclass(slots=True)
class _Trunk:
    """All pools of one server, and how many more requests may be under way to it."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REQUESTS_AT_ONCE))
    pools: list[_Pool] = field(default_factory=list)


@dataclass(slots=True)
class Pools:
    """Hands out the least busy connection pool of a server; `open_transport` makes a new one.

    Requests beyond `REQUESTS_AT_ONCE` wait here and never in httpcore: a request that is cancelled
    in its queue can leave a connection behind that nobody opens and that counts for ever. One that
    is cancelled later can leave an open one behind, so its pool is given up.
    """

    open_transport: Callable[[Line], httpx.AsyncBaseTransport]
    _by_line: dict[Line, _Trunk] = field(default_factory=dict)

    @asynccontextmanager
    async def borrow(self, line: Line, *, anew: bool = False) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request to that server, as soon as one more may be under way.

        `anew` gives one without kept connections, whose own is not kept either.
        """
        trunk = self._by_line.setdefault(line, _Trunk())
        async with trunk.free:
            if anew:
                async with self._open(line) as http:
                    yield http
                return
            pool = self._least_busy(line, trunk.pools)
            pool.in_flight += 1
            try:
                yield pool.http
            except BaseException:
                pool.is_sound = False
                raise
            finally:
                pool.in_flight -= 1
                await _give_up_unsound(pool, trunk.pools)

    async def aclose(self) -> None:
        """Closes every connection."""
        for trunk in self._by_line.values():
            for pool in trunk.pools:
                await pool.http.aclose()
        self._by_line.clear()

    def _least_busy(self, line: Line, pools: list[_Pool]) -> _Pool:
        pool = min(pools, key=lambda each: each.in_flight, default=None)
        if pool is None or (pool.in_flight and len(pools) < POOLS_PER_SERVER):
            pool = _Pool(self._open(line))
            pools.append(pool)
        return pool

    def _open(self, line: Line) -> httpx.AsyncClient:
        # No proxy, no .netrc and no certificate paths from the environment: the client's
        # configuration alone says where a call goes and with which credentials.
        return httpx.AsyncClient(
            transport=self.open_transport(line),
            trust_env=False,
            follow_redirects=False,
            timeout=None,  # noqa: S113 - the call's deadline bounds every request
        )


async def _give_up_unsound(pool: _Pool, pools: list[_Pool]) -> None:
    """Lends the pool no more, and closes it with the last request over it."""
    if pool.is_sound:
        return
    if pool in pools:
        pools.remove(pool)
    if not pool.in_flight:
        await pool.http.aclose()


def network_transports() -> Callable[[Line], httpx.AsyncBaseTransport]:
    """Opens real connections, one TLS context for each certificate file."""
    names = Names()
    contexts: dict[Path | None, ssl.SSLContext] = {}

    def open_transport(line: Line) -> httpx.AsyncBaseTransport:
        if line.ca_file not in contexts:
            contexts[line.ca_file] = _tls_context(line.ca_file)
        return _network(line, contexts[line.ca_file], names)

    return open_transport


def _network(line: Line, tls: ssl.SSLContext, names: Resolve) -> httpx.AsyncBaseTransport:
    limits = httpx.Limits(
        max_connections=None,  # `Pools` counts; httpcore must never queue
        max_keepalive_connections=CONNECTIONS_PER_POOL,
        keepalive_expiry=IDLE_S,
    )
    transport = httpx.AsyncHTTPTransport(verify=tls, limits=limits, trust_env=False)
    kind = PublicAddressesOnly if line.public_only else Resolved
    return kind(transport, names)


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context
