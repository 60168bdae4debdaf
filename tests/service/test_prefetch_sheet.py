"""The sheet that an EHR's analyst types in."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_hooks.hooks import HOOKS
from service.cli.exits import Exit
from service.cli.main import main
from service.clients import demo_client
from service.content import load_content
from service.settings import Auth, Settings

TWO = """
[[client]]
id = "first"
fhir_version = "r4"

[[client]]
id = "epic-hospital"
dialect = "epic"
fhir_version = "stu3"
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("B12_CLIENTS", "B12_AUTH", "B12_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.row(14, 32, 85)
def test_the_sheet_has_every_address_and_every_query(capsys: pytest.CaptureFixture[str]) -> None:
    """Epic reads no discovery: what it would find there must be on the sheet, to the letter."""
    assert main(["prefetch"]) == Exit.OK
    printed = capsys.readouterr().out
    settings = Settings(auth=Auth.OFF, _env_file=None)
    for query in load_content(demo_client(), settings).templates.values():
        assert f"\n{query}\n" in printed
    for hook in HOOKS:
        assert f"https://YOUR-B12-CDS/cds-services/{hook.service_id}\n" in printed


def test_a_client_gets_its_own_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queries depend on the client's FHIR version, addresses on where the service is."""
    (tmp_path / "clients.toml").write_text(TWO)
    monkeypatch.setenv("B12_CLIENTS", "clients.toml")
    monkeypatch.setenv("B12_AUTH", "off")
    monkeypatch.setenv("B12_PUBLIC_URL", "https://b12.example.org/")
    assert main(["prefetch", "--client", "epic-hospital"]) == Exit.OK
    printed = capsys.readouterr().out
    assert "client 'epic-hospital' sends along (epic)" in printed
    assert "https://b12.example.org/cds-services/b12-order-sign\n" in printed


def test_an_unknown_client_is_told_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A typing error is answered with the names."""
    assert main(["prefetch", "--client", "nobody"]) == Exit.CONFIGURATION
    assert "there are: demo" in capsys.readouterr().err
