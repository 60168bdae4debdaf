"""Of two processes that get the same token at the same moment, one lets it in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.racing import replay_drill
from tests.reliability.running import Place
from tests.reliability.tokens import STRICT, USUAL

TOKENS = 60
AT_ONCE = 20


@pytest.mark.parametrize("issuer", [USUAL, STRICT])
async def test_the_same_token_at_two_processes_at_once(
    issuer: str, database_url: str, tmp_path: Path
) -> None:
    """Exactly one answers 200, the other 401; later both refuse it, and neither was in doubt."""
    first, second = Place(tmp_path, database_url, "first"), Place(tmp_path, database_url, "second")
    found = await replay_drill(first, second, TOKENS, AT_ONCE, issuer)
    assert (found.once, found.twice, found.never) == (TOKENS, 0, 0), found
    assert found.statuses == {200: TOKENS, 401: TOKENS}
    assert found.later_refused == 2 * TOKENS
    assert found.unchecked == 0
