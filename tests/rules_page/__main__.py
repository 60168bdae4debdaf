"""`python -m tests.rules_page` writes docs/rules.md; with `--check` it says whether it is current."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.rules_page.content import load
from tests.rules_page.page import page

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def main(arguments: list[str], path: Path = PAGE) -> int:
    """Writes the page, or compares it."""
    current = page(load())
    if arguments == ["--check"]:
        if path.is_file() and path.read_text("utf-8") == current:
            return 0
        sys.stderr.write("docs/rules.md is out of date: run make docs and read what changed.\n")
        return 1
    path.write_text(current, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
