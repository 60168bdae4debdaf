"""Which browser pages may read an answer."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.security.hospital import BASE, DISCOVERY, Wishes, hospital, token

OURS = "https://chart.example.org"
OTHERS = "https://chart.other.example.org"
TWO = Wishes(
    client=f'cors_origins = ["{OURS}"]',
    more=f"""
[[client]]
id = "other"
issuer = "https://other.example.org"
jwks_url = "https://other.example.org/jwks"
cors_origins = ["{OTHERS}"]
""",
)


async def allowed(folder: Path, origin: str, *, method: str = "GET", admitted: bool) -> str | None:
    """The origin that the answer to a page of `origin` names."""
    headers = {"origin": origin}
    if admitted:
        headers["authorization"] = f"Bearer {token(DISCOVERY)}"
    if method == "OPTIONS":
        headers["access-control-request-method"] = "GET"
    request = httpx.Request(method, f"{BASE}{DISCOVERY}", headers=headers)
    answer = await hospital(folder, TWO).send(request)
    told: str | None = answer.headers.get("access-control-allow-origin")
    return told


@pytest.mark.row(82)
async def test_an_answer_is_for_the_origins_of_its_client(tmp_path: Path) -> None:
    """A page of another hospital cannot read what this hospital's token was answered."""
    assert await allowed(tmp_path, OURS, admitted=True) == OURS
    assert await allowed(tmp_path, OTHERS, admitted=True) is None


@pytest.mark.row(82)
@pytest.mark.parametrize("origin", [OURS, OTHERS])
async def test_preflights_and_refusals_are_for_every_listed_origin(
    tmp_path: Path, origin: str
) -> None:
    """Nobody is known yet: a preflight has no token, and a refused caller is none of ours."""
    assert await allowed(tmp_path, origin, method="OPTIONS", admitted=False) == origin
    assert await allowed(tmp_path, origin, admitted=False) == origin
