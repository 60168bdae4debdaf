"""What is asked of the store: what was shown to whom, what was overridden, and the figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import Select, Table, and_, distinct, func, or_, select, true, tuple_

from service.store.store import Store
from service.store.tables import FEEDBACK, ISSUED_CARD, SHOWN_CONCERN

RULES_APART = "+"
NO_REASON = "none given"
OTHER_REASON = "other"


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Whose chart is looked at by whom, as keyed hashes, through which client."""

    client: str
    patient: str
    asker: str | None


@dataclass(slots=True)
class RuleFigures:
    """How often a rule was shown, and what became of it; each card counts once, by its last word."""

    shown: int = 0
    accepted: int = 0
    overridden: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def reasons_among(self, known: Collection[str]) -> dict[str, int]:
        """How often for each of the `known` reasons; all others count as one other reason."""
        found: dict[str, int] = {}
        for reason, times in self.reasons.items():
            name = reason if reason in known or reason == NO_REASON else OTHER_REASON
            found[name] = found.get(name, 0) + times
        return found


async def shown_before(
    store: Store, who: Onlooker, hook: str, since: datetime
) -> Mapping[tuple[str, str], str]:
    """The content that this asker saw last of each concern, by rule and ingredient.

    Raises:
        StoreDownError: the database cannot be used.
    """
    table = SHOWN_CONCERN.c
    query = (
        select(table.rule, table.ingredient, table.content)
        .where(table.client == who.client, table.patient == who.patient)
        .where(table.asker == who.asker, table.hook == hook, table.shown_at >= since)
        .order_by(table.shown_at, table.id)  # a row that came home late is not the last
    )
    async with store.transaction() as connection:
        rows = (await connection.execute(query)).all()
    return {(row.rule, row.ingredient): row.content for row in rows}


async def overridden_since(
    store: Store, who: Onlooker, since: datetime
) -> Mapping[str, frozenset[str]]:
    """The indicators with which each rule was overridden, with a reason, for this patient.

    Raises:
        StoreDownError: the database cannot be used.
    """
    issued, given = ISSUED_CARD.c, FEEDBACK.c
    overridden = (
        select(given.id)
        .where(_same_card(), given.outcome == "overridden", given.received_at >= since)
        .where(or_(given.reason_code.is_not(None), given.commented))
    )
    query = (
        select(issued.rules, issued.indicator)
        .where(issued.client == who.client, issued.patient == who.patient)
        .where(overridden.exists())  # a join may begin with all the feedback there is
    )
    async with store.transaction() as connection:
        rows = (await connection.execute(query)).all()
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        for rule in row.rules.split(RULES_APART):
            found[rule] = found.get(rule, frozenset()) | {row.indicator}
    return found


async def figures(store: Store, client: str | None = None) -> Mapping[str, RuleFigures]:
    """The figures of every rule that was ever shown or reported on, of one client or of all.

    Raises:
        StoreDownError: the database cannot be used.
    """
    async with store.transaction(counts=True) as connection:
        shown = (await connection.execute(_shown(client))).all()
        became = (await connection.execute(_became(client))).all()
    found: dict[str, RuleFigures] = {}
    for row in shown:
        for rule in row.rules.split(RULES_APART):
            found.setdefault(rule, RuleFigures()).shown += row.cards
    for row in became:
        for rule in row.rules.split(RULES_APART):
            _count(found.setdefault(rule, RuleFigures()), row)
    return found


async def unlinked(store: Store, client: str | None = None) -> int:
    """How many reports there are on cards that we do not know, of one client or of all.

    Raises:
        StoreDownError: the database cannot be used.
    """
    known = select(ISSUED_CARD.c.id).where(_same_card()).exists()
    query = select(func.count()).select_from(FEEDBACK).where(~known, _of(FEEDBACK, client))
    async with store.transaction(counts=True) as connection:
        return int((await connection.execute(query)).scalar_one())


def _same_card() -> Any:  # noqa: ANN401 - a clause
    return and_(ISSUED_CARD.c.client == FEEDBACK.c.client, ISSUED_CARD.c.card == FEEDBACK.c.card)


def _of(table: Table, client: str | None) -> Any:  # noqa: ANN401 - a clause
    return true() if client is None else table.c.client == client


def _shown(client: str | None) -> Select[Any]:
    """A retried call gives the same card again, which was still shown once."""
    issued = ISSUED_CARD.c
    cards = func.count(distinct(issued.client + "/" + issued.card)).label("cards")
    chosen = select(issued.rules, cards).where(issued.shown, _of(ISSUED_CARD, client))
    return chosen.group_by(issued.rules)


def _became(client: str | None) -> Select[Any]:
    """The last report on each card, counted by rules, outcome and reason."""
    given, later = FEEDBACK.c, FEEDBACK.alias("later").c
    superseded = select(later.id).where(
        later.client == given.client,
        later.card == given.card,
        tuple_(later.received_at, later.id) > tuple_(given.received_at, given.id),
    )
    cards = func.count(distinct(given.id)).label("cards")
    columns = (ISSUED_CARD.c.rules, given.outcome, given.reason_code)
    return (
        select(*columns, cards)
        .select_from(FEEDBACK.join(ISSUED_CARD, _same_card()))
        .where(~superseded.exists(), _of(FEEDBACK, client))
        .group_by(*columns)
    )


def _count(rule: RuleFigures, row: Found[Any]) -> None:
    if row.outcome == "accepted":
        rule.accepted += row.cards
        return
    rule.overridden += row.cards
    reason = row.reason_code or NO_REASON
    rule.reasons[reason] = rule.reasons.get(reason, 0) + row.cards
