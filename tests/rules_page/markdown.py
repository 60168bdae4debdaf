"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; blank when there are no rows."""
    lines = [[cell(each) for each in row] for row in rows]
    if not lines:
        return ""
    ruled = [list(heads), ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def cell(text: str) -> str:
    """Text that stays in its cell."""
    return " ".join(text.replace("|", "\\|").split())


def template(text: str) -> str:
    """A wording on one line; what the card fills in stays in braces."""
    return " ".join(text.split())


def anchor(heading: str) -> str:
    """The address of a heading within the page, as GitHub makes it."""
    kept = "".join(sign for sign in heading.lower() if sign.isalnum() or sign in " -_")
    return kept.replace(" ", "-")
