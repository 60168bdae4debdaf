"""Which of several results counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from regimens.facts import Analyte, LabResult
from tests.regimens.builders import labs, readings


def value(result: LabResult | None) -> Decimal | None:
    return result.measured.value if result and result.measured else None


@pytest.mark.parametrize(
    ("text", "analyte", "window"),
    [
        ("B12 150 ng/L", Analyte.B12, 365),
        ("holoTC 20", Analyte.HOLOTC, 365),
        ("MMA 300", Analyte.MMA, 365),
        ("homocysteine 10", Analyte.HOMOCYSTEINE, 365),
        ("eGFR 80", Analyte.EGFR, 365),
        ("eGFR 60", Analyte.EGFR, 365),
        ("eGFR 59", Analyte.EGFR, 90),
        ("eGFR <60", Analyte.EGFR, 90),
        ("eGFR >60", Analyte.EGFR, 365),
        ("CrCl 45", Analyte.CREATININE_CLEARANCE, 90),
        ("creatinine 50", Analyte.CREATININE, 365),
        ("platelets 100", Analyte.PLATELETS, 90),
        ("platelets 99", Analyte.PLATELETS, 30),
        ("Hb 120", Analyte.HAEMOGLOBIN, 90),
        ("Hct 40", Analyte.HAEMATOCRIT, 90),
        ("MCV 90", Analyte.MCV, 90),
        ("reticulocytes 1", Analyte.RETICULOCYTES, 90),
        ("potassium 4", Analyte.POTASSIUM, 7),
        ("folate 9", Analyte.FOLATE, 180),
        ("red cell folate 400", Analyte.RED_CELL_FOLATE, 180),
        ("ferritin 50", Analyte.FERRITIN, 180),
        ("iron 12", Analyte.IRON, 180),
        ("INR 2", Analyte.INR, 14),
        ("pregnancy status positive", Analyte.PREGNANCY_STATUS, 310),
    ],
)
def test_the_window_includes_its_last_day(text: str, analyte: Analyte, window: int) -> None:
    """A result counts on the last day of its window and not on the day after."""
    assert readings(f"{text} {window} days ago").current(analyte) is not None
    assert readings(f"{text} {window + 1} days ago").current(analyte) is None


@pytest.mark.parametrize("text", ["anti-IF positive", "parietal cell antibody positive"])
def test_antibodies_do_not_expire(text: str) -> None:
    """An antibody of twenty years ago is still one."""
    found = readings(f"{text} 20 years ago")
    assert found.current(*(result.analyte for result in found.results)) is not None


@pytest.mark.parametrize("text", ["eGFR 80", "creatinine 70"])
def test_coded_kidney_disease_shortens_the_window(text: str) -> None:
    """With kidney disease coded, a good value too is good for 90 days only."""
    analytes = (Analyte.EGFR, Analyte.CREATININE)
    assert readings(f"{text} 90 days ago", kidney_disease=True).current(*analytes) is not None
    assert readings(f"{text} 91 days ago", kidney_disease=True).current(*analytes) is None


def test_the_window_is_that_of_the_chosen_value_itself() -> None:
    """A good eGFR of 200 days ago is used although an older one was low."""
    found = readings("eGFR 80 200 days ago", "eGFR 40 300 days ago")
    assert value(found.kidney()) == 80


def test_a_lifted_window() -> None:
    """A result out of its window counts when one asks what it would have changed."""
    old = replace(readings("eGFR 40 200 days ago"), unexpired=frozenset({Analyte.EGFR}))
    assert value(old.kidney()) == 40


def test_the_newest_counts() -> None:
    """Of eGFR and creatinine clearance, which are one series, the newest wins."""
    assert value(readings("eGFR 40 5 days ago", "CrCl 70 4 days ago").kidney()) == 70


@pytest.mark.parametrize(
    ("texts", "lowest"),
    [
        (("eGFR 55 today [code 48643-1]", "eGFR 47 today [code 48642-3]"), 47),
        (("eGFR 55 today", "CrCl 44 today"), 44),
        (("platelets 60 today", "platelets 20 today"), 20),
        (("potassium 4.4 today", "potassium 3.4 today"), Decimal("3.4")),
    ],
)
def test_the_lowest_of_one_day_counts(texts: tuple[str, ...], lowest: Decimal) -> None:
    """Never chosen by race, formula or order of arrival."""
    found = readings(*texts)
    analytes = {result.analyte for result in found.results}
    assert value(found.current(*analytes)) == lowest
    assert value(readings(*reversed(texts)).current(*analytes)) == lowest


def test_an_amended_result_replaces_the_final_one_of_its_sample() -> None:
    """The corrected value counts although the first one was lower."""
    found = readings("eGFR 28 today [specimen 1]", "eGFR 78 today [amended] [specimen 1]")
    assert value(found.kidney()) == 78


def test_a_final_result_replaces_the_preliminary_one() -> None:
    """A preliminary value counts only until the final one is there."""
    assert value(readings("platelets 8 today [preliminary]").current(Analyte.PLATELETS)) == 8
    both = readings("platelets 8 today [preliminary]", "platelets 80 today")
    assert value(both.current(Analyte.PLATELETS)) == 80


def test_an_amended_result_replaces_nothing_of_another_sample() -> None:
    """Another specimen, code or analyte of the same day keeps its own value."""
    for other in ("eGFR 28 today [specimen 2]", "eGFR 28 today [code 77147-7]", "CrCl 28 today"):
        found = readings(other, "eGFR 78 today [amended] [specimen 1]")
        assert value(found.kidney()) == 28


def test_samples_of_one_day_are_told_apart_by_their_hour() -> None:
    """Without specimens, two hours are two samples and one hour is one."""
    final, amended = labs("eGFR 28 today", "eGFR 78 today [amended]")
    base = readings()
    at_eight = datetime(2026, 10, 14, 8, tzinfo=UTC)
    at_nine = datetime(2026, 10, 14, 9, tzinfo=UTC)
    two = (replace(final, taken_at=at_eight), replace(amended, taken_at=at_nine))
    one = (replace(final, taken_at=at_eight), replace(amended, taken_at=at_eight))
    assert value(replace(base, results=two).kidney()) == 28
    assert value(replace(base, results=one).kidney()) == 78


@pytest.mark.parametrize(
    "text",
    [
        "eGFR 40 tomorrow",
        "eGFR 40 today [implausible]",
        "eGFR 40 today [unknown unit]",
        "eGFR 40 today [no value]",
        "eGFR 40 today [no date]",
    ],
)
def test_unusable_results_are_absent(text: str) -> None:
    """A result of the future, without a date or that cannot be right is as good as none."""
    assert readings(text).kidney() is None
    assert value(readings(text, "eGFR 80 30 days ago").kidney()) == 80


def test_all_within_the_window() -> None:
    """Every usable result of one analyte, newest first, the old and the replaced left out."""
    found = readings(
        "B12 150 ng/L 20 days ago",
        "B12 400 ng/L 5 days ago [specimen 1]",
        "B12 300 ng/L 5 days ago [amended] [specimen 1]",
        "B12 100 ng/L 366 days ago",
        "B12 9 ng/L 1 day ago [implausible]",
        "holoTC 20 1 day ago",
    ).all_within(Analyte.B12)
    assert [value(result) for result in found] == [300, 150]


def test_a_number_counts_before_words_of_the_same_day() -> None:
    """A result in words beside a number of the same day does not hide the number."""
    worded, number = labs("MMA 300 today", "MMA 500 today")
    worded = replace(worded, measured=None, reported="pending")
    assert value(replace(readings(), results=(worded, number)).current(Analyte.MMA)) == 500
