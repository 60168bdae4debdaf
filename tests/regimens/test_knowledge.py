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
from regimens.knowledge.loader import HERE, KnowledgeError, is_knowledge, load_library
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


# --- files of a site --------------------------------------------------------------------------


def site_file(tmp_path: Path, name: str, ours: str, *edits: tuple[str, str]) -> Path:
    """One of our files with a name of the site's own and some words exchanged."""
    text = (HERE / ours).read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


AS_UK = ("adult_from_years = 18", 'coded_as = "uk"\nadult_from_years = 16')
OWN_SOURCE = '\n[citation.our-guideline]\nlabel = "Our guideline"\nmark = "P"\n'


def test_a_sites_own_thresholds(tmp_path: Path) -> None:
    """A site's file is chosen by its name without ending, and may bring sources of its own."""
    path = site_file(
        tmp_path,
        "north.toml",
        "thresholds/ng239.toml",
        ("deficient_below = 180", "deficient_below = 200"),
        ('"ng239", ', '"our-guideline", '),
    )
    path.write_text(path.read_text("utf-8") + OWN_SOURCE, "utf-8")
    library = load_library(HERE, (path,))
    knowledge = library.knowledge("uk", "north")
    assert knowledge.thresholds.total_b12_mass.deficient_below == 200
    assert knowledge.citations["our-guideline"].label == "Our guideline"
    assert library.knowledge("uk").thresholds.total_b12_mass.deficient_below == 180


def test_a_sites_own_formulary(tmp_path: Path) -> None:
    """It keeps the codes of the formulary it names."""
    path = site_file(tmp_path, "north.toml", "formularies/uk.toml", AS_UK)
    library = load_library(HERE, (path,))
    assert library.knowledge("north").formulary.adult_from_years == 16
    assert library.knowledge("north").coded_as == "uk"
    assert library.knowledge("us").coded_as == "us"


@pytest.mark.parametrize(
    ("name", "ours", "edits", "says"),
    [
        ("uk.toml", "formularies/uk.toml", (AS_UK,), "uk.toml: file: the name uk is taken"),
        (
            "north.toml",
            "formularies/uk.toml",
            (),
            "north.toml: coded_as: must name the formulary whose codes it uses: uk or us",
        ),
        (
            "north.toml",
            "products.toml",
            (),
            "north.toml: file: holds neither [total_b12_mass] (thresholds) nor [regimen] "
            "(a formulary)",
        ),
        (
            "north.toml",
            "thresholds/ng239.toml",
            (('"ng239", ', '"hearsay", '),),
            "north.toml: cites: hearsay is not in citations.toml",
        ),
        (
            "north.toml",
            "formularies/uk.toml",
            (AS_UK, ('oral = "cyanocobalamin-tablet-1mg"', 'oral = "b12-elixir"')),
            "north.toml: product: b12-elixir is not in products.toml",
        ),
        (
            "north.toml",
            "thresholds/ng239.toml",
            (
                (
                    "[total_b12_mass]",
                    f"{OWN_SOURCE.replace('our-guideline', 'ng239')}\n[total_b12_mass]",
                ),
            ),
            "north.toml: citation.ng239: is a source of the package",
        ),
    ],
)
def test_a_mistake_in_a_sites_file(
    tmp_path: Path, name: str, ours: str, edits: tuple[tuple[str, str], ...], says: str
) -> None:
    """A site reads the same one line, with the name of its own file."""
    path = site_file(tmp_path, name, ours, *edits)
    with pytest.raises(KnowledgeError) as caught:
        load_library(HERE, (path,))
    assert str(caught.value) == says


def test_every_mistake_of_a_file_is_kept(tmp_path: Path) -> None:
    """The first is the message; the others are told beside it."""
    wrong = (("raised_above = 400", "raised_above = 0"), ("raised_above = 15", "raised_above = 0"))
    path = site_file(tmp_path, "north.toml", "thresholds/ng239.toml", *wrong)
    with pytest.raises(KnowledgeError) as caught:
        load_library(HERE, (path,))
    assert (caught.value.key, [other.key for other in caught.value.further]) == (
        "mma.raised_above",
        ["homocysteine.raised_above"],
    )


def test_what_is_knowledge() -> None:
    """Wording and settings of a site are told from thresholds and formularies by their tables."""
    assert is_knowledge({"title", "mma"})
    assert is_knowledge({"regimen"})
    assert not is_knowledge({"title", "cites", "text"})
