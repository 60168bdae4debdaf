"""Every written case holds, and every rule has the cases it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from regimens.advice import Advice
from regimens.advise import DATA_GAP, advise
from regimens.checks import CHECKS
from regimens.knowledge.loader import load_library
from regimens.verdict import Finding, Outcome
from tests.cases.language import KINDS, WrittenCase, read_file

HERE = Path(__file__).parent
LIBRARY = load_library()
RULES = frozenset({check.rule for check in CHECKS} | {DATA_GAP})
WRITTEN = {
    path.relative_to(HERE).with_suffix("").as_posix(): read_file(path, RULES)
    for path in sorted(HERE.rglob("*.toml"))
}
EVERY = [
    pytest.param(case, id=f"{file}: {case.name}")
    for file, cases in WRITTEN.items()
    for case in cases
]


def _advice(case: WrittenCase) -> Advice:
    knowledge = LIBRARY.knowledge(case.formulary)
    return advise(case.facts, case.drafts, case.moment, knowledge)


def _told(findings: dict[str, Finding], rule: str) -> str:
    verdict = findings[rule].verdict
    return f"{rule} was {verdict.outcome.value}: {verdict.why}"


@pytest.mark.parametrize("case", EVERY)
def test_the_case_holds(case: WrittenCase) -> None:
    """The rules say of the situation what the case claims, in every point it makes."""
    advice = _advice(case)
    findings = {finding.rule: finding for finding in advice.findings}
    wrong = [*_wrong_rules(case, findings), *_wrong_assessment(case, advice)]
    wrong += _wrong_proposals(case, findings)
    assert not wrong, "\n".join(wrong)


def _wrong_rules(case: WrittenCase, findings: dict[str, Finding]) -> list[str]:
    wrong = []
    for expected in case.expect:
        finding = findings[expected.rule]
        verdict = finding.verdict
        if not verdict.fired:
            wrong.append(f"should fire, but {_told(findings, expected.rule)}")
            continue
        if expected.indicator not in {None, finding.indicator}:
            wrong.append(f"{expected.rule} is {finding.indicator}, not {expected.indicator}")
        if expected.variant not in {None, verdict.variant}:
            wrong.append(f"{expected.rule} reads {verdict.variant}, not {expected.variant}")
        if expected.note is not None and expected.note not in verdict.notes:
            wrong.append(f"{expected.rule} notes {verdict.notes}, not {expected.note}")
    wrong += [
        f"should be silent, but {_told(findings, rule)}"
        for rule in case.silent
        if findings[rule].verdict.fired
    ]
    wrong += [
        f"should not be able to tell, but {_told(findings, rule)}"
        for rule in case.undecided
        if findings[rule].verdict.outcome is not Outcome.CANNOT_TELL
    ]
    return wrong


def _wrong_assessment(case: WrittenCase, advice: Advice) -> list[str]:
    wrong = []
    assessment = advice.assessment
    if case.status not in {None, assessment.status}:
        wrong.append(f"the status is {assessment.status}, not {case.status}: {assessment.why}")
    if case.biochemistry not in {None, assessment.biochemistry}:
        wrong.append(f"the biochemistry is {assessment.biochemistry}, not {case.biochemistry}")
    regimen = advice.recommendation.regimen if advice.recommendation else "none"
    if case.regimen not in {None, regimen}:
        wrong.append(f"the regimen is {regimen}, not {case.regimen}")
    return [*wrong, *_wrong_options(case, advice)]


def _wrong_options(case: WrittenCase, advice: Advice) -> list[str]:
    wrong = []
    options = advice.recommendation.options if advice.recommendation else ()
    products = tuple(option.orders[0].product for option in options)
    if case.products and case.products != products:
        wrong.append(f"the options begin with {products}, not {case.products}")
    days = options[0].orders[-1].timing.interval_days if options else None
    if case.maintenance_days not in {None, days}:
        wrong.append(f"maintenance is every {days} days, not {case.maintenance_days}")
    return wrong


def _wrong_proposals(case: WrittenCase, findings: dict[str, Finding]) -> list[str]:
    offered = {
        f"{finding.rule}/{proposal.key}"
        for finding in findings.values()
        if finding.verdict.fired
        for proposal in finding.verdict.proposals
    }
    withheld = {f"{f.rule}/{key}" for f in findings.values() for key in f.withheld}
    wrong = [f"{key} is not offered" for key in case.offers if key not in offered]
    wrong += [f"{key} is offered" for key in case.not_offered if key in offered]
    wrong += [f"{key} is not withheld" for key in case.withheld if key not in withheld]
    return wrong


def _claims(case: WrittenCase) -> bool:
    """True when the case claims something of its own rule."""
    named = {*(one.rule for one in case.expect), *case.silent, *case.undecided}
    return case.rule in named


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_case_of_every_kind(rule: str, kind: str) -> None:
    """A rule has a case that fires, one that is silent, one at a boundary, one with a fact unknown."""
    mine = [case for cases in WRITTEN.values() for case in cases if case.rule == rule]
    assert any(case.kind == kind and _claims(case) for case in mine)


def test_a_case_claims_what_its_kind_says() -> None:
    """A case of the kind `fires` expects its rule to fire, one of the kind `silent` does not."""
    for cases in WRITTEN.values():
        for case in cases:
            fires = case.rule in {one.rule for one in case.expect}
            assert case.kind != "fires" or fires, case.name
            assert case.kind != "silent" or case.rule in case.silent, case.name
