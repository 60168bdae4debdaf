"""Cobalamin names as they are written in haste: a letter amiss, or the strength glued to a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from regimens.substances import Substance

# A name may differ from what is written by one letter (added, left out or another), a long one by
# two. Shorter names are too near to other words and drugs.
_SHORTEST, _LONG = 10, 14
_LONG_WORD = re.compile(rf"(?<![a-z0-9])[a-z]{{{_SHORTEST - 1},}}(?![a-z])")
_GLUED = re.compile(r"[a-z]\d")
_ENDING = re.compile(r"in[ea]$")


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that is recognised misspelt; one of its `pieces` survives every slip that it allows."""

    name: str
    stem: str
    substance: Substance
    slips: int
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spelling:
    """The names that are put right, and every word that is right as it is."""

    names: tuple[_Name, ...]
    known: frozenset[str]
    before_digit: re.Pattern[str]

    def put_right(self, text: str) -> str:
        """Plain text with misspelt names spelled out, and a space between a name and a digit."""
        right = _LONG_WORD.sub(lambda found: self._meant(found[0]) or found[0], text)
        return self.before_digit.sub(r"\g<0> ", right) if _GLUED.search(right) else right

    def _meant(self, word: str) -> str | None:
        """The name that a word was meant to be; None when it is right, unlike all, or like two."""
        if word in self.known:
            return None
        stem = _stem(word)
        near = [name for name in self.names if _near(name, stem)]
        return near[0].name if len({name.substance for name in near}) == 1 else None


def spelling_of(names: Mapping[str, Substance], known: Iterable[str]) -> Spelling:
    """How these names may be misspelt; `known` are all names of drugs, which are never put right."""
    every = tuple(known)
    stems = {_stem(name): (name, substance) for name, substance in names.items()}
    found = (
        _named(name, stem, substance)
        for stem, (name, substance) in sorted(stems.items())
        if stem.isalpha() and len(stem) >= _SHORTEST
    )
    ends = "|".join(re.escape(name) for name in sorted(every, key=len, reverse=True))
    words = frozenset(word for name in every for word in name.split())
    return Spelling(tuple(found), words, re.compile(rf"(?<![a-z0-9])(?:{ends})(?=\d)"))


def _named(name: str, stem: str, substance: Substance) -> _Name:
    slips = 2 if len(stem) >= _LONG else 1
    parts = slips + 1
    cuts = [len(stem) * number // parts for number in range(parts + 1)]
    pieces = tuple(stem[cuts[number] : cuts[number + 1]] for number in range(parts))
    return _Name(name, stem, substance, slips, pieces)


def _stem(word: str) -> str:
    """A name without the vowel that other spellings and languages put at its end."""
    return _ENDING.sub("in", word)


def _near(name: _Name, stem: str) -> bool:
    if abs(len(stem) - len(name.stem)) > name.slips:
        return False
    return any(piece in stem for piece in name.pieces) and _within(name.stem, stem, name.slips)


def _within(one: str, other: str, most: int) -> bool:
    """True when at most so many letters added, left out or changed make one word the other."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, start=1):
        last, row = row, [number]
        for place, against in enumerate(other, start=1):
            changed = last[place - 1] + (letter != against)
            row.append(min(changed, last[place] + 1, row[-1] + 1))
        if min(row) > most:
            return False
    return row[-1] <= most
