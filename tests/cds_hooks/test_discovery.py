"""The discovery document, row by row of the specification."""

import re
from typing import Any

import pytest

from cds_hooks.card_rules import broken_response_rules
from cds_hooks.discovery import document
from cds_hooks.hooks import HOOKS

TEMPLATES = {"patient": "Patient/{{context.patientId}}"}
SERVICES: list[dict[str, Any]] = document(HOOKS, TEMPLATES)["services"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service["id"])
@pytest.mark.row(10, 11, 12, 13, 14, 15)
def test_service_has_what_is_required_and_recommended(service: dict[str, Any]) -> None:
    """Rows 10 to 15: hook, description and id are required, title is recommended."""
    for name in ("hook", "title", "description", "id", "usageRequirements"):
        assert service[name].strip()
    assert service["prefetch"] == TEMPLATES
    assert "/" not in service["id"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service["id"])
@pytest.mark.row(16, 17)
def test_versions_have_their_published_form(service: dict[str, Any]) -> None:
    """Rows 16 and 17: a semver of the specification, and the version of the hook's definition."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", service["version"])
    published = {
        "order-dispatch": "1.1",
        "medication-refill": "0.1.0",
        "problem-list-item-create": "0.1.0",
    }
    assert service["hookVersion"] == published.get(service["hook"], "1.0")


@pytest.mark.row(8, 9)
def test_no_services_is_an_empty_list() -> None:
    """Row 9: the array is always there."""
    assert document((), TEMPLATES) == {"services": []}


@pytest.mark.row(3)
def test_without_templates_there_is_no_prefetch_member() -> None:
    """Row 3: an optional member without a value is left out, never empty."""
    assert all("prefetch" not in service for service in document(HOOKS, {})["services"])


def test_a_discovery_document_is_no_answer() -> None:
    """The rules of an answer do not pass for anything else."""
    assert broken_response_rules({"services": []}) == ("cards is not a list",)
