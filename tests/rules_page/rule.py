"""One rule's chapter."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from cds_hooks.detail import title
from regimens.advice import Moment
from regimens.advise import DATA_GAP, advise
from regimens.checks import ALWAYS, CHECKS, Check
from regimens.knowledge.schema import RuleEntry
from regimens.verdict import Finding
from tests.rules_page.content import Content, Told
from tests.rules_page.markdown import anchor, table, template
from tests.rules_page.sources import links
from tests.rules_page.values import used_by, value_table

MOMENTS = {
    Moment.OPENING: "when a chart is opened",
    Moment.SELECTING: "when an order is chosen",
    Moment.SIGNING: "when it is signed",
}
BY_RULE: Mapping[str, Check] = {check.rule: check for check in CHECKS}
LISTS = {
    "labs": "",
    "conditions": "",
    "procedures": "",
    "medications": "takes ",
    "allergies": "allergic to ",
    "unread": "could not be read: ",
}


def chapter(rule: str, content: Content) -> str:
    """Everything about one rule."""
    entry = content.library.rules[rule]
    blocks = [
        f"### {rule}",
        f"**{title(rule)}.** {entry.indicator.value.capitalize()}."
        f" {template(content.wording.rule(rule).summary)}",
        template(content.wording.rule(rule).detail),
        table(("", ""), _facts(rule, entry, content)),
        *_values(rule, content),
        "Cases:",
        table(
            ("case", "kind", "given", "order", "expected"),
            [_case(rule, told) for told in content.cases[rule]],
        ),
        "[back to the list](#rules)",
    ]
    return "\n\n".join(block for block in blocks if block)


def listed(content: Content) -> str:
    """The table of contents: every rule with its urgency and its summary."""
    return table(
        ("rule", "urgency", "summary"),
        [
            [
                f"[{rule}](#{anchor(rule)})",
                content.library.rules[rule].indicator.value,
                template(content.wording.rule(rule).summary),
            ]
            for rule in order()
        ],
    )


def order() -> tuple[str, ...]:
    """The rules in the order in which they are considered and shown."""
    return (*BY_RULE, DATA_GAP)


def _facts(rule: str, entry: RuleEntry, content: Content) -> list[list[str]]:
    words = content.wording
    variants = [
        f"{key.partition('/')[2]}: {template(form.summary)}"
        for key, form in words.rules.items()
        if key.startswith(f"{rule}/")
    ]
    spoken = _findings(rule, content)
    rows = [
        ["speaks if", _without_exemptions(entry.trigger)],
        ["exempt", _exemptions(entry.trigger)],
        ["why", _reason(rule)],
        ["speaks", _moments(rule)],
        ["for children", _children(rule)],
        ["urgency in the cases", ", ".join(_indicators(spoken, entry))],
        ["says otherwise", "<br>".join(variants)],
        ["offers", "<br>".join(_offers(spoken, content))],
        ["may be overridden with", "<br>".join(words.override(c) for c in entry.override_reasons)],
        ["sources", "<br>".join(links(entry.cites, content.library))],
        ["provenance", entry.provenance],
    ]
    return [[f"**{name}**", told] for name, told in rows if told]


def _sentences(text: str) -> list[str]:
    marked = text.replace("Exempt:", "\0Exempt:")
    return marked.split("\0")


def _without_exemptions(trigger: str) -> str:
    return _sentences(trigger)[0].strip()


def _exemptions(trigger: str) -> str:
    return " ".join(part.removeprefix("Exempt:").strip() for part in _sentences(trigger)[1:])


def _reason(rule: str) -> str:
    """The reason as the rule's own code states it."""
    if rule not in BY_RULE:
        return "What was not checked must be said; silence would read as no concern."
    told = inspect.getdoc(BY_RULE[rule].examine) or ""
    return " ".join(told.partition("CITES:")[0].split())


def _moments(rule: str) -> str:
    moments = BY_RULE[rule].moments if rule in BY_RULE else ALWAYS - {Moment.OPENING}
    return ", ".join(words for moment, words in MOMENTS.items() if moment in moments)


def _children(rule: str) -> str:
    return "yes" if rule not in BY_RULE or BY_RULE[rule].for_children else "no"


def _findings(rule: str, content: Content) -> list[Finding]:
    """What the rule said in each of its cases in which it spoke."""
    found: list[Finding] = []
    for told in content.cases[rule]:
        case = told.case
        knowledge = content.library.knowledge(case.formulary)
        advice = advise(case.facts, case.drafts, case.moment, knowledge)
        found += [each for each in advice.fired if each.rule == rule]
    return found


def _indicators(spoken: Iterable[Finding], entry: RuleEntry) -> list[str]:
    """Told only where the rule does not always speak with its own urgency."""
    found = sorted({each.indicator.value for each in spoken})
    return [] if found == [entry.indicator.value] else found


def _offers(spoken: Iterable[Finding], content: Content) -> list[str]:
    keys = {offer.key for each in spoken for offer in each.verdict.proposals}
    return [template(content.wording.proposals[key]) for key in sorted(keys)]


def _values(rule: str, content: Content) -> list[str]:
    if rule not in BY_RULE:
        return []
    cases = [told.case for told in content.cases[rule]]
    used = used_by(BY_RULE[rule], cases, content.library)
    asks = ", ".join(f"[{name}](#{anchor(name)})" for name in used.questions)
    blocks = [f"Rests on {asks}."] if asks else []
    rows = value_table(used.values, content.library)
    return [*blocks, "Values:", rows] if rows else blocks


# --- cases ----------------------------------------------------------------------------------


def _case(rule: str, told: Told) -> list[str]:
    case, words = told.case, told.words
    where = [] if case.moment is Moment.SIGNING else [MOMENTS[case.moment]]
    where += [f"{case.formulary.upper()} formulary"] if case.formulary != "uk" else []
    orders = "; ".join(words.get("orders", ())) or "none"
    return [
        ", ".join([case.name, *where]),
        case.kind or "",
        _given(words.get("given", {})),
        orders,
        _expected(rule, told),
    ]


def _given(given: Mapping[str, Any]) -> str:
    parts = [f"age {given['age']}"] if "age" in given else []
    parts += [given["sex"]] if "sex" in given else []
    parts += ["the patient could not be read"] if given.get("patient") == "unread" else []
    parts += ["has died"] if given.get("deceased") else []
    for name, before in LISTS.items():
        if given.get(name):
            parts.append(before + ", ".join(given[name]))
    return "; ".join(parts) or "nothing of note"


def _expected(rule: str, told: Told) -> str:
    case = told.case
    mine = [each for each in case.expect if each.rule == rule]
    parts = [f"speaks ({each.indicator.value})" if each.indicator else "speaks" for each in mine]
    parts += ["silent"] if rule in case.silent else []
    parts += ["cannot tell"] if rule in case.undecided else []
    also = [each.rule for each in case.expect if each.rule != rule]
    parts += [f"{each} speaks" for each in also]
    parts += [f"{each} is silent" for each in case.silent if each != rule]
    parts += [f"status {case.status.value}"] if case.status else []
    parts += [f"regimen {case.regimen}"] if case.regimen else []
    parts += [f"offers {key.partition('/')[2]}" for key in case.offers]
    parts += [f"does not offer {key.partition('/')[2]}" for key in case.not_offered]
    parts += [f"withholds {key.partition('/')[2]}" for key in case.withheld]
    return "; ".join(parts)
