"""Whether knowledge, codes, units and wording fit together, and what is wrong in a site's files."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cds_hooks.errors import WordingInvalid
from cds_hooks.wording.site import with_site_files
from cds_hooks.wording.wording import Wording
from cds_hooks.wording.wording import load as load_wording
from fhir_mappers.errors import CodesError
from fhir_mappers.terminology import FOLDER as CODES
from fhir_mappers.terminology import SITE_LISTS, Codes, load_codes
from regimens import spoken_keys
from regimens.advise import DATA_GAP
from regimens.checks import CHECKS
from regimens.facts import Analyte
from regimens.knowledge.loader import (
    HERE,
    KnowledgeError,
    Library,
    is_knowledge,
    load_library,
    with_site_file,
)

WORDING_TABLES = frozenset({"rule", "proposal", "note", "task", "step", "override", "text"})


@dataclass(frozen=True, slots=True)
class Package:
    """All content that comes with the program."""

    library: Library
    codes: Codes
    wording: Wording


def load_package() -> Package:
    """The content of the packages.

    Raises:
        KnowledgeError, CodesError, WordingInvalid: a file cannot be used; file, key and reason.
    """
    return Package(load_library(), load_codes(), load_wording())


def told(refused: Exception) -> tuple[str, ...]:
    """Every mistake that an error of ours tells, one a line."""
    further = refused.further if isinstance(refused, KnowledgeError) else ()
    return (*str(refused).splitlines(), *(str(each) for each in further))


# --- the packages against each other --------------------------------------------------------


def package_mistakes(package: Package) -> Iterator[str]:
    """Where the files of the packages contradict each other, one line for each mistake."""
    yield from _rule_mistakes(package)
    yield from _word_mistakes(package)
    yield from _code_mistakes(package)
    yield from _unit_mistakes(package)


def _rule_mistakes(package: Package) -> Iterator[str]:
    ours = {check.rule for check in CHECKS} | {DATA_GAP}
    yield from _compare("rules", "rule", package.library.rules, ours, "decides")
    worded = {key for key in package.wording.rules if "/" not in key}
    yield from _compare("wording", "rule", worded, ours, "decides")


def _compare(
    where: str, table: str, found: Collection[str], wanted: Collection[str], use: str
) -> Iterator[str]:
    for key in sorted(set(wanted) - set(found)):
        yield f"{where}: {table}.{key}: is missing"
    for key in sorted(set(found) - set(wanted)):
        yield f"{where}: {table}.{key}: no rule {use} it"


def _word_mistakes(package: Package) -> Iterator[str]:
    words, library = package.wording, package.library
    monitoring = {
        step
        for formulary in library.formularies.values()
        for regimen in formulary.regimen.values()
        for step in regimen.monitoring
    }
    reasons = {code for entry in library.rules.values() for code in entry.override_reasons}
    variants = {key for key in words.rules if "/" in key}
    for table, found, wanted in (
        ("proposal", words.proposals, spoken_keys.PROPOSALS),
        ("note", words.notes, spoken_keys.NOTES | monitoring),
        ("task", words.tasks, spoken_keys.TASKS),
        ("rule", variants, spoken_keys.VARIANTS),
        ("override", words.overrides, reasons),
    ):
        yield from _compare("wording", table, found, wanted, "uses")


def _code_mistakes(package: Package) -> Iterator[str]:
    """Every product must be coded in every formulary, since any may be suggested."""
    catalogue = package.codes.catalogue
    for name, formulary in package.library.formularies.items():
        coded = formulary.coded_as or name
        for product in package.library.products:
            if catalogue.product(coded, product) is None:
                yield f"codes/products.toml: {coded}.{product}: is missing"
    for formulary_id, product in catalogue.products:
        if product not in package.library.products:
            yield f"codes/products.toml: {formulary_id}.{product}: is not in products.toml"


def _unit_mistakes(package: Package) -> Iterator[str]:
    """Cut points must be in units that results are brought into."""
    for name, limits in package.library.thresholds.items():
        for key, analyte, unit in (
            ("total_b12_mass", Analyte.B12, limits.total_b12_mass.unit),
            ("total_b12_molar", Analyte.B12, limits.total_b12_molar.unit),
            ("active_b12", Analyte.HOLOTC, limits.active_b12.unit),
            ("mma", Analyte.MMA, limits.mma.unit),
            ("homocysteine", Analyte.HOMOCYSTEINE, limits.homocysteine.unit),
        ):
            rows = package.codes.units.analytes[analyte].rows.values()
            if unit not in {row.unit for row in rows}:
                reason = f"no result of {analyte.value} is brought into {unit}"
                yield f"thresholds/{name}.toml: {key}.unit: {reason}"


def reviews_passed(paths: Iterable[Path], today: date) -> Iterator[str]:
    """The files whose day of review is over; to be told, but no mistake."""
    for path in paths:
        due = tomllib.loads(path.read_text("utf-8")).get("next_review")
        if isinstance(due, date) and due < today:
            yield f"{path.name}: next_review: was due on {due.isoformat()}"


def packaged_files() -> list[Path]:
    """The files of the packages that carry a day of review."""
    return sorted([*HERE.rglob("*.toml"), *CODES.rglob("*.toml")])


# --- a site's files -------------------------------------------------------------------------


def site_file_mistakes(path: Path, package: Package) -> tuple[str, ...]:
    """What is wrong in one file of a site, whatever kind it is; one line for each mistake."""
    try:
        tables = tomllib.loads(path.read_text("utf-8")).keys()
    except OSError as refused:
        return (f"{path.name}: file: cannot be read: {refused.strerror}",)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as refused:
        return (f"{path.name}: file: is not TOML: {refused}",)
    try:
        return _read(path, tables, package)
    except (KnowledgeError, CodesError, WordingInvalid) as refused:
        return told(refused)


def _read(path: Path, tables: Collection[str], package: Package) -> tuple[str, ...]:
    if not SITE_LISTS.isdisjoint(tables):
        load_codes((path,))
    elif not WORDING_TABLES.isdisjoint(tables):
        with_site_files(package.wording, (path,))
    elif is_knowledge(tables):
        with_site_file(package.library, path)
    else:
        reason = "holds neither codes (lab, drug), nor wording (rule), nor thresholds (mma), nor a"
        return (f"{path.name}: file: {reason} formulary (regimen)",)
    return ()
