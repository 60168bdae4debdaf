"""Sources with their links and marks."""

from __future__ import annotations

from collections.abc import Iterable

from regimens.knowledge.loader import Library
from regimens.knowledge.schema import Citation
from tests.rules_page.markdown import table

MARKS = {
    "V": "found in public material, which may be an abstract, a summary or a copy",
    "V2": "found only on a secondary or machine-written page: a lead, not evidence",
    "S": "stated in a seed document of this project and nowhere else checked",
    "P": "policy of this project: no outside source claims it",
}


def links(cites: Iterable[str], library: Library) -> list[str]:
    """Each source as a link, where it has an address, with its mark."""
    return [f"{_link(library.citations[key])} ({library.citations[key].mark})" for key in cites]


def _link(citation: Citation) -> str:
    return citation.label if citation.url is None else f"[{citation.label}]({citation.url})"


def chapter(library: Library) -> str:
    """Every source with its mark, and what the marks mean."""
    meanings = table(("mark", "meaning"), [[f"**{mark}**", told] for mark, told in MARKS.items()])
    rows = [
        [f"`{key}`", _link(each), each.mark, str(each.retrieved_on or ""), each.note or ""]
        for key, each in sorted(library.citations.items())
    ]
    return f"{meanings}\n\n{table(('key', 'source', 'mark', 'checked on', 'note'), rows)}"
