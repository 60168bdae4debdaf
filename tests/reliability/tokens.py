"""The EHRs of the drills: their tables, their key, and a fresh token for every call."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

BASE = "https://cds.example.org"
USUAL, STRICT = "https://ehr.example.org", "https://strict.example.org"
KEY = ECKey.generate_key("P-384", {"kid": "drill-1"})
KEY_SET = orjson.dumps({"keys": [KEY.as_dict(private=False)]})

# Nobody here is to be told that he calls too often.
CLIENTS = f"""
[[client]]
id = "usual"
issuer = "{USUAL}"
jwks_file = "keys.json"
calls_per_minute = 600000

[[client]]
id = "strict"
issuer = "{STRICT}"
jwks_file = "keys.json"
replay = "strict"
calls_per_minute = 600000
"""


def token(path: str, issuer: str = USUAL, *, age_s: int = 0) -> str:
    """A token that nobody has used, for a call of `path`, made `age_s` seconds ago."""
    made_at = int(time.time()) - age_s
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": f"{BASE}{path}",
        "iat": made_at,
        "exp": made_at + age_s + 300,
        "jti": str(uuid4()),
    }
    header = {"alg": "ES384", "typ": "JWT", "kid": KEY.kid}
    return jwt.encode(header, claims, KEY, ["ES384"])


def headers(text: str) -> dict[str, str]:
    """Those of a call with this token."""
    return {"authorization": f"Bearer {text}", "content-type": "application/json"}
