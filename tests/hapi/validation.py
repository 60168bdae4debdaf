"""HL7's own validator, asked through the `$validate` operation of the server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.hapi.server import HapiServer

BLOCKING = frozenset({"error", "fatal"})


@dataclass(frozen=True)
class Issue:
    """One finding of the validator: how grave, at which element, and in which words."""

    severity: str
    where: str
    text: str


def validate(server: HapiServer, resource: Mapping[str, Any]) -> tuple[Issue, ...]:
    """Every error and fatal finding on the resource; empty when it passes. Warnings are left out.

    Raises:
        httpx.HTTPStatusError: the server answered with something other than its findings.
    """
    with server.client() as client:
        answer = client.post(f"{resource['resourceType']}/$validate", json=dict(resource))
    outcome = answer.json()
    if outcome.get("resourceType") != "OperationOutcome":
        answer.raise_for_status()
    return tuple(
        Issue(issue["severity"], _where(issue), issue.get("diagnostics", ""))
        for issue in outcome["issue"]
        if issue["severity"] in BLOCKING
    )


def _where(issue: Mapping[str, Any]) -> str:
    places: list[str] = issue.get("expression") or issue.get("location") or []
    return places[0] if places else ""
