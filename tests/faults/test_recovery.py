"""A FHIR server that was ill and is well again is read again, without a restart of ours."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from pathlib import Path

import httpx
import orjson

from service.app import build_app
from service.deadline import Deadline
from service.fhir.pools import REQUESTS_AT_ONCE, Line, Pools, network_transports
from service.fhir.reach import parse_prefix
from service.fhir.server import FhirServer, Reply
from service.settings import Auth, Settings
from service.setup import set_up
from tests.faults import wicked
from tests.faults.wicked import PATIENT, Asked, running
from tests.service.calls import browser, call, clock, cyanocobalamin

LISTS = ("Observation", "MedicationRequest", "Condition", "Procedure", "AllergyIntolerance")
CALLS_AT_ONCE = 20
DEADLINE_MS = 1_000
RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: what is closed is reset
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


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


class Restarted:
    """Knows only the connections that were made since its last start, as a load balancer does."""

    def __init__(self) -> None:
        self.starts = 1
        self.reset = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.create_task(self._serve(reader, writer))
        self.tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers on a connection of this start, and resets an older one when it is used."""
        made_at = self.starts
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                if made_at != self.starts:
                    self.reset += 1
                    made = writer.get_extra_info("socket")
                    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    break
                await asyncio.sleep(0.05)  # so that requests meet, and each takes a connection
                writer.write(ANSWER)
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_server_that_forgot_every_kept_connection_is_read_at_once() -> None:
    """After a busy time there are many, and one that is tried instead is forgotten as well."""
    restarted = Restarted()
    async with await asyncio.start_server(restarted, "127.0.0.1", 0) as listening:
        base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/fhir"
        pools = Pools(network_transports())
        assert await _read(base, pools, REQUESTS_AT_ONCE) == {Reply.OK}
        restarted.starts += 1
        assert await _read(base, pools, 7) == {Reply.OK}
        assert restarted.reset == 7
        await pools.aclose()
        await asyncio.wait(restarted.tasks, timeout=1)


async def _read(base: str, pools: Pools, times: int) -> set[Reply]:
    server = FhirServer(
        base=parse_prefix(base, allow_http=True),
        address=httpx.URL(base),
        pools=pools,
        line=Line(base, public_only=False),
        deadline=Deadline.after(DEADLINE_MS),
    )
    fetched = await asyncio.gather(*(server.get("Patient/1") for _ in range(times)))
    return {each.reply for each in fetched}
