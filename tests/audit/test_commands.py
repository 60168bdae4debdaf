"""`b12-cds audit`: the trace of one card, and the trail as AuditEvents."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest

from fhir_mappers.audit_event import Occurrence, audit_event
from service.cli.main import main
from service.store.retention import Retention, purge
from service.store.store import Store
from tests.audit.conftest import Called
from tests.hapi.fixtures import Validate
from tests.service.calls import NOW, Json

OTHER = "00000000-0000-4000-8000-000000000000"


async def run(*arguments: str) -> int:
    """The command, which has an event loop of its own."""
    return await asyncio.to_thread(main, arguments)


def events(text: str) -> list[Json]:
    """The AuditEvents, one a line."""
    return [orjson.loads(line) for line in text.splitlines()]


async def test_the_trace_of_a_card_is_found_by_its_uuid(
    called: Called, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which rules, for which call, whose, from which content, and what became of it."""
    assert await run("audit", "card", called.card) == 0
    shown = capsys.readouterr().out
    assert "issued by b12-order-sign to general-hospital, shown" in shown
    assert "cyanocobalamin-renal-impairment" in shown
    assert f"call {called.request}: answered" in shown
    assert "reads: " in shown
    assert "durations: " in shown
    assert "accepted" in shown
    assert called.patient not in shown
    assert called.user not in shown


async def test_the_trace_as_json(called: Called, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("audit", "card", called.card, "--json") == 0
    found = orjson.loads(capsys.readouterr().out)
    assert [call["request"] for call in found["calls"]] == [called.request]
    assert called.card in found["calls"][0]["detail"]["issued"]
    assert found["issued"][0]["request"] == called.request
    assert found["feedback"][0]["outcome"] == "accepted"


async def test_a_uuid_may_be_spelt_in_any_way(
    called: Called, capsys: pytest.CaptureFixture[str]
) -> None:
    """In capitals, as some EHRs show it, or as a URN."""
    assert await run("audit", "card", called.card) == 0
    shown = capsys.readouterr().out
    for spelt in (called.card.upper(), f"urn:uuid:{called.card}"):
        assert await run("audit", "card", spelt) == 0
        assert capsys.readouterr().out == shown


async def test_a_trace_outlives_the_table_of_cards(
    called: Called, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The audit trail is kept longer, and names the cards of a call itself."""
    store = Store(database_url)
    await store.start()
    removed = await purge(store, Retention(cards_days=2, audit_days=2000), NOW + timedelta(days=8))
    await store.stop()
    assert removed["issued_card"] > 0
    assert await run("audit", "card", called.card) == 0
    assert f"call {called.request}: answered" in capsys.readouterr().out


async def test_a_card_that_is_not_known_is_told_as_such(
    called: Called, capsys: pytest.CaptureFixture[str]
) -> None:
    for uuid in (OTHER, "%", called.request):
        assert await run("audit", "card", uuid) == 1
        assert "no card with this uuid" in capsys.readouterr().err


async def test_the_trail_is_exported_as_audit_events(
    called: Called, capsys: pytest.CaptureFixture[str], hapi_validate: Validate
) -> None:
    """HL7's validator takes each of them."""
    assert await run("audit", "export") == 0
    found = events(capsys.readouterr().out)
    assert [event["outcome"] for event in found] == ["0", "0", "4", "0"]
    assert [issue for event in found for issue in hapi_validate(event)] == []
    first = found[0]
    assert first["agent"][0]["altId"] == "https://ehr.example.org"
    assert [agent["requestor"] for agent in first["agent"]] == [False, True]
    assert first["entity"][1]["what"]["identifier"]["value"] == called.request
    details = {each["type"]: each["valueString"] for each in first["entity"][1]["detail"]}
    assert called.card in details["issued"]
    assert "cyanocobalamin-renal-impairment" in details["rules"]
    assert called.patient not in str(found)
    assert called.user not in str(found)


async def test_calls_are_chosen_by_time(called: Called, capsys: pytest.CaptureFixture[str]) -> None:
    """From a moment on, and before another; a moment without a zone is UTC."""
    for since, until, count in (
        ("2026-11-21T09:30", "2026-11-21T09:31", 4),
        ("2026-11-21T09:31", "2026-11-22", 0),
        ("2026-11-20", "2026-11-21T10:30+01:00", 0),
    ):
        assert await run("audit", "export", "--since", since, "--until", until) == 0
        assert len(events(capsys.readouterr().out)) == count


async def test_calls_are_chosen_by_who_asked_for_whom(
    called: Called, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the EHR names them; the key makes the hashes."""
    of = ("audit", "export", "--client", "general-hospital")
    for arguments, count in (
        (("--user", called.user), 2),
        (("--patient", called.patient), 2),
        (("--user", called.user, "--patient", called.patient), 2),
        (("--user", "Practitioner/other"), 0),
        ((), 4),
    ):
        assert await run(*of, *arguments) == 0
        assert len(events(capsys.readouterr().out)) == count
    assert await run("audit", "export", "--client", "other") == 0
    assert events(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--since", "yesterday"), "--since: is no date"),
        (("--until", "9999-12-31T23:59:59-14:00"), "--until: is no date"),
        (("--user", "Practitioner/example"), "--user: needs --client"),
    ],
)
async def test_a_choice_that_cannot_be_understood_is_told(
    called: Called, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("audit", "export", *arguments) == 2
    assert told in capsys.readouterr().err


async def test_without_the_key_nobody_can_be_looked_for(
    called: Called, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("B12_HASH_KEY_FILE")
    choice = ("--client", "general-hospital", "--user", called.user)
    assert await run("audit", "export", *choice) == 2
    assert "B12_HASH_KEY_FILE" in capsys.readouterr().err


@pytest.mark.parametrize(("status", "outcome"), [(200, "0"), (401, "4"), (500, "8"), (503, "8")])
def test_the_outcome_of_a_call_in_the_words_of_fhir(status: int, outcome: str) -> None:
    """Success, minor failure, serious failure."""
    found = Occurrence("e", NOW, "b12-order-sign", "r", "client", status, "word")
    assert audit_event(found, "https://b12cds.org/CodeSystem")["outcome"] == outcome


def test_where_nobody_is_named_the_system_is_the_requestor(hapi_validate: Validate) -> None:
    """FHIR wants one who asked; a call that cannot be read names no user."""
    found = Occurrence("e", NOW, "b12-order-sign", "r", "client", 400, "refused", tenant="north")
    event = audit_event(found, "https://b12cds.org/CodeSystem")
    assert [agent["requestor"] for agent in event["agent"]] == [True]
    assert [entity["role"]["display"] for entity in event["entity"]] == ["Job"]
    assert hapi_validate(event) == ()
