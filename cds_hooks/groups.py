"""Which findings share a card: related infos by theme, and never more than five cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from regimens.proposals import CreateOrder, Proposal, UpdateOrder
from regimens.verdict import Finding, Indicator

MOST_CARDS = 5

# Rules whose infos are read together. A rule that stands in no theme keeps a card of its own.
THEMES: dict[str, frozenset[str]] = {
    "results": frozenset(
        {
            "renal-function-unknown",
            "baseline-labs-missing",
            "stale-labs",
            "conflicting-labs",
            "renal-metabolite-confounding",
            "b12-false-normal-possible",
            "b12-level-not-trough",
            "lab-unit-implausible",
            "monitoring-due",
            "early-response-monitoring-due",
            "pregnancy-bariatric-monitoring",
            "potassium-check-needed",
            "hypokalaemia-before-b12",
            "inadequate-haematologic-response",
        }
    ),
    "folate": frozenset(
        {
            "folic-acid-before-b12",
            "folic-acid-b12-status-unknown",
            "folic-acid-b12-not-yet-replete",
        }
    ),
    "injection": frozenset(
        {"im-platelets-25-to-50", "im-anticoagulant-caution", "gluteal-injection-site"}
    ),
    "product": frozenset({"hydroxocobalamin-preferred", "hydroxocobalamin-availability"}),
    "course": frozenset(
        {
            "maintenance-interval-too-long",
            "high-frequency-without-review",
            "lifelong-maintenance-missing",
            "biomarker-titration",
        }
    ),
    "record": frozenset({"medication-text-match", "b12-data-gap"}),
}

# An info that only echoes a more urgent concern about the same order joins its card.
ECHOES: dict[str, tuple[str, ...]] = {
    "hydroxocobalamin-preferred": ("cyanocobalamin-renal-impairment", "cyanocobalamin-leber"),
    "oral-b12-dose-too-low": ("oral-b12-malabsorption", "oral-b12-neuro"),
    "biomarker-titration": ("stop-lifelong-b12",),
    "maintenance-interval-too-long": ("maintenance-interval-too-long-neuro",),
    "baseline-labs-missing": ("treatment-without-evidence",),
}

# This rule has no problem of its own to show: it qualifies a card about hydroxocobalamin.
SUPPLY = "hydroxocobalamin-availability"


@dataclass(frozen=True, slots=True)
class Group:
    """The findings that one card conveys, the most urgent first.

    `course_elsewhere` tells that another card offers the course that these ask for as well.
    """

    findings: tuple[Finding, ...]
    course_elsewhere: bool = False

    @property
    def indicator(self) -> Indicator:
        """The most urgent one."""
        return min((finding.indicator for finding in self.findings), key=lambda it: it.rank)

    @property
    def further_concerns(self) -> int:
        """How many findings besides the first have a problem of their own to show."""
        rules = set(self.rules)
        return sum(
            finding.rule != SUPPLY and rules.isdisjoint(ECHOES.get(finding.rule, ()))
            for finding in self.findings[1:]
        )

    @property
    def rules(self) -> tuple[str, ...]:
        """The rule ids in the order they are shown."""
        return tuple(finding.rule for finding in self.findings)


def grouped(fired: Sequence[Finding], names_hydroxocobalamin: Callable[[str], bool]) -> list[Group]:
    """The cards to write, most urgent first; every finding is in exactly one.

    `names_hydroxocobalamin` tells whether a product id is a hydroxocobalamin. At most five
    groups, unless more than five are critical.
    """
    groups = _by_theme(fired)
    groups = _with_echoes(groups)
    groups = _with_supply(groups, names_hydroxocobalamin)
    groups.sort(key=lambda group: group.indicator.rank)
    return _at_most(groups, MOST_CARDS)


def _by_theme(fired: Sequence[Finding]) -> list[Group]:
    """One group per finding, but one per theme for infos; a theme stands where it began."""
    members: dict[str, list[Finding]] = {}
    for finding in fired:
        members.setdefault(_theme(finding), []).append(finding)
    return [Group(tuple(findings)) for findings in members.values()]


def _theme(finding: Finding) -> str:
    if finding.indicator is Indicator.INFO:
        for theme, rules in THEMES.items():
            if finding.rule in rules:
                return f"theme {theme}"
    return f"rule {finding.rule}"


def _with_echoes(groups: list[Group]) -> list[Group]:
    """Each info that echoes another concern moved to that concern's card."""
    for echo, voices in ECHOES.items():
        host = next((g for g in groups if any(v in g.rules for v in voices)), None)
        found = next((it for g in groups for it in g.findings if it.rule == echo), None)
        if host is None or found is None or found in host.findings:
            continue
        if found.indicator is not Indicator.INFO:
            continue
        others = [_without(g, found) if found in g.findings else g for g in groups]
        groups = [_merged([g, Group((found,))]) if g is host else g for g in others if g.findings]
    return groups


def _with_supply(groups: list[Group], is_hydroxocobalamin: Callable[[str], bool]) -> list[Group]:
    """The supply note moved to the first card that suggests, else concerns, the drug."""
    supply = next((it for group in groups for it in group.findings if it.rule == SUPPLY), None)
    if supply is None:
        return groups
    others = [_without(group, supply) for group in groups]
    rest = [group for group in others if group.findings]
    host = next((group for group in rest if _suggests(group, is_hydroxocobalamin)), None)
    host = host or next((group for group in rest if _concerns(group, supply.verdict.orders)), None)
    if host is None:
        return groups
    return [_merged([group, Group((supply,))]) if group is host else group for group in rest]


def _without(group: Group, finding: Finding) -> Group:
    return Group(tuple(kept for kept in group.findings if kept is not finding))


def _suggests(group: Group, is_hydroxocobalamin: Callable[[str], bool]) -> bool:
    return any(
        is_hydroxocobalamin(product)
        for finding in group.findings
        for offer in finding.verdict.proposals
        for product in _products(offer)
    )


def _products(offer: Proposal) -> list[str]:
    created = [change.order.product for change in offer.changes if isinstance(change, CreateOrder)]
    edited = [change.product for change in offer.changes if isinstance(change, UpdateOrder)]
    return created + [product for product in edited if product]


def _concerns(group: Group, orders: tuple[str, ...]) -> bool:
    return any(not set(orders).isdisjoint(it.verdict.orders) for it in group.findings)


def _at_most(groups: list[Group], limit: int) -> list[Group]:
    """Merge infos first, then the least urgent warnings; a critical keeps its card."""
    if len(groups) <= limit:
        return groups
    critical = [group for group in groups if group.indicator is Indicator.CRITICAL]
    warning = [group for group in groups if group.indicator is Indicator.WARNING]
    info = [_merged([group for group in groups if group.indicator is Indicator.INFO])]
    info = [group for group in info if group.findings]
    room = limit - len(critical)
    if room <= 0:
        return [*critical[:-1], _merged([critical[-1], *warning, *info])]
    for_warnings = room - len(info)
    if len(warning) <= for_warnings:
        return [*critical, *warning, *info]
    if for_warnings == 0:
        return [*critical, _merged([*warning, *info])]
    kept = warning[: for_warnings - 1]
    return [*critical, *kept, _merged(warning[for_warnings - 1 :]), *info]


def _merged(groups: Sequence[Group]) -> Group:
    findings = [finding for group in groups for finding in group.findings]
    return Group(tuple(sorted(findings, key=lambda finding: finding.indicator.rank)))
