"""Pregnancy after bariatric surgery without a recent B12."""

from __future__ import annotations

from regimens.case import Case, Source
from regimens.concepts import BARIATRIC, Concept
from regimens.facts import Analyte
from regimens.proposing import order_tests
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent

NAMES = frozenset(operation.value for operation in BARIATRIC)


def check(case: Case) -> Verdict:
    """Ask for B12 every three months, in pregnancy or when one is planned; 92 days is silent.

    HoloTC is preferred, since total B12 falls in pregnancy. Rests on absence.

    CITES: ng239, pregnancy-bariatric-pmc11773061, seed-001.
    """
    if not (case.pregnant or case.active(Concept.PREGNANCY_PLANNED)):
        return case.otherwise("no pregnancy is recorded", Source.CONDITIONS)
    surgery = [cause for cause in case.causes if cause.name in NAMES]
    if not surgery:
        needed = (Source.CONDITIONS, Source.PROCEDURES)
        return case.otherwise("no bariatric surgery is recorded", *needed)
    last = case.readings.newest(Analyte.B12, Analyte.HOLOTC)
    limit = case.policy.monitoring.pregnancy_bariatric_days
    if last is not None and case.readings.age_days(last) <= limit:
        return silent("B12 was checked in the last three months", Input.of(last))
    if case.unread(Source.LABS):
        return case.otherwise("", Source.LABS)
    if case.facts.sex == "male":
        return not_applicable("no pregnancy is possible")
    return Verdict(
        Outcome.FIRED,
        "pregnant or planning after bariatric surgery, and no B12 within three months",
        inputs=(surgery[0].evidence, *((Input.of(last),) if last else ())),
        proposals=(order_tests("order-holotc", Analyte.HOLOTC),),
    )
