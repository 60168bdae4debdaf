"""The written cases of the rules: whatever they lead us to suggest is valid too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_hooks.wording.wording import load as load_wording
from fhir_mappers.drafts import Drafts
from fhir_mappers.proposals import Desk, render
from fhir_mappers.terminology import load_codes
from regimens.advise import DATA_GAP, advise
from regimens.checks import CHECKS
from regimens.knowledge.loader import load_library
from tests.cases.language import WrittenCase, read_file
from tests.end_to_end.checking import Checker
from tests.end_to_end.running import Json
from tests.hapi.fixtures import Validate

pytestmark = pytest.mark.hapi

CASES = Path(__file__).parents[1] / "cases"
LIBRARY = load_library()
RULES = frozenset({check.rule for check in CHECKS} | {DATA_GAP})


def written() -> Iterator[WrittenCase]:
    """Every case of every file."""
    for path in sorted(CASES.rglob("*.toml")):
        yield from read_file(path, RULES)


def suggested_for(case: WrittenCase, desk: Desk) -> Iterator[Json]:
    """Every resource suggested in the case; a written draft comes as the least that FHIR asks."""
    knowledge = LIBRARY.knowledge(case.formulary)
    advice = advise(case.facts, case.drafts, case.moment, knowledge)
    raw = {order.reference: _least(order.reference) for order in case.drafts.orders}
    drafts = Drafts(case.drafts, raw, frozenset())
    for finding in advice.fired:
        for proposal in finding.verdict.proposals:
            for action in render(proposal, drafts, desk) or ():
                if action.resource is not None:
                    yield dict(action.resource)


def _least(reference: str) -> Json:
    drug = {"text": "as written"}
    name = reference.removeprefix("MedicationRequest/")
    least = {"resourceType": "MedicationRequest", "id": name, "status": "draft", "intent": "order"}
    return {**least, "medicationCodeableConcept": drug}


def test_suggestions_for_written_cases(hapi_validate: Validate) -> None:
    """HL7's validator passes every order, test and task that the cases lead to."""
    codes, wording = load_codes(), load_wording()
    words = {**wording.tasks, **wording.notes}
    resources = [
        resource
        for case in written()
        for resource in suggested_for(
            case, Desk(codes, "somebody", case.facts.today, case.formulary, words.__getitem__)
        )
    ]

    assert resources
    assert Checker(hapi_validate).faults(resources) == []
