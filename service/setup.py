"""Everything a call needs that outlives it, put together once when the process starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

import httpx
from starlette.requests import Request

from fhir_mappers.strict import refusals
from fhir_mappers.versions.outward import take_out
from fhir_mappers.versions.version import Version
from service.clients import Client, demo_client, load_clients
from service.content import Content, load_content
from service.demo.charts import load_charts
from service.demo.fhir import DemoFhir
from service.errors import ConfigurationError
from service.fhir.pools import Line, Pools, network_transports
from service.fhir.statement import ServerVersions
from service.inbound.pace import Pace
from service.observe.metrics import Metrics
from service.settings import Settings, why_it_may_not_start
from service.store.memory import Memory
from service.trust.caller import Caller, Kind
from service.trust.door import Door
from service.trust.proxy import Proxies, parse_networks
from service.trust.replay import SharedReplay
from service.trust.ring import KeyRing
from service.trust.source import source_of

Clock = Callable[[], datetime]
# Of one client and one process, where authentication is required and nothing else is set.
CALLS_PER_MINUTE = 6_000
CALLS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings, the trusted clients with their content, the connections, the memory and the clock."""

    settings: Settings
    clients: tuple[Client, ...]
    content: Mapping[str, Content]  # by client id
    pools: Pools
    now: Clock
    demo_pools: Pools
    memory: Memory
    versions: ServerVersions = field(default_factory=ServerVersions)
    demo: DemoFhir | None = None
    operator_token: bytes | None = None
    door: Door | None = None  # None in a demo, where nobody is asked
    paces: Mapping[str, Pace] = field(default_factory=dict)  # by client id
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def override_reasons(self) -> frozenset[str]:
        """The codes of the reasons that any client's cards offer."""
        return _reasons(self.content.values())

    @property
    def first_client(self) -> Client:
        """The first client, which every caller is taken for when authentication is off."""
        return self.clients[0]

    async def caller_of(self, request: Request) -> Caller:
        """Who calls.

        Raises:
            NotAllowedError: the caller did not prove to be a client.
            StoreDownError: whether its token is new cannot be told, and the client is strict.
        """
        if self.door is None:
            return Caller(self.first_client, Kind.DEMO)
        return await self.door.admit(request)

    def deadline_ms(self, client: Client) -> int:
        """How long a call of this client may take."""
        return client.deadline_ms or self.settings.deadline_ms

    def is_operator(self, token: str) -> bool:
        """True when `token` is the operator's."""
        known = self.operator_token
        return known is not None and compare_digest(known, token.encode())


def system_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def set_up(
    settings: Settings,
    *,
    now: Clock = system_clock,
    open_transport: Callable[[Line], httpx.AsyncBaseTransport] | None = None,
) -> Setup:
    """The whole process's parts; `open_transport` and `now` are replaced in tests.

    Raises:
        ConfigurationError: the settings, the clients file, or a knowledge or code file is wrong,
            or this release must not serve with these settings.
    """
    reasons = why_it_may_not_start(settings)
    if reasons:
        raise ConfigurationError("\n".join(reasons))
    clients = trusted_clients(settings)
    _load_models({client.fhir_version.for_templates for client in clients})
    demo = DemoFhir(load_charts(now().date())) if settings.demo else None
    pools = Pools(open_transport or network_transports())
    memory = Memory.of(settings, now)
    content = {client.id: load_content(client, settings) for client in clients}
    return Setup(
        settings=settings,
        clients=clients,
        content=content,
        pools=pools,
        now=now,
        door=None if settings.demo else open_door(settings, clients, pools, memory, now),
        paces={client.id: _pace(client, settings) for client in clients},
        demo=demo,
        demo_pools=Pools(_in_process(demo)),
        memory=memory,
        metrics=_metrics(content.values(), memory),
        operator_token=_operator_token(settings),
    )


def trusted_clients(settings: Settings) -> tuple[Client, ...]:
    """The clients of the clients file, or the built-in one of a demo.

    Raises:
        ConfigurationError: the file is wrong, or there is none and it is no demo.
    """
    if settings.clients is not None:
        return load_clients(settings.clients, signed=not settings.demo)
    if settings.demo:
        return (demo_client(),)
    raise ConfigurationError("B12_CLIENTS is not set: name the file that lists the EHRs you trust.")


def open_door(
    settings: Settings, clients: tuple[Client, ...], pools: Pools, memory: Memory, now: Clock
) -> Door:
    """The door through which these clients come in, each with its keys.

    Raises:
        ConfigurationError: a client is known by a certificate that nobody could report.
    """
    proxies = Proxies(parse_networks(settings.trusted_proxies), settings.certificate_header)
    for client in clients:
        if client.certificate is not None and not proxies.networks:
            raise ConfigurationError(
                f"client {client.id!r}: certificate: needs B12_TRUSTED_PROXIES"
            )
    return Door(
        clients=clients,
        base=settings.public_base,
        rings={client.id: _ring(client, settings, pools) for client in clients},
        replay=SharedReplay(memory.store, memory.writer, memory.tally),
        proxies=proxies,
        now=now,
    )


def _ring(client: Client, settings: Settings, pools: Pools) -> KeyRing:
    deadline_ms = client.deadline_ms or settings.deadline_ms
    return KeyRing(source_of(client, pools, deadline_ms), time.monotonic)


def _metrics(contents: Iterable[Content], memory: Memory) -> Metrics:
    metrics = Metrics(_reasons(contents))
    metrics.watch(memory)
    return metrics


def _reasons(contents: Iterable[Content]) -> frozenset[str]:
    return frozenset(reason for content in contents for reason in content.override_reasons)


def _pace(client: Client, settings: Settings) -> Pace:
    """The client's own limits, else those of the process, else the usual ones; a demo has none."""
    rate, room = (None, None) if settings.demo else (CALLS_PER_MINUTE, CALLS_AT_ONCE)
    return Pace(
        client.calls_per_minute or settings.calls_per_minute or rate,
        client.calls_at_once or settings.calls_at_once or room,
        time.monotonic,
    )


def _load_models(versions: set[Version]) -> None:
    """Loads what checks a suggestion now; the first clinician who gets one should not wait."""
    words = {"text": "any"}
    dosage = {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "route": {"coding": [{"code": "any"}]},
        "doseAndRate": [{"doseQuantity": {"value": 1}}],
    }
    draft = {"status": "draft", "intent": "order", "subject": {"reference": "any"}}
    order = {**draft, "dosageInstruction": [dosage], "medicationCodeableConcept": words}
    resources: tuple[dict[str, Any], ...] = (
        {"resourceType": "MedicationRequest", **order},
        {"resourceType": "ServiceRequest", "code": words},
        {"resourceType": "Task", "description": "any"},
    )
    for version in versions:
        for told in (take_out(resource, version) for resource in resources):
            if told is not None:
                refusals(told, version)


def _in_process(demo: DemoFhir | None) -> Callable[[Line], httpx.AsyncBaseTransport]:
    def open_transport(_line: Line) -> httpx.AsyncBaseTransport:
        if demo is None:
            raise ConfigurationError("example patients are served in demo mode only")
        return httpx.ASGITransport(demo.app())

    return open_transport


def _operator_token(settings: Settings) -> bytes | None:
    file = settings.operator_token_file
    if file is None:
        return None
    try:
        token = file.read_bytes().strip()
    except OSError as refused:
        reason = f"B12_OPERATOR_TOKEN_FILE: {file}: cannot be read: {refused.strerror}"
        raise ConfigurationError(reason) from None
    if not token:
        raise ConfigurationError(f"B12_OPERATOR_TOKEN_FILE: {file}: is empty")
    return token
