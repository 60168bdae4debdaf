"""Which findings share a card, and what happens when there are too many."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.groups import THEMES, Group, grouped
from regimens.proposals import CreateOrder, Proposal, UpdateOrder
from regimens.verdict import Finding, Indicator
from tests.cds_hooks.builders import LOADING, fired
from tests.cds_hooks.test_wording import RULES

INFO, WARNING, CRITICAL = Indicator.INFO, Indicator.WARNING, Indicator.CRITICAL
SUPPLY = "hydroxocobalamin-availability"


def is_hydroxocobalamin(product: str) -> bool:
    return product.startswith("hydroxocobalamin")


def rules(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    ranked = sorted(findings, key=lambda finding: finding.indicator.rank)
    return [group.rules for group in grouped(ranked, is_hydroxocobalamin)]


def numbered(indicator: Indicator, count: int) -> list[Finding]:
    return [fired(f"{indicator.value}-{number}", indicator) for number in range(count)]


def test_one_card_per_problem() -> None:
    """Findings without a common theme are not mixed."""
    findings = [
        fired("b12-iv-route", WARNING),
        fired("b12-allergy", CRITICAL),
        fired("b12-regimen"),
    ]
    assert rules(findings) == [("b12-allergy",), ("b12-iv-route",), ("b12-regimen",)]


def test_infos_of_one_theme_share_a_card() -> None:
    """A clinician reads one card about missing and old results, not four."""
    findings = [
        fired("renal-function-unknown"),
        fired("b12-regimen"),
        fired("baseline-labs-missing"),
        fired("stale-labs"),
        fired("conflicting-labs"),
    ]
    assert rules(findings) == [
        ("renal-function-unknown", "baseline-labs-missing", "stale-labs", "conflicting-labs"),
        ("b12-regimen",),
    ]


def test_a_warning_keeps_its_card_beside_infos_of_its_theme() -> None:
    """Only infos are merged when there is room."""
    findings = [
        fired("folic-acid-b12-status-unknown", WARNING),
        fired("folic-acid-b12-not-yet-replete"),
        fired("potassium-check-needed", WARNING),
        fired("stale-labs"),
    ]
    assert len(rules(findings)) == 4


def test_themes_name_rules_that_exist() -> None:
    """A renamed rule must not fall out of its theme unseen."""
    assert set().union(*THEMES.values()) <= set(RULES)


@pytest.mark.parametrize(
    ("critical", "warning", "info", "sizes"),
    [
        (0, 0, 5, [1, 1, 1, 1, 1]),
        (0, 0, 6, [6]),
        (1, 1, 3, [1, 1, 1, 1, 1]),
        (1, 1, 4, [1, 1, 4]),
        (0, 5, 0, [1, 1, 1, 1, 1]),
        (0, 6, 0, [1, 1, 1, 1, 2]),
        (0, 5, 2, [1, 1, 1, 2, 2]),
        (2, 4, 3, [1, 1, 1, 3, 3]),
        (4, 1, 1, [1, 1, 1, 1, 2]),
        (4, 2, 0, [1, 1, 1, 1, 2]),
        (5, 0, 0, [1, 1, 1, 1, 1]),
        (5, 1, 2, [1, 1, 1, 1, 4]),
        (7, 0, 0, [1, 1, 1, 1, 1, 1, 1]),
        (6, 1, 0, [1, 1, 1, 1, 1, 2]),
    ],
)
def test_five_cards_at_most_and_nothing_is_lost(
    critical: int, warning: int, info: int, sizes: list[int]
) -> None:
    """Infos are merged first, then the last warnings; a critical always has a card."""
    findings = numbered(CRITICAL, critical) + numbered(WARNING, warning) + numbered(INFO, info)
    groups = grouped(findings, is_hydroxocobalamin)
    assert [len(group.findings) for group in groups] == sizes
    assert [group.indicator.rank for group in groups] == sorted(
        group.indicator.rank for group in groups
    )


FINDINGS = st.lists(
    st.tuples(st.sampled_from(RULES), st.sampled_from(Indicator)),
    unique_by=lambda pair: pair[0],
    max_size=20,
)


@given(FINDINGS)
def test_every_finding_is_on_exactly_one_card(pairs: list[tuple[str, Indicator]]) -> None:
    """For any findings: none lost, none twice, most urgent first, five unless more are critical."""
    findings = [fired(rule, indicator) for rule, indicator in pairs]
    ranked = sorted(findings, key=lambda finding: finding.indicator.rank)
    groups = grouped(ranked, is_hydroxocobalamin)
    shown = [rule for group in groups for rule in group.rules]
    assert sorted(shown) == sorted(rule for rule, _ in pairs)
    ranks = [group.indicator.rank for group in groups]
    assert ranks == sorted(ranks)
    critical = sum(indicator is CRITICAL for _, indicator in pairs)
    assert len(groups) <= max(5, critical)
    assert sum(group.indicator is CRITICAL for group in groups) == critical


def test_supply_joins_the_card_that_suggests_the_drug() -> None:
    """A shortage is read where hydroxocobalamin is offered."""
    offer = Proposal("replace", (UpdateOrder("r", product="hydroxocobalamin-injection"),))
    findings = [
        fired("b12-iv-route", WARNING),
        fired("cyanocobalamin-renal-impairment", WARNING, proposals=(offer,)),
        fired(SUPPLY),
    ]
    assert rules(findings) == [
        ("b12-iv-route",),
        ("cyanocobalamin-renal-impairment", SUPPLY),
    ]


def test_supply_joins_the_regimen_that_creates_the_drug() -> None:
    """An order to create names its product too."""
    findings = [
        fired(SUPPLY),
        fired("b12-regimen", proposals=(Proposal("regimen", (CreateOrder(LOADING),)),)),
    ]
    joined = rules(findings)
    assert len(joined) == 1
    assert set(joined[0]) == {SUPPLY, "b12-regimen"}


def test_supply_joins_a_card_about_the_same_order() -> None:
    """Where the drug is drafted, the shortage belongs to that order's card."""
    findings = [
        fired("b12-allergy", CRITICAL, orders=("MedicationRequest/2",)),
        fired("b12-iv-route", WARNING, orders=("MedicationRequest/1",)),
        fired(SUPPLY, orders=("MedicationRequest/1",)),
    ]
    assert rules(findings) == [("b12-allergy",), ("b12-iv-route", SUPPLY)]


def test_supply_alone_has_a_card_of_its_own() -> None:
    """It is not lost when no other card is about the drug."""
    assert rules([fired("stale-labs"), fired(SUPPLY)]) == [("stale-labs",), (SUPPLY,)]


def test_a_group_is_as_urgent_as_its_most_urgent_finding() -> None:
    """A merged card never looks milder than what it holds."""
    group = Group((fired("a"), fired("b", CRITICAL), fired("c", WARNING)))
    assert group.indicator is CRITICAL


def test_an_echo_joins_the_card_of_the_concern_it_repeats() -> None:
    """An info that says the same of the same order shares its card, without "+1 more"."""
    findings = [
        fired("cyanocobalamin-renal-impairment", Indicator.WARNING),
        fired("hydroxocobalamin-preferred", Indicator.INFO),
    ]
    [card] = grouped(findings, is_hydroxocobalamin)
    assert card.rules == ("cyanocobalamin-renal-impairment", "hydroxocobalamin-preferred")
    assert card.further_concerns == 0


def test_an_echo_without_its_concern_keeps_a_card() -> None:
    """The preference for hydroxocobalamin is told alone where the kidneys are well."""
    [card] = grouped([fired("hydroxocobalamin-preferred", Indicator.INFO)], is_hydroxocobalamin)
    assert card.rules == ("hydroxocobalamin-preferred",)
