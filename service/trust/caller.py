"""Who a call was let in as."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.clients import Client


class Kind(StrEnum):
    """By what a caller was let in."""

    CLIENT = "client"
    OPERATOR = "operator"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Caller:
    """The client whose content and limits hold, and what its token said of itself.

    An operator stands in for the first client; in a demo nobody is asked.
    """

    client: Client
    kind: Kind
    issuer: str | None = None
    tenant: str | None = None
