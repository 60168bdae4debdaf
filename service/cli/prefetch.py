"""`b12-cds prefetch`: the sheet from which an EHR's analyst types in what is to be sent along."""

from __future__ import annotations

from cds_hooks.hooks import HOOKS, Hook
from service.cli.exits import Exit
from service.clients import Client
from service.content import Content, load_content
from service.errors import ConfigurationError
from service.settings import Auth, Settings, read_settings
from service.setup import trusted_clients

BASE = "https://YOUR-B12-CDS"
NEEDED = "patient"


def print_sheet(client_id: str | None) -> int:
    """Prints the sheet of one client, the first one when none is named.

    Raises:
        ConfigurationError: there is no such client, or its files are wrong.
    """
    settings = read_settings()
    client = _client(client_id, settings)
    base = str(settings.public_url or BASE).rstrip("/")
    print(sheet(client, load_content(client, settings), base))
    return Exit.OK


def sheet(client: Client, content: Content, base: str) -> str:
    """The addresses of the services and the queries, ready to be copied."""
    blocks = [
        f"b12-cds: what client {client.id!r} sends along ({content.dialect.name})",
        _services(base),
        "Queries, the same for every service. Type each into a line of its own, exactly as it stands:",
        *(_query(key, query) for key, query in content.templates.items()),
        _notes(client),
    ]
    return "\n\n".join(blocks)


def _services(base: str) -> str:
    lines = [f"  {hook.name:<26}{_address(base, hook)}" for hook in HOOKS]
    return "\n".join(["Services, with their exact addresses:", *lines])


def _address(base: str, hook: Hook) -> str:
    return f"{base}/cds-services/{hook.service_id}"


def _query(key: str, query: str) -> str:
    need = "needed" if key == NEEDED else "wanted; without it cards say what was not checked"
    return f"{key}  ({need})\n{query}"


def _notes(client: Client) -> str:
    reads = (
        "What is not sent is read from the FHIR server, where the call grants access."
        if client.fhir_servers
        else "No FHIR server is listed for this client: what is not sent is not known."
    )
    notes = (
        reads,
        "A query that finds nothing: send the key with null or an empty Bundle. Leave the key out"
        " only if the query was not tried.",
        "Feedback goes to the service's address followed by /feedback.",
    )
    return "\n".join(f"- {note}" for note in notes)


def _client(client_id: str | None, settings: Settings) -> Client:
    if settings.clients is None and not settings.demo:
        settings = settings.model_copy(update={"auth": Auth.OFF})
    clients = trusted_clients(settings)
    found = next((each for each in clients if client_id in {None, each.id}), None)
    if found is None:
        names = ", ".join(each.id for each in clients)
        raise ConfigurationError(f"there is no client {client_id!r}; there are: {names}")
    return found
