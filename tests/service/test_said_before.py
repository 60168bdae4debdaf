"""What was shown when the order was chosen is not said again at signing; all else is."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from fastapi import FastAPI

from tests.service.calls import (
    LABORATORY,
    NOW,
    Json,
    Keep,
    browser,
    call,
    cyanocobalamin,
    hydroxocobalamin,
    post,
    prefetch,
    rules_of,
)

KIDNEYS = "demo-kidneys"
RULE = "cyanocobalamin-renal-impairment"
QUIET = LABORATORY + "quiet_after_override_hours = 8\n"


def ordered(hook: str, user: str | None = "Practitioner/one", milligrams: object = 1) -> Json:
    """Cyanocobalamin for a patient with poor kidneys, by one user."""
    body = call(hook, KIDNEYS, cyanocobalamin(KIDNEYS, milligrams), prefetch=prefetch(KIDNEYS))
    body["context"]["userId"] = user
    return body


async def asked(app: FastAPI, body: Json) -> Json:
    """The answer, when all that it leaves behind is written; the figures wait for that."""
    answer = await post(app, body)
    assert answer.status_code == 200
    async with browser(app) as http:
        await http.get("/feedback/summary")
    found: Json = answer.json()
    return found


async def rules(app: FastAPI, body: Json) -> set[str]:
    """The rules that speak."""
    return rules_of(await asked(app, body))


async def override(app: FastAPI, answer: Json, **reason: object) -> None:
    """Sets the first card aside."""
    item = {"card": answer["cards"][0]["uuid"], "outcome": "overridden", **reason}
    path = "/cds-services/b12-order-select/feedback"
    await post(app, orjson.dumps({"feedback": [item]}), path)


REASON = {"overrideReason": {"reason": {"code": "benefit-outweighs-risk"}}}


async def test_an_unchanged_concern_is_not_repeated_at_signing(keep: Keep) -> None:
    """The same user has just seen it; what only signing asks for is still said."""
    async with keep() as app:
        assert RULE in await rules(app, ordered("order-select"))
        left = await rules(app, ordered("order-sign"))
    assert RULE not in left


@pytest.mark.row(66)
async def test_a_second_call_of_the_same_hook_is_answered_in_full(keep: Keep) -> None:
    """The EHR drops the cards of the earlier call, so they are needed again."""
    async with keep() as app:
        first = await asked(app, ordered("order-select"))
        assert await asked(app, ordered("order-select")) == first
        await asked(app, ordered("order-sign", user="Practitioner/two"))
        assert RULE in await rules(app, ordered("order-sign", user="Practitioner/two"))


async def test_a_retry_at_signing_gets_the_same_answer(keep: Keep) -> None:
    """What stays quiet stays quiet, so that a retry cannot change the picture."""
    async with keep() as app:
        await asked(app, ordered("order-select"))
        assert await asked(app, ordered("order-sign")) == await asked(app, ordered("order-sign"))


@pytest.mark.parametrize("user", ["Practitioner/two", None])
async def test_somebody_else_is_told(keep: Keep, user: str | None) -> None:
    """Another user has not seen it, and an unknown one may not have."""
    async with keep() as app:
        await asked(app, ordered("order-select"))
        assert RULE in await rules(app, ordered("order-sign", user))


async def test_a_changed_dose_is_told(keep: Keep) -> None:
    """What was seen was about another order."""
    async with keep() as app:
        await asked(app, ordered("order-select"))
        assert RULE in await rules(app, ordered("order-sign", milligrams=0.5))


async def test_a_changed_result_is_told(keep: Keep) -> None:
    """A concern rests on its inputs."""
    changed = orjson.loads(
        orjson.dumps(ordered("order-sign")).replace(b'"value":42', b'"value":41')
    )
    async with keep() as app:
        await asked(app, ordered("order-select"))
        assert RULE in await rules(app, changed)


async def test_another_patient_is_another_concern(keep: Keep) -> None:
    """The same rule for somebody else was not seen."""
    other = orjson.loads(orjson.dumps(ordered("order-sign")).replace(KIDNEYS.encode(), b"other"))
    async with keep() as app:
        await asked(app, ordered("order-select"))
        assert RULE in await rules(app, other)


@pytest.mark.parametrize(("hours", "repeated"), [(23, False), (25, True)])
async def test_after_a_day_it_is_said_again(keep: Keep, hours: int, *, repeated: bool) -> None:
    """Yesterday's card is forgotten."""
    now = [NOW]
    async with keep(now=lambda: now[0]) as app:
        body = ordered("order-select")
        await asked(app, body)
        now[0] = NOW + timedelta(hours=hours)
        assert (RULE in await rules(app, ordered("order-sign"))) is repeated


async def test_a_critical_concern_is_always_repeated(keep: Keep) -> None:
    """A thousandfold dose is said at every step."""
    drafts = hydroxocobalamin("demo-vegan", 1000)
    async with keep() as app:
        for hook in ("order-select", "order-sign"):
            body = call(hook, "demo-vegan", drafts, prefetch=prefetch("demo-vegan"))
            assert "b12-dose-unit-error" in await rules(app, body)


async def test_a_site_may_have_everything_repeated(keep: Keep) -> None:
    """`repeat_at_sign` is the client's choice."""
    async with keep(clients=LABORATORY + "repeat_at_sign = true\n") as app:
        await asked(app, ordered("order-select"))
        assert RULE in await rules(app, ordered("order-sign"))


async def test_what_shadow_evaluated_was_not_seen(keep: Keep) -> None:
    """The first real call after a trial in shadow is answered in full."""
    async with keep(clients=LABORATORY + "shadow = true\n") as app:
        await asked(app, ordered("order-select"))
    async with keep() as app:
        assert RULE in await rules(app, ordered("order-sign"))


async def test_without_a_store_everything_is_said(storeless: Keep) -> None:
    """What is in doubt is repeated."""
    async with storeless() as app:
        await asked(app, ordered("order-select"))
        assert RULE in await rules(app, ordered("order-sign"))


async def test_an_override_with_a_reason_can_keep_a_rule_quiet(keep: Keep) -> None:
    """Where the site asks for it: for this patient, for a time, whoever asks."""
    now = [NOW]
    async with keep(clients=QUIET, now=lambda: now[0]) as app:
        await override(app, await asked(app, ordered("order-select")), **REASON)
        assert RULE not in await rules(app, ordered("order-select", "Practitioner/two"))
        now[0] = NOW + timedelta(hours=9)
        assert RULE in await rules(app, ordered("order-select"))


async def test_a_reason_of_the_ehrs_own_is_a_reason_too(keep: Keep) -> None:
    """Its code is not kept, but that there was one is."""
    async with keep(clients=QUIET) as app:
        reason = {"overrideReason": {"reason": {"code": "EHR-7"}}}
        await override(app, await asked(app, ordered("order-select")), **reason)
        assert RULE not in await rules(app, ordered("order-select"))


async def test_an_override_keeps_nothing_quiet_by_default(keep: Keep) -> None:
    """The site has to ask for it."""
    async with keep() as app:
        await override(app, await asked(app, ordered("order-select")), **REASON)
        assert RULE in await rules(app, ordered("order-select"))


async def test_an_override_without_a_reason_keeps_nothing_quiet(keep: Keep) -> None:
    """A card that was waved away was not considered."""
    async with keep(clients=QUIET) as app:
        await override(app, await asked(app, ordered("order-select")))
        assert RULE in await rules(app, ordered("order-select"))


async def test_no_override_keeps_a_critical_concern_quiet(keep: Keep) -> None:
    """It is said as often as it is true."""
    body = call(
        "order-select",
        "demo-vegan",
        hydroxocobalamin("demo-vegan", 1000),
        prefetch=prefetch("demo-vegan"),
    )
    async with keep(clients=QUIET) as app:
        await override(app, await asked(app, body), **REASON)
        assert "b12-dose-unit-error" in await rules(app, body)
