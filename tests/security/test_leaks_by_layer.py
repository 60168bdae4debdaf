"""Every layer is made to fail with a patient's data in its error: nobody hears of the patient."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pytest

from tests.postgres.contents import everything_in
from tests.security.hospital import BASE, EXPLAIN, SIGN, Wishes, token
from tests.security.started import started
from tests.security.test_audit import reported
from tests.security.test_leaks import FEEDBACK, assert_clean, planted

WORDS = "CANARY: Quimby, born 1977-07-17, number 4471-9983"
# Where each layer is entered, as the layer above it knows the name.
LAYERS = (
    "service.trust.door.read_token",
    "service.trust.door.check_claims",
    "service.trust.replay.SharedReplay.check_first_use",
    "service.routes.admit.bearer_of",
    "service.routes.hooks.read_body",
    "service.routes.hooks.check_text",
    "service.routes.hooks.parse",
    "service.routes.hooks.told_apart",
    "service.routes.feedback.parse",
    "service.routes.feedback.told_apart",
    "service.evaluate._read_drafts",
    "service.evaluate.read_sent",
    "service.evaluate.fetch_missing",
    "service.evaluate.read_chart",
    "service.evaluate.advise",
    "service.evaluate.compose",
    "service.routes.hooks.without_repeats",
    "service.routes.hooks.rows_of",
    "service.witness.entry_of",
    "service.store.writer.Writer._take",
    "service.store.spool.Spool.put",
    "service.store.store.Store.add",
    "service.store.store.Store.writing",
)


class Careless(Exception):  # noqa: N818 - an error of a library that quotes its input
    """Says everything."""


def fail(*_arguments: object, **_named: object) -> object:
    """The layer fails in the worst way."""
    raise Careless(WORDS)


@pytest.mark.parametrize("layer", LAYERS)
async def test_a_layer_that_fails_tells_nothing(
    layer: str, tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers, headers, logs, metrics, database and spool; and the answer is never a false 200."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    bodies = {SIGN: planted(), EXPLAIN: planted(), FEEDBACK: reported()}
    told: list[str] = []
    async with started(tmp_path, url, Wishes("explain = true")) as ehr:
        monkeypatch.setattr(layer, fail)
        for path, body in bodies.items():
            answer = await ehr.post(path, token(path, sub="CANARY-sub"), body)
            assert answer.status_code in (200, 401, 500, 503)
            if answer.status_code != httpx.codes.OK:  # an answer is for those who treat the patient
                told += [answer.text, str(answer.headers)]
        scraped = await ehr.send(httpx.Request("GET", f"{BASE}/metrics"))
        told.append(scraped.text)
        monkeypatch.undo()
    spooled = [file.read_text() for file in (tmp_path / "spool").iterdir()]
    assert "Careless" in log.getvalue()
    assert_clean(log.getvalue(), str(everything_in(url)), *spooled, *told)
