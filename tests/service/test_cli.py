"""The command line."""

from __future__ import annotations

import io
import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import orjson
import pytest

from service.cli.main import main
from service.demo.charts import FOLDER
from service.settings import Settings
from tests.service.calls import EXAMPLES


@pytest.fixture(autouse=True)
def _empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PORT", *(f"B12_{field.upper()}" for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)


def test_a_hook_request_becomes_readable_cards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(EXAMPLES / "order-select.json")]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("[CRITICAL] ")
    assert "Source: " in shown


def test_a_patients_bundle_is_a_chart_that_is_opened(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--json", str(FOLDER / "demo-pernicious-anaemia.json")]) == 0
    answer = orjson.loads(capsys.readouterr().out)
    assert answer["trace"]["moment"] == "opening"
    assert answer["trace"]["status"] == "deficient"
    assert answer["cards"]


def test_drafts_in_a_bundle_are_the_orders_at_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = orjson.loads((FOLDER / "demo-kidneys.json").read_bytes())
    call = orjson.loads((EXAMPLES / "order-sign.json").read_bytes())
    bundle["entry"] += call["context"]["draftOrders"]["entry"]
    file = tmp_path / "case.json"
    file.write_bytes(orjson.dumps(bundle))
    assert main(["evaluate", "--json", str(file)]) == 0
    assert orjson.loads(capsys.readouterr().out)["trace"]["moment"] == "signing"
    assert main(["evaluate", "--json", "--hook", "order-select", str(file)]) == 0
    assert orjson.loads(capsys.readouterr().out)["trace"]["moment"] == "selecting"


def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (EXAMPLES / "order-sign.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main(["evaluate", "-"]) == 0
    assert "Source: " in capsys.readouterr().out


def test_the_formulary_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(FOLDER / "demo-pernicious-anaemia.json")
    assert main(["evaluate", "--formulary", "uk", file]) == 0
    uk = capsys.readouterr().out
    assert main(["evaluate", "--formulary", "us", file]) == 0
    assert capsys.readouterr().out != uk
    assert main(["evaluate", "--formulary", "mars", file]) == 2
    assert "formularies/mars.toml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ("{", 3, "not JSON (line 1"),
        ("[]", 3, "not a JSON object"),
        ("{}", 3, "no hook request"),
        ('{"resourceType": "Bundle", "entry": []}', 3, "0 patients"),
        ('{"resourceType": "Bundle", "entry": 3}', 3, "0 patients"),
        ('{"resourceType": "Bundle", "entry": null}', 3, "0 patients"),
        ('{"a": ' * 300 + "1" + "}" * 300, 3, "nested too deep"),
        ('{"birthDate": "@years_ago:99999"}', 3, "in no calendar"),
        ('{"hook": "order-sign", "context": {}}', 3, "is required"),
        (
            '{"hook": "patient-view", "hookInstance": "1", "context": {"patientId": "x"}}',
            4,
            "patient",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_own_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, code: int, told: str
) -> None:
    file = tmp_path / "case.json"
    file.write_text(content)
    assert main(["evaluate", str(file)]) == code
    assert told in capsys.readouterr().err


def test_who_interrupts_a_command_gets_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Interrupted()))
    assert main(["evaluate", "-"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_copy_that_was_interrupted_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it would be kept for a backup."""
    sqlite3.connect(tmp_path / "b12-cds.sqlite3").close()

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.cli.store.sqlite3.connect", interrupt)
    assert main(["store", "backup", "copy"]) == 130
    assert not (tmp_path / "copy").exists()


def test_a_command_without_a_standard_output_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A trail that was exported to nowhere would be told as written."""
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["audit", "export"]) == 1
    assert capsys.readouterr().err == "b12-cds: standard output is closed\n"


@pytest.mark.parametrize(
    "arguments",
    [("card", "\udcff"), ("export", "--after", "\udcff"), ("export", "--user", "\udcff")],
)
def test_bytes_that_are_no_text_are_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """No database can be asked for them."""
    with pytest.raises(SystemExit, match="2"):
        main(["audit", *arguments])
    assert "is not UTF-8" in capsys.readouterr().err


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "nowhere.json"]) == 2
    assert "nowhere.json: cannot be read" in capsys.readouterr().err


def test_serve_refuses_without_settings_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve"]) == 2
    told = capsys.readouterr().err
    assert "B12_CLIENTS is not set" in told
    assert "B12_PUBLIC_URL is not set" in told


def test_a_sound_clients_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "clients.toml"
    file.write_text(
        '[[client]]\nid = "a"\nissuer = "https://a.example"\njwks_url = "https://a.example/k"\n'
    )
    assert main(["clients", "check", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "1 client, no mistakes" in shown


def test_mistakes_in_a_clients_file_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clients.toml"
    file.write_text('[[client]]\nid = "a"\nformulry = "uk"\n')
    assert main(["clients", "check", str(file)]) == 2
    assert "client 'a': formulry: there is no such key" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["formulary", "thresholds"])
def test_a_knowledge_file_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    monkeypatch.setenv("B12_AUTH", "off")
    file = tmp_path / "clients.toml"
    file.write_text(f'[[client]]\nid = "a"\n{key} = "mars"\n')
    assert main(["clients", "check", str(file)]) == 2
    assert "mars.toml" in capsys.readouterr().err


def test_clients_check_needs_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clients", "check"]) == 2
    assert "B12_CLIENTS" in capsys.readouterr().err


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_the_demo_serves_the_first_call_and_says_loudly_what_it_is(tmp_path: Path) -> None:
    port = free_port()
    root = Path(__file__).parents[2]
    environment = {**os.environ, "B12_AUTH": "off", "PORT": str(port), "PYTHONPATH": str(root)}
    command = [
        sys.executable,
        "-c",
        "import sys; from service.cli.main import main; sys.exit(main())",
    ]
    with subprocess.Popen(
        [*command, "serve"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            answer = first_answer(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            out, told = process.communicate(timeout=20)
    assert answer.json()["cards"]
    assert "DEMO MODE, AUTHENTICATION IS OFF, not for patient care" in told
    events = [orjson.loads(line)["event"] for line in out.splitlines()]
    assert events == ["started", "request", "request", "stopped"]
    assert process.returncode in {0, -15}


def first_answer(base: str) -> httpx.Response:
    """The answer to an order-sign that names the demo's own FHIR server."""
    body = orjson.loads((EXAMPLES / "order-sign.json").read_bytes())
    body["fhirServer"] = f"{base}/demo/fhir"
    for _ in range(300):
        try:
            httpx.get(f"{base}/__lbheartbeat__")
            break
        except httpx.ConnectError:
            time.sleep(0.1)
    return httpx.post(f"{base}/cds-services/b12-order-sign", json=body, timeout=30)
