"""Two processes make one database together, and of each token one of them lets in one use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from tests.reliability.racing import Race, replay_drill
from tests.reliability.running import Place
from tests.reliability.tokens import STRICT, USUAL

TOKENS = 50
AT_ONCE = 20
RACES = 3  # on a machine that stands still now and then, a database does


async def races(url: str, folder: Path, issuer: str) -> AsyncIterator[Race]:
    """Races of two processes that start at the same moment, until no process was in doubt."""
    for number in range(RACES):
        places = Place(folder, url, f"first-{number}"), Place(folder, url, f"second-{number}")
        found = await replay_drill(*places, TOKENS, AT_ONCE, issuer)
        assert found.stores == ("ok", "ok")
        assert [place.lines("failure") for place in places] == [[], []]
        yield found
        if found.unchecked == 0:
            return


async def test_the_same_token_at_two_processes_at_once(database_url: str, tmp_path: Path) -> None:
    """Exactly one answers 200, the other 401; later both refuse it.

    Only a process that could not ask the database in time may be wrong, and it says so each time.
    """
    found = [each async for each in races(database_url, tmp_path, USUAL)]
    assert all(each.never == 0 and each.twice <= each.unchecked for each in found), found
    sure = found[-1]
    assert (sure.once, sure.twice, sure.never, sure.unchecked) == (TOKENS, 0, 0, 0), found
    assert sure.statuses == {200: TOKENS, 401: TOKENS}
    assert sure.later_refused == 2 * TOKENS


async def test_that_of_a_strict_client(database_url: str, tmp_path: Path) -> None:
    """Nobody vouches for it, so that it never opens two doors."""
    found = [each async for each in races(database_url, tmp_path, STRICT)]
    assert all(each.twice == 0 for each in found), found
    assert (found[-1].once, found[-1].never) == (TOKENS, 0), found
