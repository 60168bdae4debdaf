"""Drugs by code and by name, with the strength and form that a code tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fhir_mappers.errors import CodesError
from fhir_mappers.names import plain_text, says, word_pattern
from fhir_mappers.shapes.elements import Coding
from fhir_mappers.spelling import Spelling, spelling_of
from fhir_mappers.tables import Row, Systems, comparable, member
from regimens.orders import Form, Special, Strength
from regimens.substances import COBALAMINS, Substance

_WORD = re.compile(r"[a-z0-9]+")
# Names that end in a letter B of their own: "amphotericin B 12 mg" is no vitamin.
_OTHER_B = re.compile(r"\b(?:amphotericin|polymyxin|hepatitis|influenza|meningococcal|group) b\b")

# NDC layouts: digits of labeler, product and package.
_LAYOUTS = ((4, 4, 2), (5, 3, 2), (5, 4, 1))


@dataclass(frozen=True, slots=True)
class Drug:
    """What one code says of a drug."""

    substances: frozenset[Substance]
    form: Form | None = None
    strengths: Mapping[Substance, Strength] = field(default_factory=dict)
    special: Special | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class NamedDrug:
    """A drug that its name tells, with the pattern that finds the name.

    `first_words` are the words its names begin with: a text without them needs no pattern.
    """

    pattern: re.Pattern[str]
    first_words: frozenset[str]
    substance: Substance
    special: Special | None = None


@dataclass(frozen=True, slots=True)
class DrugTable:
    """All drugs: codes, families of codes, names, and the words that tell a form."""

    systems: Systems
    exact: Mapping[tuple[str, str], Drug]
    families: Mapping[str, tuple[tuple[str, Drug], ...]]
    names: tuple[NamedDrug, ...]
    bare: re.Pattern[str]
    bare_meaning: Mapping[str, Substance]
    multivitamin: re.Pattern[str]
    forms: tuple[tuple[Form, re.Pattern[str]], ...]
    first_words: frozenset[str]
    spelling: Spelling

    def of_coding(self, coding: Coding) -> Drug | None:
        """The drug of one coding; None when the table does not know it."""
        system = self.systems.key(coding.system)
        if system is None or not coding.code:
            return None
        if system == "ndc":
            return self._of_ndc(coding.code)
        code = comparable(system, coding.code)
        found = self.exact.get((system, code))
        if found is not None:
            return found
        families = self.families.get(system, ())
        return next((drug for start, drug in families if code.startswith(start)), None)

    def _of_ndc(self, code: str) -> Drug | None:
        found = [
            drug
            for product in ndc_products(code)
            if (drug := self.exact.get(("ndc", product))) is not None
        ]
        return found[0] if len(found) == 1 else None

    def named(self, text: str, formulary: str) -> tuple[frozenset[Substance], Special | None]:
        """The drugs that plain text names as whole words, and the kind of product it names.

        Words such as "B12" name a cobalamin only when none is named properly; which one they
        mean depends on the formulary. Two cobalamins in one text are one that is not known.
        A misspelt cobalamin is the one that was meant.
        """
        text = self.spelling.put_right(text)
        words = frozenset(_WORD.findall(text))
        if self.first_words.isdisjoint(words):
            return frozenset(), None
        likely = [drug for drug in self.names if not drug.first_words.isdisjoint(words)]
        found = _longest([drug for drug in likely if says(drug.pattern, text)], text)
        substances = frozenset(drug.substance for drug in found)
        if not substances & COBALAMINS and says(self.bare, _OTHER_B.sub(" ", text)):
            substances |= {self.bare_meaning.get(formulary, Substance.COBALAMIN)}
        special = next((drug.special for drug in found if drug.special), None)
        if special is None and says(self.multivitamin, text):
            special = Special.MULTIVITAMIN
        return one_cobalamin(substances), special

    def form(self, text: str) -> Form | None:
        """The dose form that plain text tells; None when it tells none or several."""
        found = {form for form, pattern in self.forms if pattern.search(text)}
        return found.pop() if len(found) == 1 else None


def _longest(drugs: list[NamedDrug], text: str) -> list[NamedDrug]:
    """The drugs without those named only inside a longer name: Neo-Cytamen is not Cytamen."""
    spans = [(drug, name.span()) for drug in drugs for name in drug.pattern.finditer(text)]

    def inside(start: int, end: int) -> bool:
        return any(a <= start and end <= b and b - a > end - start for _, (a, b) in spans)

    return [drug for drug in drugs if not all(inside(*at) for one, at in spans if one is drug)]


def one_cobalamin(substances: frozenset[Substance]) -> frozenset[Substance]:
    """The same substances, where more than one cobalamin is one that is not known."""
    cobalamins = substances & COBALAMINS
    named = cobalamins - {Substance.COBALAMIN}
    if len(cobalamins) <= 1:
        return substances
    one = named if len(named) == 1 else frozenset({Substance.COBALAMIN})
    return (substances - COBALAMINS) | one


def ndc_products(code: str) -> tuple[str, ...]:
    """The nine-digit labeler and product that an NDC can mean.

    Eleven digits and every hyphenated form mean one; ten digits without hyphens may mean three;
    nine digits are the product itself.
    """
    parts = code.strip().split("-")
    if not all(part.isdigit() for part in parts):
        return ()
    if len(parts) in {2, 3}:
        return (parts[0].zfill(5) + parts[1].zfill(4),)
    digits = parts[0]
    if len(parts) == 1 and len(digits) in {9, 11}:
        return (digits[:9],)
    if len(parts) == 1 and len(digits) == sum(_LAYOUTS[0]):
        split = {(digits[:a].zfill(5) + digits[a : a + b].zfill(4)) for a, b, _ in _LAYOUTS}
        return tuple(sorted(split))
    return ()


def drug_of(row: Row, file: str) -> Drug:
    """The drug that a row describes; raises `CodesError` on a name that the domain lacks."""
    more = row.more
    names = more.get("substances", ())
    form, special = more.get("form"), more.get("special")
    return Drug(
        substances=frozenset(member(Substance, name, file, row.code) for name in names),
        form=None if form is None else member(Form, form, file, row.code),
        strengths=_strengths(more, file, row.code),
        special=None if special is None else member(Special, special, file, row.code),
        product=more.get("product"),
    )


def build_drugs(
    systems: Systems, entries: Iterable[Row], words: Mapping[str, Any], file: str
) -> DrugTable:
    """The table of these rows and the name lists of the drugs file."""
    exact: dict[tuple[str, str], Drug] = {}
    families: dict[str, dict[str, Drug]] = {}
    for row in entries:
        drug = drug_of(row, file)
        if row.code.endswith("x"):
            families.setdefault(row.system, {})[comparable(row.system, row.code[:-1])] = drug
        else:
            _add(exact, row, drug, file)
    ordered = {
        system: tuple(sorted(found.items(), key=lambda item: -len(item[0])))
        for system, found in families.items()
    }
    return DrugTable(systems, exact, ordered, **_words(words, file))


def _add(exact: dict[tuple[str, str], Drug], row: Row, drug: Drug, file: str) -> None:
    codes: tuple[str, ...] = (row.code,)
    if row.system == "ndc":
        codes = ndc_products(row.code)
        if len(codes) != 1:
            raise CodesError(file, row.code, "is not an NDC with hyphens or eleven digits")
    key = (row.system, comparable(row.system, codes[0]))
    if exact.get(key, drug) != drug:
        raise CodesError(file, row.code, "has two meanings")
    exact[key] = drug


def _words(words: Mapping[str, Any], file: str) -> dict[str, Any]:
    lines = words["name"]
    bare, multivitamin = tuple(words["bare"]["names"]), tuple(words["multivitamin"]["names"])
    every = tuple(name for line in lines for name in line["names"])
    return {
        "names": tuple(_named(line, file) for line in lines),
        "bare": word_pattern(bare, loose=True),
        "bare_meaning": {
            formulary: member(Substance, name, file, "bare.formularies")
            for formulary, name in words["bare"]["formularies"].items()
        },
        "multivitamin": word_pattern(multivitamin),
        "forms": tuple(
            (member(Form, form, file, "forms"), word_pattern(tuple(names)))
            for form, names in words["forms"].items()
        ),
        "first_words": _first_words((*every, *bare, *multivitamin)),
        "spelling": _spelling(lines, file),
    }


def _spelling(lines: Iterable[Mapping[str, Any]], file: str) -> Spelling:
    """Cobalamins are found misspelt too: an order for one must not go unseen for a letter."""
    meanings = {
        plain_text(name): member(Substance, line["substance"], file, "name")
        for line in lines
        for name in line["names"]
    }
    cobalamins = {name: one for name, one in meanings.items() if one in COBALAMINS}
    return spelling_of(cobalamins, meanings)


def _first_words(names: Iterable[str]) -> frozenset[str]:
    """What a text that holds one of these names holds as a word: its beginning, up to any gap."""
    return frozenset(
        "".join(words[: number + 1])
        for words in map(_WORD.findall, names)
        for number in range(len(words))
    )


def _named(line: Mapping[str, Any], file: str) -> NamedDrug:
    special = line.get("special")
    return NamedDrug(
        pattern=word_pattern(tuple(line["names"]), loose=True),
        first_words=_first_words(line["names"]),
        substance=member(Substance, line["substance"], file, "name"),
        special=None if special is None else member(Special, special, file, "name"),
    )


def _strengths(more: Mapping[str, Any], file: str, key: str) -> Mapping[Substance, Strength]:
    per_ml, per_unit = more.get("per_ml", {}), more.get("per_unit", {})
    return {
        member(Substance, name, file, key): Strength(
            per_ml=Decimal(str(per_ml[name])) if name in per_ml else None,
            per_unit=Decimal(str(per_unit[name])) if name in per_unit else None,
        )
        for name in sorted({*per_ml, *per_unit})
    }
