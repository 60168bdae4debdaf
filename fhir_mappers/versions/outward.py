"""Resources of ours, made in R4, as the version of the call has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fhir_mappers.versions import r4, r5, stu3
from fhir_mappers.versions.version import Version


def take_out(
    resource: Mapping[str, Any], version: Version, received: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """An R4 resource in that version; `received` is the draft of the call that it changes.

    None for DSTU2: an order there has no intent, and few systems that speak it take suggestions.
    """
    match version:
        case Version.DSTU2:
            return None
        case Version.STU3:
            return stu3.take_out(resource, received or {})
        case Version.R4:
            return r4.take_out(resource)
        case Version.R5:
            return r5.take_out(resource)
