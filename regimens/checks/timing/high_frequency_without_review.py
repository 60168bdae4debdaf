"""Weekly or more frequent injections without an end or a review."""

from __future__ import annotations

from datetime import timedelta

from regimens.case import Case, Source
from regimens.checks.exempt import EVERY_SPECIAL_USE
from regimens.concepts import NEURO_MAJOR, NEURO_MINOR
from regimens.orders import Order, Phase
from regimens.proposals import BookTask, Proposal
from regimens.verdict import Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask for an end or a review date; the frequency itself is never flagged.

    A count, bounds, an end date or a review in the set silences it, and so does a reason in
    symptoms for a treated patient, which cannot be decided without the medications. Ambiguous
    timing and single doses are not judged.

    CITES: seed-004.
    """
    phases = case.phases_without(case.injected_drafts, *EVERY_SPECIAL_USE)
    frequent = [each for each in phases if not each[0].ambiguous and _frequent(case, each[1])]
    if not frequent:
        return not_applicable("no injection every 7 days or more often")
    if case.drafts.review_planned:
        return silent("a review is planned in the same set")
    open_ended = [
        (order, phase)
        for order, phase in frequent
        if not (phase.timing.bounded or order.ends_on) and not _individual(case, order)
    ]
    if not open_ended:
        return silent("every frequent phase has an end, or a reason in symptoms")
    excused = all(reason_in_symptoms(case, order) for order, _ in open_ended)
    if excused and case.unread(Source.MEDICATIONS):
        return case.otherwise("", Source.MEDICATIONS)
    due = case.today + timedelta(days=case.policy.course_days.frequent_review)
    return Verdict(
        Outcome.FIRED,
        "frequent injections have neither end nor review",
        orders=tuple(dict.fromkeys(order.reference for order, _ in open_ended)),
        proposals=(Proposal("plan-review", (BookTask("review-frequency", due),)),),
    )


def _frequent(case: Case, phase: Phase) -> bool:
    interval = phase.timing.interval_days
    limit = case.policy.interval_days.loading_to
    return interval is not None and interval <= limit


def _individual(case: Case, order: Order) -> bool:
    return case.on_b12 and reason_in_symptoms(case, order)


def reason_in_symptoms(case: Case, order: Order) -> bool:
    """True when the reason of an order names a symptom, by code or by word."""
    if case.reasoned(order, *NEURO_MAJOR, *NEURO_MINOR):
        return True
    words = case.policy.words.symptom
    return any(word in reason.text.lower() for reason in order.reasons for word in words)
