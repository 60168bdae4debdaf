"""The image and the compose file, read as text: no container engine is needed."""

import json
import re
import tomllib
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import read_settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.fixture
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
    return content


def test_demo_is_published_on_loopback_only(compose: dict[str, Any]) -> None:
    """Demo mode asks nobody who they are, so no other computer may reach it."""
    ports = [port for service in compose["services"].values() for port in service["ports"]]
    assert ports == ["127.0.0.1:8080:8080", "127.0.0.1:8081:8080"]


def test_environment_values_are_text(compose: dict[str, Any]) -> None:
    """A bare `off` would reach the service as the word False."""
    environment = compose["services"]["b12-cds"]["environment"]
    assert environment["B12_AUTH"] == "off"
    assert all(isinstance(value, str) for value in environment.values())


def test_the_client_may_call_the_fhir_server_of_the_network(compose: dict[str, Any]) -> None:
    """The host in the clients file is the name of a service in the compose file."""
    [client] = tomllib.loads((ROOT / "docker/clients.toml").read_text())["client"]
    assert client["fhir_servers"] == ["http://fhir:8080/fhir"]
    assert "fhir" in compose["services"]
    assert client["allow_http"]
    assert client["allow_private_network"]


def test_image_runs_as_an_unprivileged_user() -> None:
    """The last user named is the one the service runs as."""
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["app"]
    assert "--uid 10001" in DOCKERFILE


@pytest.mark.parametrize(
    "ports",
    [{"PORT": "9001"}, {"PORT": "8080", "B12_PORT": "9001"}, {"PORT": "9001", "B12_PORT": ""}],
)
def test_health_check_asks_where_the_service_listens(
    ports: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At another port a container that is well would be restarted again and again."""
    [command] = re.findall(r"^    CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    python, flag, program = json.loads(command)
    assert (python, flag) == ("python", "-c")
    monkeypatch.delenv("B12_PORT", raising=False)
    for name, value in ports.items():
        monkeypatch.setenv(name, value)
    asked: list[str] = []
    opener = urllib.request.OpenerDirector
    monkeypatch.setattr(opener, "open", lambda _self, url, **_rest: asked.append(url))
    exec(compile(program, "health check", "exec"), {})  # noqa: S102 - ours
    assert asked == [f"http://127.0.0.1:{read_settings().port}/__lbheartbeat__"]


def test_everything_the_image_copies_is_in_its_build_context() -> None:
    """A path must be named in .dockerignore to reach the build."""
    allowed = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copies = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    assert {source for line in copies for source in line.split()} == set(allowed)
