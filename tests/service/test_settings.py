"""The settings: their defaults, their mistakes, and when the service refuses to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.app import create_app
from service.errors import ConfigurationError
from service.settings import Auth, Settings, read_settings, unknown_variables


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PORT", *(f"B12_{field.upper()}" for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)


def test_nothing_set_means_authentication_is_required() -> None:
    settings = read_settings()
    assert settings.auth is Auth.REQUIRED
    assert (settings.formulary, settings.deadline_ms, settings.port) == ("uk", 2000, 8080)
    assert settings.listen_host == "127.0.0.1"


def test_port_may_be_named_with_or_without_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9001")
    assert read_settings().port == 9001
    monkeypatch.setenv("B12_PORT", "9002")
    assert read_settings().port == 9002


def test_env_file_is_read_and_other_lines_in_it_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("B12_AUTH=off\nSOMETHING_ELSE=1\nB12_FORMULARY=us\n")
    settings = read_settings()
    assert settings.demo
    assert settings.formulary == "us"


def test_an_env_file_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word of it: it may hold a password."""
    (tmp_path / ".env").write_bytes(b"B12_FORMULARY=\xff\n")
    with pytest.raises(ConfigurationError, match=r"^\.env: is not UTF-8$"):
        read_settings()

    def refuse(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("service.settings.Settings", refuse)
    with pytest.raises(ConfigurationError, match=r"^\.env: cannot be read: Permission denied$"):
        read_settings()


def test_open_demo_listens_beyond_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B12_OPEN_DEMO", "true")
    monkeypatch.setenv("B12_AUTH", "off")
    assert read_settings().listen_host == "0.0.0.0"  # noqa: S104 - the expected value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("B12_AUTH", "maybe"),
        ("PORT", "http"),
        ("B12_DEADLINE_MS", "5"),
        ("B12_PUBLIC_URL", "x"),
        ("B12_TRUSTED_PROXIES", "10.0.0.0.1"),
    ],
)
def test_a_wrong_value_is_refused_by_its_variable_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=rf"^{name}: ") as refused:
        read_settings()
    assert f"'{value}'" not in str(refused.value).removesuffix("'required' or 'off'")


def test_a_misspelt_variable_is_noticed() -> None:
    assert unknown_variables(["B12_FORMULRY", "B12_FORMULARY", "PATH"]) == ("B12_FORMULRY",)


def test_required_without_clients_and_public_address_refuses_and_says_why() -> None:
    with pytest.raises(ConfigurationError) as refused:
        create_app(Settings(auth=Auth.REQUIRED))
    assert "B12_CLIENTS is not set" in str(refused.value)
    assert "B12_PUBLIC_URL is not set" in str(refused.value)


def test_required_serves_when_clients_and_address_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`B12_AUTH=required` starts with clients that can prove themselves and a public address."""
    (tmp_path / "clients.toml").write_text(
        '[[client]]\nid = "ehr"\nissuer = "https://ehr.example.org"\n'
        'jwks_url = "https://ehr.example.org/jwks"\n'
    )
    monkeypatch.setenv("B12_CLIENTS", str(tmp_path / "clients.toml"))
    monkeypatch.setenv("B12_PUBLIC_URL", "https://cds.example.org")
    assert create_app(read_settings()).title == "b12-cds"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("B12_OPEN_DEMO", "true", "use B12_HOST"),
        ("B12_PUBLIC_URL", "https://cds.example.org/?a=b", "has a query"),
    ],
)
def test_required_refuses_what_belongs_to_a_demo_or_is_no_address(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    """A setting that contradicts required authentication stops the start and is named."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=told):
        create_app(read_settings())


def test_where_callers_prove_themselves_the_host_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """B12_HOST counts with required authentication and never opens a demo."""
    monkeypatch.setenv("B12_HOST", "192.0.2.7")
    assert read_settings().listen_host == "192.0.2.7"
    monkeypatch.setenv("B12_AUTH", "off")
    assert read_settings().listen_host == "127.0.0.1"
