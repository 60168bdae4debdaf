"""A timing that can be read in two ways, or not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from regimens.case import Case
from regimens.orders import Order, Phase, phases_of
from regimens.proposals import Proposal, UpdateOrder
from regimens.quantities import PeriodUnit
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent

TWO = Decimal(2)
ONE = Decimal(1)

# The words that can be read in two ways, before those that cannot be read at all.
WORDS = ("week", "month", "unclear")


def check(case: Case) -> Verdict:
    """Ask what was meant: between the two readings of "biweekly" lies a fourfold dose.

    Also words that contradict the structured timing, and words that cannot be understood. A
    timing that is not stated at all is not ambiguous. Where several words are in question the
    readings of one are offered, for the orders that use it alone.

    CITES: seed-000 against seed-003.
    """
    if not case.cobalamin_drafts:
        return not_applicable("no cobalamin is ordered")
    unclear = [
        (order, phase)
        for order, phase in phases_of(case.cobalamin_drafts)
        if phase.timing.ambiguous
    ]
    if not unclear:
        return silent("every timing is clear or absent")
    word = min((_word(phase) for _, phase in unclear), key=WORDS.index)
    named = [(order, phase) for order, phase in unclear if _word(phase) == word]
    order, phase = named[0]
    text = _text(phase)
    return Verdict(
        Outcome.FIRED,
        f"the timing is ambiguous: {phase.timing.ambiguous}",
        orders=tuple(dict.fromkeys(order.reference for order, _ in unclear)),
        values={"text": text, "trouble": phase.timing.ambiguous or ""},
        variant=None if word == WORDS[0] else word,
        inputs=(Input("ordered timing", text, reference=order.reference),),
        proposals=_proposals(word, named),
    )


def _text(phase: Phase) -> str:
    return phase.timing.text or phase.text or ""


def _word(phase: Phase) -> str:
    """Which of the two-faced words it is: of weeks, of months, or neither."""
    plain = _text(phase).lower().replace("-", "").replace(" ", "")
    if "biweekly" in plain or "fortnight" in plain:
        return "week"
    return "month" if "bimonthly" in plain else "unclear"


def _proposals(word: str, unclear: list[tuple[Order, Phase]]) -> tuple[Proposal, ...]:
    match word:
        case "week":
            return (
                _set("timing-twice-weekly", unclear, (TWO, ONE, PeriodUnit.WEEK)),
                _set("timing-every-two-weeks", unclear, (ONE, TWO, PeriodUnit.WEEK)),
            )
        case "month":
            return (
                _set("timing-twice-monthly", unclear, (TWO, ONE, PeriodUnit.MONTH)),
                _set("timing-every-two-months", unclear, (ONE, TWO, PeriodUnit.MONTH)),
            )
        case _:
            return ()


def _set(
    key: str, unclear: list[tuple[Order, Phase]], reading: tuple[Decimal, Decimal, PeriodUnit]
) -> Proposal:
    frequency, period, unit = reading
    changes = tuple(
        UpdateOrder(
            order.reference,
            timing=replace(
                phase.timing,
                frequency=frequency,
                period=period,
                period_unit=unit,
                text=None,
                ambiguous=None,
            ),
            phases=(order.phases.index(phase),),
        )
        for order, phase in unclear
    )
    return Proposal(key, changes)
