"""What a call leaves in the store: the cards it issued, and the concerns that somebody saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cds_hooks.card import Card
from cds_hooks.evidence import EXTENSION
from service.evaluate import Evaluation
from service.said_before import Told, onlooker
from service.store.keys import HashKey
from service.store.reading import RULES_APART
from service.store.rows import IssuedCard, Row, ShownConcern


def rows_of(evaluation: Evaluation, cards: Iterable[Card], request: str) -> tuple[Row, ...]:
    """The rows of the call with the id `request`; none when nothing may be told to whoever asked. In shadow nothing counts as shown."""
    if evaluation.untold:
        return ()
    asked = evaluation.asked
    key = asked.setup.memory.key
    patient = None if key is None else onlooker(asked, key).patient
    issued = [replace(_issued(evaluation, card, patient), request=request) for card in cards]
    if key is None or asked.client.shadow:
        return tuple(issued)
    return (*issued, *_shown(evaluation, key))


def _issued(evaluation: Evaluation, card: Card, patient: str | None) -> IssuedCard:
    asked = evaluation.asked
    return IssuedCard(
        issued_at=asked.received,
        client=asked.client.id,
        service=asked.call.hook.service_id,
        card=card.uuid or "",
        rules=RULES_APART.join(card.extension[EXTENSION]["rules"]),
        indicator=card.indicator.value,
        knowledge=asked.content.version,
        shown=not asked.client.shadow,
        patient=patient,
    )


def _shown(evaluation: Evaluation, key: HashKey) -> Iterable[ShownConcern]:
    asked, advice = evaluation.asked, evaluation.advice
    who = onlooker(asked, key)
    if advice is None or who.asker is None:
        return
    for finding in advice.fired:
        told = Told.of(finding, evaluation.drafts.draft_set.orders, key)
        yield ShownConcern(
            shown_at=asked.received,
            client=who.client,
            hook=asked.call.hook.name,
            patient=who.patient,
            asker=who.asker,
            rule=told.rule,
            ingredient=told.ingredient,
            content=told.content,
        )
