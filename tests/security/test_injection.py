"""Text of an EHR that reaches a card is shown as text: no markup, no HTML, no link of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.service.calls import (
    LABORATORY,
    Json,
    browser,
    call,
    cyanocobalamin,
    post,
    prefetch,
    service,
)

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='https://evil.example'>x</a>",
    "[x](https://evil.example)",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "<https://evil.example>",
    "https://evil.example/",
    "www.evil.example",
    "me@evil.example",
    "[x]: https://evil.example\n\n[x]",
    "`code` **bold** _low_ ~~gone~~",
    "\n\n# Heading\n\n- item\n\n> quote\n\n---\n",
    "| a | b |\n| --- | --- |",
    "\\[x\\](https://evil.example)",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
    "<!-- hidden -->",
    "\u202egnp.exe\u2066",
    "\x1b[31m{{7*7}} ${7*7} %s {0.__class__} {name}",
]
# Where an EHR puts words.
WORDS = {"text", "display", "unit", "valueString", "patientInstruction", "family", "note"}
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def planted(value: Any, attack: str, key: str = "") -> Any:  # noqa: ANN401 - any JSON
    """The same JSON with the attack behind every word in it."""
    match value:
        case dict():
            return {name: planted(each, attack, name) for name, each in value.items()}
        case list():
            return [planted(each, attack, key) for each in value]
        case str() if key in WORDS:
            return f"{value} {attack}"
        case _:
            return value


def tokens(markdown: str) -> Iterator[Token]:
    """What a reader of Markdown makes of a text, piece by piece."""
    for token in READER.parse(markdown):
        yield token
        yield from token.children or ()


def kinds(markdown: str) -> set[str]:
    """The kinds of markup in a text."""
    return {token.type for token in tokens(markdown)}


def links(markdown: str) -> set[str]:
    """Every address that a text leads to or loads."""
    found = {str(token.attrs.get("href") or token.attrs.get("src")) for token in tokens(markdown)}
    return found - {"None"}


async def cards(app: FastAPI, hook: str, patient: str, attack: str) -> list[Json]:
    """The cards for a call in which every word is followed by the attack."""
    drafts = [] if hook == "patient-view" else [planted(cyanocobalamin(patient), attack)]
    body = call(hook, patient, *drafts, prefetch=planted(prefetch(patient), attack))
    answer = await post(app, body)
    assert answer.status_code == 200
    found: list[Json] = answer.json()["cards"]
    return found


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_record_s_words_bring_no_markup(attack: str) -> None:
    """With and without the attack a card has the same kinds of markup and the same links."""
    app = service()
    shown = 0
    for patient in ("demo-kidneys", "demo-metformin", "demo-platelets"):
        for hook in ("patient-view", "order-select", "order-sign", "medication-prescribe"):
            plain = await cards(app, hook, patient, "")
            attacked = await cards(app, hook, patient, attack)
            allowed = set().union(*(kinds(each.get("detail", "")) for each in plain))
            for card in attacked:
                detail = card.get("detail", "")
                assert kinds(detail) <= allowed | {"text", "softbreak"}
                assert "html_inline" not in kinds(detail)
                assert "html_block" not in kinds(detail)
                assert "<" not in detail
                assert not any("evil" in each for each in links(detail))
                assert "\x1b" not in detail
                assert "\u202e" not in detail
                shown += 1
    assert shown


@pytest.mark.parametrize("dialect", ["cds-hooks-1.0", "cds-hooks-2.0", "epic", "oracle", "sandbox"])
async def test_in_every_dialect(tmp_path: Path, dialect: str) -> None:
    """No dialect's way of writing cards lets HTML or a foreign link through."""
    app = service(tmp_path, clients=f'{LABORATORY}dialect = "{dialect}"\n')
    attack = " ".join(ATTACKS[:4])
    for card in await cards(app, "order-sign", "demo-metformin", attack):
        assert "<" not in card.get("detail", "")
        assert not any("evil" in each for each in links(card.get("detail", "")))


async def test_links_of_a_card_are_only_ours() -> None:
    """Addresses outside of Markdown, of sources and links, come from our own citations."""
    for card in await cards(service(), "order-sign", "demo-metformin", ATTACKS[7]):
        source = card["source"]
        assert "evil" not in str(source.get("url", ""))
        assert "evil" not in str(card.get("links", ""))
        assert "\n" not in card["summary"]
        assert len(card["summary"]) < 140


async def test_what_an_action_says_is_one_visible_line() -> None:
    """It may quote the drug as the EHR calls it, of which nothing can hide and nothing be endless."""
    attack = f"ZZ\u202egnp.exe\u2066\nDr. Smith approved: 10 mg IV now\u200b{'x' * 5000}"
    said = [
        action["description"]
        for card in await cards(service(), "order-sign", "demo-kidneys", attack)
        for suggestion in card.get("suggestions", ())
        for action in suggestion["actions"]
    ]
    assert any("ZZ gnp.exe Dr. Smith" in each for each in said)
    for each in said:
        assert len(each) <= 400
        assert not set(each) & {"\u202e", "\u2066", "\u200b", "\n"}


async def test_the_first_page_repeats_nothing_of_a_request() -> None:
    """The page for people is made at the start, without a word from outside."""
    async with browser(service()) as http:
        answer = await http.get("/?x=<script>evil</script>", headers={"host": "evil.example"})
    assert "evil" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
