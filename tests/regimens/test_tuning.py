"""A site makes rules softer, never sharper, and what is critical only with its own word."""

from __future__ import annotations

import pytest

from regimens.advice import Moment
from regimens.tuning import Tuning, tuned
from regimens.verdict import Finding, Indicator, Input, Outcome, Verdict, silent

RULE = "b12-iv-route"
SPEAKS = Verdict(Outcome.FIRED, "a cobalamin is ordered IV", inputs=(Input("route", "IV"),))
INFO, WARNING, CRITICAL = Indicator.INFO, Indicator.WARNING, Indicator.CRITICAL


def finding(indicator: Indicator, verdict: Verdict = SPEAKS) -> Finding:
    return Finding(RULE, indicator, verdict)


@pytest.mark.parametrize(
    ("before", "tuning", "after"),
    [
        (WARNING, Tuning(RULE, INFO), INFO),
        (WARNING, Tuning(RULE, WARNING), WARNING),
        (INFO, Tuning(RULE, WARNING), INFO),
        (WARNING, Tuning("another-rule", INFO), WARNING),
        (WARNING, Tuning(RULE, INFO, frozenset({Moment.OPENING})), WARNING),
        (WARNING, Tuning(RULE, INFO, frozenset({Moment.SIGNING})), INFO),
        (CRITICAL, Tuning(RULE, WARNING), CRITICAL),
        (CRITICAL, Tuning(RULE, WARNING, critical_too=True), WARNING),
    ],
)
def test_softer_never_sharper(before: Indicator, tuning: Tuning, after: Indicator) -> None:
    """An indicator is lowered where the tuning applies, and a critical only if that is meant."""
    assert tuned(finding(before), Moment.SIGNING, (tuning,)).indicator is after


def test_a_rule_switched_off_says_what_it_would_have_said() -> None:
    """The silence is marked and keeps its inputs, so that it can be counted."""
    off = tuned(finding(WARNING), Moment.SIGNING, (Tuning(RULE),))
    assert not off.verdict.fired
    assert off.verdict.why == (
        "switched off by the site; it would have said: a cobalamin is ordered IV"
    )
    assert (off.tuned, off.verdict.inputs) == ("off", SPEAKS.inputs)


def test_a_silent_rule_stays_as_it_is() -> None:
    """There is nothing to switch off."""
    quiet = finding(WARNING, silent("no cobalamin is ordered IV"))
    assert tuned(quiet, Moment.SIGNING, (Tuning(RULE),)) is quiet
