"""The Markdown below a card's summary: sentences, regimen, evidence, calendar, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cds_hooks import describe
from cds_hooks.evidence import REGIMEN_RULE, citations, inputs
from cds_hooks.groups import Group
from cds_hooks.setting import CardSetting, Citation
from cds_hooks.wording.template import NOT_STATED, escape
from regimens.advice import Advice, B12Status, Recommendation, Step
from regimens.proposals import Proposal
from regimens.schedule import DATED
from regimens.verdict import Finding, Input, Outcome

GAP_RULE = "b12-data-gap"
MOST_DAYS = 6
MOST_CHECKS = 8
MOST_CONCERNS = 3
MOST_SOURCES = 3
SHORT_VERSION = 12  # of a SHA-256; the evidence carries all of it

# In a Markdown link the address ends at a blank or a closing parenthesis.
_ADDRESS = str.maketrans({" ": "%20", "(": "%28", ")": "%29", "<": "%3C", ">": "%3E"})


def detail(group: Group, advice: Advice, setting: CardSetting, by_hand: Sequence[Proposal]) -> str:
    """The whole detail; `by_hand` are proposals that cannot be offered as suggestions.

    Raises:
        WordingMissing: a text or a value for it is not there.
    """
    blocks = [_section(finding, group, advice, setting) for finding in group.findings]
    if REGIMEN_RULE in group.rules and advice.recommendation:
        blocks += _regimen(advice.recommendation, setting)
    if group.course_elsewhere:
        blocks.append(setting.wording.text("course-elsewhere"))
    blocks += [_by_hand(offer, setting) for offer in by_hand]
    blocks.append(_evidence(inputs(group, advice), setting))
    if REGIMEN_RULE in group.rules and advice.recommendation:
        blocks.append(_calendar(advice.recommendation.calendar, setting))
    blocks.append(_sources(group, setting))
    return "\n\n".join(block for block in blocks if block)


def summaries(group: Group, advice: Advice, setting: CardSetting) -> str:
    """The summaries alone, one a line: what is left of a merged card whose words are broken."""
    return "\n".join(f"- {escape(summary(finding, advice, setting))}" for finding in group.findings)


def summary(finding: Finding, advice: Advice, setting: CardSetting, more: int = 0) -> str:
    """One line of at most 139 characters; `more` says how many findings share the card."""
    wording = setting.wording
    template = wording.rule(finding.rule, finding.verdict.variant).summary
    if more:
        template = wording.text("more", summary=template, count=str(more))
    return wording.summary(template, values(finding, advice, setting))


def values(finding: Finding, advice: Advice, setting: CardSetting) -> Mapping[str, str]:
    """What fills the finding's wording: the verdict's own values, and what the advice tells."""
    if finding.rule == REGIMEN_RULE:
        return {**_regimen_values(finding, advice, setting), **finding.verdict.values}
    if finding.rule == GAP_RULE:
        return {**_gap_values(finding, advice, setting), **finding.verdict.values}
    return finding.verdict.values


def _section(finding: Finding, group: Group, advice: Advice, setting: CardSetting) -> str:
    wording, verdict = setting.wording, finding.verdict
    filled = values(finding, advice, setting)
    sentences = [wording.detail(wording.rule(finding.rule, verdict.variant).detail, filled)]
    if finding is not group.findings[0]:  # the first one's summary is the card's own
        sentences.insert(0, f"**{escape(summary(finding, advice, setting))}**")
    sentences += [escape(wording.note(key, filled)) for key in verdict.notes]
    if verdict.missing and finding.rule != GAP_RULE:
        sentences.append(
            wording.text("missing", lists=escape(_list_names(verdict.missing, setting)))
        )
    if finding.in_the_way:
        sentences.append(_not_offered(finding, advice, setting))
    return " ".join(sentences)


def _not_offered(finding: Finding, advice: Advice, setting: CardSetting) -> str:
    """That a change is withheld, and because of what: the summaries of the rules in its way."""
    text = setting.wording.text
    told = [summary(concern, advice, setting) for concern in finding.in_the_way[:MOST_CONCERNS]]
    left = len(finding.in_the_way) - MOST_CONCERNS
    concerns = [escape(words.rstrip(".")) for words in told]
    concerns += [text("more-concerns", count=str(left))] if left > 0 else []
    return text("withheld", concerns="; ".join(concerns))


def _regimen_values(finding: Finding, advice: Advice, setting: CardSetting) -> dict[str, str]:
    """The first option in words; where none is offered, what stands most in the way."""
    if advice.recommendation is None:
        return {}
    certain = advice.assessment.status is B12Status.DEFICIENT
    told = {
        "deficiency": setting.wording.text(f"deficiency-{'certain' if certain else 'possible'}"),
        "why": advice.recommendation.why,
    }
    if not advice.recommendation.options:
        concerns = [summary(concern, advice, setting) for concern in finding.in_the_way]
        return told | {"concern": concerns[0] if concerns else NOT_STATED}
    option = advice.recommendation.options[0]
    return told | {
        "start": describe.start(option.orders[0], setting.products),
        "regimen": describe.regimen(option.orders, setting.products, lifelong=option.lifelong),
    }


def _gap_values(finding: Finding, advice: Advice, setting: CardSetting) -> dict[str, str]:
    """The lists that could not be read, and the rules that therefore did not decide."""
    undecided = [it for it in advice.findings if it.verdict.outcome is Outcome.CANNOT_TELL]
    named = [*finding.verdict.missing, *(key for it in undecided for key in it.verdict.missing)]
    keys = tuple(dict.fromkeys(named)) or tuple(dict.fromkeys(gap.source for gap in advice.gaps))
    return {
        "lists": _list_names(keys, setting),
        "checks": _checks([title(it.rule) for it in undecided], setting),
    }


def _checks(titles: Sequence[str], setting: CardSetting) -> str:
    if not titles:
        return setting.wording.text("unchecked-none")
    left = len(titles) - MOST_CHECKS
    more = [setting.wording.text("unchecked-more", count=str(left))] if left > 0 else []
    return ", ".join([*titles[:MOST_CHECKS], *more])


def _list_names(keys: tuple[str, ...], setting: CardSetting) -> str:
    """The lists in words; a rule may name one in words of its own."""
    texts = setting.wording.texts
    return ", ".join(dict.fromkeys(texts.get(f"list-{key}", key) for key in keys))


def title(rule: str) -> str:
    """A rule id as words: "IM platelets below 10"."""
    words = " ".join(_ACRONYMS.get(word, word) for word in rule.split("-"))
    return words[:1].upper() + words[1:]


_ACRONYMS = {"b12": "B12", "im": "IM", "iv": "IV"}


def _regimen(recommendation: Recommendation, setting: CardSetting) -> list[str]:
    wording = setting.wording
    blocks = []
    for index, option in enumerate(recommendation.options):
        words = describe.regimen(option.orders, setting.products, lifelong=option.lifelong)
        line = wording.text("alternative" if index else "regimen", regimen=escape(words))
        notes = [escape(wording.note(key, {})) for key in option.notes]
        blocks.append(" ".join([line, *notes]))
    undated = [key for key in recommendation.monitoring if key not in DATED]
    if undated:
        steps = [f"- {escape(wording.note(key, {}))}" for key in undated]
        blocks.append("\n".join([wording.text("monitoring"), *steps]))
    return blocks


def _by_hand(offer: Proposal, setting: CardSetting) -> str:
    what = describe.proposal(offer, setting.products, setting.wording)
    return setting.wording.text("by-hand", what=escape(what.rstrip(".")))


def _evidence(rows: Sequence[Input], setting: CardSetting) -> str:
    if not rows:
        return ""
    text = setting.wording.text
    heads = [text("evidence"), text("value"), text("date")]
    ranged = any(row.reference_range for row in rows)
    lines = [
        [row.name, _amount(row), describe.day(row.on) if row.on else text("undated")]
        for row in rows
    ]
    if ranged:
        heads.append(text("range"))
        lines = [[*line, row.reference_range or ""] for line, row in zip(lines, rows, strict=True)]
    return _table(heads, lines)


def _amount(row: Input) -> str:
    return f"{row.value} {row.unit}".strip() if row.value else NOT_STATED


def _calendar(steps: Sequence[Step], setting: CardSetting) -> str:
    """One row for each kind of step, with its days: a year fits in a few lines."""
    if not steps:
        return ""
    text = setting.wording.text
    days: dict[str, list[Step]] = {}
    for step in steps:
        days.setdefault(setting.wording.step(step.what), []).append(step)
    rows = [[words, _days(same, setting)] for words, same in days.items()]
    return _table([text("calendar-step"), text("calendar-days")], rows)


def _days(steps: Sequence[Step], setting: CardSetting) -> str:
    days = [_day(step, setting) for step in steps[:MOST_DAYS]]
    left = len(steps) - MOST_DAYS
    return ", ".join(
        days + ([setting.wording.text("more-days", count=str(left))] if left > 0 else [])
    )


def _day(step: Step, setting: CardSetting) -> str:
    mark = f" ({setting.wording.text('weekend')})" if step.weekend else ""
    return describe.day(step.on) + mark


def _table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [heads, ["---"] * len(heads), *([escape(cell) for cell in line] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _sources(group: Group, setting: CardSetting) -> str:
    """The first few sources, those with a link if any has one; the evidence names them all."""
    text = setting.wording.text
    version = escape(setting.knowledge_version[:SHORT_VERSION])
    cited = [citation for _, citation in setting.cited(citations(group))]
    linked = [citation for citation in cited if citation.url]
    named = [_source(citation, setting) for citation in (linked or cited)[:MOST_SOURCES]]
    if not named:
        return text("no-source", version=version)
    return text("sources", sources="; ".join(named), version=version)


def _source(citation: Citation, setting: CardSetting) -> str:
    label = escape(citation.label)
    if not citation.url:
        return label
    address = citation.url.translate(_ADDRESS)
    return setting.wording.text("citation-link", label=label, url=address)
