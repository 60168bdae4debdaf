"""What a site changes about how rules speak: softer, or not at all. Never what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from regimens.advice import Moment
from regimens.knowledge.schema import RuleEntry
from regimens.verdict import Finding, Indicator, silent

OFF = "off"


@dataclass(frozen=True, slots=True)
class Tuning:
    """One rule made softer, or switched off (`indicator` None), at some moments or at all.

    What is critical stays so unless `critical_too`, whatever made it critical.
    """

    rule: str
    indicator: Indicator | None = None
    moments: frozenset[Moment] = frozenset(Moment)
    critical_too: bool = False


def tuned(finding: Finding, moment: Moment, tunings: Iterable[Tuning]) -> Finding:
    """The finding as the site wants it.

    A rule that is switched off turns silent and says so, with what it would have said; the
    finding is marked, so that every silence so caused can be counted. A softer indicator never
    raises one.
    """
    for tuning in tunings:
        applies = tuning.rule == finding.rule and moment in tuning.moments
        if not applies or not finding.verdict.fired:
            continue
        if finding.indicator is Indicator.CRITICAL and not tuning.critical_too:
            continue
        if tuning.indicator is None:
            why = f"switched off by the site; it would have said: {finding.verdict.why}"
            return replace(finding, verdict=silent(why, *finding.verdict.inputs), tuned=OFF)
        if tuning.indicator.rank > finding.indicator.rank:
            return replace(finding, indicator=tuning.indicator, tuned=tuning.indicator.value)
    return finding


def unheard_rules(
    tunings: Iterable[Tuning], moment: Moment, rules: Mapping[str, RuleEntry]
) -> frozenset[str]:
    """The rules that are switched off at this moment, so that nobody hears them."""
    return frozenset(
        tuning.rule
        for tuning in tunings
        if tuning.indicator is None
        and moment in tuning.moments
        and (tuning.critical_too or rules[tuning.rule].indicator is not Indicator.CRITICAL)
    )
