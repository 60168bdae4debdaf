"""Which FHIR server a call may read from, if any."""

from __future__ import annotations

import httpx

from service.asked import Asked
from service.fhir.pools import Line
from service.fhir.reach import AddressRefusedError, Prefix, parse_prefix, parse_url
from service.fhir.server import FhirServer

DEMO_HOST = "demo.invalid"  # a name that can never be registered: it is answered in process
DEMO_BASE = f"http://{DEMO_HOST}"


def server_for(asked: Asked) -> FhirServer | None:
    """The server the call names, if its client may read from there; None when there is none.

    In a demo, a call that names no server and brings no patient reads the example patients.
    """
    address = asked.call.fhir_server
    if address is None:
        return _example_server(asked)
    base = _allowed(address, asked)
    if base is None:
        return None
    grant = asked.call.authorization
    return FhirServer(
        base=base,
        address=httpx.URL(address),
        pools=asked.setup.pools,
        line=_line(base, asked),
        deadline=asked.deadline,
        token=None if grant is None else grant.access_token,
    )


def _allowed(address: str, asked: Asked) -> Prefix | None:
    """The base of `address` when the client's list covers it."""
    try:
        url = parse_url(address)
        base = parse_prefix(address, allow_http=True)
    except AddressRefusedError:
        return None
    listed = any(prefix.covers(url) for prefix in asked.client.reach)
    return base if listed else None


def _line(base: Prefix, asked: Asked) -> Line:
    origin = f"{base.scheme}://{base.host}:{base.port}"
    return Line(origin, not asked.client.allow_private_network, asked.client.ca_file)


def _example_server(asked: Asked) -> FhirServer | None:
    demo = asked.setup.demo
    if demo is None or "patient" in asked.call.prefetch:
        return None
    if asked.call.patient_id not in demo.charts:
        return None
    return FhirServer(
        base=parse_prefix(DEMO_BASE, allow_http=True),
        address=httpx.URL(DEMO_BASE),
        pools=asked.setup.demo_pools,
        line=Line(DEMO_BASE, public_only=False),
        deadline=asked.deadline,
    )
