"""An EHR that signs tokens, honest ones and all others, and a service that trusts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
from fastapi import FastAPI
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.requests import Request
from starlette.responses import Response

from service.app import build_app
from service.settings import Settings
from service.setup import Setup, set_up
from tests.service.calls import NOW, call, clock, cyanocobalamin, prefetch
from tests.service.fake_fhir import Behaviour, FakeFhir

BASE = "https://cds.example.org"
ISSUER = "https://ehr.example.org"
JWKS_URL = "https://ehr.example.org/fhir/jwks"
DISCOVERY = "/cds-services"
SIGN = "/cds-services/b12-order-sign"
EXPLAIN = "/explain"
SECONDS = int(NOW.timestamp())

RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-384", {"kid": "ec-1"})
STRANGER = ECKey.generate_key("P-384", {"kid": "ec-1"})
PATIENT = "demo-kidneys"
CALL = call("order-sign", PATIENT, cyanocobalamin(PATIENT), prefetch=prefetch(PATIENT))
Key = RSAKey | ECKey | OctKey


def public(*keys: RSAKey | ECKey) -> bytes:
    """The key set that holds the public part of these keys."""
    return orjson.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def claims(path: str, **changed: object) -> dict[str, Any]:
    """What an honest token for a call of `path` says; a change to None leaves the claim out."""
    honest = {
        "iss": ISSUER,
        "aud": f"{BASE}{path}",
        "iat": SECONDS,
        "exp": SECONDS + 300,
        "jti": str(uuid4()),
    }
    return {key: value for key, value in {**honest, **changed}.items() if value is not None}


def token(path: str, key: Key = EC, header: Mapping[str, Any] | None = None, **changed: Any) -> str:  # noqa: ANN401 - any JSON
    """A token signed by `key` for a call of `path`; `header` and `changed` make it another one."""
    algorithm = {"RSA": "RS384", "EC": "ES384", "oct": "HS256"}[key.key_type]
    whole: dict[str, Any] = {"alg": algorithm, "typ": "JWT", "kid": key.kid, **(header or {})}
    shown = {name: value for name, value in whole.items() if value is not None}
    allowed = [str(shown["alg"])]
    registry = jws.JWSRegistry(algorithms=allowed, strict_check_header=False)
    return jwt.encode(shown, claims(path, **changed), key, allowed, registry)


@dataclass(slots=True)
class KeyServer:
    """Answers the key set; `answer` may be changed while the service runs."""

    answer: Behaviour
    asked: int = 0

    def __call__(self, request: Request) -> Response:
        """One answer, counted."""
        self.asked += 1
        return self.answer(request)


def keys(content: bytes, status: int = 200, kind: str = "application/json") -> Behaviour:
    """An answer with this key set."""
    return lambda _request: Response(content, status, media_type=kind)


@dataclass(slots=True)
class Hospital:
    """A service that requires authentication, the EHR's key server and the FHIR server."""

    app: FastAPI
    setup: Setup
    key_server: KeyServer
    fake: FakeFhir

    async def get(self, path: str, text: str | None) -> httpx.Response:
        """GETs `path` with a token."""
        return await self._send("GET", path, text, b"")

    async def post(self, path: str, text: str | None, body: bytes | None = None) -> httpx.Response:
        """POSTs a call to `path` with a token."""
        content = orjson.dumps(CALL) if body is None else body
        return await self._send("POST", path, text, content)

    async def _send(self, method: str, path: str, text: str | None, body: bytes) -> httpx.Response:
        headers = {"content-type": "application/json"}
        if text is not None:
            headers["authorization"] = f"Bearer {text}"
        return await self.send(
            httpx.Request(method, f"{BASE}{path}", headers=headers, content=body)
        )

    async def send(self, request: httpx.Request, peer: str = "127.0.0.1") -> httpx.Response:
        """Sends any request, from any address."""
        transport = httpx.ASGITransport(self.app, client=(peer, 4321))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            return await http.send(request)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the service of a test differs from the usual one."""

    client: str = ""
    more: str = ""  # further tables
    fake: FakeFhir = field(default_factory=FakeFhir)
    settings: Mapping[str, Any] = field(default_factory=dict)


def hospital(folder: Path, wishes: Wishes | None = None) -> Hospital:
    """A service whose client signs with `RSA` and `EC`. Its memory is not started."""
    wishes = wishes or Wishes()
    server = KeyServer(keys(public(RSA, EC)))
    fake = FakeFhir({**wishes.fake.behaviours, "jwks": server})
    file = folder / "clients.toml"
    file.write_text(f"{CLIENT}{wishes.client}\n{wishes.more}")
    chosen = {"database_url": f"sqlite:///{folder / 'store.sqlite3'}", **wishes.settings}
    settings = Settings(
        clients=file,
        public_url=BASE,
        _env_file=None,
        **chosen,
    )
    setup = set_up(settings, now=clock, open_transport=lambda _line: httpx.ASGITransport(fake))
    return Hospital(build_app(setup), setup, server, fake)


CLIENT = f"""
[[client]]
id = "general-hospital"
issuer = "{ISSUER}"
jwks_url = "{JWKS_URL}"
fhir_servers = ["https://ehr.example.org/fhir"]
"""
