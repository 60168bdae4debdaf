"""A FHIR server that was ill and is well again is read again, without a restart of ours."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson

from service.app import build_app
from service.settings import Auth, Settings
from service.setup import set_up
from tests.faults import wicked
from tests.faults.wicked import PATIENT, Asked, running
from tests.service.calls import browser, call, clock, cyanocobalamin

LISTS = ("Observation", "MedicationRequest", "Condition", "Procedure", "AllergyIntolerance")
CALLS_AT_ONCE = 20
DEADLINE_MS = 1_000


class Moody:
    """A behaviour that hangs until the server is well."""

    def __init__(self) -> None:
        self.well = False

    async def __call__(self, asked: Asked) -> None:
        """Answers well, or never."""
        await (wicked.good(asked) if self.well else wicked.hangs(asked))


async def test_calls_after_a_hang_see_everything(tmp_path: Path) -> None:
    """Twenty calls meet a server that hangs, are told so, and the next call is judged in full."""
    moody = Moody()
    async with running(dict.fromkeys(("Patient", *LISTS), moody)) as server:
        (tmp_path / "clients.toml").write_text(
            f'[[client]]\nid = "laboratory"\nfhir_servers = ["{server.base}"]\n'
            f"allow_http = true\nallow_private_network = true\ndeadline_ms = {DEADLINE_MS}\n"
        )
        chosen = Settings(auth=Auth.OFF, clients=tmp_path / "clients.toml", _env_file=None)  # type: ignore[call-arg, unused-ignore]
        setup = set_up(chosen, now=clock)
        order = call("order-sign", PATIENT, cyanocobalamin(PATIENT), fhirServer=server.base)
        asked = {"content": orjson.dumps(order), "headers": {"content-type": "application/json"}}
        async with browser(build_app(setup)) as http:
            service = "/cds-services/b12-order-sign"
            hung = await asyncio.gather(
                *(http.post(service, **asked) for _ in range(CALLS_AT_ONCE))  # type: ignore[arg-type]
            )
            moody.well = True
            seen = await http.post("/explain", **asked)  # type: ignore[arg-type]
        await setup.pools.aclose()
    assert {reply.status_code for reply in hung} == {412}
    assert seen.status_code == 200
    assert set(seen.json()["reads"].values()) <= {"found", "empty"}
