"""Code tables as frozen data: exact codes, code families and whole names, per code system."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from fhir_mappers.errors import CodesError
from fhir_mappers.names import negated, plain_text, whole_name, word_pattern
from fhir_mappers.shapes.elements import CodeableConcept, Coding

T = TypeVar("T")

MARKS = frozenset({"V", "V2", "S", "M", "P", "D"})
_DOTLESS = frozenset({"icd10cm", "icd10", "opcs4"})


@dataclass(frozen=True, slots=True)
class Systems:
    """Short keys of code systems, by every spelling of their names."""

    uris: Mapping[str, str]
    spellings: Mapping[str, str]

    def key(self, system: str | None) -> str | None:
        """The short key of a code system as a record names it; None when it is not one of ours."""
        if system is None:
            return None
        return self.spellings.get(system) or self.spellings.get(_plain_system(system))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a code with what it says and where that comes from."""

    system: str
    code: str
    display: str
    source: str
    mark: str
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """What a concept means, and whether only its words told it. No values: known, but not ours."""

    values: frozenset[T]
    by_text: bool


@dataclass(frozen=True, slots=True)
class CodeTable(Generic[T]):
    """Meanings by code, by family of codes (longest first) and by whole name."""

    systems: Systems
    exact: Mapping[tuple[str, str], frozenset[T]]
    families: Mapping[str, tuple[tuple[str, frozenset[T]], ...]]
    names: Mapping[str, frozenset[T]]
    words: re.Pattern[str]

    def of_coding(self, coding: Coding) -> frozenset[T] | None:
        """What one coding means; empty when it is known and not ours, None when it is not known."""
        system = self.systems.key(coding.system)
        if system is None or not coding.code:
            return None
        code = comparable(system, coding.code)
        found = self.exact.get((system, code))
        if found is not None:
            return found
        families = self.families.get(system, ())
        return next((values for start, values in families if code.startswith(start)), None)

    def of_name(self, text: str | None) -> frozenset[T] | None:
        """What a whole name means, whatever its spelling; None when it is not in the table."""
        return self.names.get(whole_name(text)) if text else None

    def spoken(self, text: str) -> T | None:
        """The one meaning whose name stands in plain text; None when there is none or several.

        Only for tables whose names are words of an instruction, such as routes.
        """
        if not text:
            return None
        found = frozenset[T]().union(
            *(self.names[whole_name(match[0])] for match in self.words.finditer(text))
        )
        return next(iter(found)) if len(found) == 1 else None

    def named(self, text: str) -> frozenset[T]:
        """Every meaning whose name stands in the text and is not denied."""
        plain = plain_text(text)
        found = (one for one in self.words.finditer(plain) if not negated(plain, one.start()))
        return frozenset[T]().union(*(self.names[whole_name(one[0])] for one in found))

    def find(self, concept: CodeableConcept | None) -> Match[T] | None:
        """What a concept means; its words count only when none of its codes is known."""
        if concept is None:
            return None
        known = [found for found in map(self.of_coding, concept.coding) if found is not None]
        if known:
            return Match(frozenset[T]().union(*known), by_text=False)
        for text in texts_of(concept):
            named = self.of_name(text)
            if named is not None:
                return Match(named, by_text=True)
        return None


def texts_of(concept: CodeableConcept | None) -> tuple[str, ...]:
    """The words of a concept: its own text, then the displays of its codings."""
    if concept is None:
        return ()
    displays = (coding.display for coding in concept.coding)
    return tuple(dict.fromkeys(text for text in (concept.text, *displays) if text))


def comparable(system: str, code: str) -> str:
    """A code in the one spelling that tables use: upper case, ICD without dots."""
    bare = code.strip().upper()
    return bare.replace(".", "") if system in _DOTLESS else bare


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a table file; raises `CodesError` when it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise CodesError(str(path), "file", "cannot be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CodesError(str(path), "file", f"is not TOML: {error}") from None


def load_systems(path: Path) -> Systems:
    """The code systems of `systems.toml`."""
    uris: dict[str, str] = {}
    spellings: dict[str, str] = {}
    for key, table in read_toml(path).items():
        if not isinstance(table, dict):
            continue
        uris[key] = str(table["uri"])
        for name in (table["uri"], *table["aliases"]):
            spellings[name] = key
            spellings[_plain_system(name)] = key
    return Systems(uris, spellings)


def rows(file: str, where: str, system: str, lines: Iterable[Any]) -> Iterator[Row]:
    """The rows of one list, each checked; raises `CodesError` naming file, key and reason."""
    for number, line in enumerate(lines):
        key = f"{where}[{number}]"
        if not isinstance(line, dict):
            raise CodesError(file, key, "is not a row")
        missing = {"code", "display", "source", "mark"} - line.keys()
        if missing:
            raise CodesError(file, key, f"lacks {', '.join(sorted(missing))}")
        if line["mark"] not in MARKS:
            raise CodesError(file, key, f"has an unknown mark {line['mark']!r}")
        more = {k: v for k, v in line.items() if k not in {"code", "display", "source", "mark"}}
        yield Row(system, line["code"], line["display"], line["source"], line["mark"], more)


def member(kind: Callable[[str], T], value: str, file: str, key: str) -> T:
    """`value` as a member of an enumeration; raises `CodesError` when it is none."""
    try:
        return kind(value)
    except ValueError:
        raise CodesError(file, key, f"does not know {value!r}") from None


class Builder(Generic[T]):
    """Collects rows into a table. Lives only while tables are loaded."""

    def __init__(self, systems: Systems) -> None:
        """Start with an empty table over these code systems."""
        self._systems = systems
        self._exact: dict[tuple[str, str], frozenset[T]] = {}
        self._families: dict[str, dict[str, frozenset[T]]] = {}
        self._names: dict[str, frozenset[T]] = {}
        self._spellings: list[str] = []

    def add(self, row: Row, values: frozenset[T], file: str) -> None:
        """Take a row in; the same code twice with another meaning is an error."""
        if row.code.endswith("x"):
            family = self._families.setdefault(row.system, {})
            family[comparable(row.system, row.code[:-1].rstrip("."))] = values
            return
        key = (row.system, comparable(row.system, row.code))
        if self._exact.get(key, values) != values:
            raise CodesError(file, row.code, "has two meanings")
        self._exact[key] = values

    def name(self, text: str, values: frozenset[T]) -> None:
        """Let a whole name have this meaning, besides what it may mean already."""
        key = whole_name(text)
        if key and values:
            self._names[key] = self._names.get(key, frozenset()) | values
            self._spellings.append(text)

    def table(self) -> CodeTable[T]:
        """The finished table."""
        families = {
            system: tuple(sorted(found.items(), key=lambda item: -len(item[0])))
            for system, found in self._families.items()
        }
        words = word_pattern(tuple(self._spellings))
        return CodeTable(self._systems, self._exact, families, self._names, words)


def _plain_system(system: str) -> str:
    plain = system.strip().lower().partition("|")[0].rstrip("/")
    plain = plain.removeprefix("urn:oid:").removeprefix("oid:")
    plain = plain.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return "snomed.info/sct" if plain.startswith("snomed.info/sct/") else plain
