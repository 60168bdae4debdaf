"""Everything a call needs that outlives it, put together once when the process starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest

import httpx

from fhir_mappers.strict import refusals
from service.clients import Client, demo_client, load_clients
from service.content import Content, load_content
from service.demo.charts import load_charts
from service.demo.fhir import DemoFhir
from service.errors import ConfigurationError
from service.fhir.pools import Line, Pools, network_transports
from service.settings import Settings, why_it_may_not_start

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings, the trusted clients with their content, the connections and the clock."""

    settings: Settings
    clients: tuple[Client, ...]
    content: Mapping[str, Content]  # by client id
    pools: Pools
    now: Clock
    demo_pools: Pools
    demo: DemoFhir | None = None
    operator_token: bytes | None = None

    @property
    def caller(self) -> Client:
        """Who calls. With authentication off that is always the first client."""
        return self.clients[0]

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
    _load_models()
    demo = DemoFhir(load_charts(now().date())) if settings.demo else None
    return Setup(
        settings=settings,
        clients=clients,
        content={client.id: load_content(client, settings) for client in clients},
        pools=Pools(open_transport or network_transports()),
        now=now,
        demo=demo,
        demo_pools=Pools(_in_process(demo)),
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


def _load_models() -> None:
    """Loads what checks a suggestion now; the first clinician who gets one should not wait."""
    words = {"text": "any"}
    dosage = {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "route": {"coding": [{"code": "any"}]},
        "doseAndRate": [{"doseQuantity": {"value": 1}}],
    }
    order = {"dosageInstruction": [dosage], "medicationCodeableConcept": words}
    refusals({"resourceType": "MedicationRequest", "subject": {"reference": "any"}, **order})
    refusals({"resourceType": "ServiceRequest", "code": words})
    refusals({"resourceType": "Task", "description": "any"})


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
