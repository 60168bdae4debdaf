"""B12 by mouth or nose alone where the gut cannot take it up, or the nerves cannot wait."""

from __future__ import annotations

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.exposure import is_injected, is_swallowed
from regimens.modifiers import quoted
from regimens.orders import Order
from regimens.proposals import Proposal
from regimens.proposing import add_regimen, loading_regimen, replacing, task
from regimens.verdict import Indicator, Outcome, Verdict, not_applicable


def check_malabsorption(case: Case) -> Verdict:
    """Prefer injections for a deficient patient whose cause hinders uptake.

    Reads the biochemistry, so that oral therapy just begun is still judged. Info on the renewal
    of oral therapy at least three months old. Not for prophylaxis in a replete patient, nor after
    an injection of the last twelve months.

    CITES: delphi-2024, seed-002; oral-b12-pmc4993789 disagrees, hence warning and not critical.
    """
    orders = _sole_oral(case)
    if not orders:
        return not_applicable("B12 by mouth or nose is not the sole therapy")
    if case.biochemistry is not B12Status.DEFICIENT:
        return case.otherwise("the results do not show deficiency", Source.LABS)
    if not case.irreversible:
        needed = (Source.CONDITIONS, Source.PROCEDURES)
        return case.otherwise("no cause for which injections are preferred", *needed)
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    cause = case.irreversible[0]
    return Verdict(
        Outcome.FIRED,
        "B12 by mouth or nose alone, with a cause that hinders uptake",
        indicator=Indicator.INFO if _stable_renewal(case) else None,
        orders=tuple(order.reference for order in orders),
        values={"cause": cause.name},
        inputs=(*case.reading.inputs, cause.evidence),
        proposals=_proposals(case, orders),
    )


def check_neuro(case: Case) -> Verdict:
    """Ask for injections when nerves are involved and B12 is deficient.

    Also when B12 is indeterminate with raised MMA. Only major signs that are present now count.

    CITES: seed-001, seed-002, seed-003, nascobal-label.
    """
    orders = _sole_oral(case)
    if not orders:
        return not_applicable("B12 by mouth or nose is not the sole therapy")
    indeterminate = case.biochemistry is B12Status.INDETERMINATE and case.chemistry.mma_raised
    if case.biochemistry is not B12Status.DEFICIENT and not indeterminate:
        return case.otherwise("the results do not show deficiency", Source.LABS)
    if not case.neuro.active:
        return case.otherwise("no neurological involvement is recorded", Source.CONDITIONS)
    if case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    return Verdict(
        Outcome.FIRED,
        "B12 by mouth or nose alone, with neurological involvement",
        orders=tuple(order.reference for order in orders),
        values={"signs": ", ".join(sorted({quoted(c).value for c in case.neuro.active}))},
        inputs=(*case.reading.inputs, *(quoted(c) for c in case.neuro.active)),
        proposals=(*_proposals(case, orders), task("urgent-advice", "neurology-advice")),
    )


def _sole_oral(case: Case) -> tuple[Order, ...]:
    """The oral drafts when nothing is injected: not drafted, not running, not within 12 months."""
    if any(is_injected(order) for order in case.cobalamins_in_set):
        return ()
    if any(course.injected for course in case.recent_courses):
        return ()
    return tuple(order for order in case.cobalamin_drafts if is_swallowed(order))


def _stable_renewal(case: Case) -> bool:
    """True when oral therapy has run for three months or more, or since nobody knows when."""
    if not any(is_swallowed(order) for order in case.running if case.is_therapeutic(order)):
        return False
    days = case.therapy_days
    return days is None or days >= case.policy.course_days.oral_renewal_from


def _proposals(case: Case, orders: tuple[Order, ...]) -> tuple[Proposal, ...]:
    regimen = loading_regimen(case)
    injections = add_regimen(case, "replace-with-injections", regimen, recommended=True)
    return (replacing(orders, injections),)
