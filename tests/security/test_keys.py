"""Keys come and go: rotation, outages, and key servers that mean no good."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from starlette.responses import Response

from service.trust.ring import (
    FRESH_FOR_S,
    LOOK_AT_MOST_EVERY_S,
    READ_AT_MOST_EVERY_S,
    USABLE_FOR_S,
    KeyRing,
    KeysUnreachableError,
)
from service.trust.source import MOST_BYTES
from tests.security.hospital import (
    DISCOVERY,
    EC,
    JWKS_URL,
    RSA,
    Hospital,
    Wishes,
    hospital,
    keys,
    public,
    token,
)
from tests.service.fake_fhir import Behaviour, hang

NEW = ECKey.generate_key("P-384", {"kid": "ec-2"})


class Source:
    """A key set that changes, fails and is counted."""

    def __init__(self, content: bytes) -> None:
        self.content: bytes | None = content
        self.read_times = 0

    async def read(self) -> bytes:
        self.read_times += 1
        await asyncio.sleep(0)
        if self.content is None:
            raise KeysUnreachableError("down")
        return self.content


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_a_new_key_is_fetched_when_a_token_names_it() -> None:
    """The first token under a new kid has the key set read anew, also if it was read just before."""
    source, watch = Source(public(EC)), Watch()
    ring = KeyRing(source.read, watch)
    assert await ring.named("ec-1")
    source.content = public(NEW)
    watch.seconds = 0.1
    assert await ring.named("ec-2")
    assert not await ring.named("ec-1")
    assert source.read_times == 2


async def test_calls_under_a_new_key_wait_for_one_reading() -> None:
    """After a rotation none of those that come together is turned away."""
    source = Source(public(EC))
    ring = KeyRing(source.read, Watch())
    await ring.renew()
    source.content = public(NEW)
    found = await asyncio.gather(*(ring.named("ec-2") for _ in range(50)))
    assert all(found)
    assert source.read_times == 2


async def test_made_up_key_ids_are_no_burden_to_the_ehr() -> None:
    """A thousand unknown kids within half a minute cost one reading."""
    source, watch = Source(public(EC)), Watch()
    ring = KeyRing(source.read, watch)
    await ring.renew()
    for number in range(1000):
        watch.seconds = number * LOOK_AT_MOST_EVERY_S / 1001
        assert not await ring.named(f"made-up-{number}")
    assert source.read_times == 2
    watch.seconds = LOOK_AT_MOST_EVERY_S
    await ring.named("made-up")
    assert source.read_times == 3


async def test_many_calls_at_once_share_one_reading() -> None:
    """Calls that come together before the keys are known wait for the same reading."""
    source = Source(public(EC))
    ring = KeyRing(source.read, Watch())
    found = await asyncio.gather(*(ring.named("ec-1") for _ in range(50)))
    assert all(found)
    assert source.read_times == 1


async def test_old_keys_serve_while_newer_ones_cannot_be_had_but_not_for_ever() -> None:
    """An outage of the key server does not lock the EHR out, for one day."""
    source, watch = Source(public(EC)), Watch()
    ring = KeyRing(source.read, watch)
    await ring.renew()
    source.content = None
    watch.seconds = USABLE_FOR_S - 1
    assert await ring.named("ec-1")
    watch.seconds = USABLE_FOR_S
    assert not await ring.named("ec-1")
    assert not ring.known


async def test_a_withdrawn_key_ends_within_ten_minutes_and_one_call() -> None:
    """A key that the EHR took back is dropped at the next renewal."""
    source, watch = Source(public(EC, RSA)), Watch()
    ring = KeyRing(source.read, watch)
    await ring.renew()
    source.content = public(RSA)
    watch.seconds = FRESH_FOR_S
    assert await ring.named("ec-1")
    assert ring.renewal is not None
    await ring.renewal
    assert not await ring.named("ec-1")


async def test_a_broken_key_set_does_not_replace_a_good_one() -> None:
    """An error page in place of the keys leaves those that are known."""
    source, watch = Source(public(EC)), Watch()
    ring = KeyRing(source.read, watch)
    await ring.renew()
    for broken in (b"<html>", b"{}", b'{"keys": []}', b"\xff", b"[" * 5000):
        source.content = broken
        watch.seconds += READ_AT_MOST_EVERY_S
        await ring.renew()
        assert await ring.named("ec-1")


@pytest.mark.row(78, 79)
async def test_the_service_follows_a_rotation(ehr: Hospital) -> None:
    """The whole way: a new key at the EHR's address opens the door."""
    ehr.key_server.answer = keys(public(NEW))
    assert (await ehr.get(DISCOVERY, token(DISCOVERY, NEW))).status_code == 200
    assert ehr.key_server.asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        keys(public(EC), 500),
        keys(public(EC), 302),
        keys(public(EC), 204),
        keys(public(EC), kind="text/html"),
        keys(b"x" * (MOST_BYTES + 1)),
        keys(public(EC)[:-1]),
        lambda _request: Response(
            gzip.compress(b" " * 50_000_000), 200, {"content-encoding": "gzip"}, "application/json"
        ),
        lambda _request: Response(
            public(EC), 200, {"content-encoding": "br"}, media_type="application/json"
        ),
        lambda _request: Response(
            status_code=301, headers={"location": "https://evil.example/", "content-type": "json"}
        ),
    ],
)
async def test_a_key_server_that_does_not_answer_keys(ehr: Hospital, answer: Behaviour) -> None:
    """What is no key set, too large, packed or elsewhere lets nobody in and breaks nothing."""
    ehr.key_server.answer = answer
    assert (await ehr.get(DISCOVERY, token(DISCOVERY))).status_code == 401
    assert {request.url.path for request in ehr.fake.seen} == {"/fhir/jwks"}


async def test_a_key_server_that_hangs(tmp_path: Path) -> None:
    """Waiting for keys ends within half the client's deadline."""
    ehr = hospital(tmp_path, Wishes("deadline_ms = 100"))
    ehr.key_server.answer = hang
    started = asyncio.get_running_loop().time()
    assert (await ehr.get(DISCOVERY, token(DISCOVERY))).status_code == 401
    assert asyncio.get_running_loop().time() - started < 1.5


async def test_no_token_of_ours_is_sent_to_the_key_server(ehr: Hospital) -> None:
    """The key server learns nothing of the call that made us ask."""
    await ehr.get(DISCOVERY, token(DISCOVERY))
    (request,) = ehr.fake.seen
    assert str(request.url) == JWKS_URL
    assert "authorization" not in request.headers
    assert "cookie" not in request.headers
