"""Where a patient stands with B12: every line of table 4a, and several results together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regimens.advice import B12Status
from tests.regimens.builders import make

DEFICIENT, INDETERMINATE = B12Status.DEFICIENT, B12Status.INDETERMINATE
UNLIKELY, UNKNOWN, TREATED = B12Status.UNLIKELY, B12Status.UNKNOWN, B12Status.TREATED


def status(*labs: str, **given: object) -> B12Status:
    rest: dict[str, Any] = given
    return make(labs=list(labs), **rest).biochemistry


@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        ("B12 179 ng/L", DEFICIENT),
        ("B12 180 ng/L", INDETERMINATE),
        ("B12 181 ng/L", INDETERMINATE),
        ("B12 349 ng/L", INDETERMINATE),
        ("B12 350 ng/L", INDETERMINATE),
        ("B12 351 ng/L", UNLIKELY),
        ("B12 179.9 pg/mL", DEFICIENT),
        ("B12 132 pmol/L", DEFICIENT),
        ("B12 133 pmol/L", INDETERMINATE),
        ("B12 258 pmol/L", INDETERMINATE),
        ("B12 259 pmol/L", UNLIKELY),
        ("holoTC 24 pmol/L", DEFICIENT),
        ("holoTC 25 pmol/L", INDETERMINATE),
        ("holoTC 70 pmol/L", INDETERMINATE),
        ("holoTC 71 pmol/L", UNLIKELY),
    ],
)
def test_the_two_cut_points(lab: str, expected: B12Status) -> None:
    """Below 180 ng/L, 133 pmol/L, holoTC 25 deficient; above 350, 258, 70 unlikely."""
    assert status(f"{lab} 5 days ago") is expected


@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        ("B12 <150 ng/L", DEFICIENT),
        ("B12 <180 ng/L", DEFICIENT),
        ("B12 <200 ng/L", INDETERMINATE),
        ("B12 <=180 ng/L", INDETERMINATE),
        ("B12 <=179 ng/L", DEFICIENT),
        ("B12 >150 ng/L", INDETERMINATE),
        ("B12 >350 ng/L", UNLIKELY),
        ("B12 >=350 ng/L", INDETERMINATE),
        ("B12 >=351 ng/L", UNLIKELY),
        ("B12 >1500 pmol/L", UNLIKELY),
        ("holoTC <25 pmol/L", DEFICIENT),
        ("holoTC >70 pmol/L", UNLIKELY),
    ],
)
def test_a_comparator_counts_for_its_whole_interval(lab: str, expected: B12Status) -> None:
    """A result that straddles a cut point is indeterminate."""
    assert status(f"{lab} 5 days ago") is expected


@given(st.integers(min_value=100, max_value=400))
def test_molar_and_mass_results_of_one_sample_agree(mass: int) -> None:
    """Rounded to whole units, as laboratories report them, both classify alike."""
    molar = round(Decimal(mass) * Decimal("0.7378"))
    assert status(f"B12 {mass} ng/L today") is status(f"B12 {molar} pmol/L today")


@pytest.mark.parametrize(
    ("labs", "expected"),
    [
        # Raised MMA with eGFR of 60 or above outranks any B12.
        (("B12 500 ng/L", "MMA 401", "eGFR 60"), DEFICIENT),
        (("B12 500 ng/L", "MMA 401", "eGFR >60"), DEFICIENT),
        (("MMA 401", "eGFR 60"), DEFICIENT),
        (("B12 250 ng/L", "MMA 401", "CrCl 75"), DEFICIENT),
        # With eGFR below 60 or unknown it makes the result indeterminate.
        (("B12 500 ng/L", "MMA 401", "eGFR 59"), INDETERMINATE),
        (("B12 500 ng/L", "MMA 401"), INDETERMINATE),
        (("MMA 401", "eGFR 59"), INDETERMINATE),
        (("MMA 401",), INDETERMINATE),
        (("B12 250 ng/L", "MMA 401", "eGFR >50"), INDETERMINATE),
        (("B12 250 ng/L", "MMA 401", "eGFR 80 366 days ago"), INDETERMINATE),
        # A normal MMA turns indeterminate into unlikely and never clears a deficient result.
        (("B12 250 ng/L", "MMA 400", "eGFR 80"), UNLIKELY),
        (("B12 250 ng/L", "MMA 400", "eGFR 40"), UNLIKELY),
        (("B12 250 ng/L", "MMA 400"), UNLIKELY),
        (("B12 150 ng/L", "MMA 200", "eGFR 80"), DEFICIENT),
        (("holoTC 20", "MMA 200", "eGFR 80"), DEFICIENT),
        # An MMA whose comparator straddles its limit is neither raised nor normal.
        (("B12 250 ng/L", "MMA <500", "eGFR 80"), INDETERMINATE),
        (("B12 250 ng/L", "MMA >400", "eGFR 80"), DEFICIENT),
        (("B12 250 ng/L", "MMA >300", "eGFR 80"), INDETERMINATE),
        # A low B12 stays deficient whatever the kidneys do to MMA.
        (("B12 150 ng/L", "MMA 900", "eGFR 30"), DEFICIENT),
        # Nothing usable.
        ((), UNKNOWN),
        (("MMA 200", "eGFR 80"), UNKNOWN),
        (("homocysteine 40", "eGFR 80"), UNKNOWN),
        (("B12 150 ng/L 366 days ago",), UNKNOWN),
        (("B12 150 ng/L [implausible]",), UNKNOWN),
        (("B12 150 ng/L [unknown unit]",), UNKNOWN),
        (("B12 150 ng/L tomorrow",), UNKNOWN),
    ],
)
def test_b12_and_mma_together(labs: tuple[str, ...], expected: B12Status) -> None:
    """MMA outranks B12 where the kidneys let it, and is never proof where they do not."""
    assert status(*labs) is expected


@pytest.mark.parametrize(
    ("total", "active", "expected"),
    [
        ("B12 150 ng/L today", "holoTC 90 30 days ago", UNLIKELY),
        ("B12 150 ng/L today", "holoTC 90 31 days ago", DEFICIENT),
        ("B12 400 ng/L 30 days ago", "holoTC 20 today", DEFICIENT),
        ("B12 150 ng/L 200 days ago", "holoTC 90 today", UNLIKELY),
        ("B12 150 ng/L 366 days ago", "holoTC 90 365 days ago", UNLIKELY),
    ],
)
def test_holotc_replaces_total_b12(total: str, active: str, expected: B12Status) -> None:
    """Unless it is more than 30 days older than the total."""
    assert status(total, active) is expected


@pytest.mark.parametrize(
    ("labs", "conditions", "expected"),
    [
        (("B12 500 ng/L", "homocysteine 15.1", "eGFR 60"), ["nitrous oxide exposure"], DEFICIENT),
        (("B12 500 ng/L", "homocysteine 15", "eGFR 60"), ["nitrous oxide exposure"], UNLIKELY),
        (("B12 500 ng/L", "homocysteine 16", "eGFR 59"), ["nitrous oxide exposure"], UNLIKELY),
        (("B12 500 ng/L", "homocysteine 16"), ["nitrous oxide exposure"], UNLIKELY),
        (("B12 500 ng/L", "homocysteine 16", "eGFR 80"), [], UNLIKELY),
        (("B12 500 ng/L", "homocysteine 16", "eGFR 80", "anti-IF positive"), [], DEFICIENT),
        (("B12 500 ng/L", "homocysteine 16", "eGFR 80", "anti-IF equivocal"), [], UNLIKELY),
        (("B12 500 ng/L", "MMA 401", "eGFR 80"), ["nitrous oxide exposure"], DEFICIENT),
        (
            ("homocysteine 11 [upper limit 10]", "eGFR 80", "anti-IF positive"),
            [],
            DEFICIENT,
        ),
    ],
)
def test_homocysteine_with_a_cause_that_hides_low_b12(
    labs: tuple[str, ...], conditions: list[str], expected: B12Status
) -> None:
    """Raised homocysteine proves deficiency with nitrous oxide or anti-IF, and eGFR 60 or more."""
    assert status(*labs, conditions=conditions) is expected


@pytest.mark.parametrize(
    ("age", "mma", "expected"),
    [
        (64, "401", DEFICIENT),
        (64, "400", UNKNOWN),
        (65, "460", UNKNOWN),
        (65, "461", DEFICIENT),
        (80, "420", UNKNOWN),
        ("unknown", "401", DEFICIENT),
        (65, "420 [upper limit 350]", DEFICIENT),
        (50, "420 [upper limit 450]", UNKNOWN),
    ],
)
def test_the_limit_of_mma(age: int | str, mma: str, expected: B12Status) -> None:
    """400 nmol/L, from 65 years 460; the laboratory's own limit comes first."""
    assert status(f"MMA {mma}", "eGFR 80", age=age) is expected


@pytest.mark.parametrize(
    ("labs", "conditions", "expected"),
    [
        (("B12 120 ng/L",), [], INDETERMINATE),
        (("B12 <150 ng/L",), [], INDETERMINATE),
        (("holoTC 20",), [], DEFICIENT),
        (("B12 120 ng/L",), ["paraesthesia"], DEFICIENT),
        (("B12 120 ng/L",), ["paraesthesia (historical)"], INDETERMINATE),
        (("B12 120 ng/L",), ["glossitis"], INDETERMINATE),
        (("B12 120 ng/L",), ["vitamin B12 deficiency anaemia"], DEFICIENT),
        (("B12 120 ng/L", "Hb 99"), [], DEFICIENT),
        (("B12 120 ng/L", "Hb 100"), [], INDETERMINATE),
        (("B12 120 ng/L", "Hb 108 today [lower limit 110]"), [], DEFICIENT),
        (("B12 120 ng/L", "MMA 500"), [], DEFICIENT),
        (("B12 120 ng/L", "MMA 300", "eGFR 80"), [], INDETERMINATE),
        (("B12 250 ng/L",), [], INDETERMINATE),
        (("B12 400 ng/L",), [], UNLIKELY),
    ],
)
def test_pregnancy(labs: tuple[str, ...], conditions: list[str], expected: B12Status) -> None:
    """A low total B12 alone is indeterminate; anaemia, nerves or raised MMA make it deficient."""
    assert status(*labs, conditions=["pregnancy", *conditions], sex="female") is expected


def test_a_normal_mma_does_not_clear_a_low_total_in_pregnancy() -> None:
    """It turns the indeterminate into nothing: the low total is what it is."""
    assert status("B12 120 ng/L", "MMA 300", conditions=["pregnancy"]) is INDETERMINATE


def test_adult_cut_points_do_not_apply_to_a_child() -> None:
    """Below 18 the results are unknown; on the 18th birthday they count."""
    assert status("B12 100 ng/L", age="17, 18 tomorrow") is UNKNOWN
    assert status("B12 100 ng/L", age=18) is DEFICIENT


def test_treated_wins_outwardly() -> None:
    """The outward status is treated; the results keep their class."""
    case = make(
        labs=["B12 100 ng/L 5 days ago"],
        medications=["hydroxocobalamin 1 mg IM every 3 months, active since 20 days ago"],
    )
    assert (case.status, case.biochemistry) == (TREATED, DEFICIENT)
    assert "12 months" in case.assessment.why


def test_the_assessment_quotes_what_it_rests_on() -> None:
    """Every result that decided is among the inputs, as it was reported."""
    case = make(labs=["B12 <150 ng/L 5 days ago", "MMA 500 today", "eGFR 45 today"])
    quoted = [(one.name, one.value, one.unit) for one in case.assessment.inputs]
    assert quoted == [("B12", "<150", "ng/L")]
    case = make(labs=["B12 250 ng/L 5 days ago", "MMA 500 today", "eGFR 45 today"])
    assert [one.name for one in case.assessment.inputs] == ["B12", "MMA", "eGFR"]
