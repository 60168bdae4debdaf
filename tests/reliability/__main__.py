"""`python -m tests.reliability`: runs the drills at length and prints their figures as Markdown."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.postgres.server import PostgresServer, start_postgres
from tests.reliability.disks import disks, kinds
from tests.reliability.filling import Full, full_disk_drill
from tests.reliability.killing import kill_drill
from tests.reliability.ledger import Outcome
from tests.reliability.losing_one import Replicas, replica_drill
from tests.reliability.outages import WAYS, outage_drill
from tests.reliability.racing import Race, replay_drill
from tests.reliability.running import Place
from tests.reliability.tokens import STRICT, USUAL

KILLS = 10
AWAY_S = 5.0
TOKENS, AT_ONCE = 300, 20

OUTCOME = (
    "drill",
    "requests",
    "no answer",
    "5xx",
    "feedback acknowledged",
    "answers with 200",
    "rows lost",
    "rows twice",
    "slowest call, ms",
    "slowest feedback, ms",
    "home after, s",
    "tokens on own word",
)
RACE = ("drill", "tokens", "one 200", "two", "none", "refused later", "tokens on own word")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    columns = tuple(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def line_of(name: str, found: Outcome) -> tuple[object, ...]:
    """The figures under the words of `OUTCOME`."""
    return (
        name,
        found.requests,
        found.unanswered,
        found.refused,
        found.balance.acknowledged,
        found.balance.answered,
        found.balance.lost,
        found.balance.twice,
        round(found.slowest_call_ms),
        round(found.slowest_feedback_ms),
        round(found.home_s, 1),
        found.replay_unchecked,
    )


def said_of(found: Race, name: str) -> tuple[object, ...]:
    """The figures under the words of `RACE`."""
    figures = (found.tokens, found.once, found.twice, found.never, found.later_refused)
    return (name, *figures, found.unchecked)


def told(kind: str, found: Full) -> str:
    """The figures of the full disks, a line each."""
    return "\n".join(
        (
            f"Full disks ({kind}):\n",
            f"- requests: {found.requests}; hook calls not answered with 200: {found.calls_refused}",
            f"- feedback refused while the spool had space: {found.refused_meanwhile}",
            f"- feedback refused (503) while it had none: {found.refused}",
            f"- feedback acknowledged: {found.all_in_all.acknowledged},"
            f" lost: {found.all_in_all.feedback_lost}",
            f"- rows lost of what was asked before and after both were full:"
            f" {found.before_and_after.lost}",
            f"- audit rows and cards lost while both were full: {found.all_in_all.lost};"
            f" rows of every kind, as logged: {found.lost_in_log}",
            f"- rows twice: {found.all_in_all.twice}",
            f"- slowest, ms: {round(found.slowest_at_server_ms)};"
            f" home after, s: {found.home_s:.1f}",
        )
    )


def on_two(found: Replicas) -> str:
    """What the table does not tell of the replicas."""
    return (
        f"Replicas: {found.at_the_other} requests to the one that lived, of which"
        f" {found.not_answered_there} were not answered with 200; {found.on_its_disk} rows lay on"
        f" the dead one's disk alone, and came home from there."
    )


class Drills:
    """Every drill, each on an empty database."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._made = 0

    async def report(self) -> AsyncIterator[str]:
        """What was measured where, part by part."""
        version = self._server.query("show server_version")[0][0]
        yield (
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores,"
            f" {platform.system()}, Python {platform.python_version()}, PostgreSQL {version}"
        )
        replicas = await replica_drill(self._server, self._postgres(), self._new_folder())
        lines = [line_of("one of two replicas killed twice", replicas.whole)]
        for place in (self._sqlite(), self._on_postgres()):
            name = f"SIGKILL {KILLS} times, {place.database_url.partition(':')[0]}"
            lines.append(line_of(name, await kill_drill(place, KILLS)))
        for way in WAYS:
            found = await outage_drill(self._on_postgres(), self._server, [way], AWAY_S)
            lines.append(line_of(f"PostgreSQL: {way}, {AWAY_S:g} s", found))
        yield table(OUTCOME, lines)
        yield on_two(replicas)
        kind = kinds()[0]
        with disks(kind, self._new_folder()) as full:
            yield told(kind, await full_disk_drill(full))
        yield table(RACE, [line async for line in self._races()])

    async def _races(self) -> AsyncIterator[tuple[object, ...]]:
        for base in (self._sqlite(), self._on_postgres()):
            kind = base.database_url.partition(":")[0]
            for issuer, name in ((USUAL, "memory"), (STRICT, "strict")):
                first = Place(self._new_folder(), base.database_url, "first")
                second = Place(first.folder, base.database_url, "second")
                found = await replay_drill(first, second, TOKENS, AT_ONCE, issuer)
                yield said_of(found, f"same token at two processes, {kind}, `{name}`")

    def _new_folder(self) -> Path:
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        return folder

    def _sqlite(self) -> Place:
        folder = self._new_folder()
        return Place(folder, f"sqlite:///{folder / 'store.sqlite3'}")

    def _postgres(self) -> str:
        return self._server.create_database()

    def _on_postgres(self) -> Place:
        return Place(self._new_folder(), self._postgres())


async def main() -> None:
    """Prints each part as soon as it is there."""
    with start_postgres() as server, tempfile.TemporaryDirectory() as folder:
        async for part in Drills(server, Path(folder)).report():
            sys.stdout.write(f"{part}\n\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
