"""`b12-cds clients check`: what is wrong in a clients file, and where."""

from __future__ import annotations

from pathlib import Path

from service.cli.exits import Exit
from service.clients import Client, load_clients
from service.content import load_content
from service.content_hash import content_hash
from service.errors import ConfigurationError
from service.settings import Settings, read_settings


def check_clients(named: Path | None) -> int:
    """Says that the file is sound, with what a careful reader would ask about.

    Raises:
        ConfigurationError: no file is named, or it holds mistakes, all of which are told.
    """
    settings = read_settings()
    file = named or settings.clients
    if file is None:
        raise ConfigurationError("name a file, or set B12_CLIENTS")
    clients = load_clients(file, signed=not settings.demo)
    mistakes = [mistake for client in clients for mistake in _content_mistakes(client, settings)]
    if mistakes:
        raise ConfigurationError("\n".join(f"{file}: {mistake}" for mistake in mistakes))
    for client in clients:
        _tell(client)
        print(f"client {client.id!r}: content {content_hash(client)}, {_signature(client)}")
    print(f"{file}: {len(clients)} client{'s' if len(clients) != 1 else ''}, no mistakes")
    return Exit.OK


def _content_mistakes(client: Client, settings: Settings) -> tuple[str, ...]:
    try:
        load_content(client, settings)
    except ConfigurationError as refused:
        return (str(refused),)
    return ()


def _signature(client: Client) -> str:
    return "signed" if client.approved_hash else "not signed by the site"


def _tell(client: Client) -> None:
    if not client.fhir_servers:
        print(f"client {client.id!r}: fhir_servers: none, so everything must come as prefetch")
    if client.allow_http:
        print(f"client {client.id!r}: allow_http: patient data may travel unencrypted")
