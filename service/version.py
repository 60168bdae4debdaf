"""The FHIR version of one call."""

from __future__ import annotations

from fhir_mappers.envelope import read_listed
from fhir_mappers.versions.detect import detect
from fhir_mappers.versions.version import Version
from service.asked import Asked
from service.fhir.server import FhirServer
from service.resolve import Lists


async def version_of(asked: Asked, sent: Lists, server: FhirServer | None) -> Version:
    """The client's own version, else the one the call shows, else the server's; at last R4."""
    configured = asked.client.fhir_version.known
    if configured is not None:
        return configured
    drafts = read_listed(asked.call.drafts).resources
    lists = (listed.resources for listed in sent.values())
    shown = detect(asked.call.extension, drafts, lists)
    if shown is not None:
        return shown
    stated = await asked.setup.versions.of(server) if server is not None else None
    return stated or Version.R4
