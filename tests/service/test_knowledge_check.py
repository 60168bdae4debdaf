"""`b12-cds knowledge check`: one clear line for each mistake, in our content and in a site's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from regimens.knowledge.loader import KnowledgeError, load_library
from service.cli.knowledge import check_knowledge
from service.content_check import (
    Package,
    load_package,
    package_mistakes,
    packaged_files,
    reviews_passed,
    site_file_mistakes,
)

HERE = Path(__file__).parent
BROKEN = sorted((HERE / "broken_content").rglob("*.toml"))
SITE = HERE / "site_content"
SAYS = "# says: "
PACKAGE = load_package()
UK = (SITE / "our-hospital.toml").read_text("utf-8")
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: str(path.stem))
def test_each_mistake_is_told_in_one_line(path: Path) -> None:
    """A broken file gets exactly the lines that its own first lines claim: file, key, reason."""
    lines = path.read_text("utf-8").splitlines()
    claimed = [line.removeprefix(SAYS) for line in lines if line.startswith(SAYS)]
    found = site_file_mistakes(path, PACKAGE)
    assert len(found) == len(claimed) > 0
    for line, claim in zip(found, claimed, strict=True):
        assert line.startswith(claim)
        assert "\n" not in line


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('coded_as = "uk"', "", "coded_as: must name the formulary whose codes it uses: uk or us"),
        ('"uk"', '"fr"', "coded_as: must name the formulary whose codes it uses: uk or us"),
        ('oral = "cyano', 'oral = "cyanid', "product: cyanidcobalamin-tablet-1mg is not in"),
        ("[regimen.bridge-oral]", "[regimen.bridge]", "file: regimen.bridge-oral is missing"),
        ("[regimen.dietary-inj", "[regimen.inj", "file: regimen.deficient-dietary offers dietary-"),
        ('route = "IM"', 'route = "IMM"', "regimen.deficient.phases.0.route: Input should be"),
        ('cites = ["uk-pgd-diet"]', 'cites = ["pgd"]', "regimen.dietary-injection.cites: pgd is"),
        ('cites = ["uk-pgd-diet"]', "cites = []", "regimen.dietary-injection.cites: Tuple should"),
        ('injectables_accepted = ["', 'injectables_accepted = ["folic acid", "', "file: inject"),
    ],
)
def test_each_mistake_in_a_formulary_is_told(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A site's formulary with one mistake gets one line that names file, key and reason."""
    assert old in UK
    path = tmp_path / "ours.toml"
    path.write_text(UK.replace(old, new, 1), "utf-8")
    (line,) = site_file_mistakes(path, PACKAGE)
    assert line.startswith(f"ours.toml: {says}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A path without a file is a mistake like any other."""
    (line,) = site_file_mistakes(tmp_path / "gone.toml", PACKAGE)
    assert line == "gone.toml: file: cannot be read: No such file or directory"


@pytest.mark.parametrize("path", sorted(SITE.glob("*.toml")), ids=lambda path: str(path.stem))
def test_sound_site_files_pass(path: Path) -> None:
    """Thresholds, a formulary and wording of a site's own are accepted as the page describes."""
    assert site_file_mistakes(path, PACKAGE) == ()


def test_our_own_content_fits_together() -> None:
    """The packages' knowledge, codes, units and wording do not contradict each other."""
    assert list(package_mistakes(PACKAGE)) == []


def _without_words(kind: str, key: str) -> Package:
    texts = dict(getattr(PACKAGE.wording, kind))
    del texts[key]
    return replace(PACKAGE, wording=replace(PACKAGE.wording, **{kind: texts}))


def _without_code() -> Package:
    catalogue = PACKAGE.codes.catalogue
    products = dict(catalogue.products)
    del products["us", "cyanocobalamin-tablet-1mg"]
    codes = replace(PACKAGE.codes, catalogue=replace(catalogue, products=products))
    return replace(PACKAGE, codes=codes)


def _without_rule() -> Package:
    rules = dict(PACKAGE.library.rules)
    del rules["b12-iv-route"]
    return replace(PACKAGE, library=replace(PACKAGE.library, rules=rules))


def _with_unknown_rule() -> Package:
    rules = {**PACKAGE.library.rules, "b12-moon": PACKAGE.library.rules["b12-iv-route"]}
    return replace(PACKAGE, library=replace(PACKAGE.library, rules=rules))


def _with_code_for_nothing() -> Package:
    catalogue = PACKAGE.codes.catalogue
    some = catalogue.products["us", "cyanocobalamin-tablet-1mg"]
    products = {**catalogue.products, ("us", "elixir"): some}
    codes = replace(PACKAGE.codes, catalogue=replace(catalogue, products=products))
    return replace(PACKAGE, codes=codes)


def _without_unit() -> Package:
    units = PACKAGE.codes.units
    analytes = {
        key: replace(each, rows={}) if key.value == "MMA" else each
        for key, each in units.analytes.items()
    }
    codes = replace(PACKAGE.codes, units=replace(units, analytes=analytes))
    return replace(PACKAGE, codes=codes)


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (_without_rule, "rules: rule.b12-iv-route: is missing"),
        (_with_unknown_rule, "rules: rule.b12-moon: no rule decides it"),
        (lambda: _without_words("rules", "b12-iv-route"), "wording: rule.b12-iv-route: is missing"),
        (
            lambda: _without_words("rules", "timing-ambiguous/month"),
            "wording: rule.timing-ambiguous/month: is missing",
        ),
        (lambda: _without_words("proposals", "route-im"), "wording: proposal.route-im: is missing"),
        (lambda: _without_words("notes", "yearly"), "wording: note.yearly: is missing"),
        (lambda: _without_words("notes", "kidney"), "wording: note.kidney: is missing"),
        (lambda: _without_words("tasks", "symptom-review"), "wording: task.symptom-review: is mis"),
        (
            lambda: _without_words("overrides", "plan-in-place"),
            "wording: override.plan-in-place: is missing",
        ),
        (_without_code, "codes/products.toml: us.cyanocobalamin-tablet-1mg: is missing"),
        (_with_code_for_nothing, "codes/products.toml: us.elixir: is not in products.toml"),
        (_without_unit, "thresholds/ng239.toml: mma.unit: no result of MMA is brought into nmol/L"),
    ],
    ids=range(12),
)
def test_content_that_does_not_fit_together_is_told(
    broken: Callable[[], Package], line: str
) -> None:
    """A rule without words, a word without use, a product without code: one line each."""
    (found,) = package_mistakes(broken())
    assert found.startswith(line)


def test_a_review_is_told_from_the_day_after_it_was_due() -> None:
    """The day itself is still in time; the day after, every file is named."""
    files = packaged_files()
    due = load_library().policy.next_review
    assert list(reviews_passed(files, due)) == []
    told = list(reviews_passed(files, date(due.year + 1, 1, 1)))
    assert len(told) == len(files)
    assert f"policy.toml: next_review: was due on {due.isoformat()}" in told


def test_the_command_says_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    """Without mistakes it counts what it has read and ends with 0."""
    assert check_knowledge((SITE / "our-lab.toml",), None, TODAY) == 0
    assert "52 rules" in capsys.readouterr().out


def test_a_review_that_is_due_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """A site's file past its review is warned of, and the command still ends with 0."""
    assert check_knowledge((SITE / "our-lab.toml",), None, date(2027, 11, 2)) == 0
    assert "warning: our-lab.toml: next_review: was due" in capsys.readouterr().out


def test_the_command_ends_with_1_when_there_is_a_mistake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every mistake of every file is printed, nothing of the sound ones."""
    two = HERE / "broken_content" / "thresholds_two_mistakes.toml"
    crossed = HERE / "broken_content" / "thresholds_crossed.toml"
    assert check_knowledge((two, SITE / "our-lab.toml", crossed), None, TODAY) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_content_that_cannot_be_read_is_told_like_any_mistake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """When not even the packages can be read, each mistake has its line and the command ends with 1."""

    def broken() -> Package:
        second = KnowledgeError("policy.toml", "inr", "is missing")
        raise KnowledgeError("policy.toml", "blood", "is missing", (second,))

    assert check_knowledge((), None, TODAY, broken) == 1
    assert (
        capsys.readouterr().out == "policy.toml: blood: is missing\npolicy.toml: inr: is missing\n"
    )


def test_all_that_a_clients_file_uses_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A client's site files are read, and then how its table puts them together."""
    clients = tmp_path / "clients.toml"
    table = f'[[client]]\nid = "ours"\nsite_knowledge = ["{SITE / "our-lab.toml"}"]\n'
    clients.write_text(table + 'thresholds = "our-lab"\n')
    assert check_knowledge((), clients, TODAY) == 0
    clients.write_text(table + 'thresholds = "other-lab"\n')
    assert check_knowledge((), clients, TODAY) == 1
    clients.write_text(table.replace("our-lab", "our-words"))
    assert check_knowledge((), clients, TODAY) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[-2].endswith("thresholds/other-lab.toml: file: there is no such file")
    assert printed[-1].startswith("our-words.toml: ") or "client 'ours'" in printed[-1]
