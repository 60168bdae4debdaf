"""A service that has been called, and the operator's environment for its database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hapi.fixtures import hapi, hapi_validate
from tests.security.hospital import EXPLAIN, SIGN, STRANGER, Wishes, token
from tests.security.started import started
from tests.security.test_leaks import FEEDBACK
from tests.service.calls import Json

__all__ = ["hapi", "hapi_validate"]


@dataclass(frozen=True, slots=True)
class Called:
    """What a service was asked before it stopped: a card that it issued, and who asked."""

    card: str
    request: str
    user: str
    patient: str


@pytest.fixture
async def called(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Called:
    """A call with a card, feedback on it, a call that was refused, a trace; then the stop."""
    async with started(tmp_path, database_url, Wishes("explain = true")) as ehr:
        answer = await ehr.post(SIGN, token(SIGN))
        card: Json = answer.json()["cards"][0]
        report = f'{{"feedback": [{{"card": "{card["uuid"]}", "outcome": "accepted"}}]}}'
        await ehr.post(FEEDBACK, token(FEEDBACK), report.encode())
        await ehr.post(SIGN, token(SIGN), b"{")
        await ehr.post(EXPLAIN, token(EXPLAIN))
        await ehr.post(SIGN, token(SIGN, STRANGER))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("B12_DATABASE_URL", database_url)
    monkeypatch.setenv("B12_HASH_KEY_FILE", str(tmp_path / "hash.key"))
    request = answer.headers["x-request-id"]
    return Called(card["uuid"], request, "Practitioner/example", "demo-kidneys")
