"""How EHRs differ in what they accept on a card: one TOML file each, and the code that obeys it."""

from __future__ import annotations

from cds_hooks.dialects.dialect import Dialect, names, read
from cds_hooks.dialects.wire import response, wire

__all__ = ["Dialect", "names", "read", "response", "wire"]
