"""SECURITY.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_test_that_the_threat_model_names_is_there() -> None:
    """A control is proved by a file of tests, and the file exists."""
    named = set(re.findall(r"`((?:tests|service)/[A-Za-z0-9_/.]+)`", PAGE))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_attack_suite_is_named_in_the_threat_model() -> None:
    """No file of attacks stands beside the model."""
    suites = {path.name for path in (ROOT / "tests" / "security").glob("test_*.py")}
    assert [name for name in sorted(suites - {Path(__file__).name}) if name not in PAGE] == []


def test_all_six_risks_and_all_ten_of_owasp_are_answered() -> None:
    """Each risk has a row with a control and a test."""
    assert re.findall(r"^\| ([1-6]) \|", PAGE, re.MULTILINE) == list("123456")
    assert re.findall(r"^\| API(\d+) ", PAGE, re.MULTILINE) == [str(n) for n in range(1, 11)]
