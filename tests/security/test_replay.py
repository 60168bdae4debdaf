"""A token opens the door once, at whichever process it knocks, and whatever the database does."""

from __future__ import annotations

import asyncio
import gc
import io
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.store.rows import Row
from service.store.store import Store
from service.trust.replay import InProcessReplay
from tests.postgres.server import PostgresServer
from tests.security.hospital import DISCOVERY, SECONDS, SIGN, Wishes, token
from tests.security.started import started

STRICT = Wishes('replay = "strict"')
OLD, YOUNG = SECONDS - 331, SECONDS - 330


async def test_what_one_process_has_seen_another_refuses(database_url: str, tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    async with started(a, database_url) as one, started(b, database_url) as other:
        text = token(DISCOVERY)
        assert (await one.get(DISCOVERY, text)).status_code == 200
        assert (await other.get(DISCOVERY, text)).status_code == 401
        assert (await other.get(DISCOVERY, token(DISCOVERY))).status_code == 200


async def test_of_uses_at_two_processes_at_once_one_succeeds(
    database_url: str, tmp_path: Path
) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    async with started(a, database_url) as one, started(b, database_url) as other:
        for _ in range(20):
            text = token(DISCOVERY)
            both = (each.get(DISCOVERY, text) for each in (one, other, one, other))
            answers = await asyncio.gather(*both)
            assert sorted(each.status_code for each in answers) == [200, 401, 401, 401]


async def test_a_restart_forgets_nothing(database_url: str, tmp_path: Path) -> None:
    text = token(DISCOVERY)
    async with started(tmp_path, database_url) as ehr:
        assert (await ehr.get(DISCOVERY, text)).status_code == 200
    async with started(tmp_path, database_url) as ehr:
        assert (await ehr.get(DISCOVERY, text)).status_code == 401


async def test_the_same_id_of_another_issuer_is_another_token(
    database_url: str, tmp_path: Path
) -> None:
    """Two EHRs may count from one."""
    other = (
        '[[client]]\nid = "other"\nissuer = "https://other.example"\n'
        'jwks_url = "https://ehr.example.org/fhir/jwks"\n'
    )
    async with started(tmp_path, database_url, Wishes(more=other)) as ehr:
        first = token(DISCOVERY, jti="1")
        second = token(DISCOVERY, jti="1", iss="https://other.example")
        assert (await ehr.get(DISCOVERY, first)).status_code == 200
        assert (await ehr.get(DISCOVERY, second)).status_code == 200


async def test_while_the_database_is_down_a_process_vouches_for_young_tokens(
    absent_database_url: str, tmp_path: Path, log: io.StringIO
) -> None:
    """Once, for five minutes and the leeway of clocks; the operator is alarmed each time."""
    async with started(tmp_path, absent_database_url) as ehr:
        text = token(DISCOVERY, iat=YOUNG)
        assert (await ehr.get(DISCOVERY, text)).status_code == 200
        assert (await ehr.get(DISCOVERY, text)).status_code == 401
        assert (await ehr.get(DISCOVERY, token(DISCOVERY, iat=OLD))).status_code == 401
        assert ehr.setup.memory.tally.unchecked_tokens == 2
    assert log.getvalue().count('"event":"replay_unchecked"') == 2
    assert "older than five minutes" in log.getvalue()


async def test_a_strict_client_is_refused_meanwhile(
    absent_database_url: str, tmp_path: Path
) -> None:
    """With 503 and a time to come again: it did nothing wrong. Such a token opened nothing."""
    async with started(tmp_path, absent_database_url, STRICT) as ehr:
        text = token(SIGN)
        for _ in range(2):
            answer = await ehr.post(SIGN, text)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
            assert answer.json()["issue"][0]["code"] == "transient"


async def test_a_strict_client_is_let_in_when_the_database_is_back(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.store.PAUSE_S", 0.0)
    async with started(tmp_path, postgres_url, STRICT) as ehr:
        text = token(DISCOVERY)
        postgres.stop()
        assert (await ehr.get(DISCOVERY, text)).status_code == 503
        postgres.start()
        assert (await ehr.get(DISCOVERY, text)).status_code == 200


async def test_what_was_seen_meanwhile_is_told_to_the_others_later(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """Once the database is back, another replica knows the token too."""
    async with started(tmp_path / "a", postgres_url) as one:
        postgres.stop()
        text = token(DISCOVERY)
        assert (await one.get(DISCOVERY, text)).status_code == 200
        await one.setup.memory.writer.settled()
        postgres.start()
    async with started(tmp_path / "a", postgres_url) as one:
        await one.setup.memory.upkeep.stop()
        await one.setup.memory.upkeep.bring_home()
    async with started(tmp_path / "b", postgres_url) as other:
        assert (await other.get(DISCOVERY, text)).status_code == 401


async def test_a_database_that_hangs_is_not_waited_for(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter of a second, and then the process vouches alone."""
    async with started(tmp_path, database_url) as ehr:

        async def hang(_store: Store, _rows: object) -> frozenset[str]:
            await asyncio.sleep(0.6)
            return frozenset()

        monkeypatch.setattr(Store, "add_new", hang)
        began = asyncio.get_running_loop().time()
        assert (await ehr.get(DISCOVERY, token(DISCOVERY))).status_code == 200
        assert asyncio.get_running_loop().time() - began < 0.5
        await asyncio.sleep(0.5)


def test_a_token_that_is_shown_again_and_again_takes_no_room() -> None:
    """A strict client tries for as long as the database is down."""
    own = InProcessReplay(size=100)
    gc.collect()
    tracemalloc.start()
    for _ in range(20_000):
        assert own.first_use("again", 1.0)
        own.forget("again")
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 100_000


async def test_a_database_that_has_just_answered_is_given_longer(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A burst makes it slow for a moment; a process that doubts it then opens a door twice."""
    async with started(tmp_path, database_url) as ehr:
        assert (await ehr.get(DISCOVERY, token(DISCOVERY))).status_code == 200
        add = Store.add_new

        async def slowly(store: Store, rows: Sequence[Row]) -> frozenset[str]:
            await asyncio.sleep(0.35)
            return await add(store, rows)

        monkeypatch.setattr(Store, "add_new", slowly)
        assert (await ehr.get(DISCOVERY, token(DISCOVERY))).status_code == 200
        assert ehr.setup.memory.tally.unchecked_tokens == 0
