"""Filling templates: strict about names, safe with what a record holds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.errors import WordingMissing
from cds_hooks.wording.template import (
    SHORTEST_VALUE,
    escape,
    fill,
    fill_markdown,
    fill_plain,
    fill_within,
    placeholders,
)


def test_placeholders_are_plain_names() -> None:
    """Each is listed as often as it stands."""
    assert placeholders("{a} and {b} and {a}, {{not}}") == ("a", "b", "a")


@pytest.mark.parametrize(
    "template", ["{", "}", "{a", "{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}"]
)
def test_anything_else_in_braces_is_refused(template: str) -> None:
    """A template can neither reach into objects nor format what it shows."""
    with pytest.raises(ValueError, match=r"."):
        placeholders(template)


@pytest.mark.parametrize("values", [{}, {"other": "1"}])
def test_a_placeholder_without_value_is_an_error(values: dict[str, str]) -> None:
    """A sentence with a hole in it could say the opposite."""
    with pytest.raises(WordingMissing, match="egfr"):
        fill("eGFR {egfr}", values)


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u200b"])
def test_a_blank_value_is_said_to_be_not_stated(blank: str) -> None:
    """A record that leaves a text out must not cost the card."""
    assert fill_plain("Timing ({text})", {"text": blank}) == "Timing (not stated)"
    assert fill_within("Timing ({text})", {"text": blank}, 139) == "Timing (not stated)"
    assert fill_markdown("Timing {text}", {"text": blank}) == "Timing not stated"


def test_a_value_is_never_read_as_a_template() -> None:
    """Braces in a record stay braces."""
    assert fill_plain("{a}", {"a": "{b} {0} {{c}}", "b": "x"}) == "{b} {0} {{c}}"


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a & b", "a &amp; b"),
        ("*bold* _it_ ~no~", "\\*bold\\* \\_it\\_ \\~no\\~"),
        ("[x](https://evil.example)", "\\[x\\](https:\u200b//evil\u200b.example)"),
        ("a | b", "a \\| b"),
        ("`code`", "\\`code\\`"),
        ("back\\slash", "back\\\\slash"),
        ("# head", "\\# head"),
        ("one\ntwo\r\n\tthree", "one two three"),
        ("see www.evil.example", "see www\u200b.evil\u200b.example"),
        ("mail a@b.example", "mail a\u200b@b\u200b.example"),
        ("HTTP://evil.example", "HTTP:\u200b//evil\u200b.example"),
        ("a\u202eb\u200bc\x00d", "a b c d"),
        ("a\u061cb\u00adc\u2800d\U000e0041e", "a b c d e"),
        ("see evil.example/x", "see evil\u200b.example/x"),
        ("1.5 mg b.i.d. at 0.5 mL", "1.5 mg b.i.d. at 0.5 mL"),
        ("5.0 10*9/L", "5.0 10\\*9/L"),
        ("hydroxocobalamin 1 mg", "hydroxocobalamin 1 mg"),
    ],
)
def test_markdown_shows_a_value_as_it_is(value: str, escaped: str) -> None:
    """No record can put markup, HTML, a link or a table cell on a card."""
    assert escape(value) == escaped
    assert fill_markdown("**{v}**", {"v": value}) == f"**{escaped}**"


def test_an_endless_value_is_clipped() -> None:
    """A note of a megabyte does not become a card of a megabyte."""
    assert len(escape("word " * 100_000)) == 400
    assert len(fill_within("{v}", {"v": "word " * 100_000}, 139)) <= 139


def test_a_short_line_is_left_alone() -> None:
    """Nothing is trimmed that fits, to the last character."""
    assert fill_within("ab {v}", {"v": "c" * 136}, 139) == "ab " + "c" * 136


def test_the_longest_value_gives_way_first_and_the_action_stays() -> None:
    """The template's own words are what to do, and are never cut."""
    line = fill_within(
        "Two B12 products would overlap ({first} and {second}): keep one.",
        {"first": "cyanocobalamin", "second": "hydroxocobalamin solution for injection " * 4},
        139,
    )
    assert len(line) <= 139
    assert "(cyanocobalamin and hydroxocobalamin solution" in line
    assert line.endswith("…): keep one.")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("metformin tablets 1000 mg twice daily", "metformin tablets…"),
        ("metformin tablets, 1000", "metformin tablets…"),
        ("hydroxocobalaminum-acetate", "hydroxocobalamin…"),
    ],
)
def test_no_number_is_left_dangling(value: str, shown: str) -> None:
    """A dose cut off from its unit would be another dose."""
    assert fill_within("{v}", {"v": value}, 18) == shown


def test_numbers_are_never_shortened() -> None:
    """A result or a dose keeps every digit; without room the template is broken."""
    assert len("1000000 mg/L") <= SHORTEST_VALUE
    with pytest.raises(WordingMissing, match="no room"):
        fill_within("{v} {w}", {"v": "1000000 mg/L", "w": "1000000 mg/L"}, 20)


@given(st.text(), st.text())
def test_a_filled_line_is_short_and_keeps_the_template(first: str, second: str) -> None:
    """For any text in a record: at most 139 characters, one line, and the action at its end."""
    template = "Recorded {a} with {b}: do not give this now."
    line = fill_within(template, {"a": first, "b": second}, 139)
    assert len(line) <= 139
    assert line.splitlines() == [line]
    assert line.startswith("Recorded ")
    assert line.endswith(": do not give this now.")


@given(st.text())
def test_an_escaped_value_holds_no_live_markup(value: str) -> None:
    """For any text: every sign that Markdown or HTML reads stands behind a backslash or is named."""
    escaped = escape(value)
    assert "\n" not in escaped
    assert not {"<", ">"} & set(escaped)
    bare = escaped
    for sign in "\\`*_[]|~#":
        bare = bare.replace(f"\\{sign}", "")
    assert not set("`*_[]|~#") & set(bare)
    assert not re.search(r"https?://|www\.|\w@", escaped, re.IGNORECASE)
