"""The clients file: every key, every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest
from joserfc.jwk import RSAKey

from service.clients import Client, demo_client, load_clients
from service.errors import ConfigurationError

RSA_KEY = RSAKey.generate_key(2048, {"kid": "2026"}, private=False).as_dict(private=False)
WHOLE = """
[[client]]
id = "general-hospital"
issuer = "https://ehr.example.org"
jwks_url = "https://ehr.example.org/jwks"
algorithms = ["ES384", "RS384"]
tenants = []
fhir_servers = ["https://ehr.example.org/fhir"]
allow_http = false
allow_private_network = false
cors_origins = []
fhir_version = "auto"
formulary = "uk"
thresholds = "ng239"
dialect = "cds-hooks-2.0"
shadow = false
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "clients.toml"
    file.write_text(text)
    return file


def test_the_documented_table_is_read(tmp_path: Path) -> None:
    (client,) = load_clients(written(tmp_path, WHOLE), signed=True)
    assert client.id == "general-hospital"
    assert client.timezone == "UTC"
    assert client.reach[0].covers(httpx.URL("https://ehr.example.org/fhir/Patient/1"))


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "ehr.json").write_bytes(orjson.dumps({"keys": [RSA_KEY]}))
    text = WHOLE.replace('jwks_url = "https://ehr.example.org/jwks"', 'jwks_file = "ehr.json"')
    (client,) = load_clients(written(tmp_path, text), signed=True)
    assert client.jwks_file == tmp_path / "ehr.json"


@pytest.mark.parametrize(
    ("line", "key", "reason"),
    [
        ("shdow = true", "shdow", "there is no such key"),
        ('timezone = "Mars/Base"', "timezone", "no time zone"),
        ('algorithms = ["HS256"]', "algorithms.0", "Input should be"),
        ('algorithms = ["none"]', "algorithms.0", "Input should be"),
        ("algorithms = []", "algorithms", "none is listed"),
        ('jwks_url = "http://ehr.example.org/jwks"', "jwks_url", "plain http"),
        ('jwks_file = "none.json"', "none.json", "there is no such file"),
        ('fhir_version = "r6"', "fhir_version", "Input should be"),
        ("deadline_ms = 5", "deadline_ms", "greater than or equal"),
        ('fhir_servers = ["http://ehr.example.org/fhir"]', "fhir_servers", "plain http"),
        ('fhir_servers = ["ftp://ehr.example.org"]', "fhir_servers.0", "no http or https"),
        ('fhir_servers = ["https://u:p@ehr.example.org"]', "fhir_servers.0", "user name"),
        ('fhir_servers = ["https://ehr.example.org/a%2fb"]', "fhir_servers", "encoded"),
        ('tuning = [{ rule = "b12-iv-route", indicator = "critical" }]', "tuning", "Input should"),
        (
            'tuning = [{ rule = "b12-iv-route", hooks = ["order-sing"], indicator = "off" }]',
            "tuning.0.hooks.0",
            "no hook that is served",
        ),
        ('approved_hash = "signed"', "approved_hash", "String should match pattern"),
        ('ca_file = "none.pem"', "none.pem", "there is no such file"),
    ],
)
def test_a_mistake_is_told_with_file_client_key_and_reason(
    tmp_path: Path, line: str, key: str, reason: str
) -> None:
    name = line.partition(" ")[0]
    kept = [each for each in WHOLE.splitlines() if not each.startswith(f"{name} ")]
    file = written(tmp_path, "\n".join([*kept, line]))
    with pytest.raises(ConfigurationError) as refused:
        load_clients(file, signed=True)
    told = str(refused.value)
    assert told.startswith(f"{file}: client 'general-hospital': ")
    assert key in told
    assert reason in told


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, '[[client]]\nid = "a"\nx = 1\n[[client]]\nid = "b"\ny = 1\n')
    with pytest.raises(ConfigurationError) as refused:
        load_clients(file, signed=False)
    assert len(str(refused.value).splitlines()) == 2


def test_a_certificate_file_without_a_certificate_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    file = written(tmp_path, '[[client]]\nid = "a"\nca_file = "ca.pem"\n')
    with pytest.raises(ConfigurationError, match="holds no certificate"):
        load_clients(file, signed=False)


def test_two_clients_may_not_share_an_id(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="another client has it too"):
        load_clients(written(tmp_path, WHOLE + WHOLE), signed=True)


def test_one_issuer_needs_tenants_to_stand_for_two_clients(tmp_path: Path) -> None:
    """Two clients of one issuer are told apart by tenants that differ, or the file is refused."""
    other = WHOLE.replace("general-hospital", "other-hospital")
    with pytest.raises(ConfigurationError, match="tenants must differ"):
        load_clients(written(tmp_path, WHOLE + other), signed=True)
    first = WHOLE.replace("tenants = []", 'tenants = ["a"]')
    second = other.replace("tenants = []", 'tenants = ["b"]')
    assert len(load_clients(written(tmp_path, first + second), signed=True)) == 2


@pytest.mark.parametrize(
    "keys",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": []}',
        b'{"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}',
        orjson.dumps({"keys": [{**RSA_KEY, "use": "enc"}]}),
        orjson.dumps({"keys": [{**RSA_KEY, "kid": ""}]}),
    ],
)
def test_a_key_file_without_a_key_that_can_verify_is_told(tmp_path: Path, keys: bytes) -> None:
    """A key file that could never let anybody in stops the start."""
    (tmp_path / "ehr.json").write_bytes(keys)
    text = WHOLE.replace('jwks_url = "https://ehr.example.org/jwks"', 'jwks_file = "ehr.json"')
    with pytest.raises(ConfigurationError, match=r"jwks_file: .*ehr\.json: "):
        load_clients(written(tmp_path, text), signed=True)


@pytest.mark.parametrize(
    "text",
    ["", "[client]\nid = 'x'", "client = 3", "[[clients]]\nid = 'x'", "not toml", "[[client"],
)
def test_a_file_without_clients_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"clients\.toml: "):
        load_clients(written(tmp_path, text), signed=False)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: cannot be read"):
        load_clients(tmp_path / "nowhere.toml", signed=False)


def test_a_client_that_must_prove_itself_needs_issuer_and_one_source_of_keys(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_clients(written(tmp_path, '[[client]]\nid = "a"\n'), signed=True)
    assert "issuer: is missing" in str(refused.value)
    assert "one of the two is needed" in str(refused.value)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:8080/demo/fhir/Patient/1", True),
        ("http://localhost:9999/fhir/Patient", True),
        ("https://[::1]:4433/Patient", True),
        ("http://127.0.0.1.example.org/fhir", False),
        ("http://192.168.0.1/fhir", False),
        ("http://user@127.0.0.1/fhir", True),  # the reader of addresses refuses it, not the prefix
    ],
)
def test_the_demo_client_reaches_loopback_only(address: str, allowed: bool) -> None:
    url = httpx.URL(address)
    assert any(prefix.covers(url) for prefix in demo_client().reach) is allowed


def test_a_client_is_frozen() -> None:
    client = Client(id="a")
    with pytest.raises(ValueError, match="frozen"):
        client.shadow = True  # type: ignore[misc]
