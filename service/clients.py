"""The EHRs this service trusts, one table each in the file that B12_CLIENTS names."""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from cds_hooks.hooks import HOOKS, by_name
from fhir_mappers.versions.version import Version
from service.errors import ConfigurationError
from service.fhir.reach import AddressRefusedError, Prefix, parse_prefix, parse_url
from service.trust.keys import KeySetInvalidError, read_key_set

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
LOOPBACK_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
SANDBOX_ORIGIN = "https://sandbox.cds-hooks.org"
# Asymmetric only: the specification forbids "none" and shared secrets.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


class Replay(StrEnum):
    """What happens to calls while the store of used token ids is down."""

    MEMORY = "memory"
    STRICT = "strict"


class FhirVersion(StrEnum):
    """The FHIR version that a client speaks."""

    AUTO = "auto"
    DSTU2 = "dstu2"
    STU3 = "stu3"
    R4 = "r4"
    R5 = "r5"

    @property
    def known(self) -> Version | None:
        """The version when the configuration fixes it; None when each call has to show it."""
        return None if self is FhirVersion.AUTO else Version(self.value)

    @property
    def for_templates(self) -> Version:
        """The version that prefetch templates are written for: R4 when it is not known."""
        return self.known or Version.R4


class Dialect(StrEnum):
    """The EHR's way of showing cards."""

    CDS_HOOKS_2_0 = "cds-hooks-2.0"
    CDS_HOOKS_1_0 = "cds-hooks-1.0"
    EPIC = "epic"
    ORACLE = "oracle"
    SANDBOX = "sandbox"


def _address(value: str) -> str:
    try:
        parse_url(value)
    except AddressRefusedError as refused:
        raise ValueError(str(refused)) from None
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("it is no time zone such as Europe/London") from None
    return value


Address = Annotated[str, AfterValidator(_address)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
ContentHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _served(hook: str) -> str:
    if by_name(hook) is None:
        raise ValueError(f"it is no hook that is served: {', '.join(hook.name for hook in HOOKS)}")
    return hook


class TunedRule(BaseModel):
    """One rule made softer or switched off, at some hooks or, when none is named, at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    hooks: tuple[Annotated[str, AfterValidator(_served)], ...] = ()
    indicator: Literal["off", "info", "warning"]

    def speaks_to(self, hook: str) -> bool:
        """True when it holds at this hook."""
        return not self.hooks or hook in self.hooks


class Client(BaseModel):
    """One trusted EHR: who it is, what it lets us read, and how it wants its answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    issuer: Address | None = None
    jwks_url: Address | None = None
    jwks_file: Path | None = None
    algorithms: tuple[Algorithm, ...] = ("ES384", "RS384")
    audiences: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    certificate: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    replay: Replay = Replay.MEMORY
    fhir_servers: tuple[Address, ...] = ()
    allow_http: bool = False
    allow_private_network: bool = False
    ca_file: Path | None = None
    cors_origins: tuple[Address, ...] = ()
    fhir_version: FhirVersion = FhirVersion.AUTO
    formulary: Name | None = None
    thresholds: Name | None = None
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    deadline_ms: int | None = Field(default=None, ge=100, le=60_000)
    calls_per_minute: int | None = Field(default=None, ge=1)
    calls_at_once: int | None = Field(default=None, ge=1)
    site_codes: tuple[Path, ...] = ()
    site_knowledge: tuple[Path, ...] = ()
    site_wording: tuple[Path, ...] = ()
    tuning: tuple[TunedRule, ...] = ()
    approved_hash: ContentHash | None = None
    repeat_at_sign: bool = False
    quiet_after_override_hours: int = Field(default=0, ge=0, le=8760)
    explain: bool = False
    dialect: Dialect = Dialect.CDS_HOOKS_2_0
    action_selection_behavior: bool = False
    shadow: bool = False

    @field_validator("algorithms")
    @classmethod
    def _some_algorithm(cls, value: tuple[Algorithm, ...]) -> tuple[Algorithm, ...]:
        if not value:
            raise ValueError("none is listed, so no token could be accepted")
        return value

    @model_validator(mode="after")
    def _only_keys_that_may_be_fetched(self) -> Client:
        if self.jwks_url is not None:
            try:
                parse_prefix(self.jwks_url, allow_http=self.allow_http, query=True)
            except AddressRefusedError as refused:
                raise ValueError(f"jwks_url: {refused}") from None
        return self

    @model_validator(mode="after")
    def _only_servers_that_may_be_called(self) -> Client:
        for server in self.fhir_servers:
            try:
                parse_prefix(server, allow_http=self.allow_http)
            except AddressRefusedError as refused:
                raise ValueError(f"fhir_servers: {server!r}: {refused}") from None
        return self

    @property
    def site_files(self) -> tuple[Path, ...]:
        """The site's own codes, knowledge and wording."""
        return (*self.site_codes, *self.site_knowledge, *self.site_wording)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose calendar day is today for this client's patients."""
        return ZoneInfo(self.timezone)

    @property
    def reach(self) -> tuple[Prefix, ...]:
        """The prefixes of all addresses that we may call for this client."""
        return tuple(
            parse_prefix(server, allow_http=self.allow_http) for server in self.fhir_servers
        )


class DemoClient(Client):
    """The one client of a demo without a clients file: FHIR servers on this computer, any port."""

    @property
    def reach(self) -> tuple[Prefix, ...]:
        """Every address on loopback."""
        return tuple(
            Prefix(scheme, host, None, "")
            for scheme in ("http", "https")
            for host in LOOPBACK_HOSTS
        )


def demo_client() -> Client:
    """The client that stands for every caller in a demo without a clients file."""
    return DemoClient(
        id="demo",
        allow_http=True,
        allow_private_network=True,
        cors_origins=(SANDBOX_ORIGIN,),
        explain=True,
    )


def load_clients(file: Path, *, signed: bool) -> tuple[Client, ...]:
    """The clients of a TOML file, in its order; paths in it are relative to the file.

    `signed` asks that every client can prove who it is: an issuer and its keys.

    Raises:
        ConfigurationError: all mistakes of the file, one a line: file, client, key, reason.
    """
    tables = _tables(file)
    mistakes: list[str] = []
    clients = [_read(table, place, file, mistakes) for place, table in enumerate(tables, start=1)]
    found = tuple(client for client in clients if client is not None)
    mistakes += [f"{file}: {mistake}" for mistake in _disagreements(found, signed=signed)]
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    return found


def _tables(file: Path) -> list[Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as refused:
        raise ConfigurationError(f"{file}: cannot be read: {refused.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as refused:
        raise ConfigurationError(f"{file}: is not TOML: {refused}") from None
    unknown = sorted(content.keys() - {"client"})
    if unknown:
        raise ConfigurationError(f"{file}: {unknown[0]}: is no key of this file; use [[client]]")
    tables = content.get("client")
    if not isinstance(tables, list) or not tables:
        raise ConfigurationError(f"{file}: holds no [[client]] table")
    return tables


def _read(table: Any, place: int, file: Path, mistakes: list[str]) -> Client | None:  # noqa: ANN401 - TOML
    name = f"client {place}"
    if isinstance(table, dict) and isinstance(table.get("id"), str):
        name = f"client {table['id']!r}"
    try:
        return _beside(file, Client.model_validate(table))
    except ValidationError as refused:
        for error in refused.errors(include_url=False, include_input=False):
            key = ".".join(str(part) for part in error["loc"]) or "table"
            mistakes.append(f"{file}: {name}: {key}: {_reason(error['type'], error['msg'])}")
        return None


def _reason(kind: str, message: str) -> str:
    match kind:
        case "extra_forbidden":
            return "there is no such key"
        case "missing":
            return "is missing"
        case _:
            return message.removeprefix("Value error, ")


def _beside(file: Path, client: Client) -> Client:
    folder = file.parent
    return client.model_copy(
        update={
            "jwks_file": folder / client.jwks_file if client.jwks_file else None,
            "ca_file": folder / client.ca_file if client.ca_file else None,
            "site_codes": tuple(folder / path for path in client.site_codes),
            "site_knowledge": tuple(folder / path for path in client.site_knowledge),
            "site_wording": tuple(folder / path for path in client.site_wording),
        }
    )


def _disagreements(clients: tuple[Client, ...], *, signed: bool) -> Iterator[str]:
    seen: set[str] = set()
    for client in clients:
        if client.id in seen:
            yield f"client {client.id!r}: id: another client has it too"
        seen.add(client.id)
        for path in (client.jwks_file, client.ca_file, *client.site_files):
            if path is not None and not path.is_file():
                yield f"client {client.id!r}: {path}: there is no such file"
        if client.ca_file is not None and client.ca_file.is_file():
            yield from _no_certificate(client.id, client.ca_file)
        if signed:
            yield from _missing_proof(client)
    if signed:
        yield from _same_issuer(clients)


def _no_certificate(client_id: str, ca_file: Path) -> Iterator[str]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_file)
    except OSError:
        yield f"client {client_id!r}: ca_file: {ca_file}: holds no certificate in PEM form"


def _missing_proof(client: Client) -> Iterator[str]:
    if client.issuer is None:
        yield f"client {client.id!r}: issuer: is missing"
    if client.jwks_url is None and client.jwks_file is None:
        yield f"client {client.id!r}: jwks_url, jwks_file: one of the two is needed"
    if client.jwks_file is not None and client.jwks_file.is_file():
        try:
            read_key_set(client.jwks_file.read_bytes())
        except (KeySetInvalidError, OSError) as refused:
            yield f"client {client.id!r}: jwks_file: {client.jwks_file}: {refused}"


def _same_issuer(clients: tuple[Client, ...]) -> Iterator[str]:
    """One issuer may stand for several clients only where the token's tenant tells them apart."""
    for first, second in combinations(clients, 2):
        if first.issuer is None or first.issuer != second.issuer:
            continue
        if not first.tenants or not second.tenants or set(first.tenants) & set(second.tenants):
            yield f"client {second.id!r}: issuer: that of {first.id!r}; tenants must differ"
