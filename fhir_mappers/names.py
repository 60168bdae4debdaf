"""Words made comparable: case, accents of spelling, hyphens and brackets make no difference."""

from __future__ import annotations

import re
import unicodedata

_TAG = re.compile(
    r"\s*\((finding|disorder|procedure|situation|observable entity|substance|body structure|"
    r"qualifier value|product|event|context-dependent category)\)\s*$"
)
_SEPARATORS = str.maketrans(dict.fromkeys("-_,;:/\u2010\u2011\u2012\u2013\u2014\u2015", " "))
_NEGATED_BEFORE = re.compile(
    r"\b(no|not|non|without|denies|denied|avoid|excluding|instead of|negative for|"
    r"(family|fam) (history|hx) of|fhx? of|mother with|father with)(\s+\S+){0,2}\s*$"
)

# "No known allergy to": more words may stand between when they plainly deny the same thing. With any
# others ("no rash but allergic to") what follows is taken as said.
_NO_ALLERGY_BEFORE = re.compile(
    r"\b(no|not|denies|denied|without|nil)( (known|recorded|documented|reported|previous|prior|past|any|"
    r"drug|history|hx|evidence|of|or|be|to|been)){0,5}"
    r" (allerg(y|ies|ic)|(hyper)?sensitiv(e|ity|ities)|intoleran(t|ce)|reactions?)"
    r" (to|towards|against)( the| any)?\s*$"
)
_ESCAPED_GAP = re.compile(r"\\[ -]")
_REACH = 120  # characters before a name in which its denial must stand


def plain_text(text: str) -> str:
    """Lower case, compatibility characters resolved, single spaces, straight apostrophes."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    folded = folded.replace("\u200b", "").replace("\u03bc", "u")
    return " ".join(folded.split())


def whole_name(text: str) -> str:
    """A name that two spellings share: British or American, hyphenated or not, tagged or not."""
    name = plain_text(text)
    if name.endswith(")"):
        name = _TAG.sub("", name)
    name = " ".join(name.replace("'", "").rstrip(". ").translate(_SEPARATORS).split())
    return name.replace("ae", "e").replace("oe", "e")


def word_pattern(names: tuple[str, ...], *, loose: bool = False) -> re.Pattern[str]:
    """A pattern that finds any of these names as whole words, the longest first.

    When `loose`, a blank or hyphen inside a name may be the other, or be left out.
    """
    alternatives = "|".join(
        re.escape(plain_text(name)) for name in sorted(names, key=len, reverse=True)
    )
    if loose:
        alternatives = _ESCAPED_GAP.sub("[ -]?", alternatives)
    return re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])" if names else r"(?!)")


def negated(text: str, start: int) -> bool:
    """True when the words just before `start` deny what follows; `text` is plain text."""
    before = text[max(0, start - _REACH) : start]
    if start > _REACH:
        before = before.partition(" ")[2]  # half a word could look like a "no"
    denied = _NEGATED_BEFORE.search(before) or _NO_ALLERGY_BEFORE.search(before)
    return denied is not None


def says(pattern: re.Pattern[str], text: str) -> bool:
    """True when a name of the pattern stands in the plain text and is not denied."""
    return any(
        not negated(text, found.start()) and not text[found.end() :].startswith(("-free", " free"))
        for found in pattern.finditer(text)
    )
