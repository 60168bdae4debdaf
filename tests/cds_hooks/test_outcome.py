"""Errors as OperationOutcome."""

from cds_hooks.errors import BadRequest
from cds_hooks.outcome import IssueCode, of_bad_request, outcome


def test_a_bad_request_names_the_member() -> None:
    """An analyst finds the member without our log."""
    assert of_bad_request(BadRequest("is required", "context.patientId")) == {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "invalid",
                "diagnostics": "context.patientId is required.",
                "expression": ["context.patientId"],
            }
        ],
    }


def test_an_outcome_without_a_member_has_no_expression() -> None:
    """FHIR forbids an empty list."""
    assert outcome(IssueCode.NOT_FOUND, "No such service.")["issue"] == [
        {"severity": "error", "code": "not-found", "diagnostics": "No such service."}
    ]
