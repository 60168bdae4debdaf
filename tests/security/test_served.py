"""The real process with required authentication, called over a real socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import pytest
from joserfc import jwt

from tests.security.hospital import BASE, CALL, DISCOVERY, EC, ISSUER, SIGN, public

START = "from service.cli.main import main; raise SystemExit(main(['serve']))"
STARTS_WITHIN_S = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service whose one EHR's keys lie in a file."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "keys.json").write_bytes(public(EC))
    table = f'[[client]]\nid = "ehr"\nissuer = "{ISSUER}"\njwks_file = "keys.json"\n'
    (folder / "clients.toml").write_text(table)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ours = {"B12_CLIENTS": "clients.toml", "B12_PUBLIC_URL": BASE, "B12_PORT": str(port)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("B12_")}
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", START],
        cwd=folder,
        env={**kept, **ours, "PYTHONPATH": root},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield _ready(f"http://127.0.0.1:{port}", process)
        process.terminate()


def _ready(address: str, process: subprocess.Popen[bytes]) -> str:
    ends_at = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            httpx.get(f"{address}/__lbheartbeat__", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return address
    raise AssertionError("the service did not start")


def headers(path: str) -> dict[str, str]:
    """Those of a call with a fresh token."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": BASE + path, "iat": now, "exp": now + 60, "jti": str(uuid4())}
    text = jwt.encode({"alg": "ES384", "typ": "JWT", "kid": "ec-1"}, claims, EC, ["ES384"])
    return {"authorization": f"Bearer {text}", "content-type": "application/json"}


def test_serve_lets_in_whom_it_should_and_nobody_else(served: str) -> None:
    """`b12-cds serve` with required authentication answers a signed call once, others with 401."""
    with httpx.Client(base_url=served, trust_env=False) as http:
        signed = headers(DISCOVERY)
        statuses = [
            http.get(DISCOVERY).status_code,
            http.get(DISCOVERY, headers=signed).status_code,
            http.get(DISCOVERY, headers=signed).status_code,
            http.get(DISCOVERY, headers=headers(SIGN)).status_code,
        ]
        answer = http.post(SIGN, content=orjson.dumps(CALL), headers=headers(SIGN))
    assert statuses == [401, 200, 401, 401]
    assert answer.json()["cards"]


def test_a_body_that_stalls_on_the_wire_is_given_up(served: str) -> None:
    """A caller that announces a body and does not send it gets an answer within the deadline, the last."""
    lines = [f"{name}: {value}" for name, value in headers(SIGN).items()]
    head = "\r\n".join([f"POST {SIGN} HTTP/1.1", "Host: b12", "Content-Length: 1000", *lines])
    host, _, port = served.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(f"{head}\r\n\r\n{{".encode())
        answer = line.makefile("rb").read()  # to the end of the connection, which is not kept
    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: -1",
        "Transfer-Encoding: identity, chunked, identity",
        "X: " + "a" * 100_000,
    ],
)
def test_requests_of_two_meanings_are_not_served(served: str, head: str) -> None:
    """Request smuggling: what a proxy could read differently never reaches a service."""
    host, _, port = served.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        try:
            line.sendall(f"POST {SIGN} HTTP/1.1\r\nHost: b12\r\n{head}\r\n\r\n0\r\n\r\n".encode())
            answer = line.recv(4096)
        except ConnectionError:
            answer = b""
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401", b"HTTP/1.1 431"))


@pytest.mark.parametrize("apart", [False, True])
def test_the_body_of_an_upgrade_is_no_request(served: str, *, apart: bool) -> None:
    """A proxy that passes `Upgrade` on must not get two answers, of which one is for somebody else."""
    body = b"GET /__version__ HTTP/1.1\r\nHost: b12\r\n\r\n"
    lines = [f"{name}: {value}" for name, value in headers(SIGN).items()]
    lines += ["Connection: Upgrade", "Upgrade: h2c", f"Content-Length: {len(body)}"]
    head = "\r\n".join([f"POST {SIGN} HTTP/1.1", "Host: b12", *lines])
    host, _, port = served.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(f"{head}\r\n\r\n".encode() + (b"" if apart else body))
        if apart:
            time.sleep(0.3)
            with suppress(ConnectionError):
                line.sendall(body)
        answer = line.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "begun",
    [
        f"GET {DISCOVERY} HTTP/1.1\r\nHost: b12\r\nX: ",
        f"GET {DISCOVERY}?",
        f"POST {SIGN} HTTP/1.1\r\nHost: b12\r\nTransfer-Encoding: chunked\r\n{{token}}\r\n2;",
        f"POST {SIGN} HTTP/1.1\r\nHost: b12\r\nTransfer-Encoding: chunked\r\n{{token}}\r\n"
        "2\r\n{{}}\r\n0\r\nX: ",
    ],
    ids=["header", "address", "chunk", "trailer"],
)
def test_what_is_no_body_has_an_end(served: str, begun: str) -> None:
    """A stranger's endless line is cut off; put together bit by bit it would hold up everybody."""
    token = "".join(f"{name}: {value}\r\n" for name, value in headers(SIGN).items())
    host, _, port = served.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        try:
            line.sendall(begun.format(token=token).encode())
            for _ in range(32):
                line.sendall(b"a" * 65_536)
            answer = line.recv(4096)
        except ConnectionError:
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")


def test_a_head_of_many_pieces_is_read(served: str) -> None:
    """Headers of a usual size may come bit by bit, and calls one after the other on one line."""
    host, _, port = served.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        for _ in range(4):
            lines = [f"{name}: {value}" for name, value in headers(DISCOVERY).items()]
            head = [f"GET {DISCOVERY} HTTP/1.1", "Host: b12", f"X: {'a' * 30_000}", *lines, "", ""]
            sent = "\r\n".join(head).encode()
            for start in range(0, len(sent), 10_000):
                line.sendall(sent[start : start + 10_000])
                time.sleep(0.01)
            answer = HTTPResponse(line)
            answer.begin()
            assert answer.status == 200
            answer.read()
