"""Every unit row against a value computed by hand, and the traps of units."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fhir_mappers.errors import CodesError
from fhir_mappers.tables import read_toml
from fhir_mappers.terminology import FOLDER, Codes
from fhir_mappers.units import load_units
from regimens.facts import Analyte, Unusable
from regimens.orders import AmountKind
from regimens.quantities import Comparator

# analyte, value, unit as reported, canonical value by hand, canonical unit
BY_HAND = [
    ("B12", "96", "ng/L", "96", "ng/L"),
    ("B12", "96", "pg/mL", "96", "ng/L"),
    ("B12", "0.18", "ng/mL", "180", "ng/L"),
    ("B12", "18", "ng/dL", "180", "ng/L"),
    ("B12", "133", "pmol/L", "133", "pmol/L"),
    ("HOLOTC", "24", "pmol/L", "24", "pmol/L"),
    ("MMA", "400", "nmol/L", "400", "nmol/L"),
    ("MMA", "0.4", "umol/L", "400", "nmol/L"),
    ("MMA", "0.46", "nmol/mL", "460", "nmol/L"),
    ("MMA", "50", "ng/mL", "423.4", "nmol/L"),
    ("MMA", "50", "ug/L", "423.4", "nmol/L"),
    ("HOMOCYSTEINE", "15", "umol/L", "15", "umol/L"),
    ("HOMOCYSTEINE", "15", "nmol/mL", "15", "umol/L"),
    ("HOMOCYSTEINE", "2", "mg/L", "14.794", "umol/L"),
    ("FOLATE", "10", "nmol/L", "10", "nmol/L"),
    ("FOLATE", "4", "ng/mL", "9.064", "nmol/L"),
    ("FOLATE", "4", "ug/L", "9.064", "nmol/L"),
    ("RED_CELL_FOLATE", "500", "nmol/L", "500", "nmol/L"),
    ("RED_CELL_FOLATE", "200", "ng/mL", "453.2", "nmol/L"),
    ("RED_CELL_FOLATE", "200", "ug/L", "453.2", "nmol/L"),
    ("GASTRIN", "100", "pg/mL", "100", "pg/mL"),
    ("GASTRIN", "48", "pmol/L", "48", "pmol/L"),
    ("FERRITIN", "80", "ng/mL", "80", "ug/L"),
    ("FERRITIN", "80", "ug/L", "80", "ug/L"),
    ("IRON", "60", "ug/dL", "60", "ug/dL"),
    ("IRON", "600", "ug/L", "60", "ug/dL"),
    ("POTASSIUM", "4.1", "mmol/L", "4.1", "mmol/L"),
    ("POTASSIUM", "4.1", "mEq/L", "4.1", "mmol/L"),
    ("HAEMOGLOBIN", "79", "g/L", "79", "g/L"),
    ("HAEMOGLOBIN", "7.9", "g/dL", "79", "g/L"),
    ("HAEMOGLOBIN", "5", "mmol/L", "80.55", "g/L"),
    ("HAEMATOCRIT", "25", "%", "25", "%"),
    ("HAEMATOCRIT", "0.25", "L/L", "25", "%"),
    ("MCV", "118", "fL", "118", "fL"),
    ("RETICULOCYTES", "2.5", "%", "2.5", "%"),
    ("RETICULOCYTES", "25", "/1000", "2.5", "%"),
    ("RETICULOCYTES", "90", "10*3/uL", "90", "10*9/L"),
    ("RETICULOCYTES", "90", "10*9/L", "90", "10*9/L"),
    ("RETICULOCYTES_ABSOLUTE", "90", "10*3/uL", "90", "10*9/L"),
    ("RETICULOCYTES_ABSOLUTE", "90", "10*9/L", "90", "10*9/L"),
    ("RETICULOCYTES_ABSOLUTE", "90", "K/uL", "90", "10*9/L"),
    ("RETICULOCYTES_ABSOLUTE", "90", "x10E3/uL", "90", "10*9/L"),
    ("RETICULOCYTES_ABSOLUTE", "1.2", "%", "1.2", "%"),
    ("PLATELETS", "9", "10*3/uL", "9", "10*9/L"),
    ("PLATELETS", "9", "10*9/L", "9", "10*9/L"),
    ("PLATELETS", "9", "K/uL", "9", "10*9/L"),
    ("PLATELETS", "9", "x10E3/uL", "9", "10*9/L"),
    ("PLATELETS", "9", "10^3/uL", "9", "10*9/L"),
    ("PLATELETS", "9", "Thousand/uL", "9", "10*9/L"),
    ("PLATELETS", "9", "G/L", "9", "10*9/L"),
    ("PLATELETS", "9", "Gpt/L", "9", "10*9/L"),
    ("PLATELETS", "9", "Tsd/uL", "9", "10*9/L"),
    ("PLATELETS", "9", "K/cumm", "9", "10*9/L"),
    ("PLATELETS", "9000", "/uL", "9", "10*9/L"),
    ("PLATELETS", "9000", "/mm3", "9", "10*9/L"),
    ("PLATELETS", "0.09", "lakh/uL", "9", "10*9/L"),
    ("EGFR", "49", "mL/min/{1.73_m2}", "49", "mL/min"),
    ("EGFR", "49", "mL/min/{1.73m2}", "49", "mL/min"),
    ("EGFR", "49", "mL/min/1.73m2", "49", "mL/min"),
    ("EGFR", "49", "mL/min/1.73", "49", "mL/min"),
    ("EGFR", "49", "mL/min", "49", "mL/min"),
    ("EGFR", "0.8", "mL/s/{1.73_m2}", "48", "mL/min"),
    ("CREATININE_CLEARANCE", "44", "mL/min/{1.73_m2}", "44", "mL/min"),
    ("CREATININE_CLEARANCE", "44", "mL/min/{1.73m2}", "44", "mL/min"),
    ("CREATININE_CLEARANCE", "44", "mL/min/1.73m2", "44", "mL/min"),
    ("CREATININE_CLEARANCE", "44", "mL/min/1.73", "44", "mL/min"),
    ("CREATININE_CLEARANCE", "44", "mL/min", "44", "mL/min"),
    ("CREATININE_CLEARANCE", "0.8", "mL/s/{1.73_m2}", "48", "mL/min"),
    ("CREATININE", "90", "umol/L", "90", "umol/L"),
    ("CREATININE", "2", "mg/dL", "176.84", "umol/L"),
    ("INR", "3.1", "", "3.1", ""),
    ("INR", "3.1", "1", "3.1", ""),
    ("INR", "3.1", "{INR}", "3.1", ""),
    ("INR", "3.1", "INR", "3.1", ""),
    ("INR", "3.1", "ratio", "3.1", ""),
]

# The same units as people and machines also write them.
ALSO_WRITTEN = [
    ("B12", "180", "PG/ML", "180", "ng/L"),
    ("B12", "180", "pg / mL", "180", "ng/L"),
    ("CREATININE", "90", "\u00b5mol/l", "90", "umol/L"),
    ("CREATININE", "90", "\u03bcmol/L", "90", "umol/L"),
    ("CREATININE", "90", "mcmol/L", "90", "umol/L"),
    ("FERRITIN", "80", "mcg/L", "80", "ug/L"),
    ("FERRITIN", "80", "\u00b5g/L", "80", "ug/L"),
    ("PLATELETS", "9", "10^3/\u00b5L", "9", "10*9/L"),
    ("PLATELETS", "9", "x10^9/L", "9", "10*9/L"),
    ("PLATELETS", "9", "10\u2079/L", "9", "10*9/L"),
    ("PLATELETS", "9", "\u00d710\u2079/L", "9", "10*9/L"),
    ("PLATELETS", "9", "10\u00b3/\u00b5L", "9", "10*9/L"),
    ("PLATELETS", "9", "X10(9)/L", "9", "10*9/L"),
    ("PLATELETS", "9", "x10E9/L", "9", "10*9/L"),
    ("PLATELETS", "9", "Tsd/\u00b5l", "9", "10*9/L"),
    ("PLATELETS", "9", "k/uL", "9", "10*9/L"),
    ("EGFR", "49", "ml/min/1,73m\u00b2", "49", "mL/min"),
    ("EGFR", "49", "mL/min/(173/100)", "49", "mL/min"),
    ("POTASSIUM", "4.1", "MEQ/L", "4.1", "mmol/L"),
]


@pytest.mark.parametrize("row", BY_HAND)
def test_each_unit_converts_exactly(row: tuple[str, str, str, str, str], codes: Codes) -> None:
    """Every row of the unit table gives the value that a hand computes from the source."""
    analyte, value, unit, canonical, canonical_unit = row
    found = codes.units.convert(Analyte[analyte], Decimal(value), Comparator.EXACT, (unit,))
    assert found.measured is not None
    assert (found.measured.value, found.measured.unit) == (Decimal(canonical), canonical_unit)
    assert found.unusable is None


@pytest.mark.parametrize("row", ALSO_WRITTEN)
def test_writing_makes_no_difference(row: tuple[str, str, str, str, str], codes: Codes) -> None:
    """Case, spaces, both micro signs, mc for micro and the ways to write powers are one unit."""
    analyte, value, unit, canonical, canonical_unit = row
    found = codes.units.convert(Analyte[analyte], Decimal(value), Comparator.EXACT, (unit,))
    assert found.measured is not None
    assert (found.measured.value, found.measured.unit) == (Decimal(canonical), canonical_unit)


def test_the_hand_table_covers_every_row() -> None:
    """A row that is added without a value computed by hand is noticed."""
    rows = {
        (name, row["spelling"])
        for name, table in read_toml(FOLDER / "units.toml")["analyte"].items()
        for row in table["units"]
        if row["mark"] != "M"
    }
    assert rows == {(analyte, unit) for analyte, _, unit, _, _ in BY_HAND}


@pytest.mark.parametrize(
    ("analyte", "unit"),
    [
        ("HOLOTC", "pg/mL"),
        ("CREATININE", "mL/min"),
        ("EGFR", "mg/dL"),
        ("EGFR", ""),
        ("B12", ""),
        ("B12", "mg/L"),
        ("B12", "nmol/L"),
        ("POTASSIUM", "mg/dL"),
        ("MMA", "mmol/mol{creat}"),
        ("PLATELETS", "%"),
        ("PLATELETS", "million/uL"),
        ("HAEMOGLOBIN", "%"),
        ("FOLATE", "pmol/L"),
    ],
)
def test_an_unknown_unit_is_never_reinterpreted(analyte: str, unit: str, codes: Codes) -> None:
    """A unit that the table does not hold for this analyte leaves the result unused."""
    found = codes.units.convert(Analyte[analyte], Decimal(50), Comparator.EXACT, (unit,))
    assert (found.measured, found.unusable) == (None, Unusable.UNKNOWN_UNIT)


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "usable"),
    [
        ("B12", "0.99", "ng/L", False),
        ("B12", "1", "ng/L", True),
        ("B12", "20000", "ng/L", True),
        ("B12", "20001", "ng/L", False),
        ("B12", "20", "ng/mL", True),
        ("B12", "180", "ng/mL", False),
        ("B12", "14756", "pmol/L", True),
        ("B12", "14757", "pmol/L", False),
        ("B12", "0.5", "pmol/L", False),
        ("MMA", "0.99", "nmol/L", False),
        ("MMA", "1", "nmol/L", True),
        ("MMA", "50000", "nmol/L", True),
        ("MMA", "50001", "nmol/L", False),
        ("MMA", "280", "nmol/mL", False),
        ("HOMOCYSTEINE", "0.9", "umol/L", False),
        ("HOMOCYSTEINE", "500", "umol/L", True),
        ("HOMOCYSTEINE", "501", "umol/L", False),
        ("EGFR", "249.9", "mL/min", True),
        ("EGFR", "250", "mL/min", False),
        ("CREATININE_CLEARANCE", "250", "mL/min", False),
        ("PLATELETS", "1499", "/uL", False),
        ("PLATELETS", "1500", "/uL", True),
        ("PLATELETS", "190", "/mm3", False),
        ("HAEMOGLOBIN", "19.9", "g/L", False),
        ("HAEMOGLOBIN", "2", "g/dL", True),
        ("HAEMOGLOBIN", "131", "g/dL", False),
        ("HAEMATOCRIT", "0.24", "%", False),
        ("HAEMATOCRIT", "24", "L/L", False),
        ("HAEMATOCRIT", "0.05", "L/L", True),
        ("POTASSIUM", "-1", "mmol/L", False),
        ("POTASSIUM", "0", "mmol/L", True),
    ],
)
def test_bounds_hold_at_their_edges(
    analyte: str, value: str, unit: str, usable: bool, codes: Codes
) -> None:
    """What no patient can have is held back; the edge itself is possible where the source says so."""
    found = codes.units.convert(Analyte[analyte], Decimal(value), Comparator.EXACT, (unit,))
    assert (found.unusable is None) is usable
    assert found.unusable in {None, Unusable.IMPLAUSIBLE}


def test_a_count_under_a_percentage_code_is_a_count(codes: Codes) -> None:
    """Reticulocytes in per cent and as a count are never mixed: the unit tells them apart."""
    found = codes.units.convert(Analyte.RETICULOCYTES, Decimal(90), Comparator.EXACT, ("10*3/uL",))
    assert found.analyte is Analyte.RETICULOCYTES_ABSOLUTE


def test_code_and_text_of_a_unit_must_agree(codes: Codes) -> None:
    """A unit whose code contradicts its text is no unit."""
    found = codes.units.convert(Analyte.B12, Decimal(180), Comparator.EXACT, ("ng/mL", "ng/L"))
    assert found.unusable is Unusable.UNKNOWN_UNIT


def test_code_and_text_may_spell_one_unit_twice(codes: Codes) -> None:
    """pg/mL and ng/L are the same number, so they agree."""
    found = codes.units.convert(Analyte.B12, Decimal(180), Comparator.EXACT, ("pg/mL", "ng/L"))
    assert found.unusable is None


def test_mass_and_moles_of_b12_stay_apart(codes: Codes) -> None:
    """No conversion can move a value across a threshold that exists in both units."""
    rows = codes.units.analytes[Analyte.B12].rows.values()
    assert {row.unit for row in rows} == {"ng/L", "pmol/L"}


@pytest.mark.parametrize(
    ("unit", "kind", "factor"),
    [
        ("ng", AmountKind.MASS, "0.001"),
        ("nanograms", AmountKind.MASS, "0.001"),
        ("ug", AmountKind.MASS, "1"),
        ("mcg", AmountKind.MASS, "1"),
        ("MCG", AmountKind.MASS, "1"),
        ("\u00b5g", AmountKind.MASS, "1"),
        ("\u03bcg", AmountKind.MASS, "1"),
        ("micrograms", AmountKind.MASS, "1"),
        ("mg", AmountKind.MASS, "1000"),
        ("milligram", AmountKind.MASS, "1000"),
        ("g", AmountKind.MASS, "1000000"),
        ("gram", AmountKind.MASS, "1000000"),
        ("mL", AmountKind.VOLUME, "1"),
        ("ml", AmountKind.VOLUME, "1"),
        ("cc", AmountKind.VOLUME, "1"),
        ("tablet", AmountKind.COUNT, "1"),
        ("{tbl}", AmountKind.COUNT, "1"),
        ("TAB", AmountKind.COUNT, "1"),
        ("capsule(s)", AmountKind.COUNT, "1"),
        ("Ampoule", AmountKind.COUNT, "1"),
        ("vial", AmountKind.COUNT, "1"),
        ("unit dose", AmountKind.COUNT, "1"),
        ("[spray]", AmountKind.COUNT, "1"),
    ],
)
def test_each_dose_unit_is_known(unit: str, kind: AmountKind, factor: str, codes: Codes) -> None:
    """Doses become micrograms, millilitres or counts, exactly."""
    assert codes.units.dose(unit) == (kind, Decimal(factor))


@pytest.mark.parametrize("unit", ["", "IU", "[iU]", "drop", "dose", "unit", "l"])
def test_other_dose_units_are_unknown(unit: str, codes: Codes) -> None:
    """A unit without a certain meaning is not guessed."""
    assert codes.units.dose(unit) is None


def test_a_factor_must_be_exact(tmp_path: object) -> None:
    """A binary fraction as a factor is refused, naming file and key."""
    path = FOLDER.__class__(str(tmp_path)) / "units.toml"
    path.write_text(
        '[analyte.MCV]\nunits = [{ spelling = "fL", factor = 1.5, unit = "fL", mark = "V" }]\n'
    )
    with pytest.raises(CodesError, match=r"units\.toml: MCV"):
        load_units(path)
