"""The knowledge files are read as written, and a mistake in one is told in one line.

Each file in broken_knowledge holds one mistake. Its first lines say where among the good files it
is put, and how the message begins.
"""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from regimens.advise import DATA_GAP
from regimens.checks import CHECKS
from regimens.knowledge.loader import HERE, KnowledgeError, load_library
from tests.regimens.builders import LIBRARY

BROKEN = sorted((Path(__file__).parent / "broken_knowledge").glob("*.toml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge files."""
    copy = tmp_path / "knowledge"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def put(broken: Path, folder: Path) -> str:
    """Place a broken file among the good ones; gives back how the message must begin."""
    place, says, *_ = broken.read_bytes().splitlines()
    shutil.copy(broken, folder / place.removeprefix(b"# in: ").decode())
    return says.removeprefix(b"# says: ").decode()


@pytest.mark.parametrize("broken", BROKEN, ids=[path.stem for path in BROKEN])
def test_a_mistake_is_told_with_file_key_and_reason(broken: Path, folder: Path) -> None:
    """Loading stops with one line that says which file, which key, and why."""
    says = put(broken, folder)
    with pytest.raises(KnowledgeError) as caught:
        load_library(folder)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    """Without policy.toml there is no library."""
    (folder / "policy.toml").unlink()
    with pytest.raises(KnowledgeError, match=r"^policy.toml: file: there is no such file$"):
        load_library(folder)


@pytest.mark.parametrize(
    ("formulary", "thresholds", "says"),
    [
        ("fr", "ng239", r"^formularies/fr\.toml: file: there is no such file$"),
        ("uk", "other", r"^thresholds/other\.toml: file: there is no such file$"),
    ],
)
def test_an_unknown_choice_is_named(formulary: str, thresholds: str, says: str) -> None:
    """A client that names a file which is not there is told which."""
    with pytest.raises(KnowledgeError, match=says):
        LIBRARY.knowledge(formulary, thresholds)


def test_numbers_are_exact(folder: Path) -> None:
    """A number with a point is a decimal, never a float."""
    assert load_library(folder).policy.potassium.low_below == Decimal("3.5")
    assert isinstance(LIBRARY.policy.interval_days.neuro_loading_to, Decimal)


def test_every_rule_is_written_and_every_written_rule_exists() -> None:
    """The rules in code and the rules in knowledge are the same ones."""
    assert LIBRARY.rules.keys() == {check.rule for check in CHECKS} | {DATA_GAP}
