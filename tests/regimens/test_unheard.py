"""What a site has switched off keeps no other rule silent."""

from __future__ import annotations

from regimens.advice import Moment
from regimens.advise import DATA_GAP, advise
from regimens.checks import CHECKS
from regimens.knowledge.loader import load_library
from regimens.tuning import Tuning, unheard_rules
from tests.cases.language import read_case

KNOWLEDGE = load_library().knowledge("uk")
RULES = frozenset({check.rule for check in CHECKS} | {DATA_GAP})
UNTREATED = read_case(
    {
        "name": "Maintenance of an unusual drug without loading",
        "given": {"labs": ["B12 120 ng/L 3 days ago"]},
        "orders": ["methylcobalamin 1 mg IM monthly"],
    },
    RULES,
)


def fired(*tunings: Tuning) -> set[str]:
    """The rules that speak of a deficient patient whose drafts lack a loading course."""
    case = UNTREATED
    advice = advise(case.facts, case.drafts, case.moment, KNOWLEDGE, tunings)
    return {finding.rule for finding in advice.fired}


def test_the_regimen_speaks_when_the_rule_before_it_is_switched_off() -> None:
    """`b12-regimen` is silent while another rule says what is missing, and takes its place else."""
    assert "loading-missing" in fired()
    assert "b12-regimen" not in fired()
    assert "b12-regimen" in fired(Tuning("loading-missing"))


def test_a_softer_rule_is_still_heard() -> None:
    """A rule that speaks more softly has said what the next one would say."""
    softer = Tuning("loading-missing", KNOWLEDGE.rules["b12-regimen"].indicator)
    assert "loading-missing" in fired(softer)
    assert "b12-regimen" not in fired(softer)


def test_a_critical_rule_is_heard_unless_the_site_has_signed() -> None:
    """Only with `critical_too`, and only at its moments, is a critical rule unheard."""
    rules, rule = KNOWLEDGE.rules, "im-platelets-below-10"
    at_signing = frozenset({Moment.SIGNING})
    signed = Tuning(rule, moments=at_signing, critical_too=True)
    assert unheard_rules([Tuning(rule)], Moment.SIGNING, rules) == frozenset()
    assert unheard_rules([signed], Moment.SIGNING, rules) == {rule}
    assert unheard_rules([signed], Moment.SELECTING, rules) == frozenset()
