"""From advice to cards: one card a problem, most urgent first, none that breaks the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cds_hooks import describe, identity
from cds_hooks.card import (
    Card,
    Coding,
    OverrideReason,
    SelectionBehavior,
    Source,
    Suggestion,
    violations,
)
from cds_hooks.detail import detail, summaries, summary, title
from cds_hooks.errors import CardBroken, WordingMissing
from cds_hooks.evidence import EXTENSION, citations, extension
from cds_hooks.groups import Group, grouped
from cds_hooks.setting import CardSetting, Citation
from regimens.advice import Advice
from regimens.proposals import Change, CreateOrder, OrderTest, Proposal, Purpose

__all__ = ["CardSetting", "Citation", "compose"]


def compose(advice: Advice, setting: CardSetting) -> tuple[Card, ...]:
    """The cards for this advice, most urgent first; no finding is lost.

    Raises:
        CardBroken: a card breaks the specification even as summary, indicator and source.
    """
    groups = grouped(advice.fired, setting.is_hydroxocobalamin)
    return tuple(_card(group, advice, setting) for group in _one_course(groups, setting))


def _one_course(groups: list[Group], setting: CardSetting) -> list[Group]:
    """The groups, of which one offers loading: taken from two cards it would be given twice."""
    asking = [group for group in groups if any(_loads(offer) for offer in _proposals(group))]
    if not asking[1:]:
        return groups
    first = next((group for group in asking if _offers_loading(group, setting)), asking[0])
    return [
        _without_course(group) if group in asking and group is not first else group
        for group in groups
    ]


def _offers_loading(group: Group, setting: CardSetting) -> bool:
    return any(_loads(offer) and setting.actions(offer) for offer in _proposals(group))


def _without_course(group: Group) -> Group:
    findings = tuple(
        replace(it, verdict=replace(it.verdict, proposals=_kept(it.verdict.proposals)))
        for it in group.findings
    )
    return replace(group, findings=findings, course_elsewhere=True)


def _kept(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    return tuple(offer for offer in proposals if not _loads(offer))


def _loads(proposal: Proposal) -> bool:
    """True when it orders a course of loading."""
    orders = [change.order for change in proposal.changes if isinstance(change, CreateOrder)]
    return any(order.purpose is Purpose.LOADING for order in orders)


def _card(group: Group, advice: Advice, setting: CardSetting) -> Card:
    """The full card, or its plainest form when the full one cannot be written by the rules."""
    try:
        card = _full(group, advice, setting)
        faults = violations(card)
    except WordingMissing as error:
        card, faults = None, (str(error),)
    if card is not None and not faults:
        return card
    return _rebuilt(group, advice, setting, faults)


def _full(group: Group, advice: Advice, setting: CardSetting) -> Card:
    plain = _plain(group, advice, setting)
    suggestions, by_hand = _suggestions(group, plain.uuid or "", setting)
    return replace(
        plain,
        detail=detail(group, advice, setting, by_hand),
        suggestions=suggestions,
        selection_behavior=SelectionBehavior.AT_MOST_ONE if suggestions else None,
        override_reasons=_override_reasons(group, setting),
        extension=extension(group, advice, setting),
    )


def _plain(group: Group, advice: Advice, setting: CardSetting) -> Card:
    return Card(
        uuid=identity.card_uuid(
            setting.client, setting.service, setting.hook_instance, identity.concern(group.rules)
        ),
        summary=summary(group.findings[0], advice, setting, more=group.further_concerns),
        indicator=group.indicator,
        source=_source(group, setting),
    )


def _rebuilt(group: Group, advice: Advice, setting: CardSetting, faults: tuple[str, ...]) -> Card:
    """Summary, indicator and source; of a merged card every summary, since none may be lost."""
    try:
        card = _plain(group, advice, setting)
        if len(group.findings) > 1:
            card = replace(card, detail=summaries(group, advice, setting))
    except WordingMissing as error:
        raise CardBroken(f"{identity.concern(group.rules)}: {error}") from error
    card = replace(card, extension=_least_evidence(group, advice, setting), rebuilt_because=faults)
    if left := violations(card):
        raise CardBroken(f"{identity.concern(group.rules)}: {left[0]}")
    return card


def _least_evidence(group: Group, advice: Advice, setting: CardSetting) -> dict[str, object]:
    return {
        EXTENSION: {
            "rules": list(group.rules),
            "status": advice.assessment.status.value,
            "knowledgeVersion": setting.knowledge_version,
        }
    }


def _source(group: Group, setting: CardSetting) -> Source:
    """The first source with a link; the topic names the first rule, so that overrides can be kept."""
    first = group.findings[0].rule
    cited = setting.cited(citations(group))
    sources = [source for _, source in cited] or [Citation(setting.wording.text("source"))]
    citation = next((source for source in sources if source.url), sources[0])
    topic = Coding(f"{setting.canonical}/rule", first, title(first))
    return Source(label=citation.label, url=citation.url, topic=topic)


def _suggestions(
    group: Group, card: str, setting: CardSetting
) -> tuple[tuple[Suggestion, ...], tuple[Proposal, ...]]:
    """What can be offered, and what the clinician must do by hand."""
    offered: list[tuple[Proposal, Suggestion]] = []
    by_hand: list[Proposal] = []
    for index, proposal in enumerate(_proposals(group)):
        actions = setting.actions(proposal)
        if not actions:
            by_hand.append(proposal)
            continue
        label = _label(proposal, setting)
        uuid = identity.suggestion_uuid(card, index, proposal.key)
        offered.append((proposal, Suggestion(label=label, uuid=uuid, actions=actions)))
    return _recommended(offered), tuple(by_hand)


def _proposals(group: Group) -> list[Proposal]:
    """Every proposal of the group; two rules that ask for the same changes offer them once."""
    kept: dict[frozenset[Change], Proposal] = {}
    for finding in group.findings:
        for proposal in finding.verdict.proposals:
            kept.setdefault(frozenset(proposal.changes), proposal)
    return list(kept.values())


def _recommended(offered: Sequence[tuple[Proposal, Suggestion]]) -> tuple[Suggestion, ...]:
    """One may be marked when at most one can be taken; of several marks none is a help."""
    marked = [proposal for proposal, _ in offered if proposal.recommended]
    return tuple(
        replace(suggestion, is_recommended=True) if marked == [proposal] else suggestion
        for proposal, suggestion in offered
    )


def _label(proposal: Proposal, setting: CardSetting) -> str:
    """The wording's label; a proposal that has none is named by what it does."""
    if proposal.key not in setting.wording.proposals:
        return describe.proposal(proposal, setting.products, setting.wording)
    return setting.wording.label(proposal.key, {**_told(proposal, setting), **proposal.values})


def _told(proposal: Proposal, setting: CardSetting) -> dict[str, str]:
    """What a label may say of the changes themselves: the orders and the tests in words."""
    orders = [each.order for each in proposal.changes if isinstance(each, CreateOrder)]
    tests = [each.analyte.value for each in proposal.changes if isinstance(each, OrderTest)]
    return {
        "regimen": describe.regimen(orders, setting.products),
        "tests": ", ".join(dict.fromkeys(tests)),
    }


def _override_reasons(group: Group, setting: CardSetting) -> tuple[OverrideReason, ...]:
    codes = dict.fromkeys(code for it in group.findings for code in it.override_reasons)
    system = f"{setting.canonical}/override-reason"
    return tuple(OverrideReason(system, code, setting.wording.override(code)) for code in codes)
