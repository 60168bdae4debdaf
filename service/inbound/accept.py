"""Whether the caller takes JSON for an answer; this service has nothing else."""

from __future__ import annotations

from starlette.requests import Request

from service.errors import NotAcceptableError

WILDCARDS = frozenset({"*/*", "application/*", "*"})


def check_acceptable(request: Request) -> None:
    """Any JSON type or wildcard will do, and so will no header at all.

    Raises:
        NotAcceptableError: every type that the caller takes is something else.
    """
    ranges = ",".join(request.headers.getlist("accept")).lower().split(",")
    wanted = [each.strip() for each in ranges if each.strip()]
    if wanted and not any(_takes_json(each) for each in wanted):
        raise NotAcceptableError("This service answers in application/json.")


def _takes_json(wanted: str) -> bool:
    kind, *parameters = (part.strip() for part in wanted.split(";"))
    refused = any(
        part.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for part in parameters
    )
    return not refused and (kind in WILDCARDS or "json" in kind)
