"""Errors as FHIR OperationOutcome, without a word of what was sent."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from cds_hooks.errors import BadRequest


class IssueCode(StrEnum):
    """The FHIR issue types that answers of this service use."""

    INVALID = "invalid"
    REQUIRED = "required"
    STRUCTURE = "structure"
    NOT_FOUND = "not-found"
    LOGIN = "login"
    FORBIDDEN = "forbidden"
    INCOMPLETE = "incomplete"
    TIMEOUT = "timeout"
    THROTTLED = "throttled"
    TOO_LONG = "too-long"
    NOT_SUPPORTED = "not-supported"
    TRANSIENT = "transient"
    EXCEPTION = "exception"


def outcome(code: IssueCode, diagnostics: str, expression: str = "") -> dict[str, Any]:
    """An OperationOutcome with one error; `expression` is the path of the member at fault."""
    issue: dict[str, Any] = {"severity": "error", "code": code.value, "diagnostics": diagnostics}
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def of_bad_request(error: BadRequest) -> dict[str, Any]:
    """The body of a 400 answer."""
    return outcome(IssueCode.INVALID, f"{error}.", error.where)
