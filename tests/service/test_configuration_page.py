"""The page that explains the configuration keeps pace with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.clients import Client
from service.fhir.server import Caps
from service.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
PROCESS, _, REST = PAGE.partition("## The clients file")
CLIENTS, _, REST = REST.partition("## FHIR versions")
FETCHING = REST.partition("## What is fetched")[2]


def rows(text: str) -> dict[str, list[str]]:
    """The table rows of a chapter by the name in their first cell."""
    found = re.findall(r"^\| `([A-Za-z0-9_]+)` \|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in found}


def test_every_setting_has_its_row_and_no_row_is_left_over() -> None:
    assert set(rows(PROCESS)) == {f"B12_{name.upper()}" for name in Settings.model_fields}


def test_every_client_key_has_its_row_and_no_row_is_left_over() -> None:
    assert set(rows(CLIENTS)) == set(Client.model_fields)


@pytest.mark.parametrize("name", ["auth", "formulary", "deadline_ms", "max_body_bytes", "port"])
def test_the_defaults_of_settings_are_the_real_ones(name: str) -> None:
    shown = rows(PROCESS)[f"B12_{name.upper()}"][0].strip("`")
    default = Settings.model_fields[name].default
    assert shown == str(getattr(default, "value", default))


@pytest.mark.parametrize("name", ["fhir_version", "dialect", "timezone", "replay"])
def test_the_defaults_of_client_keys_are_the_real_ones(name: str) -> None:
    assert rows(CLIENTS)[name][0] == f'`"{Client.model_fields[name].default}"`'


def test_the_limits_of_fetching_are_the_real_ones() -> None:
    caps = Caps()
    limits = (
        f"One answer may have {caps.bytes_each // 1_000_000} MB, one call"
        f" {caps.bytes_all // 1_000_000} MB; a list is followed for at most {caps.pages} pages or"
        f" {caps.entries} entries."
    )
    assert limits in " ".join(FETCHING.split())
