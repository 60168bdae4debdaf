"""The list of keys that need words is whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from regimens import spoken_keys
from regimens.advice import Advice
from regimens.advise import DATA_GAP, advise
from regimens.checks import CHECKS
from regimens.knowledge.loader import load_library
from regimens.proposals import BookTask, UpdateOrder
from tests.cases.language import read_file

HERE = Path(__file__).parent
REGIMENS = HERE.parents[1] / "regimens"
LIBRARY = load_library()
RULES = frozenset({check.rule for check in CHECKS} | {DATA_GAP})


def _advices() -> Iterator[Advice]:
    for path in sorted(HERE.rglob("*.toml")):
        for case in read_file(path, RULES):
            knowledge = LIBRARY.knowledge(case.formulary)
            yield advise(case.facts, case.drafts, case.moment, knowledge)


def test_every_key_that_a_case_asks_for_is_listed() -> None:
    """No rule asks for a proposal, note, task or variant that the list does not name."""
    monitoring = {
        step
        for formulary in LIBRARY.formularies.values()
        for regimen in formulary.regimen.values()
        for step in regimen.monitoring
    }
    for advice in _advices():
        for finding in advice.findings:
            verdict = finding.verdict
            assert spoken_keys.NOTES.issuperset(verdict.notes)
            if verdict.variant:
                assert f"{finding.rule}/{verdict.variant}" in spoken_keys.VARIANTS
            for proposal in verdict.proposals:
                assert proposal.key in spoken_keys.PROPOSALS
                changes = proposal.changes
                tasks = {each.topic for each in changes if isinstance(each, BookTask)}
                assert tasks <= spoken_keys.TASKS
                notes = {each.note for each in changes if isinstance(each, UpdateOrder)}
                assert notes - {None} <= spoken_keys.NOTES
        if advice.recommendation:
            assert set(advice.recommendation.monitoring) <= spoken_keys.NOTES | monitoring


def test_no_key_is_listed_that_no_rule_asks_for() -> None:
    """Every listed key is written somewhere in the rules."""
    sources = "".join(
        path.read_text("utf-8") for path in REGIMENS.rglob("*.py") if path.stem != "spoken_keys"
    )
    variants = {key.partition("/")[2] for key in spoken_keys.VARIANTS}
    listed = spoken_keys.PROPOSALS | spoken_keys.NOTES | spoken_keys.TASKS | variants
    assert {key for key in listed if f'"{key}"' not in sources} == set()
