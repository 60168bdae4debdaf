"""Units of laboratory results and doses, converted exactly and never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from fhir_mappers.errors import CodesError
from fhir_mappers.tables import read_toml
from regimens.facts import Analyte, Unusable
from regimens.orders import AmountKind
from regimens.quantities import Comparator, Measured

_TEN_TO = re.compile(r"^[x\u00d7]?10(?:\*|\^|e|\()(\d)\)?")
# Made plain, a power of ten in superscript would be another number.
_RAISED = re.compile(r"10(?=[\u00b9\u00b2\u00b3\u2070\u2074-\u2079])")
_MICRO = re.compile(r"(?<![a-z])mc(?=(?:mol|g|l)(?![a-z]))")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One spelling of a unit: the factor to the unit that thresholds use."""

    spelling: str
    factor: Decimal
    unit: str
    analyte: Analyte
    implausible_below: Decimal | None = None

    def means(self, other: UnitRow) -> bool:
        """True when both spell the same unit, or units of the same number."""
        return (self.factor, self.unit, self.analyte) == (other.factor, other.unit, other.analyte)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value can be at all: low and high are possible values, below is not."""

    low: Decimal = Decimal(0)
    high: Decimal | None = None
    below: Decimal | None = None

    def hold(self, value: Decimal) -> bool:
        """True when the value can be one of a living patient."""
        if value < self.low or (self.high is not None and value > self.high):
            return False
        return self.below is None or value < self.below


@dataclass(frozen=True, slots=True)
class AnalyteUnits:
    """The units of one analyte; `contains` accepts every unit that holds these letters."""

    rows: Mapping[str, UnitRow]
    bounds: Mapping[str, Bounds]
    any_unit: bool = False
    contains: str | None = None

    def row(self, spelling: str) -> UnitRow | None:
        """The row of a spelling; None when the table does not hold it."""
        found = self.rows.get(spelling)
        if found is not None:
            return found
        plain = plain_unit(spelling)
        found = self.rows.get(plain)
        if found is None and self.contains and self.contains in plain:
            return self.rows[self.contains]
        return found


@dataclass(frozen=True, slots=True)
class Converted:
    """A number in the canonical unit of its analyte, or why there is none."""

    analyte: Analyte
    measured: Measured | None = None
    row: UnitRow | None = None
    unusable: Unusable | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """All unit tables."""

    analytes: Mapping[Analyte, AnalyteUnits]
    doses: Mapping[str, tuple[AmountKind, Decimal]]

    def row(self, analyte: Analyte, spellings: tuple[str, ...]) -> UnitRow | None:
        """The one row that the spellings of a unit agree on; None when unknown or in conflict."""
        table = self.analytes[analyte]
        found = [row for row in map(table.row, dict.fromkeys(spellings)) if row is not None]
        return found[0] if found and all(row.means(found[0]) for row in found[1:]) else None

    def convert(
        self, analyte: Analyte, value: Decimal, comparator: Comparator, spellings: tuple[str, ...]
    ) -> Converted:
        """The value in the unit that thresholds use; an unknown unit is never reinterpreted."""
        if self.analytes[analyte].any_unit:
            return Converted(analyte, Measured(value, spellings[0], comparator))
        row = self.row(analyte, spellings)
        if row is None:
            return Converted(analyte, unusable=Unusable.UNKNOWN_UNIT)
        measured = Measured(value * row.factor, row.unit, comparator)
        bounds = self.analytes[analyte].bounds.get(row.unit, Bounds())
        slip = row.implausible_below is not None and value < row.implausible_below
        plausible = bounds.hold(measured.value) and not slip
        return Converted(row.analyte, measured, row, None if plausible else Unusable.IMPLAUSIBLE)

    def dose(self, spelling: str | None) -> tuple[AmountKind, Decimal] | None:
        """What a dose unit counts and the factor to micrograms or millilitres; None unknown."""
        return self.doses.get(dose_unit(spelling)) if spelling else None


def plain_unit(spelling: str) -> str:
    """A unit without case, spaces, powers of writing and the several micro signs."""
    text = (
        unicodedata.normalize("NFKC", _RAISED.sub("10^", spelling))
        .casefold()
        .replace("\u03bc", "u")
    )
    text = _MICRO.sub("u", "".join(text.split()).replace(",", "."))
    return _TEN_TO.sub(r"10^\1", text)


def dose_unit(spelling: str) -> str:
    """A dose unit without case, braces, brackets and the several micro signs."""
    text = unicodedata.normalize("NFKC", spelling).casefold().replace("\u03bc", "u")
    text = " ".join(re.sub(r"[{}\[\].]|\(s\)", "", text).split())
    return "ug" if text in {"mcg", "ucg"} else text


def load_units(path: Path) -> Units:
    """The tables of `units.toml`; raises `CodesError` naming what is wrong."""
    content = read_toml(path)
    tables = content.get("analyte", {})
    analytes = {Analyte[name]: _analyte(path.name, name, table) for name, table in tables.items()}
    missing = [analyte.name for analyte in Analyte if analyte not in analytes]
    if missing:
        raise CodesError(path.name, "analyte", f"lacks {', '.join(missing)}")
    return Units(analytes, _doses(path.name, content.get("dose", {})))


def _analyte(file: str, name: str, table: Mapping[str, Any]) -> AnalyteUnits:
    rows: dict[str, UnitRow] = {}
    for line in table["units"]:
        if line["mark"] == "M":
            continue
        row = _row(file, name, line)
        if rows.setdefault(plain_unit(row.spelling), row).factor != row.factor:
            raise CodesError(file, f"{name}.{row.spelling}", "has two factors")
        # As it is written in the table it is found without being made plain first.
        rows[row.spelling] = row
    contains = table.get("contains")
    return AnalyteUnits(
        rows, _bounds(file, name, table.get("plausible")), table.get("any_unit", False), contains
    )


def _row(file: str, name: str, line: Mapping[str, Any]) -> UnitRow:
    low = line.get("implausible_below")
    return UnitRow(
        spelling=line["spelling"],
        factor=_number(file, name, line["factor"]),
        unit=line["unit"],
        analyte=Analyte[line.get("analyte", name)],
        implausible_below=None if low is None else _number(file, name, low),
    )


def _bounds(file: str, name: str, table: Mapping[str, Any] | None) -> Mapping[str, Bounds]:
    if table is None:
        return {}
    numbers = {
        key: _number(file, name, table[key]) for key in ("low", "high", "below") if key in table
    }
    bounds = {table["unit"]: Bounds(**numbers)}
    if "other" in table:
        factor = _number(file, name, table["other"]["factor"])
        scaled = {key: value * factor for key, value in numbers.items()}
        bounds[table["other"]["unit"]] = Bounds(**scaled)
    return bounds


def _doses(file: str, table: Mapping[str, Any]) -> Mapping[str, tuple[AmountKind, Decimal]]:
    doses: dict[str, tuple[AmountKind, Decimal]] = {}
    for kind in (AmountKind.MASS, AmountKind.VOLUME):
        for spelling, factor in table[kind.value].items():
            doses[dose_unit(spelling)] = (kind, _number(file, spelling, factor))
    for spelling in table["count"]["units"]:
        doses[dose_unit(spelling)] = (AmountKind.COUNT, Decimal(1))
    return doses


def _number(file: str, key: str, text: object) -> Decimal:
    try:
        return Decimal(text if isinstance(text, str | int) else "none")
    except (InvalidOperation, TypeError, ValueError):
        raise CodesError(file, key, "is not an exact number") from None
