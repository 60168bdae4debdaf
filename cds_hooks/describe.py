"""Orders, intervals and proposals in a clinician's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from cds_hooks.wording.wording import Wording
from regimens.orders import Route, Timing
from regimens.proposals import (
    BookTask,
    Change,
    CreateOrder,
    DeleteOrder,
    OrderTest,
    PlannedOrder,
    Proposal,
    Purpose,
    UpdateOrder,
)
from regimens.quantities import PeriodUnit, plain

Products = Mapping[str, str]  # product id -> name; the name's first word is the drug

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times"}
_MICROGRAMS_PER_MG = Decimal(1000)
_DAYS_PER_WEEK = 7

_ROUTES: dict[Route, str] = {
    Route.INTRAMUSCULAR: "IM",
    Route.SUBCUTANEOUS: "deep SC",
    Route.INTRAVENOUS: "IV",
    Route.ORAL: "by mouth",
    Route.SUBLINGUAL: "under the tongue",
    Route.BUCCAL: "in the cheek",
    Route.NASAL: "into the nose",
    Route.OTHER: "by another route",
}

_UNITS: dict[PeriodUnit, str] = {
    PeriodUnit.SECOND: "second",
    PeriodUnit.MINUTE: "minute",
    PeriodUnit.HOUR: "hour",
    PeriodUnit.DAY: "day",
    PeriodUnit.WEEK: "week",
    PeriodUnit.MONTH: "month",
    PeriodUnit.YEAR: "year",
}

_EVERY_ONE: dict[PeriodUnit, str] = {
    PeriodUnit.DAY: "daily",
    PeriodUnit.WEEK: "weekly",
    PeriodUnit.MONTH: "monthly",
    PeriodUnit.YEAR: "yearly",
}


def day(value: date) -> str:
    """A date that no country reads in another way: 3 Jan 2027."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def dose(micrograms: Decimal) -> str:
    """Milligrams from 1 mg, else micrograms spelt out; never an abbreviation that is misread."""
    if micrograms >= _MICROGRAMS_PER_MG:
        return f"{plain(micrograms / _MICROGRAMS_PER_MG)} mg"
    return f"{plain(micrograms)} micrograms"


def dose_in_full(micrograms: Decimal) -> str:
    """The dose in milligrams and in micrograms, for a dose that is being changed."""
    if micrograms >= _MICROGRAMS_PER_MG:
        return f"{dose(micrograms)} ({plain(micrograms)} micrograms)"
    return dose(micrograms)


def route(value: Route) -> str:
    """The route as it follows a dose."""
    return _ROUTES[value]


def interval(timing: Timing) -> str:
    """How often: "three times a week", "on alternate days"; blank when nothing states it."""
    if timing.single:
        return "once"
    if timing.period is None or timing.period_unit is None:
        return timing.text or ""
    unit, often = timing.period_unit, timing.frequency or Decimal(1)
    if often == 1:
        return _every(timing.period, unit)
    times = _TIMES.get(int(often)) if often == int(often) else None
    times = times or f"{plain(often)} times"
    return f"{times} {_a(unit)}" if timing.period == 1 else f"{times} {_every(timing.period, unit)}"


def course(timing: Timing) -> str:
    """How often, for how long, from when; the parts that are stated."""
    parts = [interval(timing), "as needed" if timing.as_needed else "", _length(timing)]
    if timing.starts_on:
        parts.append(f"from {day(timing.starts_on)}")
    if timing.ends_on:
        parts.append(f"until {day(timing.ends_on)}")
    return " ".join(part for part in parts if part)


def start(order: PlannedOrder, products: Products) -> str:
    """The first thing to give, without its duration, for a summary."""
    return _spaced(drug(order, products), _dose_and_route(order), interval(order.timing))


def regimen(orders: Sequence[PlannedOrder], products: Products, *, lifelong: bool = False) -> str:
    """All orders of a regimen in one sentence; a drug is named again only when it changes."""
    phrases, before = [], ""
    for order in orders:
        name = drug(order, products)
        named = name if name != before else ""
        phrases.append(_spaced(named, _dose_and_route(order), course(order.timing)))
        before = name
    return ", then ".join(phrases) + (", for life" if lifelong else "")


def drug(order: PlannedOrder, products: Products) -> str:
    """The drug's name without strength and form."""
    return _name(order.product, products).partition(" ")[0]


def proposal(offer: Proposal, products: Products, wording: Wording) -> str:
    """All changes of a proposal in words, for someone who makes them by hand."""
    return "; ".join(change(each, products, wording) for each in offer.changes)


def change(each: Change, products: Products, wording: Wording) -> str:
    """One change as an instruction that holds the whole order, since some EHRs show only this."""
    match each:
        case CreateOrder():
            return _create(each.order, products)
        case UpdateOrder():
            return _update(each, products, wording)
        case DeleteOrder():
            return "Remove the order"
        case OrderTest():
            return _spaced("Order", each.analyte.value, _due("on", each.due))
        case BookTask():
            return _spaced(wording.task(each.topic), _due("By", each.due))


def _create(order: PlannedOrder, products: Products) -> str:
    given = _spaced(_dose_and_route(order), course(order.timing))
    purpose = "" if order.purpose is Purpose.TREATMENT else f" ({order.purpose.value})"
    return f"Order {_name(order.product, products)}: {given}{purpose}"


def _update(edit: UpdateOrder, products: Products, wording: Wording) -> str:
    edits = [
        edit.product is not None and f"change the product to {_name(edit.product, products)}",
        edit.micrograms is not None and f"set the dose to {dose_in_full(edit.micrograms)}",
        edit.route is not None and f"change the route to {route(edit.route)}",
        edit.site is not None and f"change the site to {edit.site.value}",
        edit.timing is not None and f"give {course(edit.timing)}",
        edit.status is not None and _status(edit.status),
        edit.open_ended and "take away its end",
        edit.note is not None and f"add the note: {wording.note(edit.note, {})}",
    ]
    said = ", ".join(text for text in edits if text) or "keep the order as it is"
    where = "" if edit.phases is None else f" ({_instructions(edit.phases)})"
    return said[0].upper() + said[1:] + where


def _status(status: str) -> str:
    return "keep the order running" if status in {"active", "draft"} else f"set it to {status}"


def _instructions(phases: tuple[int, ...]) -> str:
    numbers = " and ".join(str(index + 1) for index in phases)
    return f"dosage instruction {numbers}"


def _dose_and_route(order: PlannedOrder) -> str:
    return _spaced(dose(order.micrograms), route(order.route))


def _every(period: Decimal, unit: PeriodUnit) -> str:
    if period == 1:
        return _EVERY_ONE.get(unit, f"every {_UNITS[unit]}")
    if period == 2 and unit is PeriodUnit.DAY:  # noqa: PLR2004 - every second day
        return "on alternate days"
    return f"every {plain(period)} {_UNITS[unit]}s"


def _a(unit: PeriodUnit) -> str:
    return f"an {_UNITS[unit]}" if unit is PeriodUnit.HOUR else f"a {_UNITS[unit]}"


def _length(timing: Timing) -> str:
    if timing.count is not None and not timing.single:
        return f"for {timing.count} doses"
    if timing.bounds_days is None:
        return ""
    weeks, rest = divmod(timing.bounds_days, _DAYS_PER_WEEK)
    number, unit = (timing.bounds_days, "day") if rest else (weeks, "week")
    return f"for {number} {unit}{'' if number == 1 else 's'}"


def _due(word: str, due: date | None) -> str:
    return f"{word} {day(due)}" if due else ""


def _name(product: str, products: Products) -> str:
    return products.get(product, product.replace("-", " "))


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)
