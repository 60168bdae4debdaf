"""Writes docs/conformance.md from the rows and from the tests that name them.

A test names its rows by `@pytest.mark.row(31)`. `make docs` writes the page; a test fails when it
is stale, when a row has neither a test nor a reason, or when a test names a row that is not there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.rows import ROWS, Row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
MOST_TESTS = 3

HEAD = """# Conformance to CDS Hooks

What CDS Hooks 1.0, 2.0.1 and 3.0.0-ballot ask of a service, in our own words, with the place where it is
met and tests that prove it. The page is made from the tests by `make docs`; each test names its rows.

The service keeps 2.0, takes calls of 1.0, and adds what older clients pass over of 3.0: `version` and
`hookVersion` in discovery, OperationOutcome bodies of errors. What a card may hold differs from EHR to
EHR; `cds_hooks/dialects` says how.

| row | level | versions | the service | where | tests |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    tests = proofs_by_row()
    lines = [_line(row, tests.get(row.number, [])) for row in ROWS]
    return HEAD + "\n".join(lines) + "\n"


def proofs_by_row() -> dict[int, list[str]]:
    """The tests that name each row, as file and function, in the order of the files."""
    found: dict[int, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, rows in _marked(file):
            for row in rows:
                found.setdefault(row, []).append(f"{file.relative_to(ROOT).as_posix()}::{name}")
    return found


def _marked(file: Path) -> Iterator[tuple[str, list[int]]]:
    text = file.read_text(encoding="utf-8")
    if "pytest.mark.row(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.row":
                    yield node.name, [int(ast.literal_eval(each)) for each in mark.args]


def _line(row: Row, tests: list[str]) -> str:
    cells = (str(row.number), row.level, row.versions, row.asks, *_met(row, tests))
    return "| " + " | ".join(cells) + " |"


def _met(row: Row, tests: list[str]) -> tuple[str, str]:
    if row.unmet:
        return f"not implemented here: {row.unmet}", _links(tests) or "none"
    return row.where, _links(tests)


def _links(tests: list[str]) -> str:
    shown = [_link(each) for each in tests[:MOST_TESTS]]
    left = len(tests) - MOST_TESTS
    return "<br>".join([*shown, *([f"and {left} more"] if left > 0 else [])])


def _link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{file})"
