"""Filling `{name}` placeholders, safely for plain text and for Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from string import Formatter

from cds_hooks.errors import WordingMissing

# No value is shortened below this, so that no number of a dose or a result is ever cut.
SHORTEST_VALUE = 12
# And none is longer than this, whatever a record holds.
LONGEST_VALUE = 400
ELLIPSIS = "…"
NOT_STATED = "not stated"

# Control characters, and the invisible ones that reorder or hide text, blanks of every kind included
# that are letters to Unicode.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# GitHub's Markdown makes links of bare addresses; a record must not put a link on a card. Some
# readers look for them after escapes are resolved, so that only a character in between helps.
_ZERO_WIDTH_SPACE = "\u200b"
_BARE_LINK = re.compile(r"(?<=:)//|@|(?<=[wW]{3})\.|(?<=[^\W_])\.(?=[^\W\d_]{2})")


def placeholders(template: str) -> tuple[str, ...]:
    """The names in a template, each as often as it occurs.

    Raises:
        ValueError: a brace is open, or a placeholder is more than a plain name.
    """
    names = []
    for _, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"{{{name}}} is not a plain name")
        names.append(name)
    return tuple(names)


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with every placeholder filled.

    A blank value is said to be not stated: a record that leaves a text out must not cost a card.

    Raises:
        WordingMissing: a placeholder has no value at all.
    """
    names = placeholders(template)
    missing = sorted(set(names) - values.keys())
    if missing:
        raise WordingMissing(f"no value for {{{missing[0]}}}")
    return template.format_map({name: values[name].strip() or NOT_STATED for name in names})


def fill_plain(template: str, values: Mapping[str, str]) -> str:
    """The template filled with values on one line, without hidden characters."""
    return fill(template, _each(plain, values))


def fill_markdown(template: str, values: Mapping[str, str]) -> str:
    """The template, which is Markdown, filled with values that stay plain text."""
    return fill(template, _each(escape, values))


def fill_within(template: str, values: Mapping[str, str], limit: int) -> str:
    """The template filled on one line of at most `limit` characters.

    Only the values are shortened, the longest first and by whole words where possible; the
    template's own words stay.

    Raises:
        WordingMissing: a placeholder has no value, or the values cannot be short enough.
    """
    names = values.keys() & set(placeholders(template))
    short = {name: one_line(values[name]) for name in sorted(names)}
    text = fill(template, short)
    while len(text) > limit:
        name = max(short, key=lambda key: len(short[key]), default="")
        shorter = _shorter(short.get(name, ""))
        if len(shorter) >= len(short.get(name, "")):
            raise WordingMissing(f"no room for {{{name}}}")
        short[name] = shorter
        text = fill(template, short)
    return text


def plain(value: str) -> str:
    """The value on one line, without control or invisible characters."""
    return " ".join(_UNSEEN.sub(" ", value).split())


def one_line(value: str) -> str:
    """The value as `plain` has it, and no longer than a value may be."""
    return _clipped(plain(value))


def escape(value: str) -> str:
    """The value as Markdown that shows it as it is: no markup, no HTML, no link, no table cell."""
    text = _MARKDOWN.sub(r"\\\1", one_line(value))
    for character, entity in _ENTITIES.items():
        text = text.replace(character, entity)
    return _BARE_LINK.sub(lambda match: _ZERO_WIDTH_SPACE + match[0], text)


def _each(change: Callable[[str], str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: change(value) for name, value in values.items()}


def _clipped(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + ELLIPSIS


def _shorter(value: str) -> str:
    """The value with its last word dropped, else its last letters, down to SHORTEST_VALUE.

    A number is never left at the end: cut off from its unit it would say something else.
    """
    body = value.removesuffix(ELLIPSIS)
    words = body.split(" ")[:-1]
    while words and words[-1][:1].isdigit():
        words.pop()
    head = " ".join(words).rstrip(" ,;:(")
    if len(head) + 1 >= SHORTEST_VALUE:
        return head + ELLIPSIS
    return body[: max(len(body) - 2, SHORTEST_VALUE - 1)].rstrip() + ELLIPSIS
