"""The drill of two replicas on one PostgreSQL, of which one is killed under load, twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tests.postgres.server import PostgresServer
from tests.reliability.ledger import Outcome, balance, outcome
from tests.reliability.load import Load
from tests.reliability.outages import away
from tests.reliability.running import Place, Service, running


@dataclass(frozen=True, slots=True)
class Replicas:
    """The figures, of which `on_its_disk` are rows that only the dead one's disk had."""

    whole: Outcome
    at_the_other: int  # requests to the one that lived
    not_answered_there: int
    on_its_disk: int


async def replica_drill(server: PostgresServer, url: str, folder: Path) -> Replicas:
    """First a kill while the database is there; then one while it is away.

    What the dead one had on its disk is brought home by another process with the same folder.
    """
    lives, dies = Place(folder, url, "lives"), Place(folder, url, "dies")
    heir = Place(folder, url, "heir", spool=dies.spool_folder)
    survivor, victim, last = Service(lives), Service(dies), Service(heir)
    async with running(survivor, victim):
        load = Load(survivor.address, victim.address)
        async with load.running():
            await asyncio.sleep(0.6)
            victim.kill()
            await asyncio.sleep(0.6)
            await victim.start()
            await asyncio.sleep(0.4)
            async with away(server, "stopped"):
                await asyncio.sleep(0.8)
                victim.kill()
            await asyncio.sleep(0.6)
        await _only_the_dead_ones_rows_are_missing(survivor)
        missing = balance(url, load.sent).lost
        async with running(last):
            whole = await outcome("one of two replicas killed", load, [lives, dies, heir])
            await last.stop()
        await survivor.stop()
    there = [each for each in load.sent if each.to == survivor.address]
    not_answered = sum(each.status != 200 for each in there)
    return Replicas(whole, len(there), not_answered, missing)


async def _only_the_dead_ones_rows_are_missing(survivor: Service) -> None:
    """Waits until the survivor has written what it had on its own disk."""
    async with asyncio.timeout(30):
        while True:
            if survivor.place.lines("brought_home"):
                return
            await asyncio.sleep(0.1)
