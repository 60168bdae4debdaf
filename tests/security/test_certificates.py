"""Client certificates, as a proxy reports them: believed from listed addresses only."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from service.errors import ConfigurationError
from tests.security.hospital import BASE, DISCOVERY, STRANGER, Wishes, hospital, token

PRINT = "ab:cd:ef"
WISHES = Wishes(
    f'certificate = "{PRINT}"', settings={"trusted_proxies": "10.0.0.7, 10.1.0.0/16, fd00::/64"}
)


@pytest.mark.parametrize(
    ("peer", "told", "status"),
    [
        ("10.0.0.7", [PRINT], 200),
        ("10.1.200.3", [PRINT], 200),
        ("fd00::5", [PRINT], 200),
        ("10.0.0.8", [PRINT], 401),
        ("127.0.0.1", [PRINT], 401),
        ("::ffff:10.0.0.9", [PRINT], 401),
        ("unix", [PRINT], 401),
        ("10.0.0.7", [], 401),
        ("10.0.0.7", ["other"], 401),
        ("10.0.0.7", [PRINT, PRINT], 401),
        ("10.0.0.7", [f"{PRINT}, {PRINT}"], 401),
        ("10.0.0.7", [PRINT.upper()], 401),
    ],
)
@pytest.mark.row(81)
async def test_whose_word_counts(tmp_path: Path, peer: str, told: list[str], status: int) -> None:
    """Only a listed proxy's single and exact report of the certificate is taken."""
    ehr = hospital(tmp_path, WISHES)
    headers = [("authorization", f"Bearer {token(DISCOVERY)}"), ("x-forwarded-for", "10.0.0.7")]
    headers += [("x-client-certificate", each) for each in told]
    request = httpx.Request("GET", BASE + DISCOVERY, headers=headers)
    assert (await ehr.send(request, peer)).status_code == status


async def test_a_certificate_does_not_replace_the_token(tmp_path: Path) -> None:
    """With the right certificate a wrong token stays wrong."""
    ehr = hospital(tmp_path, WISHES)
    headers = {"authorization": f"Bearer {token(DISCOVERY, STRANGER)}"}
    headers |= {"x-client-certificate": PRINT}
    request = httpx.Request("GET", BASE + DISCOVERY, headers=headers)
    assert (await ehr.send(request, "10.0.0.7")).status_code == 401


def test_a_certificate_needs_a_proxy_that_could_report_it(tmp_path: Path) -> None:
    """A client that is known by a certificate and no proxy listed is a mistake of the set-up."""
    with pytest.raises(ConfigurationError, match="needs B12_TRUSTED_PROXIES"):
        hospital(tmp_path, Wishes('certificate = "x"'))
