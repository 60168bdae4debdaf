"""Reads the knowledge files into one frozen library, with a content hash a site can sign."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
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
    Thresholds,
)

HERE = Path(__file__).parent
Model = TypeVar("Model", bound=BaseModel)


class KnowledgeError(Exception):
    """A knowledge file is wrong: which file, which key, and why."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = file, key, reason


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
    version: str


@dataclass(frozen=True, slots=True)
class Library:
    """All knowledge files, checked against each other. `version` is the hash of their bytes."""

    policy: Policy
    products: Mapping[str, ProductEntry]
    rules: Mapping[str, RuleEntry]
    citations: Mapping[str, Citation]
    thresholds: Mapping[str, Thresholds]
    formularies: Mapping[str, Formulary]
    version: str

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
            version=self.version,
        )


def load_library(folder: Path = HERE, site_files: tuple[Path, ...] = ()) -> Library:
    """Every knowledge file below `folder`, and a site's own thresholds and formularies.

    A site file is known by its name without ending, and may not take the name of one of ours.
    Raises KnowledgeError for the first mistake.
    """
    thresholds = _folder(folder, "thresholds", Thresholds)
    formularies = _folder(folder, "formularies", Formulary)
    for path in site_files:
        _add_site_file(path, thresholds, formularies)
    library = Library(
        policy=_read(folder / "policy.toml", Policy, folder),
        products=_read(folder / "products.toml", Products, folder).product,
        rules=_rules(folder),
        citations=_read(folder / "citations.toml", Citations, folder).citation,
        thresholds=thresholds,
        formularies=formularies,
        version=content_hash(folder, site_files),
    )
    _check_references(library)
    return library


def content_hash(folder: Path = HERE, site_files: tuple[Path, ...] = ()) -> str:
    """SHA-256 over names and bytes of every TOML file, in the order of their names."""
    named = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*.toml")]
    named += [(f"site/{path.name}", path) for path in site_files]
    digest = hashlib.sha256()
    for name, path in sorted(named):
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _add_site_file(
    path: Path, thresholds: dict[str, Thresholds], formularies: dict[str, Formulary]
) -> None:
    """Thresholds or a formulary, told apart by the tables in it."""
    raw = _toml(path, path.name)
    if path.stem in thresholds or path.stem in formularies:
        raise KnowledgeError(path.name, "file", f"the name {path.stem} is taken")
    if "regimen" in raw:
        formularies[path.stem] = _validated(raw, path.name, Formulary)
    elif "total_b12_mass" in raw:
        thresholds[path.stem] = _validated(raw, path.name, Thresholds)
    else:
        reason = "holds neither [total_b12_mass] (thresholds) nor [regimen] (a formulary)"
        raise KnowledgeError(path.name, "file", reason)


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
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise KnowledgeError(name, key, first["msg"]) from error


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _check_references(library: Library) -> None:
    for where, keys in _cited(library):
        for key in keys:
            if key not in library.citations:
                raise KnowledgeError(where, "cites", f"{key} is not in citations.toml")
    for name, formulary in library.formularies.items():
        for product in _products_of(formulary):
            if product not in library.products:
                where = f"formularies/{name}.toml"
                raise KnowledgeError(where, "product", f"{product} is not in products.toml")


def _cited(library: Library) -> list[tuple[str, tuple[str, ...]]]:
    cited = [("policy.toml", library.policy.cites)]
    cited += [(f"rules: rule.{rule}", entry.cites) for rule, entry in library.rules.items()]
    cited += [(f"thresholds/{name}.toml", file.cites) for name, file in library.thresholds.items()]
    for name, formulary in library.formularies.items():
        cited.append((f"formularies/{name}.toml", formulary.cites))
        cited += [
            (f"formularies/{name}.toml: regimen.{key}", regimen.cites)
            for key, regimen in formulary.regimen.items()
        ]
    return cited


def _products_of(formulary: Formulary) -> set[str]:
    used = {formulary.injectable, formulary.oral}
    for regimen in formulary.regimen.values():
        used.update(phase.product for phase in regimen.phases)
    return used
