"""The settings of the process: environment variables with the prefix B12_, and `.env` if present."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from pydantic import AliasChoices, Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import ConfigurationError

PREFIX = "B12_"


class Auth(StrEnum):
    """Whether a caller must prove who it is."""

    REQUIRED = "required"
    OFF = "off"


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
    max_body_bytes: int = Field(default=10_000_000, ge=1_000)
    operator_token_file: Path | None = None

    @property
    def demo(self) -> bool:
        """True when nobody is asked who they are."""
        return self.auth is Auth.OFF

    @property
    def listen_host(self) -> str:
        """Loopback only, unless a demo is opened on purpose."""
        return "0.0.0.0" if self.open_demo else "127.0.0.1"  # noqa: S104 - asked for by B12_OPEN_DEMO


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


def unknown_variables(environment: Iterable[str] | None = None) -> tuple[str, ...]:
    """Variables with our prefix that no setting reads: usually a typing error."""
    names = os.environ if environment is None else environment
    known = {f"{PREFIX}{field}".upper() for field in Settings.model_fields}
    return tuple(sorted(name for name in names if name.startswith(PREFIX) and name not in known))


def why_it_may_not_start(settings: Settings) -> tuple[str, ...]:
    """The reasons for which this release refuses to serve with these settings; none in demo mode."""
    if settings.demo:
        return ()
    reasons = []
    if settings.clients is None:
        reasons.append("B12_CLIENTS is not set: name the file that lists the EHRs you trust.")
    if settings.public_url is None:
        reasons.append("B12_PUBLIC_URL is not set: a client's token must name this address.")
    reasons.append(
        "B12_AUTH=required, but verifying client tokens is not part of this release, so every call"
        " would have to be refused. For a trial with synthetic patients: B12_AUTH=off."
    )
    return tuple(reasons)


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else ""
    if name == f"{PREFIX}PORT" and name not in os.environ:
        return "PORT"
    return name if name.startswith(PREFIX) else f"{PREFIX}{name}".upper()
