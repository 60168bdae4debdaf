"""Two processes make one database together, and of each token one of them lets in one use."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.racing import Race, replay_drill
from tests.reliability.running import Place
from tests.reliability.tokens import STRICT, USUAL

TOKENS = 50
AT_ONCE = 20


async def race(url: str, folder: Path, issuer: str) -> Race:
    """Two processes that start at the same moment on an empty database."""
    places = Place(folder, url, "first"), Place(folder, url, "second")
    found = await replay_drill(*places, TOKENS, AT_ONCE, issuer)
    assert found.stores == ("ok", "ok")
    assert [place.lines("failure") for place in places] == [[], []]
    return found


async def test_the_same_token_at_two_processes_at_once(database_url: str, tmp_path: Path) -> None:
    """Exactly one answers 200, the other 401; later both refuse it, and neither was in doubt."""
    found = await race(database_url, tmp_path, USUAL)
    assert (found.once, found.twice, found.never) == (TOKENS, 0, 0), found
    assert found.statuses == {200: TOKENS, 401: TOKENS}
    assert found.later_refused == 2 * TOKENS
    assert found.unchecked == 0


async def test_that_of_a_strict_client(postgres_url: str, tmp_path: Path) -> None:
    """Nobody vouches for it, so that it never opens two doors."""
    found = await race(postgres_url, tmp_path, STRICT)
    assert (found.once, found.twice, found.never) == (TOKENS, 0, 0), found
