"""B12 started without the blood tests that its effect is judged by."""

from __future__ import annotations

from regimens.case import Case, Source
from regimens.checks.exempt import EVERY_SPECIAL_USE
from regimens.facts import Analyte
from regimens.proposing import order_tests
from regimens.verdict import Outcome, Verdict, not_applicable, silent

# Any one of a group will do; the first is the one to order.
ALWAYS: tuple[tuple[Analyte, ...], ...] = (
    (Analyte.B12, Analyte.HOLOTC),
    (Analyte.FOLATE, Analyte.RED_CELL_FOLATE),
    (Analyte.HAEMOGLOBIN, Analyte.HAEMATOCRIT),
)
IF_ANAEMIC: tuple[tuple[Analyte, ...], ...] = (
    (Analyte.RETICULOCYTES, Analyte.RETICULOCYTES_ABSOLUTE),
    (Analyte.FERRITIN, Analyte.IRON),
)


def check(case: Case) -> Verdict:
    """Name the missing baseline tests, without asking to wait for them.

    B12 or holoTC, folate, Hb or Hct; with Hb below 100 g/L also reticulocytes, and ferritin or
    iron. Each within its window, or ordered in the same set. Speaks at signing, for a new start.
    Rests on absence.

    CITES: fda-cyanocobalamin-label, seed-002, seed-004.
    """
    if not case.new_start:
        return not_applicable("no therapeutic B12 is newly started")
    if not case.without(case.cobalamin_drafts, *EVERY_SPECIAL_USE):
        return not_applicable("a special indication applies")
    missing = [group[0] for group in _required(case) if not _there(case, group)]
    if not missing:
        return silent("the baseline is there")
    if case.unread(Source.LABS, Source.MEDICATIONS):
        return case.otherwise("", Source.LABS, Source.MEDICATIONS)
    return Verdict(
        Outcome.FIRED,
        "baseline results are missing before B12 starts",
        orders=tuple(order.reference for order in case.cobalamin_drafts),
        values={"list": ", ".join(analyte.value for analyte in missing)},
        proposals=(order_tests("order-missing-labs", *missing),),
    )


def _required(case: Case) -> tuple[tuple[Analyte, ...], ...]:
    low = case.below(Analyte.HAEMOGLOBIN, case.policy.blood.low_haemoglobin_below)
    return (*ALWAYS, *IF_ANAEMIC) if low else ALWAYS


def _there(case: Case, group: tuple[Analyte, ...]) -> bool:
    return any(case.current(a) is not None or a in case.drafts.tests for a in group)
