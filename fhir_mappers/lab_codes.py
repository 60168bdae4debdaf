"""Laboratory tests by code and by the names of orders, with the codes that only look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fhir_mappers.errors import CodesError
from fhir_mappers.names import whole_name
from fhir_mappers.shapes.elements import CodeableConcept, Coding
from fhir_mappers.tables import Row, Systems, comparable, rows, texts_of
from regimens.facts import Analyte


@dataclass(frozen=True, slots=True)
class LabTable:
    """Analytes by code; codes of look-alike tests; what ordered panels and names stand for."""

    systems: Systems
    codes: Mapping[tuple[str, str], Analyte]
    excluded: frozenset[tuple[str, str]]
    orders: Mapping[str, frozenset[Analyte]]
    search: tuple[str, ...]
    displays: Mapping[str, str]

    def analyte(self, concept: CodeableConcept | None) -> tuple[Analyte, str] | None:
        """The analyte of a result with the code that told it; None for every other test.

        A result that also carries the code of a look-alike test is not one of ours.
        """
        if concept is None:
            return None
        keys = [key for coding in concept.coding if (key := self._key(coding)) is not None]
        if any(key in self.excluded for key in keys):
            return None
        return next(((self.codes[key], key[1]) for key in keys if key in self.codes), None)

    def ordered(self, concept: CodeableConcept | None) -> frozenset[Analyte]:
        """The analytes that an ordered test will measure, by code, else by its whole name."""
        if concept is None:
            return frozenset()
        keys = [key for coding in concept.coding if (key := self._key(coding)) is not None]
        found = frozenset(self.codes[key] for key in keys if key in self.codes)
        if found or any(key in self.excluded for key in keys):
            return found
        named = (self._named(text) for text in texts_of(concept))
        return next((analytes for analytes in named if analytes), frozenset())

    def _named(self, text: str) -> frozenset[Analyte]:
        name = whole_name(text)
        whole, _, added = name.partition(" with ")
        found = self.orders.get(name) or self.orders.get(whole, frozenset())
        extra = self.orders.get(added, frozenset()) if found else frozenset()
        return found | extra

    def _key(self, coding: Coding) -> tuple[str, str] | None:
        if coding.system == "http://loinc.org" and coding.code:
            return ("loinc", coding.code.strip())
        system = self.systems.key(coding.system)
        return (system, comparable(system, coding.code)) if system and coding.code else None


def load_labs(path: Path, content: Mapping[str, Any], systems: Systems, wanted: str) -> LabTable:
    """The table of `labs.toml`; `wanted` holds the marks of rows to use."""
    codes: dict[tuple[str, str], Analyte] = {}
    displays: dict[str, str] = {}
    for analyte, row in _rows(path.name, content):
        if row.mark in wanted.split():
            codes[row.system, comparable(row.system, row.code)] = analyte
            displays[row.code] = row.display
    excluded = rows(path.name, "excluded", "loinc", content["excluded"])
    search = tuple(code for system, code in codes if system == "loinc")
    return LabTable(
        systems=systems,
        codes=codes,
        excluded=frozenset(("loinc", comparable("loinc", row.code)) for row in excluded),
        orders=_names(path.name, content),
        search=search,
        displays=displays,
    )


def with_site_labs(table: LabTable, added: Iterable[tuple[Analyte, Row]], file: str) -> LabTable:
    """The table with a site's own codes; raises `CodesError` for a code that is excluded."""
    codes, search = dict(table.codes), list(table.search)
    for analyte, row in added:
        key = (row.system, comparable(row.system, row.code))
        if key in table.excluded:
            raise CodesError(file, row.code, "is the code of another test and is excluded")
        if codes.get(key, analyte) is not analyte:
            raise CodesError(file, row.code, f"already means {codes[key].value}")
        codes[key] = analyte
        if row.code not in search:
            search.append(row.code)
    return LabTable(
        table.systems, codes, table.excluded, table.orders, tuple(search), table.displays
    )


def _rows(file: str, content: Mapping[str, Any]) -> Iterator[tuple[Analyte, Row]]:
    for name, table in content["analyte"].items():
        for row in rows(file, f"analyte.{name}.loinc", "loinc", table["loinc"]):
            yield analyte_named(name, file, name), row
    for row in rows(file, "orders.cpt", "cpt", content["orders"]["cpt"]):
        yield analyte_named(row.more["analyte"], file, row.code), row


def _names(file: str, content: Mapping[str, Any]) -> Mapping[str, frozenset[Analyte]]:
    names = {
        whole_name(text): frozenset({analyte_named(name, file, name)})
        for name, table in content["analyte"].items()
        for text in table["names"]
    }
    for text, members in content["panels"].items():
        names[whole_name(text)] = frozenset(analyte_named(one, file, text) for one in members)
    return names


def analyte_named(name: str, file: str, key: str) -> Analyte:
    """The analyte of this name; raises `CodesError` when there is none."""
    try:
        return Analyte[name]
    except KeyError:
        raise CodesError(file, key, f"does not know the analyte {name!r}") from None
