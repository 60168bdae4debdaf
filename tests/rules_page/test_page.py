"""docs/rules.md tells all that there is to know of every rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from regimens.checks import CHECKS
from tests.rules_page import __main__ as command
from tests.rules_page.content import RULES, Content, load
from tests.rules_page.markdown import cell, table, template
from tests.rules_page.values import name_of, used_by

CONTENT = load()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as `make docs` writes it."""
    path = tmp_path_factory.mktemp("docs") / "rules.md"
    assert command.main([], path) == 0
    return path


@pytest.fixture(scope="module")
def chapters(written: Path) -> dict[str, str]:
    """The chapters of the page by rule."""
    _, _, rules = written.read_text("utf-8").partition("\n## Each rule\n")
    parts = [part.partition("\n") for part in rules.split("\n### ")[1:]]
    return {rule: told for rule, _, told in parts}


@pytest.fixture(scope="module")
def content() -> Content:
    """What the page is made of."""
    return CONTENT


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_chapter_tells_trigger_words_sources_and_reasons(
    rule: str, content: Content, chapters: dict[str, str]
) -> None:
    """Whoever reads a rule's chapter finds all that its knowledge and wording hold."""
    entry, told = content.library.rules[rule], chapters[rule]
    assert cell(entry.trigger.partition("Exempt:")[0]) in told
    assert template(content.wording.rule(rule).summary) in told
    assert cell(entry.provenance) in told
    for code in entry.override_reasons:
        assert content.wording.override(code) in told
    for key in entry.cites:
        citation = content.library.citations[key]
        assert f"{citation.label}" in told
        assert f"({citation.mark})" in told
        assert citation.url is None or str(citation.url) in told


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_chapter_tells_every_case(rule: str, content: Content, chapters: dict[str, str]) -> None:
    """No case of a rule is left out, and each says what it expects."""
    rows = [line for line in chapters[rule].splitlines() if line.startswith("| ")]
    assert content.cases[rule]
    for told in content.cases[rule]:
        row = next(row for row in rows if row.startswith(f"| {cell(told.case.name)}"))
        assert row.rstrip(" |").rpartition("| ")[2]


def test_the_page_holds_every_number_of_the_policy(written: Path, content: Content) -> None:
    """Windows, doses and limits are all there, each under its name."""
    page = written.read_text("utf-8")
    for name, section in content.library.policy:
        if isinstance(section, BaseModel):
            for key in type(section).model_fields:
                assert f"| {name_of(f'policy.{name}.{key}')} |" in page


def test_the_page_holds_every_regimen_and_source(written: Path, content: Content) -> None:
    """Both formularies' regimens and all sources can be looked up."""
    page = written.read_text("utf-8")
    for formulary in content.library.formularies.values():
        assert f"## Regimens: {formulary.title}" in page
        for key in formulary.regimen:
            assert f"| `{key}` |" in page
    for key in content.library.citations:
        assert f"| `{key}` |" in page


def test_values_are_those_that_the_rule_reads(content: Content) -> None:
    """The limit of the interval is found by watching the rule, not by a list that can be wrong."""
    (check,) = (each for each in CHECKS if each.rule == "maintenance-interval-too-long")
    cases = [told.case for told in content.cases[check.rule]]
    used = used_by(check, cases, content.library)
    assert "policy.interval_days.hydroxocobalamin_to" in used.values
    assert "formulary.dietary_interval_to_days" in used.values
    assert "policy.potassium.low_below" not in used.values
    assert "what caused the deficiency" in used.questions


def test_a_page_that_is_out_of_date_is_noticed(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One letter is enough, and the message says what to do."""
    assert command.main(["--check"], written) == 0
    stale = tmp_path / "rules.md"
    assert command.main(["--check"], stale) == 1
    stale.write_text(written.read_text("utf-8") + "x", "utf-8")
    assert command.main(["--check"], stale) == 1
    assert "run make docs" in capsys.readouterr().err


def test_a_cell_stays_one_cell() -> None:
    """A bar or a line break in a text does not break the table."""
    assert table(("a", "b"), [["x|y", "two\nlines"]]).splitlines()[2] == "| x\\|y | two lines |"
    assert table(("a",), []) == ""
