"""B12 started without evidence that it is needed."""

from __future__ import annotations

from regimens.advice import B12Status
from regimens.case import Case, Source
from regimens.checks.evidence.lab_unit_implausible import held_b12
from regimens.checks.exempt import EVERY_SPECIAL_USE
from regimens.facts import Analyte
from regimens.modifiers import CauseKind
from regimens.proposing import order_tests, second_line_tests
from regimens.verdict import Outcome, Verdict, not_applicable, silent


def check(case: Case) -> Verdict:
    """Ask why B12 is started when results speak against it, or there are none.

    A coded B12 diagnosis is evidence where no result is; E53.8 alone never is, since it names
    other vitamins too. Prophylactic and special indications, autoimmune gastritis and nitrous
    oxide, which hide behind normal results, are reasons enough. So is a B12 result that is held
    because its unit is in doubt. Rests on absence.

    CITES: icd10cm-e538, policy.
    """
    if not case.new_start:
        return not_applicable("no therapeutic B12 is newly started")
    if not case.without(case.cobalamin_drafts, *EVERY_SPECIAL_USE):
        return not_applicable("a special indication applies")
    if case.status not in {B12Status.UNLIKELY, B12Status.UNKNOWN}:
        return silent("the results speak for it")
    reason = _indication(case)
    if reason is not None:
        return silent(reason)
    needed = (Source.LABS, Source.MEDICATIONS, Source.CONDITIONS, Source.PROCEDURES)
    if case.unread(*needed):
        return case.otherwise("", *needed)
    unknown = case.status is B12Status.UNKNOWN
    first_line = (order_tests("order-b12", Analyte.B12, Analyte.MMA),)
    return Verdict(
        Outcome.FIRED,
        "B12 is started without evidence of deficiency or an indication",
        orders=tuple(order.reference for order in case.cobalamin_drafts),
        inputs=case.assessment.inputs,
        variant="unknown" if unknown else None,
        proposals=first_line if unknown else second_line_tests(case),
    )


def _indication(case: Case) -> str | None:
    if case.prophylactic:
        return "a prophylactic indication is on record"
    if any(cause.kind is CauseKind.AUTOIMMUNE for cause in case.causes) or case.nitrous_oxide:
        return "a cause that hides behind normal results is on record"
    if case.status is B12Status.UNKNOWN and case.coded_diagnosis:
        return "a B12 diagnosis is coded"
    if case.status is B12Status.UNKNOWN and held_b12(case):
        return "a B12 result is held because its unit is in doubt"
    return None
