"""A process that is killed under load loses nothing that it has acknowledged."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.killing import kill_drill
from tests.reliability.ledger import assert_in_order
from tests.reliability.running import Place


async def test_killed_under_load_and_started_again(database_url: str, tmp_path: Path) -> None:
    """Feedback, audit rows and issued cards of every answer are in the database, each once."""
    place = Place(tmp_path, database_url)
    found = await kill_drill(place, 2)
    assert_in_order(found)
    assert place.spooled() == 0
    assert place.lines("failure") == []
