"""All code tables, loaded once and passed to whoever reads or writes FHIR."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from fhir_mappers.catalogue import Catalogue, load_catalogue
from fhir_mappers.drug_codes import DrugTable, build_drugs, drug_of
from fhir_mappers.errors import CodesError
from fhir_mappers.lab_codes import LabTable, analyte_named, load_labs, with_site_labs
from fhir_mappers.site_codes import SHAPES, check_site_file
from fhir_mappers.tables import (
    Builder,
    CodeTable,
    Row,
    Systems,
    load_systems,
    read_toml,
    rows,
)
from fhir_mappers.tables import member as member_of
from fhir_mappers.units import Units, load_units
from regimens.concepts import Concept, Operation
from regimens.facts import Allergen as AllergenName
from regimens.facts import Analyte
from regimens.orders import Route, Site
from regimens.quantities import PeriodUnit

T = TypeVar("T")

FOLDER = Path(__file__).with_name("codes")
VERIFIED = "V V2 S P D"
UNVERIFIED = f"{VERIFIED} M"
SITE_LISTS = frozenset(SHAPES)


@dataclass(frozen=True, slots=True)
class Codes:
    """Every code table, frozen."""

    systems: Systems
    labs: LabTable
    drugs: DrugTable
    conditions: CodeTable[Concept]
    procedures: CodeTable[Operation]
    routes: CodeTable[Route]
    sites: CodeTable[Site]
    allergens: CodeTable[AllergenName]
    timings: Mapping[str, tuple[int, int, PeriodUnit]]
    units: Units
    catalogue: Catalogue


def load_codes(
    site_files: tuple[Path, ...] = (), *, unverified: bool = False, folder: Path = FOLDER
) -> Codes:
    """The tables of this package with the codes that a site adds.

    `unverified` also takes the rows that were written from memory. Raises `CodesError` naming
    file, key and reason.
    """
    wanted = UNVERIFIED if unverified else VERIFIED
    systems = load_systems(folder / "systems.toml")
    site = tuple((path.name, read_toml(path)) for path in site_files)
    for file, content in site:
        check_site_file(file, content)
    return Codes(
        systems=systems,
        labs=_labs(folder, systems, wanted, site),
        drugs=_drugs(folder, systems, wanted, site),
        conditions=_groups(folder / "conditions.toml", systems, wanted, Concept, site),
        procedures=_groups(folder / "procedures.toml", systems, wanted, Operation, site),
        routes=_groups(folder / "routes.toml", systems, wanted, Route),
        sites=_groups(folder / "sites.toml", systems, wanted, Site),
        allergens=_groups(folder / "allergens.toml", systems, wanted, AllergenName),
        timings=_timings(folder / "timings.toml"),
        units=load_units(folder / "units.toml"),
        catalogue=load_catalogue(folder / "products.toml"),
    )


_Site = tuple[tuple[str, Mapping[str, Any]], ...]


def _site_rows(site: _Site, name: str, systems: Systems) -> Iterator[tuple[str, Row]]:
    """Rows that sites add; their system is a key of ours or a name of the site's own."""
    for file, content in site:
        for row in rows(file, name, "", content.get(name, ())):
            system = row.more.get("system")
            if not system:
                raise CodesError(file, f"{name} {row.code}", "lacks system")
            key = system if system in systems.uris else systems.key(system)
            if key is None:
                raise CodesError(file, f"{name} {row.code}", "names an unknown code system")
            yield file, replace(row, system=key)


def _labs(folder: Path, systems: Systems, wanted: str, site: _Site) -> LabTable:
    path = folder / "labs.toml"
    table = load_labs(path, read_toml(path), systems, wanted)
    for file, row in _site_rows(site, "lab", systems):
        analyte: Analyte = analyte_named(str(row.more.get("analyte")), file, row.code)
        table = with_site_labs(table, ((analyte, row),), file)
    return table


def _drugs(folder: Path, systems: Systems, wanted: str, site: _Site) -> DrugTable:
    path = folder / "drugs.toml"
    content = read_toml(path)
    entries = [
        row
        for key, lines in content.items()
        if key in systems.uris
        for row in rows(path.name, key, key, lines)
        if row.mark in wanted.split()
    ]
    for file, row in _site_rows(site, "drug", systems):
        drug_of(row, file)  # a mistake is told with the site's file, not with ours
        entries.append(row)
    words = {**content, "name": [x for x in content["name"] if x["mark"] in wanted.split()]}
    return build_drugs(systems, entries, words, path.name)


def _groups(
    path: Path, systems: Systems, wanted: str, kind: Callable[[str], T], site: _Site = ()
) -> CodeTable[T]:
    builder: Builder[T] = Builder(systems)
    for number, group in enumerate(read_toml(path)["group"]):
        where = f"group[{number}]"
        values = frozenset(member_of(kind, name, path.name, where) for name in group["is"])
        _add_group(builder, group, values, (path.name, where, systems, wanted))
    name = path.stem.removesuffix("s")
    for file, row in _site_rows(site, name, systems):
        named = row.more.get("is", ())
        values = frozenset(member_of(kind, one, file, row.code) for one in named)
        builder.add(row, values, file)
    return builder.table()


def _add_group(
    builder: Builder[T],
    group: Mapping[str, Any],
    values: frozenset[T],
    origin: tuple[str, str, Systems, str],
) -> None:
    file, where, systems, wanted = origin
    for value in values:
        builder.name(str(value), values if len(values) == 1 else frozenset({value}))
    for name in group.get("names", ()):
        builder.name(name, values)
    for system in (key for key in group if key in systems.uris):
        for row in rows(file, f"{where}.{system}", system, group[system]):
            if row.mark in wanted.split():
                builder.add(row, values, file)
                builder.name(row.display.partition(f" ({row.code})")[0], values)


def _timings(path: Path) -> Mapping[str, tuple[int, int, PeriodUnit]]:
    return {
        code: (frequency, period, PeriodUnit(unit))
        for code, (frequency, period, unit) in read_toml(path)["codes"].items()
    }
