"""Calls in the form from before version 1.0, which the last `medication-prescribe` client sends.

Patient and user stand beside the context, and each prefetch is wrapped in its HTTP response.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Members = Mapping[str, msgspec.Raw]

_MOVED = {"patient": "patientId", "user": "userId"}
_wrapper_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def is_legacy(members: Members, context: Members) -> bool:
    """True when the patient stands beside the context instead of in it."""
    return "patient" in members and "patientId" not in context


def context_of(members: Members, context: Members) -> Members:
    """The context with what stood beside it."""
    beside = {new: members[old] for old, new in _MOVED.items() if old in members}
    return {**beside, **context}


def unwrapped(sent: msgspec.Raw) -> msgspec.Raw:
    """The resource of a wrapped prefetch; anything else as it is."""
    try:
        wrapper = _wrapper_decoder.decode(sent)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return sent
    return sent if "resourceType" in wrapper else wrapper.get("resource", sent)
