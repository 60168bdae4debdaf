"""Feedback over HTTP: taken, kept, tied to the cards, told as figures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI

from service.store.rows import GivenFeedback
from tests.postgres.contents import everything_in, rows_in
from tests.service.calls import LABORATORY, NOW, Json, Keep, browser, example, kept, post

SIGN = "/cds-services/b12-order-sign/feedback"
RULE = "cyanocobalamin-renal-impairment"


async def report(app: FastAPI, *items: Json, path: str = SIGN) -> httpx.Response:
    """Sends feedback."""
    return await post(app, orjson.dumps({"feedback": items}), path)


async def figures(app: FastAPI) -> Json:
    """The summary."""
    async with browser(app) as http:
        answer = await http.get("/feedback/summary")
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


async def shown(app: FastAPI) -> str:
    """The id of a card that the service has just issued."""
    answer = await post(app, example("order-sign"))
    card: str = answer.json()["cards"][0]["uuid"]
    return card


def overridden(card: str, code: str = "benefit-outweighs-risk") -> Json:
    """Feedback in the form of the specification."""
    return {"card": card, "outcome": "overridden", "overrideReason": {"reason": {"code": code}}}


@pytest.mark.row(67, 71)
async def test_feedback_is_answered_with_200_and_json(keep: Keep) -> None:
    """Every client tolerates an empty object."""
    async with keep() as app:
        answer = await report(app, {"card": "x", "outcome": "accepted"})
    assert (answer.status_code, answer.json()) == (200, {})


async def test_the_figures_tell_what_became_of_each_rule(keep: Keep) -> None:
    """A card counts for every rule that it conveys."""
    async with keep() as app:
        await report(app, overridden(await shown(app)))
        found = await figures(app)
    assert found["rules"][RULE] == {
        "shown": 1,
        "accepted": 0,
        "overridden": 1,
        "reasons": {"benefit-outweighs-risk": 1},
    }
    assert found["rules"]["hydroxocobalamin-preferred"]["overridden"] == 1


@pytest.mark.row(47, 68)
async def test_the_last_word_on_a_card_counts_once(keep: Keep, database_url: str) -> None:
    """A change of mind is kept, a repeat in one body is not, and a retried call shows one card."""
    async with keep() as app:
        card = await shown(app)
        assert card == await shown(app)
        accepted = {"card": card, "outcome": "accepted"}
        await report(app, overridden(card), overridden(card))
        await report(app, accepted, accepted)
        found = (await figures(app))["rules"][RULE]
    assert (found["shown"], found["accepted"], found["overridden"]) == (1, 1, 0)
    assert rows_in(database_url, "select count(*) from feedback") == [(2,)]


async def test_feedback_on_an_unknown_card_is_kept_unlinked(keep: Keep) -> None:
    """It may be late, or about a card from before the store."""
    async with keep() as app:
        assert (await report(app, overridden("no-uuid-of-ours"))).status_code == 200
        assert await figures(app) == {"rules": {}, "unlinked": 1}


async def test_late_feedback_is_tied_to_its_card(keep: Keep) -> None:
    """Epic sends batches, perhaps a day later."""
    times = iter([NOW] * 2 + [NOW + timedelta(days=2)] * 9)
    async with keep(now=lambda: next(times)) as app:
        await report(app, overridden(await shown(app)))
        assert (await figures(app))["rules"][RULE]["overridden"] == 1


async def test_an_override_without_a_reason_is_counted_as_such(keep: Keep) -> None:
    """A reason is optional."""
    async with keep() as app:
        await report(app, {"card": await shown(app), "outcome": "overridden"})
        assert (await figures(app))["rules"][RULE]["reasons"] == {"none given": 1}


async def test_in_shadow_nothing_counts_as_shown(keep: Keep, database_url: str) -> None:
    """The cards are kept for the site's trial, though nobody saw them."""
    async with keep(clients=LABORATORY + "shadow = true\n") as app:
        answer = await post(app, example("order-sign"))
        assert answer.json() == {"cards": []}
        assert await figures(app) == {"rules": {}, "unlinked": 0}
    rows = rows_in(database_url, "select rules, shown from issued_card")
    assert [(RULE in rules, shown) for rules, shown in rows] == [(True, False)]


async def test_no_patient_and_no_user_can_be_read_in_the_store(
    keep: Keep, database_url: str
) -> None:
    """Identifiers are hashed with a key, results and orders only inside a hash."""
    async with keep() as app:
        card = await shown(app)
        comment = {"overrideReason": {"userComment": "CANARY-comment"}}
        await report(app, {"card": card, "outcome": "overridden", **comment})
    content = everything_in(database_url)
    assert RULE.encode() in content
    for word in (b"demo-kidneys", b"Practitioner", b"CANARY", b"eGFR", b'"42"'):
        assert word not in content


@pytest.mark.parametrize(
    "reason",
    [
        {"code": "CANARY.DOE-MRN-4711", "system": "https://ehr.example/Patient/CANARY"},
        {"code": "benefit-outweighs-risk", "system": "https://ehr.example/Patient/CANARY"},
        {"code": "said Mrs CANARY"},
    ],
)
async def test_of_a_reason_only_a_code_of_ours_is_kept(
    keep: Keep, database_url: str, tmp_path: Path, reason: Json
) -> None:
    """A code and the address of its system may hold whom they are about."""
    known = reason["code"] == "benefit-outweighs-risk"
    async with keep(spool_dir=tmp_path / "spool") as app:
        card = await shown(app)
        given = {"card": card, "outcome": "overridden", "overrideReason": {"reason": reason}}
        assert (await report(app, given)).status_code == 200
        told = (await figures(app))["rules"][RULE]["reasons"]
        on_disk = b"".join(file.read_bytes() for file in (tmp_path / "spool").iterdir())
    assert told == {"benefit-outweighs-risk" if known else "other": 1}
    assert b"CANARY" not in everything_in(database_url) + on_disk


async def test_a_reason_of_an_older_database_is_not_told(keep: Keep) -> None:
    """Codes of the EHR's own were once kept as they came."""
    async with keep() as app:
        card = await shown(app)
        row = GivenFeedback(
            received_at=NOW,
            client="laboratory",
            service="b12-order-sign",
            card=card,
            outcome="overridden",
            outcome_at=None,
            suggestions="[]",
            reason_system=None,
            reason_code="CANARY-4711",
            commented=False,
        )
        await app.state.setup.memory.store.add([row])
        assert (await figures(app))["rules"][RULE]["reasons"] == {"other": 1}


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"feedback": "CANARY"}'])
async def test_a_malformed_body_is_400(tmp_path: Path, body: bytes) -> None:
    """The answer repeats nothing of it."""
    async with kept(tmp_path) as app:
        answer = await post(app, body, SIGN)
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert "CANARY" not in answer.text


async def test_a_body_with_too_many_items_is_413_and_nothing_of_it_is_kept(
    keep: Keep, database_url: str
) -> None:
    """The EHR is told how many it may send at once."""
    items = [{"card": f"CANARY-{number}", "outcome": "accepted"} for number in range(1001)]
    async with keep() as app:
        answer = await report(app, *items)
    assert answer.status_code == 413
    issue = answer.json()["issue"][0]
    assert issue["code"] == "too-long"
    assert "more than 1000 items" in issue["diagnostics"]
    assert "CANARY" not in answer.text
    assert rows_in(database_url, "select count(*) from feedback") == [(0,)]


async def test_feedback_for_an_unknown_service_is_404(tmp_path: Path) -> None:
    """The id in the path is one of ours."""
    async with kept(tmp_path) as app:
        answer = await report(app, path="/cds-services/CANARY/feedback")
    assert answer.status_code == 404


async def test_a_store_that_is_down_costs_the_figures_but_no_card(
    storeless: Keep, tmp_path: Path
) -> None:
    """Feedback without a database and without a disk is refused: the EHR may send it again."""
    async with storeless(spool_dir=tmp_path / "no" / "spool") as app:
        answer = await post(app, example("order-sign"))
        assert answer.json()["cards"]
        refused = await report(app, overridden("x"))
        async with browser(app) as http:
            summary = await http.get("/feedback/summary")
            ready = await http.get("/__heartbeat__")
    assert (refused.status_code, summary.status_code) == (503, 503)
    assert refused.json()["issue"][0]["code"] == "transient"
    assert ready.json()["checks"] == {
        "knowledge": "ok",
        "keys": "ok",
        "store": "down",
        "spool": "down",
    }


async def test_with_a_disk_feedback_is_taken_also_without_a_database(
    storeless: Keep, tmp_path: Path
) -> None:
    """It waits on the disk for the database."""
    async with storeless(spool_dir=tmp_path / "spool") as app:
        taken = await report(app, overridden("x"))
    (file,) = (tmp_path / "spool").iterdir()
    assert taken.status_code == 200
    assert b'["feedback",{' in file.read_bytes()


async def test_what_was_kept_is_there_after_a_restart(keep: Keep) -> None:
    """The second start finds the tables made and leaves them alone."""
    async with keep() as app:
        await report(app, overridden(await shown(app)))
    async with keep() as app:
        assert (await figures(app))["rules"][RULE]["overridden"] == 1


async def test_the_summary_asks_for_the_operators_token_where_one_is_set(tmp_path: Path) -> None:
    """Figures are the site's own."""
    file = tmp_path / "token"
    file.write_text("correct horse")
    async with kept(tmp_path, operator_token_file=file) as app, browser(app) as http:
        refused = await http.get("/feedback/summary")
        allowed = await http.get(
            "/feedback/summary", headers={"authorization": "Bearer correct horse"}
        )
    assert (refused.status_code, allowed.status_code) == (401, 200)
