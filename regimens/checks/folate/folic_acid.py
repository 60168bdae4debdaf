"""Folic acid ordered before, with, or without knowledge of vitamin B12."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.concepts import Concept
from regimens.facts import Analyte
from regimens.orders import Order, Phase, Timing, phases_of
from regimens.proposals import DeleteOrder, Proposal, Purpose, UpdateOrder
from regimens.proposing import (
    add_loading,
    end_of_loading,
    loading_regimen,
    order_tests,
    second_line_tests,
)
from regimens.substances import ANTIFOLATES, COBALAMINS, Substance
from regimens.verdict import Indicator, Outcome, Verdict, not_applicable, silent


def check_before_b12(case: Case) -> Verdict:
    """Ask for B12 first: folate can mend the blood count while the nerves go on failing.

    B12 in the same set must start no later than the folic acid. Where the medication list could
    not be read, B12 may be running: the rule then warns instead of being critical.

    CITES: seed-001, seed-002, seed-003, fda-cyanocobalamin-label.
    """
    orders = case.folic_acid_drafts
    if not orders:
        return not_applicable("no folic acid of 1 mg a day or more is ordered")
    if case.status is not B12Status.DEFICIENT:
        return _status_silence(case)
    if _b12_in_time(case, orders):
        return silent("B12 is ordered in the same set")
    readable = not case.unread(Source.MEDICATIONS)
    keep = _pregnancy_dose(case, orders)
    later = tuple(o for o in case.cobalamins_in_set if case.is_therapeutic(o))
    first = _drafted_first(case, orders, later, keep=keep) if later else (_loading_first(case),)
    removal = Proposal("remove-folic-acid", tuple(DeleteOrder(o.reference) for o in orders))
    return Verdict(
        Outcome.FIRED,
        "folic acid is ordered, B12 deficiency is untreated",
        indicator=None if readable else Indicator.WARNING,
        orders=tuple(order.reference for order in orders),
        variant="b12-later" if later else None,
        inputs=case.assessment.inputs,
        notes=_notes(keep=keep, readable=readable),
        proposals=first if keep else (*first, removal),
    )


def _loading_first(case: Case) -> Proposal:
    return add_loading(case, recommended=True)


def _drafted_first(
    case: Case, folic: tuple[Order, ...], later: tuple[Order, ...], *, keep: bool
) -> tuple[Proposal, ...]:
    """The B12 that is drafted for a later day today, or the folic acid not before that day.

    A second course beside the drafted one would double it.
    """
    day = min(_first_day(case, order) for order in later)
    sooner = _moved(later, day - case.today) if day > case.today else ()
    wait = () if keep else _starting(folic, day, "delay-folic-acid-to-b12")
    today = Proposal("start-b12-today", sooner, recommended=True)
    return (today, *wait) if sooner else wait


def _moved(orders: tuple[Order, ...], sooner: timedelta) -> tuple[UpdateOrder, ...]:
    """Every order as many days sooner; none where one has several phases, or no plain timing."""
    timings = [order.phases[0].timing for order in orders]
    plain = all(len(order.phases) == 1 and not order.ambiguous for order in orders)
    if not plain or any(t.starts_on is None or t.interval_days is None for t in timings):
        return ()
    return tuple(
        UpdateOrder(order.reference, timing=_sooner(timing, sooner))
        for order, timing in zip(orders, timings, strict=True)
    )


def _sooner(timing: Timing, by: timedelta) -> Timing:
    starts, ends = timing.starts_on, timing.ends_on
    return replace(timing, starts_on=starts and starts - by, ends_on=ends and ends - by)


def _notes(*, keep: bool, readable: bool) -> tuple[str, ...]:
    notes = {"keep-pregnancy-folate": keep, "medications-unread": not readable}
    return tuple(note for note, applies in notes.items() if applies)


def check_status_unknown(case: Case) -> Verdict:
    """Ask for a B12 result before folic acid treats an anaemia of unknown cause.

    Speaks when B12 is unknown or indeterminate and the patient is not on B12. Exempt: an
    antifolate that is active or drafted, pregnancy, lactation or planning up to 5 mg a day,
    haemolytic anaemia, dialysis.

    CITES: seed-001, seed-002, fda-cyanocobalamin-label, policy.
    """
    orders = case.folic_acid_drafts
    if not orders:
        return not_applicable("no folic acid of 1 mg a day or more is ordered")
    if case.on_b12:
        return silent("B12 is given")
    if case.status not in {B12Status.UNKNOWN, B12Status.INDETERMINATE} or case.child:
        return silent("B12 status is known")
    exempt = _exempt(case, orders)
    if exempt:
        return not_applicable(exempt)
    if case.unread(Source.LABS, Source.MEDICATIONS):
        return case.otherwise("", Source.LABS, Source.MEDICATIONS)
    removal = Proposal("hold-folic-acid", tuple(DeleteOrder(o.reference) for o in orders))
    indeterminate = case.status is B12Status.INDETERMINATE
    first_line = (order_tests("order-b12", Analyte.B12, Analyte.MMA),)
    return Verdict(
        Outcome.FIRED,
        "folic acid is ordered and B12 status is not settled",
        orders=tuple(order.reference for order in orders),
        variant="indeterminate" if indeterminate else None,
        inputs=case.assessment.inputs,
        proposals=(*(second_line_tests(case) if indeterminate else first_line), removal),
    )


def check_not_yet_replete(case: Case) -> Verdict:
    """Remind of the order of doses while B12 treatment is just starting.

    Reads the biochemistry: B12 started within the last two weeks makes the outward status
    treated. B12 in the same set must start no later than the folic acid. To wait is suggested only
    until loading is complete, and never for a product that holds B12 itself.

    CITES: seed-002, fda-hydroxocobalamin-label.
    """
    orders = case.folic_acid_drafts
    if not orders:
        return not_applicable("no folic acid of 1 mg a day or more is ordered")
    days = case.therapy_days
    started = days is not None and days < case.policy.course_days.loading_recent
    together = not case.on_b12 and _b12_in_time(case, orders)
    if not started and not together:
        return silent("B12 is not just being started")
    if case.biochemistry is B12Status.UNKNOWN:
        return case.otherwise("no results that show deficiency", Source.LABS)
    if case.biochemistry is not B12Status.DEFICIENT:
        return silent("the results do not show deficiency")
    return Verdict(
        Outcome.FIRED,
        "folic acid is ordered while B12 treatment is starting",
        orders=tuple(order.reference for order in orders),
        variant=_wording(case, orders),
        inputs=case.reading.inputs,
        proposals=_delay(case, tuple(o for o in orders if not o.contains(*COBALAMINS))),
    )


def _wording(case: Case, orders: tuple[Order, ...]) -> str | None:
    """Another wording where folic acid waits for loading already, or where nothing loads."""
    if case.loads_now:
        return "after-loading" if _waits(case, orders) else None
    return "one-product" if all(case.is_therapeutic(o) for o in orders) else "no-loading"


def _waits(case: Case, orders: tuple[Order, ...]) -> bool:
    """True when every folic acid begins only when loading is complete."""
    complete = _loading_complete(case)
    return all(_first_day(case, order) >= complete for order in orders)


def _loading_complete(case: Case) -> date:
    """The day on which the loading ends; where it has no end, when the formulary's would."""
    phases = case.formulary.regimen[loading_regimen(case)].phases
    days = sum(phase.days or 0 for phase in phases if phase.purpose is Purpose.LOADING)
    return end_of_loading(case) or case.today + timedelta(days=days)


def _delay(case: Case, orders: tuple[Order, ...]) -> tuple[Proposal, ...]:
    """Start the folic acid when the course of loading is complete."""
    if not case.loads_now or not orders or _waits(case, orders):
        return ()
    return _starting(orders, _loading_complete(case), "delay-folic-acid")


def _starting(orders: tuple[Order, ...], day: date, key: str) -> tuple[Proposal, ...]:
    """The orders from that day on; no suggestion where one has several phases, which follow on."""
    if any(len(order.phases) != 1 for order in orders):
        return ()
    changes = tuple(
        UpdateOrder(order.reference, timing=replace(order.phases[0].timing, starts_on=day))
        for order in orders
    )
    return (Proposal(key, changes),)


def _status_silence(case: Case) -> Verdict:
    match case.status:
        case B12Status.INDETERMINATE:
            return not_applicable("see folic-acid-b12-status-unknown")
        case B12Status.UNKNOWN:
            return case.otherwise("see folic-acid-b12-status-unknown", Source.LABS)
        case B12Status.UNLIKELY | B12Status.TREATED | B12Status.DEFICIENT:
            return silent("no untreated deficiency")


def _b12_in_time(case: Case, folic: tuple[Order, ...]) -> bool:
    first_folate = min(_first_day(case, order) for order in folic)
    return any(
        _first_day(case, order) <= first_folate
        for order in case.cobalamins_in_set
        if case.is_therapeutic(order)
    )


def _first_day(case: Case, order: Order) -> date:
    return min(case.start_of(order, phase) for phase in order.phases)


def _exempt(case: Case, orders: tuple[Order, ...]) -> str | None:
    named = all(case.reasoned(order, *ANTIFOLATES) for order in orders)
    if case.takes(*ANTIFOLATES) or named:
        return "an antifolate is active, ordered, or the reason"
    if _pregnancy_dose(case, orders):
        return "protects a pregnancy"
    reasons = (Concept.HAEMOLYTIC_ANAEMIA, Concept.DIALYSIS, Concept.KIDNEY_FAILURE)
    if case.active(*reasons) or all(case.reasoned(order, *reasons) for order in orders):
        return "haemolytic anaemia or dialysis"
    return None


def _pregnancy_dose(case: Case, orders: tuple[Order, ...]) -> bool:
    """True for up to 5 mg a day in pregnancy, lactation, or when pregnancy is planned."""
    states = (Concept.PREGNANCY, Concept.PREGNANCY_PLANNED, Concept.LACTATION)
    indicated = (
        case.pregnant
        or bool(case.active(Concept.PREGNANCY_PLANNED, Concept.LACTATION))
        or all(case.reasoned(order, *states) for order in orders)
    )
    limit = case.policy.dose_micrograms.folic_acid_pregnancy_to
    return indicated and all(_at_most(o, p, limit) for o, p in phases_of(orders))


def _at_most(order: Order, phase: Phase, limit: Decimal) -> bool:
    daily = order.daily_micrograms(phase, Substance.FOLIC_ACID) or order.micrograms(
        phase, Substance.FOLIC_ACID
    )
    return daily is None or daily <= limit
