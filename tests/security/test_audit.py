"""The audit trail: who, what, what came of it; nothing in clear, and nothing taken back."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.audit.reading import Wanted, calls
from service.errors import StoreDownError
from service.store.keys import HashKey
from tests.postgres.contents import everything_in
from tests.security.hospital import (
    DISCOVERY,
    EXPLAIN,
    ISSUER,
    PATIENT,
    SIGN,
    STRANGER,
    Hospital,
    Wishes,
    token,
)
from tests.security.started import HASH_KEY, started
from tests.security.test_leaks import FEEDBACK, assert_clean, feedback, planted
from tests.service.calls import INSTANCE, NOW, Json

EXPLAINS = Wishes("explain = true")


async def trail(ehr: Hospital) -> list[dict[str, Any]]:
    """All entries, the oldest first, with the detail read."""
    memory = ehr.setup.memory
    await memory.writer.settled()
    found = [dict(each) async for each in calls(memory.store, Wanted())]
    return [{**each, "detail": orjson.loads(each["detail"])} for each in found]


async def test_a_call_says_who_asked_and_what_was_done(database_url: str, tmp_path: Path) -> None:
    """Issuer, tenant, hashed user and patient, hook, rules, content, gaps and durations."""
    async with started(tmp_path, database_url) as ehr:
        answer = await ehr.post(SIGN, token(SIGN, tenant="north"))
        (entry,) = await trail(ehr)
        content = ehr.setup.content["general-hospital"].version
    key = HashKey(HASH_KEY.encode())
    assert {name: entry[name] for name in entry if name not in {"id", "entry", "detail"}} == {
        "recorded_at": NOW,
        "request": answer.headers["x-request-id"],
        "client": "general-hospital",
        "caller": "client",
        "issuer": ISSUER,
        "tenant": "north",
        "asker": key.of("user", "general-hospital", "Practitioner/example"),
        "patient": key.of("patient", "general-hospital", PATIENT),
        "route": "/cds-services/{id}",
        "service": "b12-order-sign",
        "hook": "order-sign",
        "hook_instance": INSTANCE,
        "status": 200,
        "outcome": "answered",
        "knowledge": content,
    }
    detail = entry["detail"]
    assert "cyanocobalamin-renal-impairment" in detail["rules"]
    assert detail["issued"] == [card["uuid"] for card in answer.json()["cards"]]
    assert detail["reads"]["labs"] == "found"
    assert set(detail["durations"]) >= {"receiving", "reading", "judging", "composing"}
    assert detail["duration_ms"] >= sum(detail["durations"].values()) > 0


async def test_every_call_of_a_trusted_caller_has_an_entry_and_no_other(
    database_url: str, tmp_path: Path
) -> None:
    """Also one that is refused or fails; a caller that is not let in is the log's business."""
    async with started(tmp_path, database_url, EXPLAINS) as ehr:
        await ehr.get(DISCOVERY, token(DISCOVERY))
        await ehr.post(SIGN, token(SIGN), b"no JSON")
        await ehr.post(EXPLAIN, token(EXPLAIN))
        await ehr.post(FEEDBACK, token(FEEDBACK), feedback())
        await ehr.post(SIGN, token(SIGN, STRANGER))
        await ehr.post(SIGN, None)
        found = await trail(ehr)
    assert [(each["route"], each["outcome"], each["status"]) for each in found] == [
        ("/cds-services", "answered", 200),
        ("/cds-services/{id}", "refused", 400),
        ("/explain", "answered", 200),
        ("/cds-services/{id}/feedback", "answered", 200),
    ]
    assert found[3]["detail"]["feedback"] == 1


async def test_the_operator_is_named_as_such(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("correct horse")
    wishes = Wishes(settings={"operator_token_file": tmp_path / "token"})
    async with started(tmp_path, database_url, wishes) as ehr:
        await ehr.post(EXPLAIN, "correct horse")
        (entry,) = await trail(ehr)
    assert (entry["caller"], entry["issuer"]) == ("operator", None)


async def test_without_a_key_nobody_is_named(database_url: str, tmp_path: Path) -> None:
    """Rather no name than a hash that anybody could guess."""
    async with started(tmp_path, database_url, key=False) as ehr:
        await ehr.post(SIGN, token(SIGN))
        (entry,) = await trail(ehr)
    assert (entry["asker"], entry["patient"]) == (None, None)
    assert entry["hook_instance"] == INSTANCE


@pytest.mark.parametrize("path", [SIGN, EXPLAIN, FEEDBACK])
async def test_nothing_of_a_patient_is_in_the_store_or_the_spool(
    path: str, database_url: str, tmp_path: Path
) -> None:
    """Names, ids, dates, tokens and free text, wherever the EHR puts them."""
    async with started(tmp_path, database_url, EXPLAINS) as ehr:
        body = reported() if path == FEEDBACK else planted()
        answer = await ehr.post(path, token(path, sub="CANARY-sub", jti="CANARY-jti"), body)
        assert answer.status_code == 200
        entries = await trail(ehr)
        spooled = [file.read_text() for file in (tmp_path / "spool").iterdir()]
    assert len(entries) == 1
    assert any(spooled)
    assert_clean(str(everything_in(database_url)), *spooled)


def reported() -> bytes:
    """The report with a card's id and a comment that name the patient, an honest time and code."""
    honest = feedback().replace(b"1977-07-17T", NOW.strftime("%Y-%m-%dT").encode())
    return honest.replace(b"CANARY-code", b"other")


async def test_nor_when_the_database_is_down(absent_database_url: str, tmp_path: Path) -> None:
    async with started(tmp_path, absent_database_url) as ehr:
        assert (await ehr.post(SIGN, token(SIGN), planted())).status_code == 200
        await ehr.setup.memory.writer.settled()
        (file,) = (tmp_path / "spool").iterdir()
        spooled = file.read_text()
    assert '["audit",{' in spooled
    assert_clean(spooled)


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE audit SET outcome = 'answered'",
        "DELETE FROM audit",
        "DELETE FROM audit_purge",
        "UPDATE audit_purge SET recorded_before = purged_at",
    ],
)
async def test_the_database_itself_refuses_to_change_the_trail(
    crime: str, database_url: str, tmp_path: Path
) -> None:
    """Whoever asks: only what a purge names may go, and the purge stays."""
    async with started(tmp_path, database_url) as ehr:
        await ehr.post(SIGN, token(SIGN))
        before = await trail(ehr)
        store = ehr.setup.memory.store
        async with store.writing() as connection:
            await connection.execute(text(PURGE))
        with pytest.raises(StoreDownError):
            async with store.writing() as connection:
                await connection.execute(text(crime))
        assert await trail(ehr) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["audit", "audit_purge"])
async def test_a_row_of_the_trail_is_not_replaced(
    table: str, database_url: str, tmp_path: Path
) -> None:
    """SQLite's REPLACE removes the row in its way, and no trigger on DELETE sees it."""
    crime = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"  # noqa: S608 - ours
    async with started(tmp_path, database_url) as ehr:
        await ehr.post(SIGN, token(SIGN))
        await trail(ehr)
        store = ehr.setup.memory.store
        async with store.writing() as connection:
            await connection.execute(text(PURGE))
        with pytest.raises(StoreDownError):
            async with store.writing() as connection:
                await connection.execute(text(crime))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nor_one_of_the_same_entry(database_url: str, tmp_path: Path) -> None:
    """It is left out, as a row that comes twice."""
    async with started(tmp_path, database_url) as ehr:
        await ehr.post(SIGN, token(SIGN))
        before = await trail(ehr)
        names = ", ".join(name for name in before[0] if name != "id")
        other = names.replace("outcome", "'forged'")
        crime = f"INSERT OR REPLACE INTO audit ({names}) SELECT {other} FROM audit"  # noqa: S608
        async with ehr.setup.memory.store.writing() as connection:
            await connection.execute(text(crime))
        assert await trail(ehr) == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_purge_that_only_its_session_sees_announces_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """A temporary table is found before the real one by whoever does not name the schema."""
    async with started(tmp_path, database_url) as ehr:
        await ehr.post(SIGN, token(SIGN))
        before = await trail(ehr)
        store = ehr.setup.memory.store
        async with store.writing() as connection:
            await connection.execute(text(FEIGNED))
            with pytest.raises(DBAPIError, match="append-only"):
                await connection.execute(text("DELETE FROM audit"))
        assert await trail(ehr) == before


FEIGNED = """
CREATE TEMPORARY TABLE audit_purge AS SELECT TIMESTAMPTZ '9999-01-01' AS recorded_before
"""

PURGE = """
INSERT INTO audit_purge (purged_at, recorded_before)
VALUES ('2020-01-01 00:00:00', '2020-01-01 00:00:00')
"""


async def test_an_audit_trail_that_cannot_be_written_costs_no_card(
    absent_database_url: str, tmp_path: Path
) -> None:
    """Neither database nor disk: the clinician gets the cards, the operator the log line."""
    wishes = Wishes(settings={"spool_dir": tmp_path / "no" / "spool"})
    async with started(tmp_path, absent_database_url, wishes) as ehr:
        answer = await ehr.post(SIGN, token(SIGN))
        lost = ehr.setup.memory.tally.lost
        with contextlib.suppress(StoreDownError):
            await trail(ehr)
    found: Json = answer.json()
    assert found["cards"]
    assert lost > 0
