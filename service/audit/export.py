"""The audit trail as FHIR AuditEvents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from fhir_mappers.audit_event import Occurrence, audit_event
from service.audit.reading import Record


def event_of(record: Record, canonical: str) -> dict[str, Any]:
    """The AuditEvent of one call; systems of our own begin with `canonical`."""
    return audit_event(
        Occurrence(
            entry=record["entry"],
            recorded=record["recorded_at"],
            service=record["service"] or record["route"],
            request=record["request"],
            client=record["client"],
            status=record["status"],
            outcome=record["outcome"],
            issuer=record["issuer"],
            tenant=record["tenant"],
            asker=record["asker"],
            patient=record["patient"],
            details=dict(_details(record)),
        ),
        canonical,
    )


def _details(record: Record) -> Iterator[tuple[str, str]]:
    for name in ("caller", "hook", "hook_instance", "knowledge"):
        if record[name]:
            yield name, record[name]
    for name, value in orjson.loads(record["detail"]).items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        if value not in ([], {}, ""):
            yield name, text
