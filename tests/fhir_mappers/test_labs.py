"""Observations become results: value, unit, date, status, limits, and why one is not used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from fhir_mappers.labs import read_results
from fhir_mappers.reading import Reading
from regimens.facts import Analyte, Finding, LabResult, ResultStatus, Unusable
from regimens.quantities import Comparator, Measured
from tests.fhir_mappers.builders import LOINC, Json, concept, lab, quantity, raw


def result(body: Json, reading: Reading) -> LabResult:
    results, _ = read_results(raw(body), 0, reading)
    assert len(results) == 1
    return results[0]


def test_an_ordinary_result(reading: Reading) -> None:
    """Everything a card quotes is there, and what was reported is kept as text."""
    body = lab(
        "2132-9",
        **quantity(96, "pg/mL"),
        referenceRange=[{"low": {"value": 200, "unit": "pg/mL"}, "high": {"value": 900}}],
        specimen={"reference": "Specimen/s1"},
    )
    assert result(body, reading) == LabResult(
        analyte=Analyte.B12,
        reference="Observation/o1",
        measured=Measured(Decimal(96), "ng/L"),
        taken_on=date(2026, 6, 10),
        taken_at=datetime(2026, 6, 10, 8, tzinfo=UTC),
        reported="96 pg/mL",
        code="2132-9",
        specimen="Specimen/s1",
        lower_limit=Decimal(200),
        upper_limit=Decimal(900),
        reference_range="200 pg/mL to 900",
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("final", ResultStatus.FINAL),
        ("amended", ResultStatus.AMENDED),
        ("corrected", ResultStatus.AMENDED),
        ("appended", ResultStatus.AMENDED),
        ("preliminary", ResultStatus.PRELIMINARY),
        ("done", ResultStatus.PRELIMINARY),
        (None, ResultStatus.FINAL),
    ],
)
def test_status_says_how_firm_a_result_is(
    status: str | None, expected: ResultStatus, reading: Reading
) -> None:
    """A corrected result is amended; a word that FHIR does not have is not final."""
    assert result(lab("2132-9", **quantity(96, "ng/L"), status=status), reading).status is expected


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "unknown"])
def test_a_result_that_never_was_is_dropped(status: str, reading: Reading) -> None:
    """Mistaken, cancelled and not yet existing results leave no trace."""
    body = lab("2132-9", **quantity(96, "ng/L"), status=status)
    assert read_results(raw(body), 0, reading)[0] == ()


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ({"effectiveDateTime": "2026-06-10"}, date(2026, 6, 10)),
        ({"effectiveDateTime": "2026-06"}, date(2026, 6, 1)),
        ({"effectiveDateTime": "2026"}, date(2026, 1, 1)),
        ({"effectiveDateTime": "2026-6-9"}, date(2026, 6, 9)),
        ({"effectiveDateTime": None, "effectiveInstant": "2026-06-09T01:00:00Z"}, date(2026, 6, 9)),
        (
            {
                "effectiveDateTime": None,
                "effectivePeriod": {"start": "2026-06-01", "end": "2026-06-08"},
            },
            date(2026, 6, 8),
        ),
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026-06-01"}}, date(2026, 6, 1)),
        ({"effectiveDateTime": None, "issued": "2026-06-07T10:00:00Z"}, date(2026, 6, 7)),
        ({"effectiveDateTime": "01/05/2026", "issued": "2026-06-07T10:00:00Z"}, date(2026, 6, 7)),
        ({"effectiveDateTime": "2026-06-09 08:15:00"}, date(2026, 6, 9)),
        ({"effectiveDateTime": "2026-06-09 23:15:00-05:00"}, date(2026, 6, 10)),
        ({"effectiveDateTime": "2026-06-09t08:15:00z"}, date(2026, 6, 9)),
        ({"effectiveDateTime": " 2026-06-09T08:15:00Z "}, date(2026, 6, 9)),
        ({"effectiveDateTime": "2026-06-09 morning"}, None),
        ({"effectiveDateTime": "2026-02-30"}, None),
        ({"effectiveDateTime": None}, None),
    ],
)
def test_the_day_of_a_result(when: Json, day: date | None, reading: Reading) -> None:
    """A partial date is its earliest day, so no result counts fresher than certain."""
    found = result(lab("2132-9", **{**quantity(96, "ng/L"), **when}), reading)
    assert found.taken_on == day
    assert found.unusable == (None if day else Unusable.NO_DATE)


def test_an_instant_is_a_day_in_the_clients_timezone(reading: Reading) -> None:
    """An evening in New York is not yet the next day."""
    there = replace(reading, timezone=ZoneInfo("America/New_York"))
    body = lab("2132-9", **quantity(96, "ng/L"), effectiveDateTime="2026-06-10T02:30:00Z")
    assert result(body, there).taken_on == date(2026, 6, 9)
    assert result(body, reading).taken_on == date(2026, 6, 10)


@pytest.mark.parametrize(
    ("day", "unusable"), [("2026-06-15", None), ("2026-06-16", Unusable.FUTURE_DATE)]
)
def test_a_result_of_tomorrow_is_not_used(
    day: str, unusable: Unusable | None, reading: Reading
) -> None:
    """Today is the last day a result can be of."""
    body = lab("2132-9", **quantity(96, "ng/L"), effectiveDateTime=day)
    assert result(body, reading).unusable is unusable


@pytest.mark.parametrize(
    ("value", "comparator", "number"),
    [
        ({"valueQuantity": {"value": 150, "comparator": "<", "unit": "ng/L"}}, "<", 150),
        ({"valueQuantity": {"value": 150, "comparator": ">=", "unit": "ng/L"}}, ">=", 150),
        ({"valueString": "<150 ng/L"}, "<", 150),
        ({"valueString": "> 2000 pg/mL"}, ">", 2000),
        ({"valueString": ">= 2000 pg/mL"}, ">=", 2000),
        ({"valueString": "\u2264 150 ng/L"}, "<=", 150),
        ({"valueString": "1,450 ng/L"}, "", 1450),
        ({"valueString": "96 ng/L"}, "", 96),
    ],
)
def test_comparators_and_numbers_in_text(
    value: Json, comparator: str, number: int, reading: Reading
) -> None:
    """A number in words is a number, with its comparator."""
    found = result(lab("2132-9", **value), reading)
    assert found.measured == Measured(Decimal(number), "ng/L", Comparator(comparator))


@pytest.mark.parametrize("sign", ["lt", "ad", "~"])
def test_a_comparator_that_nobody_knows_is_not_left_out(sign: str, reading: Reading) -> None:
    value = {"valueQuantity": {"value": 400, "comparator": sign, "unit": "ng/L"}}
    found = result(lab("2132-9", **value), reading)
    assert (found.measured, found.unusable) == (None, Unusable.NO_VALUE)
    assert found.reported == f"{sign} 400 ng/L"


def test_a_code_with_a_blank(reading: Reading) -> None:
    body = lab("2132-9", **quantity(96, "ng/L"), code=concept(LOINC, "2132-9 "))
    assert result(body, reading).analyte is Analyte.B12


def test_a_rate_in_text(reading: Reading) -> None:
    """'>60 mL/min' is an eGFR above 60."""
    found = result(lab("98979-8", valueString=">60 mL/min"), reading)
    assert found.measured == Measured(Decimal(60), "mL/min", Comparator.ABOVE)


@pytest.mark.parametrize(
    ("value", "unusable"),
    [
        ({"valueString": "<150"}, Unusable.UNKNOWN_UNIT),
        ({"valueInteger": 150}, Unusable.UNKNOWN_UNIT),
        ({"valueString": "haemolysed"}, Unusable.NO_VALUE),
        ({"valueString": "Positive"}, Unusable.NO_VALUE),
        ({"valueCodeableConcept": {"text": "see comment"}}, Unusable.NO_VALUE),
        ({"dataAbsentReason": {"text": "unknown"}}, Unusable.NO_VALUE),
        ({}, Unusable.NO_VALUE),
        ({"valueQuantity": {"unit": "ng/L"}}, Unusable.NO_VALUE),
        (quantity(180, "ng/mL"), Unusable.IMPLAUSIBLE),
        (quantity(180, "furlongs"), Unusable.UNKNOWN_UNIT),
    ],
)
def test_why_a_result_is_not_used(value: Json, unusable: Unusable, reading: Reading) -> None:
    """What cannot be relied on stays visible with its reason."""
    assert result(lab("2132-9", **value), reading).unusable is unusable


def test_an_implausible_value_is_quoted_as_it_was_reported(reading: Reading) -> None:
    """A card about the slip shows the reported value and unit."""
    found = result(lab("777-3", **quantity(190, "/uL")), reading)
    assert (found.reported, found.unusable) == ("190 /uL", Unusable.IMPLAUSIBLE)


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ({"valueString": "Positive"}, Finding.POSITIVE),
        ({"valueString": "POSITIVE (1:80)"}, Finding.POSITIVE),
        ({"valueString": "Detected"}, Finding.POSITIVE),
        ({"valueString": "Reactive"}, Finding.POSITIVE),
        ({"valueString": "Not detected"}, Finding.NEGATIVE),
        ({"valueString": "Non-reactive"}, Finding.NEGATIVE),
        ({"valueString": "neg"}, Finding.NEGATIVE),
        ({"valueString": "Equivocal"}, Finding.EQUIVOCAL),
        ({"valueString": "Indeterminate"}, Finding.EQUIVOCAL),
        (
            {
                "valueCodeableConcept": {
                    "coding": [
                        {
                            "system": "http://snomed.info/sct",
                            "code": "10828004",
                            "display": "Positive",
                        }
                    ]
                }
            },
            Finding.POSITIVE,
        ),
        ({"valueCodeableConcept": {"text": "Negative"}}, Finding.NEGATIVE),
        ({"valueBoolean": True}, Finding.POSITIVE),
        (
            {**quantity(30, "U/mL"), "referenceRange": [{"high": {"value": 20}}]},
            Finding.POSITIVE,
        ),
        (
            {**quantity(20, "U/mL"), "referenceRange": [{"high": {"value": 20}}]},
            Finding.NEGATIVE,
        ),
        (
            {
                "valueQuantity": {"value": 10, "comparator": ">", "unit": "U/mL"},
                "referenceRange": [{"high": {"value": 20}}],
            },
            None,
        ),
        (
            {
                **quantity(30, "U/mL"),
                "interpretation": [{"coding": [{"code": "H"}]}],
            },
            Finding.POSITIVE,
        ),
        (
            {**quantity(1, "U/mL"), "interpretation": {"coding": [{"code": "NEG"}]}},
            Finding.NEGATIVE,
        ),
        (quantity(30, "U/mL"), None),
    ],
)
def test_antibodies_are_positive_by_word_limit_or_flag(
    value: Json, finding: Finding | None, reading: Reading
) -> None:
    """Equivocal is not positive; a number without a limit says nothing; units do not matter."""
    found = result(lab("31444-3", **value), reading)
    assert (found.finding, found.unusable) == (finding, None)


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("10828004", Finding.POSITIVE),
        ("LA6576-8", Finding.POSITIVE),
        ("LA11882-0", Finding.POSITIVE),
        ("POS", Finding.POSITIVE),
        ("260385009", Finding.NEGATIVE),
        ("LA11883-8", Finding.NEGATIVE),
        ("LA11885-3", Finding.EQUIVOCAL),
        ("LA4489-6", None),
    ],
)
def test_an_antibody_answered_by_code_alone(
    code: str, finding: Finding | None, reading: Reading
) -> None:
    value = {"valueCodeableConcept": {"coding": [{"code": code}]}}
    assert result(lab("31444-3", **value), reading).finding is finding


@pytest.mark.parametrize(
    ("concept", "finding"),
    [
        ({"text": "Pregnant"}, Finding.POSITIVE),
        (
            {"coding": [{"code": "77386006", "display": "Patient currently pregnant"}]},
            Finding.POSITIVE,
        ),
        ({"coding": [{"system": LOINC, "code": "LA15173-0"}]}, Finding.POSITIVE),
        ({"text": "Not pregnant"}, Finding.NEGATIVE),
        ({"text": "Patient not currently pregnant"}, Finding.NEGATIVE),
        ({"coding": [{"system": LOINC, "code": "LA26683-5"}]}, Finding.NEGATIVE),
        ({"text": "Pregnant: no"}, None),
        ({"text": "Not known to be pregnant"}, None),
        ({"text": "Possible pregnancy"}, Finding.EQUIVOCAL),
        ({"text": "Possibly pregnant"}, Finding.EQUIVOCAL),
        ({"coding": [{"system": LOINC, "code": "LA4489-6", "display": "Unknown"}]}, None),
    ],
)
def test_a_pregnancy_status(concept: Json, finding: Finding | None, reading: Reading) -> None:
    found = result(lab("82810-3", valueCodeableConcept=concept), reading)
    assert found.finding is finding


def test_components_are_results_of_their_own(reading: Reading) -> None:
    """A blood count sent as one Observation holds several results; the panel itself is none."""
    body = lab(
        "58410-2",
        component=[
            {"code": concept(LOINC, "718-7"), **quantity(7.9, "g/dL")},
            {"code": concept(LOINC, "777-3"), **quantity(9, "10*3/uL")},
            {"code": concept(LOINC, "789-8"), **quantity(4, "10*6/uL")},
        ],
    )
    results, _ = read_results(raw(body), 0, reading)
    assert [(one.analyte, one.reference) for one in results] == [
        (Analyte.HAEMOGLOBIN, "Observation/o1"),
        (Analyte.PLATELETS, "Observation/o1"),
    ]


@pytest.mark.parametrize(
    ("ranges", "low", "high", "text"),
    [
        ([{"low": {"value": 0.07}, "high": {"value": 0.27}}], "70", "270", "0.07 to 0.27"),
        (
            [{"low": {"value": 70, "unit": "nmol/L"}, "high": {"value": 270, "unit": "nmol/L"}}],
            "70",
            "270",
            "70 nmol/L to 270 nmol/L",
        ),
        ([{"high": {"value": 0.27, "unit": "umol/L"}}], None, "270", "up to 0.27 umol/L"),
        ([{"low": {"value": 0.07}}], "70", None, "at least 0.07"),
        ([{"text": "0.07 - 0.27"}], "70", "270", "0.07 - 0.27"),
        ([{"text": "0.07-0.27 umol/L"}], "70", "270", "0.07-0.27 umol/L"),
        ([{"text": "70 to 270 nmol/L"}], "70", "270", "70 to 270 nmol/L"),
        ([{"text": "<0.27"}], None, "270", "<0.27"),
        ([{"text": "see report"}], None, None, "see report"),
        ([{"high": {"value": 5, "unit": "apples"}}], None, None, "up to 5 apples"),
        ([{"low": {"value": 0}, "high": {"value": 0}}], None, None, "0 to 0"),
        (
            [
                {
                    "type": {"coding": [{"code": "therapeutic"}]},
                    "low": {"value": 9},
                    "high": {"value": 10},
                },
                {"type": {"coding": [{"code": "normal"}]}, "high": {"value": 0.27}},
            ],
            None,
            "270",
            "up to 0.27",
        ),
        ([], None, None, None),
    ],
)
def test_the_laboratorys_own_limits(
    ranges: list[Json], low: str | None, high: str | None, text: str | None, reading: Reading
) -> None:
    """Limits come in the unit of the result; a range that makes no sense has none."""
    body = lab("13964-2", **quantity(0.3, "umol/L"), referenceRange=ranges)
    found = result(body, reading)
    assert found.lower_limit == (None if low is None else Decimal(low))
    assert found.upper_limit == (None if high is None else Decimal(high))
    assert found.reference_range == text


def test_the_unit_decides_under_a_wrong_code(reading: Reading) -> None:
    """Homocysteine in umol/L under the mass code is homocysteine in umol/L."""
    found = result(lab("2428-1", **quantity(18, "umol/L")), reading)
    assert found.measured == Measured(Decimal(18), "umol/L")


def test_an_egfr_under_a_creatinine_code_is_not_used(reading: Reading) -> None:
    """A rate sent as creatinine is neither creatinine nor eGFR."""
    found = result(lab("2160-0", **quantity(49, "mL/min/1.73m2")), reading)
    assert found.unusable is Unusable.UNKNOWN_UNIT


def test_other_tests_are_passed_over(reading: Reading) -> None:
    """Body height is no result of ours, nor is urine MMA."""
    for code in ("8302-2", "25116-5"):
        assert read_results(raw(lab(code, **quantity(1, "x"))), 0, reading)[0] == ()


def test_a_result_without_an_id_is_named_by_its_place(reading: Reading) -> None:
    """A reference that no id can equal stands in."""
    found = result(lab("2132-9", **quantity(96, "ng/L"), id=None), reading)
    assert found.reference == "Observation/#0"
