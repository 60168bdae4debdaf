"""Two processes that start at the same moment on an empty database both come up with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.reliability.outages import knock
from tests.reliability.running import Place, Service, running
from tests.reliability.tokens import STRICT


async def test_two_processes_make_one_database(database_url: str, tmp_path: Path) -> None:
    """Each finds its tables made once, and uses them."""
    services = [Service(Place(tmp_path, database_url, name)) for name in ("first", "second")]
    async with running(*services):
        health = [await each.health() for each in services]
        statuses = await asyncio.gather(*(knock(each, STRICT) for each in services))
        for each in services:
            await each.stop()
    assert [each["store"] for each in health] == ["ok", "ok"]
    assert statuses == [200, 200]
    assert [each.place.lines("failure") for each in services] == [[], []]
