"""`python -m tests.conformance` writes docs/conformance.md; with `--check` it only compares."""

from __future__ import annotations

import sys

from tests.conformance.page import PAGE, page


def main(*, check: bool) -> int:
    """Writes the page, or says that it is stale."""
    wanted = page()
    if not check:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write("docs/conformance.md is stale: run make docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
