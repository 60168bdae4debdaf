"""Holds what was answered against what the database has of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.postgres.contents import rows_in
from tests.reliability.load import Load, Sent
from tests.reliability.running import Place

COMES_HOME_WITHIN_S = 40.0
ROUTES = ("/cds-services/{id}", "/cds-services/{id}/feedback")


@dataclass(frozen=True, slots=True)
class Balance:
    """What is missing, and what is there more than once; nothing of both is how it must be."""

    acknowledged: int  # feedback that was answered 200
    feedback_lost: int
    feedback_twice: int
    answered: int  # requests of either kind that were answered 200
    audit_lost: int
    audit_twice: int
    cards: int  # cards in these answers
    cards_lost: int
    cards_twice: int

    @property
    def lost(self) -> int:
        """Rows of any kind that are not there."""
        return self.feedback_lost + self.audit_lost + self.cards_lost

    @property
    def twice(self) -> int:
        """Rows of any kind that are there more than once."""
        return self.feedback_twice + self.audit_twice + self.cards_twice


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one drill. `home_s`: how long after it everything was in the database."""

    drill: str
    requests: int
    unanswered: int  # nobody was there to answer, or the answer was cut off by a kill
    refused: int  # answered with 5xx
    balance: Balance
    slowest_at_client_ms: float
    slowest_call_ms: float  # as the service itself measured it
    slowest_feedback_ms: float
    home_s: float
    replay_unchecked: int  # tokens that one process vouched for alone
    rows_lost_in_log: int


def balance(url: str, sent: Iterable[Sent]) -> Balance:
    """What the database at `url` has of these requests."""
    requests = [each for each in sent if each.status == 200]
    reported = [each.cards[0] for each in requests if each.what == "feedback"]
    shown = [
        (each.request, card) for each in requests if each.what == "call" for card in each.cards
    ]
    audited = Counter(request for (request,) in rows_in(url, "select request from audit"))
    given = Counter(card for (card,) in rows_in(url, "select card from feedback"))
    issued = Counter(
        (request, card) for request, card in rows_in(url, "select request, card from issued_card")
    )
    return Balance(
        acknowledged=len(reported),
        feedback_lost=sum(given[card] == 0 for card in reported),
        feedback_twice=sum(times > 1 for times in given.values()),
        answered=len(requests),
        audit_lost=sum(audited[each.request] == 0 for each in requests),
        audit_twice=sum(times > 1 for times in audited.values()),
        cards=len(shown),
        cards_lost=sum(issued[each] == 0 for each in shown),
        cards_twice=sum(times > 1 for times in issued.values()),
    )


async def home(url: str, load: Load) -> tuple[Balance, float]:
    """The balance as soon as nothing is missing, or when the patience is over; and how long it took."""
    begun = time.monotonic()
    while True:
        found = await asyncio.to_thread(balance, url, load.sent)
        waited_s = time.monotonic() - begun
        if not found.lost or waited_s > COMES_HOME_WITHIN_S:
            return found, waited_s
        await asyncio.sleep(0.2)


async def outcome(drill: str, load: Load, places: Sequence[Place], url: str = "") -> Outcome:
    """The figures after the load is over; `url` is where to look when that is not the service's."""
    found, home_s = await home(url or places[0].database_url, load)
    lines = [line for place in places for line in place.lines("request")]
    calls, feedback = (
        [line["duration_ms"] for line in lines if line["route"] == route] for route in ROUTES
    )
    troubles = [line for place in places for line in place.lines("store_down")]
    return Outcome(
        drill=drill,
        requests=len(load.sent),
        unanswered=sum(each.status is None for each in load.sent),
        refused=sum((each.status or 0) >= 500 for each in load.sent),
        balance=found,
        slowest_at_client_ms=max(each.took_ms for each in load.sent if each.status),
        slowest_call_ms=max(calls),
        slowest_feedback_ms=max(feedback),
        home_s=home_s,
        replay_unchecked=sum(len(place.lines("replay_unchecked")) for place in places),
        rows_lost_in_log=sum(line.get("lost", 0) for line in troubles),
    )


def assert_in_order(found: Outcome) -> None:
    """Nothing is lost, nothing is there twice, and the drill was a load."""
    assert found.balance.acknowledged > 0
    assert found.balance.cards > 0
    assert (found.balance.lost, found.balance.twice) == (0, 0), found
