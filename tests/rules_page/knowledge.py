"""The chapters that are not about one rule: regimens, formularies, thresholds, policy."""

from __future__ import annotations

from pydantic import BaseModel

from cds_hooks import describe
from regimens.knowledge.schema import Formulary, Policy, Regimen
from regimens.proposing import planned
from tests.rules_page.content import Content
from tests.rules_page.markdown import table
from tests.rules_page.sources import links
from tests.rules_page.values import in_words, shown_value, value_table, values_of_questions

WINDOWS = "windows_days"


def regimens(name: str, content: Content) -> str:
    """The regimens of a formulary: what is given, instead of what, and what is watched."""
    formulary = content.library.formularies[name]
    return table(
        ("regimen", "what is given", "or instead", "watch", "sources"),
        [_regimen(key, each, content) for key, each in formulary.regimen.items()],
    )


def _regimen(key: str, regimen: Regimen, content: Content) -> list[str]:
    names = {key: product.name for key, product in content.library.products.items()}
    orders = [planned(phase, product=phase.product, starts_on=None) for phase in regimen.phases]
    watch = [content.wording.note(step, {}) for step in regimen.monitoring]
    return [
        f"`{key}`",
        describe.regimen(orders, names, lifelong=regimen.lifelong),
        ", ".join(f"`{other}`" for other in regimen.alternatives),
        "<br>".join(watch),
        "<br>".join(links(regimen.cites, content.library)),
    ]


def formularies(content: Content) -> str:
    """What the formularies say besides the regimens, side by side."""
    library = content.library
    keys = [key for key in Formulary.model_fields if key not in {"regimen", "cites", "coded_as"}]
    rows = [
        [in_words(key), *(_setting(each, key) for each in library.formularies.values())]
        for key in keys
    ]
    return table(("", *(name.upper() for name in library.formularies)), rows)


def _setting(formulary: Formulary, key: str) -> str:
    return shown_value(getattr(formulary, key))


def thresholds(content: Content) -> str:
    """The cut points of every packaged file, with its sources."""
    blocks = []
    for name, limits in content.library.thresholds.items():
        rows = [
            [in_words(key), shown_value(getattr(limits, key))]
            for key in type(limits).model_fields
            if isinstance(getattr(limits, key), BaseModel)
        ]
        sources = "; ".join(links(limits.cites, content.library))
        blocks.append(f"`{name}`: {limits.title}. Sources: {sources}.\n\n{table(('', ''), rows)}")
    return "\n\n".join(blocks)


def windows(content: Content) -> str:
    """How old a result may be."""
    return value_table(_policy_values(content.library.policy, WINDOWS), content.library)


def policy(content: Content) -> str:
    """All other numbers that hold for every laboratory and formulary."""
    library = content.library
    sections = [
        name
        for name in type(library.policy).model_fields
        if isinstance(getattr(library.policy, name), BaseModel) and name != WINDOWS
    ]
    values = [path for name in sections for path in _policy_values(library.policy, name)]
    sources = "; ".join(links(library.policy.cites, library))
    return f"Sources: {sources}.\n\n{value_table(values, library)}"


def _policy_values(policy: Policy, section: str) -> list[str]:
    fields = type(getattr(policy, section)).model_fields
    return [f"policy.{section}.{key}" for key in fields]


def questions(content: Content) -> str:
    """What many rules ask first, each with the values it rests on."""
    cases = [told.case for each in content.cases.values() for told in each]
    blocks = []
    for name, values in values_of_questions(cases, content.library).items():
        blocks.append(f"### {name}\n\n{value_table(values, content.library)}")
    return "\n\n".join(blocks)
