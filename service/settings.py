"""The settings of the process: environment variables with the prefix B12_, and `.env` if present."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import ConfigurationError
from service.trust.proxy import parse_networks

PREFIX = "B12_"


class Auth(StrEnum):
    """Whether a caller must prove who it is."""

    REQUIRED = "required"
    OFF = "off"


def _networks(value: str) -> str:
    try:
        parse_networks(value)
    except ValueError:
        raise ValueError(
            "it is no list of addresses and networks such as 10.0.0.7, 10.1.0.0/16"
        ) from None
    return value


class Settings(BaseSettings):
    """Every setting of the process; `docs/configuration.md` explains each to an operator."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
    )

    formulary: str = "uk"
    auth: Auth = Auth.REQUIRED
    clients: Path | None = None
    deadline_ms: int = Field(default=2000, ge=100, le=60_000)
    public_url: HttpUrl | None = None
    canonical_base: str = Field(
        default="https://b12cds.org/CodeSystem", pattern=r"^https?://[^\s?#]+[^\s?#/]$"
    )
    open_demo: bool = False
    port: int = Field(
        default=8080, ge=1, le=65_535, validation_alias=AliasChoices("B12_PORT", "PORT")
    )
    host: str = Field(default="127.0.0.1", min_length=1)
    max_body_bytes: int = Field(default=10_000_000, ge=1_000)
    max_resources: int = Field(default=10_000, ge=1)
    calls_per_minute: int | None = Field(default=None, ge=1)
    calls_at_once: int | None = Field(default=None, ge=1)
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    certificate_header: str = Field(
        default="X-Client-Certificate", pattern=r"^[A-Za-z0-9-]{1,100}$"
    )
    operator_token_file: Path | None = None
    database_url: str = "sqlite:///b12-cds.sqlite3"
    spool_dir: Path | None = None
    spool_max_bytes: int = Field(default=1_000_000_000, ge=1_000_000)
    keep_cards_days: int = Field(default=730, ge=2, le=36_500)
    keep_audit_days: int = Field(default=2190, ge=2, le=36_500)
    hash_key_file: Path | None = None

    @property
    def demo(self) -> bool:
        """True when nobody is asked who they are."""
        return self.auth is Auth.OFF

    @property
    def listen_host(self) -> str:
        """Where callers prove who they are, B12_HOST; a demo is on loopback unless opened on purpose."""
        if not self.demo:
            return self.host
        return "0.0.0.0" if self.open_demo else "127.0.0.1"  # noqa: S104 - asked for by B12_OPEN_DEMO

    @property
    def public_base(self) -> str:
        """The address at which EHRs call, without a slash at its end; empty when it is not set."""
        return "" if self.public_url is None else str(self.public_url).rstrip("/")


def read_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        ConfigurationError: a variable holds a value that cannot be used; it is named.
    """
    try:
        return Settings()
    except ValidationError as refused:
        reasons = [
            f"{_variable(error['loc'])}: {error['msg']}"
            for error in refused.errors(include_input=False, include_url=False)
        ]
        raise ConfigurationError("\n".join(reasons)) from None
    except OSError as refused:
        raise ConfigurationError(f".env: cannot be read: {refused.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(".env: is not UTF-8") from None


def unknown_variables(environment: Iterable[str] | None = None) -> tuple[str, ...]:
    """Variables with our prefix that no setting reads: usually a typing error."""
    names = os.environ if environment is None else environment
    known = {f"{PREFIX}{field}".upper() for field in Settings.model_fields}
    return tuple(sorted(name for name in names if name.startswith(PREFIX) and name not in known))


def why_it_may_not_start(settings: Settings) -> tuple[str, ...]:
    """The reasons for which it must not serve with these settings; none in demo mode."""
    if settings.demo:
        return ()
    reasons = []
    if settings.clients is None:
        reasons.append("B12_CLIENTS is not set: name the file that lists the EHRs you trust.")
    if settings.public_url is None:
        reasons.append("B12_PUBLIC_URL is not set: a client's token must name this address.")
    if settings.open_demo:
        reasons.append("B12_OPEN_DEMO is for a demo; with B12_AUTH=required use B12_HOST.")
    if settings.public_url is not None and (
        settings.public_url.query or settings.public_url.fragment
    ):
        reasons.append("B12_PUBLIC_URL has a query or a fragment; it is the start of addresses.")
    return tuple(reasons)


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else ""
    if name == f"{PREFIX}PORT" and name not in os.environ:
        return "PORT"
    return name if name.startswith(PREFIX) else f"{PREFIX}{name}".upper()
