"""While PostgreSQL is away, cards are given in time, and nothing that was acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

from tests.postgres.server import PostgresServer
from tests.reliability.ledger import assert_in_order
from tests.reliability.outages import OLD_S, WAYS, away, knock, lets_in, outage_drill
from tests.reliability.running import Place, Service, running
from tests.reliability.tokens import STRICT, USUAL

DEADLINE_MS = 2000 + 50
MACHINE_MS = 1000  # what a machine that others use too may add between caller and service


async def test_every_call_is_answered_in_time_while_the_database_is_away(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """Stopped, restarted in order and at once, killed, hanging: no call fails or is late.

    All rows come home once, and feedback is taken meanwhile.
    """
    place = Place(tmp_path, postgres_url)
    found = await outage_drill(place, postgres, WAYS, away_s=0.7)
    assert_in_order(found)
    assert found.requests == found.balance.answered
    assert found.slowest_call_ms <= DEADLINE_MS
    assert found.slowest_feedback_ms <= DEADLINE_MS + MACHINE_MS
    assert found.slowest_at_client_ms <= DEADLINE_MS + MACHINE_MS
    assert found.rows_lost_in_log == 0
    assert place.spooled() == 0
    assert place.lines("failure") == []


async def test_who_is_let_in_while_used_tokens_cannot_be_asked_for(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """A strict client is told to come again; for another one a process vouches for young tokens."""
    service = Service(Place(tmp_path, postgres_url))
    async with running(service):
        before = [await knock(service, issuer) for issuer in (USUAL, STRICT)]
        async with away(postgres, "stopped"):
            meanwhile = [
                await knock(service, STRICT),
                await knock(service, USUAL),
                await knock(service, USUAL, age_s=OLD_S),
            ]
        await lets_in(service, STRICT)
        after = await knock(service, USUAL, age_s=OLD_S)
        await service.stop()
    assert before == [200, 200]
    assert meanwhile == [503, 200, 401]
    assert after == 200
