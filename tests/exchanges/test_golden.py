"""Every dialect and hook has an exchange, and it is answered today as it was reviewed."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from cds_hooks import dialects
from cds_hooks.card_rules import broken_response_rules
from cds_hooks.dialects.rules import broken_rules
from tests.exchanges.golden import DIALECTS, NAMES, exchange, path
from tests.service.calls import Json


def kept(dialect: str, hook: str) -> Json:
    """The exchange as it was reviewed."""
    found: Json = orjson.loads(path(dialect, hook).read_bytes())
    return found


@pytest.mark.row(10, 17, 20, 43)
@pytest.mark.parametrize("hook", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_exchange_is_answered_as_it_was_reviewed(
    tmp_path: Path, dialect: str, hook: str
) -> None:
    """A change of what an EHR gets is seen before it leaves; `make golden` accepts it."""
    found = await exchange(dialect, hook, tmp_path)
    assert found["status"] == 200
    assert found["response"]["cards"]
    assert found == kept(dialect, hook)


@pytest.mark.row(3, 48, 50, 51)
@pytest.mark.parametrize("hook", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_reviewed_answer_keeps_the_rules(dialect: str, hook: str) -> None:
    """The specification's rules and the dialect's own hold for every card in the folder."""
    response = kept(dialect, hook)["response"]
    assert broken_response_rules(response) == ()
    for card in response["cards"]:
        assert broken_rules(card, dialects.read(dialect)) == ()


def test_no_exchange_is_left_over() -> None:
    """A file without a dialect or a hook would never be checked."""
    folder = path("x", "y").parents[1]
    expected = {path(dialect, hook) for dialect in DIALECTS for hook in NAMES}
    assert set(folder.rglob("*.json")) == expected
