"""Reads an order as a prescriber would say it.

    hydroxocobalamin 1 mg IM three times a week for 14 days
    cyanocobalamin 1000 micrograms IM monthly from day 28
    hydroxocobalamin injection 1 mg every 3 months, active since 700 days ago
    stopped: hydroxocobalamin 1 mg IM every 3 months because 'B12 level high'
    cyanocobalamin injection 1 mL IM weekly [1000 micrograms/mL] text only

`then` begins the next dosage instruction of the same order, with the dose and route before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from regimens.orders import (
    Amount,
    AmountKind,
    Medicine,
    Order,
    OrderSource,
    OrderStatus,
    Phase,
    Reason,
    Strength,
    Timing,
)
from regimens.quantities import PeriodUnit
from tests.cases.phrases import NUMBER, WHEN, Phrase, T, day_told, number
from tests.cases.vocabulary import CONDITIONS, DRUGS, FORMS, ROUTES, SITES, Drug

MICROGRAMS = {"g": 1_000_000, "mg": 1_000, "micrograms": 1, "microgram": 1, "mcg": 1, "ug": 1}
MASS = rf"{NUMBER} ({'|'.join(MICROGRAMS)})"
VOLUME = rf"{NUMBER} mL"
COUNT = rf"{NUMBER} (tablets?|capsules?|ampoules?|sprays?)"
ODD_UNIT = rf"{NUMBER} (IU|units|drops)"
UNITS = {
    "hour": PeriodUnit.HOUR,
    "day": PeriodUnit.DAY,
    "week": PeriodUnit.WEEK,
    "month": PeriodUnit.MONTH,
    "year": PeriodUnit.YEAR,
}
UNIT = "|".join(UNITS)
TIMES = {"once": 1, "twice": 2, "three times": 3, "four times": 4, "five times": 5}
ADVERBS = {
    "daily": (1, PeriodUnit.DAY),
    "weekly": (1, PeriodUnit.WEEK),
    "monthly": (1, PeriodUnit.MONTH),
    "yearly": (1, PeriodUnit.YEAR),
    "on alternate days": (2, PeriodUnit.DAY),
    "alternate days": (2, PeriodUnit.DAY),
}
STATUSES = {
    "stopped:": OrderStatus.STOPPED,
    "cancelled:": OrderStatus.CANCELLED,
    "completed:": OrderStatus.COMPLETED,
    "on hold:": OrderStatus.ON_HOLD,
    "entered in error:": OrderStatus.ENTERED_IN_ERROR,
    "active:": OrderStatus.ACTIVE,
    "draft:": OrderStatus.DRAFT,
}


@dataclass
class _Order:
    """An order while its phrase is being read."""

    order: Order
    drug: Drug | None
    today: date
    phases: list[Phase] = field(default_factory=lambda: [Phase()])

    def phase(self, **changes: object) -> None:
        self.phases[-1] = replace(self.phases[-1], **changes)  # type: ignore[arg-type]

    def timing(self, **changes: object) -> None:
        self.phase(timing=replace(self.phases[-1].timing, **changes))  # type: ignore[arg-type]

    def change(self, **changes: object) -> None:
        self.order = replace(self.order, **changes)  # type: ignore[arg-type]

    def medicine(self, **changes: object) -> None:
        if self.order.medicine is not None:
            self.change(medicine=replace(self.order.medicine, **changes))  # type: ignore[arg-type]


def read_order(text: str, reference: str, today: date, status: OrderStatus) -> Order:
    """The order that a phrase tells; raises PhraseError for anything it cannot read."""
    phrase = Phrase(text)
    for words, told in STATUSES.items():
        if phrase.take_mark(re.escape(words)):
            status = told
            break
    draft = _Order(Order(reference=reference, status=status), _read_drug(phrase), today)
    if text_of_drug := phrase.text[: len(phrase.text) - len(phrase.rest)].strip(" ,"):
        _name(draft, text_of_drug)
    phrase.read_all(_clauses(draft))
    return replace(draft.order, phases=tuple(draft.phases))


def _read_drug(phrase: Phrase) -> Drug | None:
    """The drug; None for an order that names none, or one that could not be read."""
    if phrase.take("no drug"):
        return None
    drug = phrase.take_name(DRUGS)
    if drug is not None:
        return drug
    if phrase.take_mark("(?=an unreadable drug)"):
        return None
    raise phrase.fail("the name of a drug")


def _name(draft: _Order, text: str) -> None:
    if draft.drug is None:
        return
    drug = draft.drug
    draft.change(
        medicine=Medicine(
            text=text.rsplit(":", maxsplit=1)[-1].strip(),
            substances=drug.substances,
            form=drug.form,
            special=drug.special,
        )
    )


def _clauses(draft: _Order) -> Mapping[str, Callable[[re.Match[str]], object]]:
    """Every clause an order may hold, with what it notes down; the first that fits is taken."""
    return {
        **_product(draft),
        **_dose_and_route(draft),
        **_schedule(draft),
        **_limits(draft),
        **_life(draft),
    }


def _product(draft: _Order) -> Mapping[str, Callable[[re.Match[str]], object]]:
    return {
        "an unreadable drug": lambda _: draft.change(medicine_unresolved=True),
        _any(FORMS): lambda m: draft.medicine(form=_of(FORMS, m)),
        rf"\[{MASS}/mL\]": lambda m: _strength(draft, per_ml=_micrograms(m)),
        rf"\[{MASS} each\]": lambda m: _strength(draft, per_unit=_micrograms(m)),
        "text only": lambda _: draft.medicine(by_text=True),
        "code unknown": lambda _: draft.medicine(by_text=True, code_unknown=True),
    }


def _dose_and_route(draft: _Order) -> Mapping[str, Callable[[re.Match[str]], object]]:
    def dose(kind: AmountKind) -> Callable[[re.Match[str]], object]:
        return lambda m: draft.phase(
            amount=Amount(
                _micrograms(m) if kind is AmountKind.MASS else number(m.group(1)), kind, m.group(0)
            )
        )

    return {
        MASS: dose(AmountKind.MASS),
        VOLUME: dose(AmountKind.VOLUME),
        COUNT: dose(AmountKind.COUNT),
        ODD_UNIT: dose(AmountKind.UNKNOWN),
        _any(ROUTES): lambda m: draft.phase(route=_of(ROUTES, m)),
        _any(SITES): lambda m: draft.phase(site=_of(SITES, m)),
    }


def _schedule(draft: _Order) -> Mapping[str, Callable[[re.Match[str]], object]]:
    def every(frequency: int | Decimal, period: int | Decimal, unit: PeriodUnit) -> None:
        draft.timing(frequency=Decimal(frequency), period=Decimal(period), period_unit=unit)

    return {
        rf"({'|'.join(TIMES)}) (?:a|every) ({UNIT})": lambda m: every(
            TIMES[m.group(1).lower()], 1, UNITS[m.group(2).lower()]
        ),
        rf"({'|'.join(TIMES)}) daily": lambda m: every(
            TIMES[m.group(1).lower()], 1, PeriodUnit.DAY
        ),
        rf"{NUMBER} times (?:a|every) ({UNIT})": lambda m: every(
            number(m.group(1)), 1, UNITS[m.group(2).lower()]
        ),
        rf"{NUMBER} times in {NUMBER} ({UNIT})s?": lambda m: every(
            number(m.group(1)), number(m.group(2)), UNITS[m.group(3).lower()]
        ),
        _any(ADVERBS): lambda m: every(1, *_of(ADVERBS, m)),
        rf"every {NUMBER} ({UNIT})s?": lambda m: every(
            1, number(m.group(1)), UNITS[m.group(2).lower()]
        ),
        "once": lambda _: draft.timing(count=1),
        "as needed": lambda _: draft.timing(as_needed=True),
        "worded '([^']*)'": lambda m: draft.timing(text=m.group(1)),
        "timing '([^']*)'": lambda m: draft.timing(
            text=m.group(1), ambiguous="the words do not say how often"
        ),
        "contradicted by '([^']*)'": lambda m: draft.timing(
            text=m.group(1), ambiguous="the words contradict the structure"
        ),
        "then": lambda _: draft.phases.append(replace(draft.phases[-1], timing=Timing())),
    }


def _limits(draft: _Order) -> Mapping[str, Callable[[re.Match[str]], object]]:
    def day(text: str) -> date:
        return draft.today + timedelta(days=int(text))

    return {
        r"for (\d+) doses": lambda m: draft.timing(count=int(m.group(1))),
        r"for (\d+) days?": lambda m: draft.timing(bounds_days=int(m.group(1))),
        r"for (\d+) weeks?": lambda m: draft.timing(bounds_days=7 * int(m.group(1))),
        r"from day (\d+)": lambda m: draft.timing(starts_on=day(m.group(1))),
        r"until day (\d+)": lambda m: draft.timing(ends_on=day(m.group(1))),
        r"valid until day (\d+)": lambda m: draft.change(ends_on=day(m.group(1))),
    }


def _life(draft: _Order) -> Mapping[str, Callable[[re.Match[str]], object]]:
    def told(m: re.Match[str]) -> date:
        return day_told(m.group(1), draft.today)

    def given(m: re.Match[str]) -> None:
        draft.change(
            source=OrderSource.ADMINISTRATION, status=OrderStatus.COMPLETED, given_on=told(m)
        )

    return {
        rf"(?:active )?since {WHEN}": lambda m: draft.change(starts_on=told(m)),
        "active": lambda _: draft.change(status=OrderStatus.ACTIVE),
        rf"written {WHEN}": lambda m: draft.change(authored_on=told(m)),
        rf"until {WHEN}": lambda m: draft.change(ends_on=told(m)),
        rf"stopped {WHEN}": lambda m: draft.change(status=OrderStatus.STOPPED, ends_on=told(m)),
        rf"completed {WHEN}": lambda m: draft.change(status=OrderStatus.COMPLETED, ends_on=told(m)),
        rf"given {WHEN}": given,
        "as a statement": lambda _: draft.change(source=OrderSource.STATEMENT),
        r"id ([\w-]+)": lambda m: draft.change(reference=m.group(1)),
        r"(?:revises|replaces) ([\w-]+)": lambda m: draft.change(revises=m.group(1)),
        "because '([^']*)'": lambda m: _reason(draft, Reason(m.group(1))),
        f"because of {_any(DRUGS)}": lambda m: _reason(
            draft, Reason(m.group(1), frozenset(_of(DRUGS, m).substances))
        ),
        f"for {_any(CONDITIONS)}": lambda m: _reason(
            draft, Reason(m.group(1), frozenset(_of(CONDITIONS, m)))
        ),
    }


def _reason(draft: _Order, reason: Reason) -> None:
    draft.change(reasons=(*draft.order.reasons, reason))


def _strength(draft: _Order, **told: Decimal) -> None:
    if draft.drug is not None:
        strength = Strength(**told)
        draft.medicine(strengths=dict.fromkeys(draft.drug.substances, strength))


def _micrograms(found: re.Match[str]) -> Decimal:
    return number(found.group(1)) * MICROGRAMS[found.group(2).lower()]


def _any(table: Mapping[str, object]) -> str:
    names = sorted(table, key=len, reverse=True)
    return f"({'|'.join(re.escape(name) for name in names)})"


def _of(table: Mapping[str, T], found: re.Match[str]) -> T:
    wanted = found.group(1).lower()
    return next(value for name, value in table.items() if name.lower() == wanted)
