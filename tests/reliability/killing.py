"""The drill of a process that is killed under load and started again, several times in a row."""

from __future__ import annotations

import asyncio
import random

from tests.reliability.ledger import Outcome, outcome
from tests.reliability.load import Load
from tests.reliability.running import Place, Service, running


async def kill_drill(place: Place, times: int) -> Outcome:
    """SIGKILL at a moment that nobody chose, and a start on the same files."""
    service = Service(place)
    async with running(service):
        load = Load(service.address)
        async with load.running():
            for _ in range(times):
                await asyncio.sleep(random.uniform(0.4, 0.9))
                service.kill()
                await service.start()
            await asyncio.sleep(0.3)
        found = await outcome(f"SIGKILL, {times} times", load, [place])
        await service.stop()
    return found
