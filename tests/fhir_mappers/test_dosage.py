"""Dosage instructions become phases: amount, route, site and timing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fhir_mappers.dosage import read_phase
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.dosages import Dosage
from fhir_mappers.timing_structure import NOT_UNDERSTOOD
from fhir_mappers.versions.inward import read
from regimens.orders import Amount, AmountKind, Phase, Route, Site, Timing
from regimens.quantities import PeriodUnit
from tests.fhir_mappers.builders import SNOMED, UCUM, Json, concept, raw

D, W, M = PeriodUnit.DAY, PeriodUnit.WEEK, PeriodUnit.MONTH


def phase(body: Json, reading: Reading, drug: str = "") -> Phase:
    return read_phase(read(raw(body), Dosage), drug, reading)


def dose(value: object, unit: str | None, code: str | None = None) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


@pytest.mark.parametrize(
    ("body", "value", "kind"),
    [
        ({"doseAndRate": [{"doseQuantity": dose(1, "mg", "mg")}]}, "1000", AmountKind.MASS),
        ({"doseAndRate": {"doseQuantity": dose(1000, "mcg", "ug")}}, "1000", AmountKind.MASS),
        ({"doseAndRate": [{"doseQuantity": dose("1,000", "mcg")}]}, "1000", AmountKind.MASS),
        ({"doseAndRate": [{"doseQuantity": dose(5, "g", "g")}]}, "5000000", AmountKind.MASS),
        ({"doseAndRate": [{"doseQuantity": dose(0.5, "mL", "mL")}]}, "0.5", AmountKind.VOLUME),
        ({"doseAndRate": [{"doseQuantity": dose(1, "capsule")}]}, "1", AmountKind.COUNT),
        ({"doseAndRate": [{"doseQuantity": dose(2, "Tablet", "TAB")}]}, "2", AmountKind.COUNT),
        ({"doseAndRate": [{"doseQuantity": dose(1, "mg", "ug")}]}, "1", AmountKind.UNKNOWN),
        ({"doseAndRate": [{"doseQuantity": dose(1, "IU")}]}, "1", AmountKind.UNKNOWN),
        ({"doseAndRate": [{"doseQuantity": dose(1, None)}]}, "1", AmountKind.UNKNOWN),
        ({"doseQuantity": dose(1, "mg", "mg")}, "1000", AmountKind.MASS),
        ({"dose": dose(1, "mg", "mg")}, "1000", AmountKind.MASS),
        ({"quantityQuantity": dose(1, "mg", "mg")}, "1000", AmountKind.MASS),
        (
            {"doseAndRate": [{"doseRange": {"low": dose(1, "mg"), "high": dose(2, "mg")}}]},
            "2000",
            AmountKind.MASS,
        ),
        (
            {"doseRange": {"low": dose(1, "mg"), "high": {"value": 2}}},
            "2000",
            AmountKind.MASS,
        ),
        (
            {
                "doseAndRate": [
                    {"type": {"coding": [{"code": "calculated"}]}, "doseQuantity": dose(9, "mg")},
                    {"type": {"coding": [{"code": "ordered"}]}, "doseQuantity": dose(1, "mg")},
                ]
            },
            "1000",
            AmountKind.MASS,
        ),
        ({"text": "1,000 mcg IM monthly"}, "1000", AmountKind.MASS),
        ({"text": "1 mg (1 mL) IM monthly"}, "1000", AmountKind.MASS),
        ({"text": "1 mL of 1 mg/mL IM"}, "1", AmountKind.VOLUME),
        ({"text": "2 tablets daily"}, "2", AmountKind.COUNT),
    ],
)
def test_the_dose(body: Json, value: str, kind: AmountKind, reading: Reading) -> None:
    """Each spelling of a dose; of a range the high end; a contradiction is not known."""
    amount = phase(body, reading).amount
    assert amount is not None
    assert (amount.value, amount.kind) == (Decimal(value), kind)


@pytest.mark.parametrize(
    "text", ["1 mg or 2 mg IM", "inject as directed", "1 tablet or 2 tablets", ""]
)
def test_no_dose_is_guessed(text: str, reading: Reading) -> None:
    """Two doses in one text are none."""
    assert phase({"text": text}, reading).amount is None


def test_the_drugs_own_words_are_asked_last(reading: Reading) -> None:
    """A drug written like an order tells dose, route and timing."""
    found = phase({}, reading, "Inj cyanocobalamin 1000 mcg IM monthly")
    assert found.amount == Amount(Decimal(1000), AmountKind.MASS, "1000 mcg")
    assert found.route is Route.INTRAMUSCULAR
    assert (found.timing.period, found.timing.period_unit) == (Decimal(1), M)


def test_a_strength_is_no_dose(reading: Reading) -> None:
    """The strength in a product's name is not the dose that was ordered."""
    assert phase({}, reading, "Folic acid 5mg tablets").amount is None


@pytest.mark.parametrize(
    ("body", "route"),
    [
        ({"route": concept(SNOMED, "78421000")}, Route.INTRAMUSCULAR),
        (
            {
                "route": concept(
                    "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration", "IVINJ"
                )
            },
            Route.INTRAVENOUS,
        ),
        ({"route": concept("http://standardterms.edqm.eu", "20035000")}, Route.INTRAMUSCULAR),
        ({"route": {"text": "IM"}}, Route.INTRAMUSCULAR),
        ({"route": {"text": "deep subcutaneous injection"}}, Route.SUBCUTANEOUS),
        ({"route": {"text": "SubQ"}}, Route.SUBCUTANEOUS),
        ({"route": {"text": "Sub-Q injection"}}, Route.SUBCUTANEOUS),
        ({"route": {"text": "sub cutaneous"}}, Route.SUBCUTANEOUS),
        ({"route": {"text": "IVPB"}}, Route.INTRAVENOUS),
        ({"text": "1 mg subq monthly"}, Route.SUBCUTANEOUS),
        ({"route": concept("http://local", "7", "Intramuscular")}, Route.INTRAMUSCULAR),
        ({"route": {"text": "rectal"}}, Route.OTHER),
        ({"route": {"text": "IM or SC"}}, None),
        ({"route": {"text": "as discussed"}, "text": "1 mg IM"}, None),
        ({"text": "1 mg intramuscularly into the deltoid"}, Route.INTRAMUSCULAR),
        ({"text": "1 mg by mouth"}, Route.ORAL),
        ({"text": "apply topical cream"}, None),
        ({"text": "1 mg IM or deep SC"}, None),
        ({}, None),
    ],
)
def test_the_route(body: Json, route: Route | None, reading: Reading) -> None:
    """By code, by name, else by the words of the instruction; two routes are none."""
    assert phase(body, reading).route is route


@pytest.mark.parametrize(
    ("body", "site"),
    [
        ({"site": concept(SNOMED, "46862004")}, Site.BUTTOCK),
        (
            {"site": concept("http://terminology.hl7.org/CodeSystem/v3-ActSite", "LVG")},
            Site.VENTROGLUTEAL,
        ),
        ({"site": {"text": "left gluteus medius"}}, Site.BUTTOCK),
        ({"site": {"text": "upper outer quadrant of the right buttock"}}, Site.BUTTOCK),
        ({"siteCodeableConcept": {"text": "deltoid"}}, Site.DELTOID),
        ({"bodySite": {"text": "thigh"}}, Site.VASTUS_LATERALIS),
        ({"site": {"text": "abdomen"}}, Site.OTHER),
        ({"text": "1 mg IM into the ventro-gluteal site"}, Site.VENTROGLUTEAL),
        ({"text": "1 mg IM, left buttock"}, Site.BUTTOCK),
        ({}, None),
    ],
)
def test_the_site(body: Json, site: Site | None, reading: Reading) -> None:
    """By code or words; ventrogluteal is not the buttock; another site is other."""
    assert phase(body, reading).site is site


def repeat(**more: object) -> Json:
    return {"timing": {"repeat": more}}


@pytest.mark.parametrize(
    ("body", "timing"),
    [
        (
            repeat(frequency=3, period=1, periodUnit="wk"),
            Timing(Decimal(3), Decimal(1), W),
        ),
        (repeat(frequency=1, period=1, periodUnits="d"), Timing(Decimal(1), Decimal(1), D)),
        (repeat(frequency="1", period="3", periodUnit="mo"), Timing(Decimal(1), Decimal(3), M)),
        (repeat(frequency=1, period=3, periodUnit="months"), Timing(Decimal(1), Decimal(3), M)),
        (repeat(period=2, periodMax=3, periodUnit="mo"), Timing(None, Decimal(3), M)),
        (
            repeat(frequency=1, frequencyMax=2, period=1, periodUnit="d"),
            Timing(Decimal(1), Decimal(1), D),
        ),
        (repeat(frequency=2, periodUnit="wk"), Timing(Decimal(2), Decimal(1), W)),
        (repeat(count=1), Timing(count=1)),
        (
            repeat(frequency=1, period=1, periodUnit="wk", count=4),
            Timing(Decimal(1), Decimal(1), W, count=4),
        ),
        (
            repeat(dayOfWeek=["mon", "wed", "fri"]),
            Timing(Decimal(3), Decimal(1), W),
        ),
        (
            repeat(dayOfWeek=["mon", "thu"], frequency=1, period=1, periodUnit="d"),
            Timing(Decimal(2), Decimal(1), W),
        ),
        (
            repeat(dayOfWeek="mon", frequency=1, period=2, periodUnit="wk"),
            Timing(Decimal(1), Decimal(2), W),
        ),
        (
            repeat(timeOfDay=["08:00:00", "20:00:00"], period=1, periodUnit="d"),
            Timing(Decimal(2), Decimal(1), D),
        ),
        (
            repeat(period=1, periodUnit="d", boundsDuration={"value": 2, "code": "wk"}),
            Timing(None, Decimal(1), D, bounds_days=14),
        ),
        (
            repeat(
                period=1,
                periodUnit="d",
                boundsRange={"low": {"value": 5, "unit": "days"}, "high": {"value": 10}},
            ),
            Timing(None, Decimal(1), D, bounds_days=10),
        ),
        (
            repeat(
                period=1,
                periodUnit="d",
                boundsPeriod={"start": "2026-06-15", "end": "2026-06-28"},
            ),
            Timing(
                None,
                Decimal(1),
                D,
                bounds_days=14,
                starts_on=date(2026, 6, 15),
                ends_on=date(2026, 6, 28),
            ),
        ),
        (
            {
                "timing": {
                    "event": ["2026-06-15"],
                    "repeat": {"period": 1, "periodUnit": "d", "boundsDuration": dose(14, "d")},
                }
            },
            Timing(None, Decimal(1), D, bounds_days=14, starts_on=date(2026, 6, 15)),
        ),
        (
            {"timing": {"event": ["2026-06-15", "2026-06-17", "2026-06-19"]}},
            Timing(None, Decimal(2), D, count=3, starts_on=date(2026, 6, 15)),
        ),
        ({"timing": {"event": "2026-06-15"}}, Timing(count=1, starts_on=date(2026, 6, 15))),
        (
            {
                "timing": {
                    "code": concept(
                        "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "BID"
                    )
                }
            },
            Timing(Decimal(2), Decimal(1), D),
        ),
        (
            {"timing": {"code": concept("urn:oid:2.16.840.1.113883.5.1022", "QOD")}},
            Timing(Decimal(1), Decimal(2), D),
        ),
        ({"asNeededBoolean": True}, Timing(as_needed=True)),
        ({"asNeededCodeableConcept": {"text": "tiredness"}}, Timing(as_needed=True)),
        ({}, Timing()),
    ],
)
def test_structured_timing(body: Json, timing: Timing, reading: Reading) -> None:
    """Every structure that FHIR offers, in the spellings of its versions."""
    assert phase(body, reading).timing == timing


@pytest.mark.parametrize(
    "body",
    [
        repeat(frequency=1, period=1),
        repeat(frequency=1, periodUnit="fortnight", period=1),
        repeat(frequency=1, period=0, periodUnit="d"),
        repeat(frequency=0, period=1, periodUnit="d"),
        repeat(frequency=1, period=-1, periodUnit="d"),
        repeat(frequency=1, period=101, periodUnit="a"),
        repeat(frequency=1, period=1, periodUnit="a", count=101),
        repeat(count=99999999999),
    ],
)
def test_a_broken_structure_is_ambiguous(body: Json, reading: Reading) -> None:
    """A period without its unit, or a unit that FHIR does not have, cannot be understood."""
    assert phase(body, reading).timing.ambiguous == "cannot be understood"


MONTHLY = {"frequency": 1, "period": 1, "periodUnit": "mo"}
TWICE_WEEKLY = {"frequency": 2, "period": 1, "periodUnit": "wk"}


@pytest.mark.parametrize(
    ("body", "ambiguous"),
    [
        ({"text": "biweekly x 6"}, "biweekly"),
        ({"timing": {"code": {"text": "bi-monthly"}}}, "biweekly"),
        ({"text": "1 mg IM biweekly", "timing": {"repeat": TWICE_WEEKLY}}, "biweekly"),
        (
            {"additionalInstruction": [{"text": "biweekly"}], "timing": {"repeat": MONTHLY}},
            "biweekly",
        ),
        ({"patientInstruction": "come biweekly", "timing": {"repeat": MONTHLY}}, "biweekly"),
        ({"text": "weekly", "timing": {"repeat": MONTHLY}}, "words and structure disagree"),
        (
            {"text": "fortnightly", "timing": {"repeat": TWICE_WEEKLY}},
            "words and structure disagree",
        ),
        ({"text": "fortnightly"}, None),
        (
            {
                "text": "fortnightly",
                "timing": {"repeat": {"frequency": 1, "period": 14, "periodUnit": "d"}},
            },
            None,
        ),
        (
            {
                "text": "every 4 weeks",
                "timing": {"repeat": MONTHLY},
            },
            None,
        ),
        (
            {
                "text": "every 12 weeks",
                "timing": {"repeat": {"frequency": 1, "period": 3, "periodUnit": "mo"}},
            },
            None,
        ),
        ({"text": "inject slowly", "timing": {"repeat": MONTHLY}}, None),
        ({"text": "as directed", "timing": {"repeat": MONTHLY}}, None),
        ({"text": "as directed"}, "cannot be understood"),
        ({"timing": {"code": {"text": "soon"}}}, "cannot be understood"),
        ({"additionalInstruction": [{"text": "as directed"}]}, "cannot be understood"),
        ({"text": "weekly", "additionalInstruction": [{"text": "as directed"}]}, None),
        ({"text": "1 mg IM"}, None),
        ({"text": "1 mg IM once", "timing": {"repeat": {"count": 1}}}, None),
        ({}, None),
    ],
)
def test_when_timing_is_ambiguous(body: Json, ambiguous: str | None, reading: Reading) -> None:
    """Biweekly anywhere, words against structure, and words alone that say nothing clear."""
    assert phase(body, reading).timing.ambiguous == ambiguous


@pytest.mark.parametrize(
    ("body", "count", "bounds_days"),
    [
        ({"text": "biweekly x 6"}, 6, None),
        ({"timing": {"code": {"text": "bi-weekly for 6 doses"}}}, 6, None),
        ({"text": "1 mg IM biweekly for 3 weeks"}, None, 21),
        ({"text": "biweekly x 6", "timing": {"repeat": {"count": 5}}}, 5, None),
        ({"text": "biweekly"}, None, None),
    ],
)
def test_how_many_biweekly_doses_is_understood(
    body: Json, count: int | None, bounds_days: int | None, reading: Reading
) -> None:
    """What is meant by "biweekly" is unknown; how often or how long is not, and is kept."""
    timing = phase(body, reading).timing
    assert (timing.count, timing.bounds_days) == (count, bounds_days)
    assert (timing.ambiguous, timing.interval_days) == ("biweekly", None)


def test_biweekly_in_the_drugs_name_counts(reading: Reading) -> None:
    """The word is ambiguous wherever a prescriber writes it."""
    found = phase({"timing": {"repeat": MONTHLY}}, reading, "B12 injection biweekly")
    assert found.timing.ambiguous == "biweekly"


@pytest.mark.parametrize(
    ("coding", "days", "ambiguous"),
    [
        ({"code": "WK"}, 7, None),
        ({"system": "urn:local", "code": "Q4W"}, 28, None),
        ({"system": "urn:local", "code": "4711", "display": "Every 2 weeks"}, 14, None),
        ({"system": "urn:local", "code": "4711"}, None, NOT_UNDERSTOOD),
        ({"system": "urn:local", "code": "QUARTAL"}, None, NOT_UNDERSTOOD),
    ],
)
def test_a_coded_timing_is_never_passed_over(
    coding: Json, days: int | None, ambiguous: str | None, reading: Reading
) -> None:
    """What no table knows is read as words, and what cannot be read is asked about."""
    timing = phase({"timing": {"code": {"coding": [coding]}}}, reading).timing
    assert (timing.interval_days, timing.ambiguous) == (days, ambiguous)


@pytest.mark.parametrize(
    ("repeat", "days"),
    [
        ({"timeOfDay": ["08:00:00"]}, "1"),
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, "0.5"),
        ({"timeOfDay": ["08:00:00"], "dayOfWeek": ["mon"]}, "7"),
        ({"timeOfDay": ["08:00:00"], "frequency": 1, "period": 1, "periodUnit": "mo"}, "31"),
    ],
)
def test_hours_alone_are_meant_for_every_day(repeat: Json, days: str, reading: Reading) -> None:
    timing = phase({"timing": {"repeat": repeat}}, reading).timing
    assert (timing.interval_days, timing.ambiguous) == (Decimal(days), None)


def test_words_complete_a_structure_without_frequency(reading: Reading) -> None:
    """A start in the structure and the frequency in words make one timing."""
    body = {
        "text": "three times a week for 2 weeks",
        "timing": {"repeat": {"boundsPeriod": {"start": "2026-06-20"}}},
    }
    found = phase(body, reading).timing
    assert (found.frequency, found.period, found.period_unit) == (Decimal(3), Decimal(1), W)
    assert (found.bounds_days, found.starts_on) == (14, date(2026, 6, 20))


def test_the_words_about_timing_are_kept(reading: Reading) -> None:
    """A card quotes the words that spoke of timing, and no others."""
    assert phase({"text": "weekly x 4"}, reading).timing.text == "weekly x 4"
    assert phase({"text": "1 mg IM"}, reading).timing.text is None
