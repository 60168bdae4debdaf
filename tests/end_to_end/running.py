"""The service as an EHR meets it: the real app, on a port of loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn

from service.app import create_app
from service.settings import Auth, Settings

Json = dict[str, Any]

HOSPITAL = """
[[client]]
id = "hospital"
repeat_at_sign = true
fhir_servers = [{servers}]
allow_http = true
allow_private_network = true
deadline_ms = 30000
fhir_version = "r4"
"""
"""The client of these tests: a slow machine must never turn an answer into a gap."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running service."""

    http: httpx.Client

    def ask(self, call: Json, path: str | None = None) -> httpx.Response:
        """The answer of the service of the call's hook, whatever its status."""
        return self.http.post(path or f"/cds-services/b12-{call['hook']}", json=call)

    def answer(self, call: Json) -> Json:
        """The body of an answer that must be a 200."""
        answer = self.ask(call)
        assert answer.status_code == httpx.codes.OK, answer.text
        body: Json = answer.json()
        return body

    def trace(self, call: Json) -> Json:
        """Why the service answers the call as it does."""
        answer = self.ask(call, "/explain")
        assert answer.status_code == httpx.codes.OK, answer.text
        body: Json = answer.json()
        return body


def settings_for(folder: Path, formulary: str, *servers: str) -> Settings:
    """A demo's settings whose one client may read from these FHIR servers."""
    file = folder / "clients.toml"
    file.write_text(HOSPITAL.format(servers=", ".join(f'"{each}"' for each in servers)))
    key = folder / "hash.key"
    key.write_text("k" * 64)
    return Settings(
        auth=Auth.OFF,
        formulary=formulary,
        clients=file,
        database_url=f"sqlite:///{folder / 'store.sqlite3'}",
        hash_key_file=key,
        _env_file=None,
    )


@contextmanager
def serve(settings: Settings) -> Iterator[Running]:
    """The service with these settings; it is stopped on leaving.

    A call may be sent at once: it waits in the socket's queue until the service is up.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None, ws="none"))
    thread = Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, timeout=60, trust_env=False) as http:
            yield Running(http)
    finally:
        server.should_exit = True
        thread.join()
