"""Reads the knowledge files into one frozen library, and a site's own beside them."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from regimens.knowledge.schema import (
    Citation,
    Citations,
    Formulary,
    Policy,
    ProductEntry,
    Products,
    RuleEntry,
    RuleFile,
    SiteCitations,
    Sourced,
    Thresholds,
)

HERE = Path(__file__).parent
Model = TypeVar("Model", bound=BaseModel)


class KnowledgeError(Exception):
    """A knowledge file is wrong: which file, which key, and why.

    `further` holds the other mistakes of the same file, where more than the first were found.
    """

    def __init__(
        self, file: str, key: str, reason: str, further: tuple[KnowledgeError, ...] = ()
    ) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason, self.further = file, key, reason, further


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the rules know for one client: its thresholds and formulary, and what all share."""

    thresholds: Thresholds
    formulary: Formulary
    formulary_id: str
    policy: Policy
    products: Mapping[str, ProductEntry]
    rules: Mapping[str, RuleEntry]
    citations: Mapping[str, Citation]

    @property
    def coded_as(self) -> str:
        """The formulary in whose codes products are written: its own, or the one it names."""
        return self.formulary.coded_as or self.formulary_id


@dataclass(frozen=True, slots=True)
class Library:
    """All knowledge files, checked against each other."""

    policy: Policy
    products: Mapping[str, ProductEntry]
    rules: Mapping[str, RuleEntry]
    citations: Mapping[str, Citation]
    thresholds: Mapping[str, Thresholds]
    formularies: Mapping[str, Formulary]

    def knowledge(self, formulary: str, thresholds: str = "ng239") -> Knowledge:
        """The knowledge for a client; raises KnowledgeError naming an unknown file."""
        if formulary not in self.formularies:
            raise KnowledgeError(f"formularies/{formulary}.toml", "file", "there is no such file")
        if thresholds not in self.thresholds:
            raise KnowledgeError(f"thresholds/{thresholds}.toml", "file", "there is no such file")
        return Knowledge(
            thresholds=self.thresholds[thresholds],
            formulary=self.formularies[formulary],
            formulary_id=formulary,
            policy=self.policy,
            products=self.products,
            rules=self.rules,
            citations=self.citations,
        )


def load_library(folder: Path = HERE, site_files: tuple[Path, ...] = ()) -> Library:
    """Every knowledge file below `folder`, and a site's own thresholds and formularies.

    A site file is known by its name without ending, and may not take the name of one of ours.
    Raises KnowledgeError for the first mistake.
    """
    library = Library(
        policy=_read(folder / "policy.toml", Policy, folder),
        products=_read(folder / "products.toml", Products, folder).product,
        rules=_rules(folder),
        citations=_read(folder / "citations.toml", Citations, folder).citation,
        thresholds=_folder(folder, "thresholds", Thresholds),
        formularies=_folder(folder, "formularies", Formulary),
    )
    _refuse(reference_mistakes(library))
    for path in site_files:
        library = with_site_file(library, path)
    return library


def with_site_file(library: Library, path: Path) -> Library:
    """The library with one file of a site: thresholds or a formulary, and sources of its own.

    Raises KnowledgeError; its `further` tells the file's other mistakes of the same kind.
    """
    raw = _toml(path, path.name)
    if path.stem in library.thresholds or path.stem in library.formularies:
        raise KnowledgeError(path.name, "file", f"the name {path.stem} is taken")
    cited = _site_citations(path.name, raw.pop("citation", {}), library)
    extended = replace(library, citations={**library.citations, **cited})
    if raw.keys() & _tables_of(Formulary):
        formulary = _validated(raw, path.name, Formulary)
        ours = sorted(name for name, each in library.formularies.items() if each.coded_as is None)
        if formulary.coded_as not in ours:
            reason = f"must name the formulary whose codes it uses: {' or '.join(ours)}"
            raise KnowledgeError(path.name, "coded_as", reason)
        extended = replace(extended, formularies={**library.formularies, path.stem: formulary})
    elif raw.keys() & _tables_of(Thresholds):
        thresholds = _validated(raw, path.name, Thresholds)
        extended = replace(extended, thresholds={**library.thresholds, path.stem: thresholds})
    else:
        reason = "holds neither [total_b12_mass] (thresholds) nor [regimen] (a formulary)"
        raise KnowledgeError(path.name, "file", reason)
    mistakes = reference_mistakes(extended, only=path.stem)
    _refuse(KnowledgeError(path.name, each.key, each.reason) for each in mistakes)
    return extended


def _site_citations(file: str, raw: object, library: Library) -> dict[str, Citation]:
    cited = _validated({"citation": raw}, file, SiteCitations).citation
    for key in cited.keys() & library.citations.keys():
        raise KnowledgeError(file, f"citation.{key}", "is a source of the package")
    return cited


def is_knowledge(tables: Collection[str]) -> bool:
    """True when a file with these tables is meant as thresholds or as a formulary."""
    return not (_tables_of(Formulary) | _tables_of(Thresholds)).isdisjoint(tables)


def _tables_of(model: type[Sourced]) -> set[str]:
    return model.model_fields.keys() - Sourced.model_fields.keys()


def _refuse(mistakes: Iterable[KnowledgeError]) -> None:
    found = tuple(mistakes)
    if found:
        first = found[0]
        raise KnowledgeError(first.file, first.key, first.reason, found[1:])


def _folder(folder: Path, name: str, model: type[Model]) -> dict[str, Model]:
    paths = sorted((folder / name).glob("*.toml"))
    return {path.stem: _read(path, model, folder) for path in paths}


def _rules(folder: Path) -> dict[str, RuleEntry]:
    rules: dict[str, RuleEntry] = {}
    for path in sorted((folder / "rules").glob("*.toml")):
        for rule, entry in _read(path, RuleFile, folder).rule.items():
            if rule in rules:
                raise KnowledgeError(_name(path, folder), f"rule.{rule}", "is written twice")
            rules[rule] = entry
    return rules


def _read(path: Path, model: type[Model], folder: Path) -> Model:
    name = _name(path, folder)
    return _validated(_toml(path, name), name, model)


def _toml(path: Path, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise KnowledgeError(name, "file", "there is no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(name, "file", f"is not TOML: {error}") from error


def _validated(raw: dict[str, Any], name: str, model: type[Model]) -> Model:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        _refuse(_mistake(name, fault["loc"], fault["msg"]) for fault in error.errors())
        raise  # pragma: no cover - a validation error names at least one fault


def _mistake(name: str, where: tuple[int | str, ...], reason: str) -> KnowledgeError:
    key = ".".join(str(part) for part in where) or "file"
    return KnowledgeError(name, key, reason.removeprefix("Value error, "))


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def reference_mistakes(library: Library, only: str | None = None) -> Iterator[KnowledgeError]:
    """Every source and product that is named and not there; `only` looks at one site file."""
    for where, key, cites in _cited(library, only):
        for cited in cites:
            if cited not in library.citations:
                yield KnowledgeError(where, key, f"{cited} is not in citations.toml")
    for name, formulary in library.formularies.items():
        if only in {None, name}:
            yield from _unknown_products(library, name, formulary)


def _unknown_products(
    library: Library, name: str, formulary: Formulary
) -> Iterator[KnowledgeError]:
    for product in sorted(products_of(formulary)):
        if product not in library.products:
            reason = f"{product} is not in products.toml"
            yield KnowledgeError(f"formularies/{name}.toml", "product", reason)


def _cited(library: Library, only: str | None) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Where sources are named: file, key and the sources."""
    if only is None:
        yield "policy.toml", "cites", library.policy.cites
        for rule, entry in library.rules.items():
            yield "rules", f"rule.{rule}.cites", entry.cites
    for name, thresholds in library.thresholds.items():
        if only in {None, name}:
            yield f"thresholds/{name}.toml", "cites", thresholds.cites
    for name, formulary in library.formularies.items():
        if only in {None, name}:
            yield f"formularies/{name}.toml", "cites", formulary.cites
            for key, regimen in formulary.regimen.items():
                yield f"formularies/{name}.toml", f"regimen.{key}.cites", regimen.cites


def products_of(formulary: Formulary) -> set[str]:
    """The products that a formulary's regimens and replacements use."""
    used = {formulary.injectable, formulary.oral}
    for regimen in formulary.regimen.values():
        used.update(phase.product for phase in regimen.phases)
    return used
