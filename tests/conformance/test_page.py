"""The page on conformance is complete and up to date."""

from __future__ import annotations

from tests.conformance.page import PAGE, page, proofs_by_row
from tests.conformance.rows import ROWS


def test_the_rows_are_numbered_from_1_to_86() -> None:
    """No row is left out, and none stands twice."""
    assert [row.number for row in ROWS] == list(range(1, 87))


def test_every_row_has_a_test_or_a_reason() -> None:
    """What is not proved is not claimed."""
    proved = proofs_by_row()
    assert [row.number for row in ROWS if not row.unmet and row.number not in proved] == []


def test_no_test_names_a_row_that_is_not_there() -> None:
    """A typing error would leave the row without its proof."""
    assert set(proofs_by_row()) <= {row.number for row in ROWS}


def test_the_page_is_what_the_tests_say() -> None:
    """`make docs` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
