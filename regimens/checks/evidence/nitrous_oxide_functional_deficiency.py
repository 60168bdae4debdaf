"""A normal B12 level in a patient exposed to nitrous oxide."""

from __future__ import annotations

from regimens.advice import B12Status, Moment
from regimens.case import Case, Source
from regimens.concepts import Concept
from regimens.facts import Analyte
from regimens.modifiers import quoted
from regimens.proposing import add_regimen, order_tests, task
from regimens.verdict import Input, Outcome, Verdict, not_applicable


def check(case: Case) -> Verdict:
    """Say that a normal level excludes nothing: nitrous oxide spoils B12 in the cell.

    Total B12 or holoTC must be there and not low. A patient on treatment is offered no further
    regimen. Replaces the cards on conflicting results and on falsely normal results.

    CITES: leleu-2024, ng239.
    """
    if not case.nitrous_oxide:
        needed = (Source.CONDITIONS, Source.MEDICATIONS)
        return case.otherwise("no exposure to nitrous oxide is recorded", *needed)
    if not hides_deficiency(case):
        return case.otherwise("B12 is low or missing", Source.LABS)
    result = case.chemistry.b12
    regimen = add_regimen(case, "start-without-waiting", "nitrous-oxide")
    drafted = case.moment is not Moment.OPENING and case.cobalamin_drafts
    offered = () if drafted or case.on_b12 else (regimen,)
    exposures = case.active(Concept.NITROUS_OXIDE_EXPOSURE)
    return Verdict(
        Outcome.FIRED,
        "nitrous oxide exposure and B12 that is not low",
        inputs=(
            *((Input.of(result),) if result else ()),
            *(quoted(condition) for condition in exposures),
        ),
        proposals=(
            order_tests("order-metabolites", Analyte.HOMOCYSTEINE, Analyte.MMA),
            *offered,
            task("stop-nitrous-oxide", "stop-nitrous-oxide"),
        ),
    )


def hides_deficiency(case: Case) -> bool:
    """True when nitrous oxide is on record, B12 is measured and not low."""
    result = case.chemistry.b12
    if not case.nitrous_oxide or result is None:
        return False
    return case.chemistry.class_of(result) is not B12Status.DEFICIENT


def replaced(case: Case) -> Verdict | None:
    """The verdict of a rule whose card this one replaces, or None when it does not speak."""
    if hides_deficiency(case):
        return not_applicable("replaced by nitrous-oxide-functional-deficiency")
    return None
