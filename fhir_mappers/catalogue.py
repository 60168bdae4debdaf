"""How suggested products and tests are coded, per formulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_mappers.errors import CodesError
from fhir_mappers.tables import read_toml
from regimens.facts import Analyte


@dataclass(frozen=True, slots=True)
class CodedProduct:
    """A product as an order names it: its text and its codings, the leading one first."""

    text: str
    codings: tuple[Mapping[str, str], ...]

    def concept(self) -> dict[str, Any]:
        """The CodeableConcept of this product."""
        return {"coding": [dict(coding) for coding in self.codings], "text": self.text}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products by formulary and product id, and the code that orders each test."""

    products: Mapping[tuple[str, str], CodedProduct]
    tests: Mapping[Analyte, str]

    def product(self, formulary: str, product: str) -> CodedProduct | None:
        """The product as this formulary codes it; None when it does not hold it."""
        return self.products.get((formulary, product))


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue of `products.toml`; raises `CodesError` naming what is wrong."""
    content = read_toml(path)
    products = {
        (formulary, product): _product(path.name, f"{formulary}.{product}", entry)
        for formulary, entries in content.items()
        if isinstance(entries, dict) and formulary != "tests"
        for product, entry in entries.items()
    }
    tests = {Analyte[name]: code for name, code in content["tests"].items()}
    return Catalogue(products, tests)


def _product(file: str, key: str, entry: Mapping[str, Any]) -> CodedProduct:
    codings = entry.get("coding", ())
    if not entry.get("text") or not codings:
        raise CodesError(file, key, "needs text and at least one coding")
    for coding in codings:
        if coding.keys() != {"system", "code", "display"}:
            raise CodesError(file, key, "has a coding without system, code or display")
    return CodedProduct(entry["text"], tuple(dict(coding) for coding in codings))
