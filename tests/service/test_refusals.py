"""What a caller is told when its body cannot be read: one sentence that is one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_hooks.errors import BadRequest
from service.errors import refusal_of
from tests.service.calls import post, service

ROOT = Path(__file__).parents[2]
VERBS = {"holds", "is", "names"}


def raised() -> Iterator[str]:
    """What is wrong, as each place that raises it says it."""
    for package in ("cds_hooks", "service"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                    continue
                if node.func.id == "BadRequest":
                    what = node.args[0]
                    yield str(what.value) if isinstance(what, ast.Constant) else "is put together"


@pytest.mark.parametrize("what", sorted(set(raised())))
def test_every_refusal_is_a_sentence(what: str) -> None:
    """With a member at fault it is the subject, otherwise the body is."""
    assert what.split(maxsplit=1)[0] in VERBS
    assert refusal_of(BadRequest(what)).text == f"The body {what}."
    named = refusal_of(BadRequest(what, "context.patientId"))
    assert (named.text, named.where) == (f"context.patientId {what}.", "context.patientId")


def test_all_places_are_found() -> None:
    """Or nothing would be tested."""
    assert {"names a member twice", "is required"} <= set(raised())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"hook": 1, "hook": 2}', "The body names a member twice. Request "),
        (b"{", "The body is not JSON. Request "),
        (b"[]", "The body is not a JSON object. Request "),
        (b'{"hook": "order-sign", "hookInstance": "x"}', "context is required. Request "),
    ],
)
async def test_a_refusal_as_the_caller_reads_it(body: bytes, told: str) -> None:
    answer = await post(service(), body, "/cds-services/b12-order-sign")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["diagnostics"].startswith(told)
