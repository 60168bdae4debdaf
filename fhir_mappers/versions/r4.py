"""FHIR R4 and R4B: the shape that everything is brought into and that suggestions are made in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def take_out(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource of ours as R4 has it: as it is."""
    return dict(resource)
