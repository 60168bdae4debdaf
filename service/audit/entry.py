"""Makes the entry of the audit trail for one call of a trusted caller."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import orjson

from service.observe.events import Fields
from service.store.keys import HashKey
from service.store.rows import AuditEntry
from service.trace import Trace
from service.trust.caller import Caller

ANSWERED, REFUSED, FAILED = "answered", "refused", "failed"
# What has a column of its own.
_APART = frozenset(
    {"request_id", "client_id", "route", "service_id", "hook", "status", "knowledge"}
)


def entry_of(trace: Trace, caller: Caller, line: Fields, now: datetime) -> AuditEntry:
    """The entry for the request of which `line` is the log's line."""
    who = trace.onlooker
    return AuditEntry(
        recorded_at=now,
        request=trace.request_id,
        client=caller.client.id,
        caller=caller.kind.value,
        issuer=caller.issuer,
        tenant=caller.tenant,
        asker=who.asker if who else None,
        patient=who.patient if who else None,
        route=line["route"],
        service=line.get("service_id"),
        hook=line.get("hook"),
        hook_instance=trace.hook_instance,
        status=line["status"],
        outcome=outcome_of(line["status"]),
        knowledge=line.get("knowledge"),
        detail=orjson.dumps({key: line[key] for key in line if key not in _APART}).decode(),  # type: ignore[literal-required]
    )


def outcome_of(status: int) -> str:
    """A word for an HTTP status: what was asked is answered, refused as it was asked, or failed."""
    if status < 400:  # noqa: PLR2004 - RFC 9110
        return ANSWERED
    return REFUSED if status < 500 else FAILED  # noqa: PLR2004 - RFC 9110


def instance_for_audit(hook_instance: str, client: str, key: HashKey | None) -> str | None:
    """The id of a call as the EHR knows it: a UUID as it is, anything else as a keyed hash."""
    try:
        return str(UUID(hook_instance))
    except ValueError:
        return None if key is None else key.of("hookInstance", client, hook_instance)
