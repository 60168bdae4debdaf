"""A replica that dies takes nothing with it that was acknowledged."""

from __future__ import annotations

from pathlib import Path

from tests.postgres.server import PostgresServer
from tests.reliability.ledger import assert_in_order
from tests.reliability.losing_one import replica_drill


async def test_one_of_two_is_killed_under_load(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """The other answers every call; what lay on the dead one's disk comes home from there."""
    found = await replica_drill(postgres, postgres_url, tmp_path)
    assert_in_order(found.whole)
    assert found.at_the_other > 0
    assert found.not_answered_there == 0
    assert found.on_its_disk > 0
    assert found.whole.rows_lost_in_log == 0
