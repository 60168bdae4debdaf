"""GET /feedback/summary: to each its own figures."""

from __future__ import annotations

from pathlib import Path

import orjson

from tests.security.hospital import JWKS_URL, SIGN, Hospital, Wishes, token
from tests.security.started import started
from tests.service.calls import Json

FEEDBACK = f"{SIGN}/feedback"
SUMMARY = "/feedback/summary"
OTHER = "https://other.example.org"
OTHER_CLIENT = f"""
[[client]]
id = "other-hospital"
issuer = "{OTHER}"
jwks_url = "{JWKS_URL}"
explain = true
"""
RULE = "cyanocobalamin-renal-impairment"


async def told(ehr: Hospital, text: str) -> Json:
    """The summary for who has this token."""
    answer = await ehr.get(SUMMARY, text)
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


async def test_a_client_is_told_its_own_figures_and_the_operator_all(
    database_url: str, tmp_path: Path
) -> None:
    """What another hospital's clinicians override is not for this one."""
    operator = tmp_path / "token"
    operator.write_text("correct horse")
    settings = {"operator_token_file": operator}
    wishes = Wishes("explain = true", OTHER_CLIENT, settings=settings)
    async with started(tmp_path, database_url, wishes) as ehr:
        card = (await ehr.post(SIGN, token(SIGN))).json()["cards"][0]["uuid"]
        items = [{"card": each, "outcome": "overridden"} for each in (card, "not known")]
        body = orjson.dumps({"feedback": items})
        assert (await ehr.post(FEEDBACK, token(FEEDBACK), body)).status_code == 200
        own = await told(ehr, token(SUMMARY))
        assert own["rules"][RULE]["overridden"] == 1
        assert own["unlinked"] == 1
        assert await told(ehr, token(SUMMARY, iss=OTHER)) == {"rules": {}, "unlinked": 0}
        assert await told(ehr, "correct horse") == own
