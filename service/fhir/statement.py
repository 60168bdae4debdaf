"""Which FHIR version a server says it speaks, asked once and remembered for a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from fhir_mappers.versions.detect import version_of_statement
from fhir_mappers.versions.version import Version
from service.fhir.server import FhirServer, Reply

# The whole statement may be megabytes long; a server that minds the first is asked plainly.
QUERIES = ("metadata?_elements=fhirVersion", "metadata")

KEPT_S = 3600.0
UNKNOWN_KEPT_S = 60.0  # a server that is just starting shall not be misjudged for an hour
MOST_SERVERS = 1000


@dataclass(slots=True)
class ServerVersions:
    """The version by the server's address. No patient data: it outlives the call that asked."""

    _known: dict[str, tuple[Version | None, float]] = field(default_factory=dict)

    async def of(self, server: FhirServer) -> Version | None:
        """The version of `server`; None when it cannot be had in a part of the call's time."""
        address, now = str(server.address), asyncio.get_running_loop().time()
        version, until = self._known.get(address, (None, 0.0))
        if now < until:
            return version
        version = await _stated_by(replace(server, deadline=server.deadline.for_extras()))
        if len(self._known) >= MOST_SERVERS:
            self._known.clear()
        self._known[address] = (version, now + (KEPT_S if version else UNKNOWN_KEPT_S))
        return version


async def _stated_by(server: FhirServer) -> Version | None:
    for query in QUERIES:
        fetched = await server.get(query)
        if fetched.reply is Reply.OK:
            return version_of_statement(fetched.body)
        if fetched.reply is Reply.TIMED_OUT:
            break
    return None
