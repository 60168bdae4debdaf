"""Makes the entry of the audit trail for one call of a trusted caller."""

from __future__ import annotations

from datetime import datetime

import orjson

from service.observe.events import Fields
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
        detail=_detail(trace, line),
    )


def _detail(trace: Trace, line: Fields) -> str:
    noted: dict[str, object] = {key: value for key, value in line.items() if key not in _APART}
    if trace.issued:
        noted["issued"] = trace.issued
    return orjson.dumps(noted).decode()


def outcome_of(status: int) -> str:
    """A word for an HTTP status: what was asked is answered, refused as it was asked, or failed."""
    if status < 400:  # noqa: PLR2004 - RFC 9110
        return ANSWERED
    return REFUSED if status < 500 else FAILED  # noqa: PLR2004 - RFC 9110
