"""The drill of disks that are full under load: first the database's, then the spool's too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from tests.reliability.disks import Disks
from tests.reliability.ledger import Balance, balance
from tests.reliability.load import Load, Sent
from tests.reliability.running import running

FULL_WITHIN_S = 30.0
HOME_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Full:
    """What became of the requests while the database's disk was full, and while both were.

    `spooled` are the rows that the spool's disk took; `lost` are those that neither took, as the
    log tells them and as `/metrics` counts them.
    """

    requests: int
    calls_refused: int
    refused_meanwhile: int  # feedback, while the spool had space
    refused: int  # feedback, while it had none
    all_in_all: Balance
    before_and_after: Balance  # without what was asked while both disks were full
    spooled_bytes: int
    lost_in_log: int
    lost_in_metrics: int
    slowest_at_server_ms: float
    home_s: float


async def full_disk_drill(disks: Disks) -> Full:
    """The load goes on until there is space again, and a little longer."""
    service, place = disks.service, disks.place
    async with running(service):
        load = Load(service.address)
        async with load.running():
            await asyncio.sleep(0.5)
            disks.fill_database()
            await _store_is(disks, "down")
            await asyncio.sleep(0.7)
            spooled = disks.spooled()
            both_at = time.monotonic()
            disks.fill_spool()
            await _feedback_is_refused(load)
            await asyncio.sleep(0.7)
            lost = await _lost(service.address)
            disks.free()
            await _store_is(disks, "ok")
            free_at = time.monotonic()
            await asyncio.sleep(0.7)
        rest = [each for each in load.sent if _ended(each) < both_at or each.at > free_at]
        home_s = await _home(disks, load, rest)
        await _empty(disks)
        url = disks.database()
        all_in_all, before_and_after = balance(url, load.sent), balance(url, rest)
        await service.stop()
    told = place.lines("request")
    return Full(
        requests=len(load.sent),
        calls_refused=sum(
            each.status != httpx.codes.OK for each in load.sent if each.what == "call"
        ),
        refused_meanwhile=sum(each.status != httpx.codes.OK for each in rest),
        refused=len(load.answered("feedback", 503)),
        all_in_all=all_in_all,
        before_and_after=before_and_after,
        spooled_bytes=spooled,
        lost_in_log=sum(line.get("lost", 0) for line in place.lines("store_down")),
        lost_in_metrics=lost,
        slowest_at_server_ms=max(
            line["duration_ms"] for line in told if line["route"].startswith("/cds-services/")
        ),
        home_s=home_s,
    )


def _ended(sent: Sent) -> float:
    return sent.at + sent.took_ms / 1000


async def _store_is(disks: Disks, state: str) -> None:
    async with asyncio.timeout(FULL_WITHIN_S):
        while True:
            if (await disks.service.health())["store"] == state:
                return
            await asyncio.sleep(0.1)


async def _feedback_is_refused(load: Load) -> None:
    async with asyncio.timeout(FULL_WITHIN_S):
        while True:
            if load.answered("feedback", 503):
                return
            await asyncio.sleep(0.1)


async def _home(disks: Disks, load: Load, rest: Sequence[Sent]) -> float:
    """How long it took until the database had what it must have, or the patience was over."""
    begun = time.monotonic()
    while True:
        url = disks.database()
        missing = balance(url, rest).lost + balance(url, load.sent).feedback_lost
        took_s = time.monotonic() - begun
        if not missing or took_s > HOME_WITHIN_S:
            return took_s
        await asyncio.sleep(0.2)


async def _empty(disks: Disks) -> None:
    """Waits until no row lies in the spool; the file that is in use goes at a stop."""
    await disks.service.stop()
    if not disks.spooled():
        return
    await disks.service.start()
    async with asyncio.timeout(HOME_WITHIN_S):
        while True:
            if not disks.spooled():
                return
            await asyncio.sleep(0.1)


async def _lost(address: str) -> int:
    """How many rows were lost, as `/metrics` counts them."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        lines = (await http.get("/metrics")).text.splitlines()
    counted = [line for line in lines if line.startswith('b12_rows_total{fate="lost"}')]
    return int(float(counted[0].rpartition(" ")[2]))
