"""A full disk costs no card and no acknowledged feedback, and what it does cost is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.disks import Kind, disks, kinds
from tests.reliability.filling import full_disk_drill

DEADLINE_MS = 2000 + 50


@pytest.mark.parametrize("kind", kinds())
async def test_both_disks_are_full_one_after_the_other(kind: Kind, tmp_path: Path) -> None:
    """Rows go to the spool while it has space; without, feedback is refused, and losses counted."""
    with disks(kind, tmp_path) as both:
        found = await full_disk_drill(both)
    assert found.calls_refused == 0
    assert found.refused_meanwhile == 0
    assert found.spooled_bytes > 0
    assert found.refused > 0
    assert (found.before_and_after.lost, found.before_and_after.twice) == (0, 0), found
    assert (found.all_in_all.feedback_lost, found.all_in_all.twice) == (0, 0), found
    assert 0 < found.all_in_all.lost <= found.lost_in_log
    assert 0 < found.lost_in_metrics <= found.lost_in_log
    assert found.slowest_at_server_ms <= DEADLINE_MS
