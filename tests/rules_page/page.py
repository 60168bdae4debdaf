"""The whole page."""

from __future__ import annotations

from tests.rules_page import knowledge, sources
from tests.rules_page.content import Content
from tests.rules_page.markdown import anchor
from tests.rules_page.rule import chapter, listed, order

OPENING = """# Rules

Every rule of b12-cds for a reader who does not read code: what it watches for, in which words it
speaks, on which numbers and sources it rests, and the cases that prove it. The page is made from the
knowledge files, the wording and the test cases by `make docs`; it cannot say anything else than the
program does, and `make check` fails when it is out of date.

**No clinician has approved this content.** A site that uses it reviews it and signs its content hash;
docs/configuration.md says how, and how a site brings its own cut points, words and urgency.

What stands in {braces} is filled in by the card. A case tells a record (*given*), the orders at
hand and what must follow; unless it says otherwise the patient is 50 years old, every list of the
record could be read, the formulary is the UK one, and the order is being signed. Its kind: `fires`, the
rule speaks; `silent`, it does not; `boundary`, at or beside a limit; `unknown`, a deciding fact is not
known. A rule that `cannot tell` is named on the card of
[b12-data-gap](#b12-data-gap). The values of a rule are all that it reads while it judges its cases and
makes its proposals; they are found by watching it, in both formularies."""


def page(content: Content) -> str:
    """docs/rules.md as it should be."""
    rules = "\n\n".join(chapter(rule, content) for rule in order())
    regimens = [
        (f"Regimens: {formulary.title}", knowledge.regimens(name, content))
        for name, formulary in content.library.formularies.items()
    ]
    chapters = [
        ("Rules", listed(content)),
        ("What many rules ask first", knowledge.questions(content)),
        *regimens,
        ("Formularies", knowledge.formularies(content)),
        ("Thresholds", knowledge.thresholds(content)),
        ("Windows", knowledge.windows(content)),
        ("Policy", knowledge.policy(content)),
        ("Sources", sources.chapter(content.library)),
        ("Each rule", rules),
    ]
    contents = "\n".join(f"- [{name}](#{anchor(name)})" for name, _ in chapters)
    bodies = [f"## {name}\n\n{body}" for name, body in chapters]
    return "\n\n".join([OPENING, contents, *bodies]) + "\n"
