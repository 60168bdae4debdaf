"""The first weeks of therapy: is the response measured, and is it there?"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from regimens.case import Case, Source
from regimens.facts import Analyte, LabResult
from regimens.proposals import BookTask, Proposal
from regimens.proposing import order_tests
from regimens.verdict import Input, Outcome, Verdict, not_applicable, silent


def check_inadequate(case: Case) -> Verdict:
    """Ask to think again when the blood does not answer between days 5 and 28.

    Hct below 35 % with reticulocytes no higher than before treatment, or below twice the
    laboratory's upper limit (2.5 % where it gives none), both dated day 5 or later.

    CITES: seed-001.
    """
    day, start = case.therapy_days, case.therapy_start
    limits = case.policy.monitoring
    if day is None or start is None or not case.opening_or_b12_drafted:
        return not_applicable("no B12 therapy of known start, or none ordered at signing")
    if not limits.response_from_day <= day <= limits.response_to_day:
        return not_applicable("not between day 5 and day 28")
    since = start + timedelta(days=limits.response_from_day)
    haematocrit = _since(case, Analyte.HAEMATOCRIT, since)
    reticulocytes = _since(case, Analyte.RETICULOCYTES, since)
    if haematocrit is None or reticulocytes is None:
        return case.otherwise("haematocrit or reticulocytes not yet measured", Source.LABS)
    poor = _below(haematocrit, case.policy.blood.response_haematocrit_below)
    if not poor or not _flat(case, reticulocytes, start):
        return silent("the response is adequate", Input.of(haematocrit))
    tests = order_tests("order-folate-ferritin", Analyte.FOLATE, Analyte.FERRITIN)
    return Verdict(
        Outcome.FIRED,
        "haematocrit is low and reticulocytes have not risen",
        values={"day": str(day)},
        inputs=(Input.of(haematocrit), Input.of(reticulocytes)),
        proposals=(tests, Proposal("review-diagnosis", (BookTask("review-diagnosis"),))),
    )


def check_early_due(case: Case) -> Verdict:
    """Ask for haematocrit and reticulocytes on days 5 to 10 when anaemia is treated.

    Rests on absence: no Hct and no reticulocytes since the start.

    CITES: seed-001, seed-002.
    """
    day, start = case.therapy_days, case.therapy_start
    limits = case.policy.monitoring
    if day is None or start is None or not case.opening_or_b12_drafted:
        return not_applicable("no B12 therapy of known start, or none ordered at signing")
    if not limits.early_from_day <= day <= limits.early_to_day:
        return not_applicable("not between day 5 and day 10")
    if not case.anaemia:
        return case.otherwise("no anaemia is treated", Source.LABS, Source.CONDITIONS)
    measured = (Analyte.HAEMATOCRIT, Analyte.RETICULOCYTES, Analyte.RETICULOCYTES_ABSOLUTE)
    if any(_since(case, analyte, start + timedelta(days=1)) for analyte in measured):
        return silent("the response has been measured")
    if case.unread(Source.LABS):
        return case.otherwise("", Source.LABS)
    return Verdict(
        Outcome.FIRED,
        "anaemia is treated and the response is not yet measured",
        values={"day": str(day)},
        proposals=(order_tests("order-response", Analyte.HAEMATOCRIT, Analyte.RETICULOCYTES),),
    )


def _since(case: Case, analyte: Analyte, day: date) -> LabResult | None:
    result = case.readings.newest(analyte)
    return result if result and result.taken_on and result.taken_on >= day else None


def _below(result: LabResult, limit: Decimal) -> bool:
    return result.measured is not None and result.measured.surely_below(limit)


def _flat(case: Case, now: LabResult, start: date) -> bool:
    if now.measured is None:
        return False
    blood = case.policy.blood
    upper = now.upper_limit or blood.reticulocytes_upper
    before = _before(case, start)
    unrisen = before is not None and now.measured.surely_at_most(before)
    return unrisen or now.measured.surely_below(blood.reticulocytes_multiple * upper)


def _before(case: Case, start: date) -> Decimal | None:
    earlier = [
        result
        for result in case.readings.all_within(Analyte.RETICULOCYTES)
        if result.taken_on and result.taken_on <= start
    ]
    return earlier[0].measured.value if earlier and earlier[0].measured else None
