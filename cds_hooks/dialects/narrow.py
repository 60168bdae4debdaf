"""Markdown for a narrow panel: tables become lists."""

from __future__ import annotations

import re
from itertools import groupby

_CELL_ENDS = re.compile(r"(?<!\\)\|")


def narrow(markdown: str) -> str:
    """The same text without tables: one line for each row, its first cell in bold."""
    blocks = groupby(markdown.split("\n"), key=lambda line: line.startswith("|"))
    told = (_rows(list(lines)) if is_table else list(lines) for is_table, lines in blocks)
    return "\n".join(line for lines in told for line in lines)


def _rows(table: list[str]) -> list[str]:
    """The rows below the head and its rule."""
    return [_row(line) for line in table[2:]]


def _row(line: str) -> str:
    first, *rest = [cell.strip() for cell in _CELL_ENDS.split(line)[1:-1]]
    told = ", ".join(cell for cell in rest if cell)
    return f"- **{first}:** {told}" if told else f"- **{first}**"
