"""The discovery document: which services there are and what they would like to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cds_hooks.hooks import Hook

# Requests and cards follow 2.0.1; the fields that 3.0 adds to discovery are safe for older clients.
SPECIFICATION = "2.0.1"


def document(hooks: Iterable[Hook], prefetch: Mapping[str, str]) -> dict[str, Any]:
    """The body of `GET /cds-services`; `prefetch` maps each key to its template."""
    return {"services": [_service(hook, prefetch) for hook in hooks]}


def _service(hook: Hook, prefetch: Mapping[str, str]) -> dict[str, Any]:
    service: dict[str, Any] = {
        "hook": hook.name,
        "title": hook.title,
        "description": hook.description,
        "id": hook.service_id,
        "usageRequirements": hook.usage_requirements,
        "version": SPECIFICATION,
        "hookVersion": hook.version,
    }
    if prefetch:
        service["prefetch"] = dict(prefetch)
    return service
