"""Our unit factors against a UCUM library that nobody here has written (docs/decisions/0001-ucum.md)."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from typing import Any

import pint
import pytest
from ucumvert import PintUcumRegistry  # type: ignore[import-untyped]  # it carries no types

from fhir_mappers.terminology import FOLDER

TABLE = tomllib.loads((FOLDER / "units.toml").read_text("utf-8"))
ROWS = [
    pytest.param(analyte, row, id=f"{analyte} {row['spelling']}")
    for analyte, table in TABLE["analyte"].items()
    for row in table["units"]
]

# What laboratories write and UCUM does not know, or knows as something else: G is gauss, K kelvin.
MEANT = {
    "": "1",
    "{INR}": "1",
    "INR": "1",
    "ratio": "1",
    "mEq/L": "meq/L",
    "10^3/uL": "10*3/uL",
    "K/uL": "10*3/uL",
    "x10E3/uL": "10*3/uL",
    "Thousand/uL": "10*3/uL",
    "Tsd/uL": "10*3/uL",
    "K/cumm": "10*3/mm3",
    "G/L": "10*9/L",
    "Gpt/L": "10*9/L",
    "lakh/uL": "10*5/uL",
    "mL/min/1.73m2": "mL/min/{1.73_m2}",
    "mL/min/1.73": "mL/min/{1.73_m2}",
    "mgs": "mg",
    "mcgs": "ug",
    "gm": "g",
    "nanograms": "ng",
    "micrograms": "ug",
    "milligrams": "mg",
    "grams": "g",
    "nanogram": "ng",
    "microgram": "ug",
    "microg": "ug",
    "milligram": "mg",
    "gram": "g",
}
# Grams per mole; haemoglobin is counted by its single chain, as laboratories do.
MOLAR_MASS = {
    "MMA": Decimal("118.09"),
    "HOMOCYSTEINE": Decimal("135.18"),
    "FOLATE": Decimal("441.4"),
    "RED_CELL_FOLATE": Decimal("441.4"),
    "CREATININE": Decimal("113.12"),
    "HAEMOGLOBIN": Decimal(16114),
}
B12_GRAMS_PER_MOLE = Decimal("1355.37")
# Factors are printed with four digits; the library computes in binary floating point.
ROUNDED = 5e-4
FLOATING = 1e-12


@pytest.fixture(scope="module")
def registry() -> Any:  # noqa: ANN401 - the library is untyped
    """The units of UCUM."""
    return PintUcumRegistry()


def _quantity(registry: Any, spelling: str) -> Any:  # noqa: ANN401 - the library is untyped
    return registry.from_ucum(MEANT.get(spelling, spelling))


@pytest.mark.parametrize(("analyte", "row"), ROWS)
def test_a_factor_is_the_one_of_the_library(
    registry: Any,  # noqa: ANN401 - the library is untyped
    analyte: str,
    row: dict[str, str],
) -> None:
    """One of a spelling is as many of our unit as UCUM says, and as the molar mass says."""
    source, target = _quantity(registry, row["spelling"]), _quantity(registry, row["unit"])
    try:
        expected, tolerance = float((source / target).to("dimensionless").magnitude), FLOATING
    except pint.DimensionalityError:
        molar = float(MOLAR_MASS[analyte]) * registry.from_ucum("g/mol")
        by_mass = source / molar if source.check("[mass]/[volume]") else source * molar
        expected, tolerance = float((by_mass / target).to("dimensionless").magnitude), ROUNDED
    assert float(row["factor"]) == pytest.approx(expected, rel=tolerance)


def test_b12_in_moles_is_never_taken_from_the_mass() -> None:
    """The one factor between them scales the bounds of what is plausible, and fits its molar mass."""
    b12 = TABLE["analyte"]["B12"]
    assert {row["unit"] for row in b12["units"]} == {"ng/L", "pmol/L"}
    factor = float(b12["plausible"]["other"]["factor"])
    assert factor == pytest.approx(1000 / float(B12_GRAMS_PER_MOLE), rel=ROUNDED)


@pytest.mark.parametrize("name", TABLE["dose"]["mass"])
def test_a_dose_unit_is_the_one_of_the_library(
    registry: Any,  # noqa: ANN401 - the library is untyped
    name: str,
) -> None:
    """A dose in this unit is as many micrograms as UCUM says; a thousandfold slip would show."""
    micrograms = _quantity(registry, name).to("microgram").magnitude
    assert float(TABLE["dose"]["mass"][name]) == pytest.approx(float(micrograms), rel=FLOATING)
