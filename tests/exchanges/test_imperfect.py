"""What real clients send, with all its flaws: each gets an answer that it can use."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from cds_hooks import dialects
from cds_hooks.card_rules import broken_response_rules
from cds_hooks.dialects.rules import broken_rules
from tests.service.calls import Json, post, rules_of, service

FOLDER = Path(__file__).parent / "imperfect"
CASES = sorted(path.stem for path in FOLDER.glob("*.json"))


def case(name: str) -> Json:
    """One flawed call, whose it is, what is wrong with it, and what is to come of it."""
    found: Json = orjson.loads((FOLDER / f"{name}.json").read_bytes())
    return found


@pytest.mark.row(21, 23, 30)
@pytest.mark.parametrize("name", CASES)
async def test_a_flawed_call_gets_a_usable_answer(name: str) -> None:
    """Never an error of ours; what could be read is judged, and the cards keep every rule."""
    told = case(name)
    answer = await post(service(), told["request"])
    assert answer.status_code == told["answer"]["status"]
    if answer.status_code != 200:
        assert answer.json()["resourceType"] == "OperationOutcome"
        return
    assert set(told["answer"]["rules"]) <= rules_of(answer.json())
    assert broken_response_rules(answer.json()) == ()


@pytest.mark.parametrize("dialect", dialects.names())
@pytest.mark.parametrize("name", CASES)
async def test_a_flawed_call_gets_cards_of_every_dialect(
    tmp_path: Path, name: str, dialect: str
) -> None:
    """However the call came, the cards fit the client that is configured."""
    clients = f'[[client]]\nid = "any"\ndialect = "{dialect}"\n'
    answer = await post(service(tmp_path, clients=clients), case(name)["request"])
    assert answer.status_code < 500
    for card in answer.json().get("cards", ()):
        assert broken_rules(card, dialects.read(dialect)) == ()


def test_every_kind_of_client_is_in_the_corpus() -> None:
    """A client that is left out would be met in a hospital first."""
    clients = {case(name)["client"] for name in CASES}
    assert clients == {
        "any",
        "CDS Hooks Sandbox",
        "Epic",
        "HL7's examples",
        "OpenMRS",
        "Oracle Health",
        "WintEHR",
        "the legacy sandbox",
    }
