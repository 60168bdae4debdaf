"""Keeps quiet what the same person was told a moment ago, or has set aside with a reason.

Whatever is in doubt is said: without a user, a key or an answer from the store in time nothing stays
quiet, and a critical concern never does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from cds_hooks.repetition import said, without
from regimens.orders import Order
from regimens.verdict import Finding, Indicator
from service.asked import Asked
from service.errors import StoreDownError
from service.evaluate import Evaluation
from service.store.keys import HashKey
from service.store.patience import within
from service.store.reading import Onlooker, overridden_since, shown_before

REMEMBERED = timedelta(hours=24)
LOOKS_FOR_AT_MOST_S = 0.1


@dataclass(frozen=True, slots=True)
class _Known:
    """What was shown, by rule and ingredient, and what was overridden, by rule."""

    shown: Mapping[tuple[str, str], str] = field(default_factory=dict)
    overridden: Mapping[str, frozenset[str]] = field(default_factory=dict)


async def without_repeats(evaluation: Evaluation) -> Evaluation:
    """The same evaluation with the advice that is still to be told."""
    asked, advice = evaluation.asked, evaluation.advice
    key = asked.setup.memory.key
    if advice is None or not advice.fired or key is None:
        return evaluation
    if evaluation.untold or asked.client.shadow:
        return evaluation
    known = await _in_time(asked, _known(asked, onlooker(asked, key)))
    if not (known.shown or known.overridden):
        return evaluation
    orders = evaluation.drafts.draft_set.orders

    def is_quiet(finding: Finding) -> bool:
        return _was_overridden(finding, known) or (
            finding.verdict.fired and _was_shown(Told.of(finding, orders, key), known)
        )

    return replace(evaluation, advice=without(advice, is_quiet))


def onlooker(asked: Asked, key: HashKey) -> Onlooker:
    """Who looks at whose chart, as keyed hashes."""
    client, user = asked.client.id, asked.call.user_id
    return Onlooker(
        client=client,
        patient=key.of("patient", client, asked.call.patient_id),
        asker=key.of("user", client, user) if user else None,
    )


async def _known(asked: Asked, who: Onlooker) -> _Known:
    store, client = asked.setup.memory.store, asked.client
    shown: Mapping[tuple[str, str], str] = {}
    overridden: Mapping[str, frozenset[str]] = {}
    before = asked.call.hook.follows
    if before and who.asker and not client.repeat_at_sign:
        shown = await shown_before(store, who, before, asked.received - REMEMBERED)
    if client.quiet_after_override_hours:
        since = asked.received - timedelta(hours=client.quiet_after_override_hours)
        overridden = await overridden_since(store, who, since)
    return _Known(shown, overridden)


async def _in_time(asked: Asked, looking: Awaitable[_Known]) -> _Known:
    """What the store answers; nothing when it is down or too slow, and then everything is said."""
    try:
        return await within(min(LOOKS_FOR_AT_MOST_S, asked.deadline.left_s()), looking)
    except StoreDownError:
        return _Known()


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as the store keeps it."""

    rule: str
    ingredient: str
    content: str

    @staticmethod
    def of(finding: Finding, orders: Iterable[Order], key: HashKey) -> Told:
        """The finding's concern, and the hash of what is said of it."""
        now = said(finding, orders)
        return Told(now.rule, now.ingredient, key.of("content", now.content))


def _was_shown(told: Told, known: _Known) -> bool:
    return known.shown.get((told.rule, told.ingredient)) == told.content


def _was_overridden(finding: Finding, known: _Known) -> bool:
    """True when it was set aside at this urgency or a higher one."""
    indicators = known.overridden.get(finding.rule, frozenset())
    return any(Indicator(each).rank <= finding.indicator.rank for each in indicators)
