"""Drugs by code and by name: ingredient, form, strength, and what must not be taken for one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_mappers.drug_codes import ndc_products
from fhir_mappers.medicines import read_medicine
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.elements import CodeableConcept, Coding
from fhir_mappers.tables import read_toml
from fhir_mappers.terminology import FOLDER, Codes, load_codes
from regimens.orders import Form, Medicine, Special, Strength
from regimens.substances import Substance
from tests.fhir_mappers.builders import RXNORM, SNOMED

NDC = "http://hl7.org/fhir/sid/ndc"
CODES = load_codes()
CY, HY, ME = Substance.CYANOCOBALAMIN, Substance.HYDROXOCOBALAMIN, Substance.MECOBALAMIN


def drug_rows() -> Iterator[Any]:
    for system, rows in read_toml(FOLDER / "drugs.toml").items():
        if isinstance(rows, list) and system != "name":
            for row in rows:
                yield pytest.param(system, row, id=f"{system}-{row['code']}")


@pytest.mark.parametrize(("system", "row"), [*drug_rows()])
def test_each_drug_code_is_its_drug(system: str, row: dict[str, Any], codes: Codes) -> None:
    """A code means its ingredients; one from memory means nothing."""
    code = row["code"].removesuffix("x") + ("AA" if row["code"].endswith("x") else "")
    found = codes.drugs.of_coding(Coding(codes.systems.uris[system], code))
    if row["mark"] == "M":
        assert found is None
    else:
        assert found is not None
        assert {str(one) for one in found.substances} == set(row["substances"])


@pytest.mark.parametrize(
    ("system", "code", "substance"),
    [
        ("urn:oid:2.16.840.1.113883.6.88", "309594", CY),
        ("urn:oid:2.16.840.1.113883.6.69", "0143-9619-01", CY),
        ("https://dmd.nhs.uk", "327529002", HY),
        (SNOMED, "10048511000001107", HY),
        (SNOMED, "1217428002", HY),
        (SNOMED, "409258004", HY),
        (SNOMED, "259512006", ME),
        ("https://openprescribing.net/bnf", "0901020N0BBAAAB", HY),
        ("https://openprescribing.net/bnf", "0901020D0BBAAAB", CY),
        ("http://www.whocc.no/atc", "B03BA03", HY),
        ("http://fdasis.nlm.nih.gov", "P6YC3EG204", CY),
    ],
)
def test_drugs_in_every_system(system: str, code: str, substance: Substance, codes: Codes) -> None:
    """One ingredient has many codes in many systems under many names."""
    found = codes.drugs.of_coding(Coding(system, code))
    assert found is not None
    assert found.substances == {substance}


@pytest.mark.parametrize(
    ("ndc", "products"),
    [
        ("0143-9619-01", ("001439619",)),
        ("00143961901", ("001439619",)),
        ("00143-9619-01", ("001439619",)),
        ("63323-044-44", ("633230044",)),
        ("63323004444", ("633230044",)),
        ("50633-310-11", ("506330310",)),
        ("50633031011", ("506330310",)),
        ("0143-9619", ("001439619",)),
        ("001439619", ("001439619",)),
        ("0143961901", ("001439619", "014390619", "014396190")),
        ("0143-96X9-01", ()),
        ("123", ()),
    ],
)
def test_an_ndc_is_one_product_however_it_is_written(ndc: str, products: tuple[str, ...]) -> None:
    """Ten digits with hyphens, eleven without and nine-digit products name the same product."""
    assert ndc_products(ndc) == products


@pytest.mark.parametrize("ndc", ["0143-9619-01", "00143961901", "001439619", "0143961901"])
def test_every_layout_of_an_ndc_finds_the_drug(ndc: str, codes: Codes) -> None:
    """The same vial is found under each layout of its number."""
    found = codes.drugs.of_coding(Coding(NDC, ndc))
    assert found is not None
    assert found.substances == {CY}


def by_text(text: str, reading: Reading) -> Medicine:
    found = read_medicine(CodeableConcept(text=text), reading)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "substances"),
    [
        ("Hydroxocobalamin 1mg/1ml injection", {HY}),
        ("hydroxycobalamin", {HY}),
        ("HYDROXOCOBALAMINE", {HY}),
        ("OH-Cbl", {HY}),
        ("Cyanokit 5 g", {HY}),
        ("Neo-Cytamen injection", {HY}),
        ("Cobalin-H", {HY}),
        ("Cyanocobalamin 50microgram tablets", {CY}),
        ("Inj cyano 1 mg", {CY}),
        ("Nascobal nasal spray", {CY}),
        ("CaloMist", {CY}),
        ("Cytamen inj", {CY}),
        ("Orobalin 1mg tablets", {CY}),
        ("Methylcobalamin 1000 mcg", {ME}),
        ("mecobalamin", {ME}),
        ("Me-Cbl", {ME}),
        ("Vitamin B12 (hydroxocobalamin)", {HY}),
        ("cobalamin injection", {Substance.COBALAMIN}),
        ("cyanocobalamin or hydroxocobalamin", {Substance.COBALAMIN}),
        ("Folic acid 5mg / cyanocobalamin 1mg", {CY, Substance.FOLIC_ACID}),
        ("Metformin 500 mg", {Substance.METFORMIN}),
        ("Warfarin Sodium 5 MG Oral Tablet", {Substance.VITAMIN_K_ANTAGONIST}),
        ("Eliquis 5 mg", {Substance.DIRECT_ORAL_ANTICOAGULANT}),
        ("Potassium chloride 8 mmol", {Substance.POTASSIUM}),
    ],
)
def test_names_are_recognised(text: str, substances: set[Substance], reading: Reading) -> None:
    """A drug without a code is known by a whole word of its name."""
    found = by_text(text, reading)
    assert (set(found.substances), found.by_text) == (substances, True)


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ("Cyancobalamin 1 mg inj", CY),
        ("Cyanocobolamin", CY),
        ("cyanocobalmin", CY),
        ("Cyanocobalamine 1000 mcg", CY),
        ("cianocobalamina", CY),
        ("CYANOCOBLAMIN1mg", CY),
        ("hydroxocobalmin 1mg inj", HY),
        ("hydroxcobalamin", HY),
        ("hidroxocobalamina", HY),
        ("Hydroxocobalamin1mg/1ml", HY),
        ("methylcobalmin", ME),
        ("mecobalamine", ME),
        ("mecobalmin", ME),
    ],
)
def test_a_misspelt_cobalamin_is_the_one_that_was_meant(
    text: str, substance: Substance, reading: Reading
) -> None:
    """One slip, in a long name two, and the endings of other languages."""
    assert by_text(text, reading).substances == {substance}


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ("Neo Cytamen 1 mg inj", HY),
        ("NeoCytamen", HY),
        ("Cobalin H 1mg/ml", HY),
        ("CobalinH", HY),
        ("OHCbl", HY),
        ("OH cbl 1 mg", HY),
        ("Hydroxo-cobalamin", HY),
        ("hydroxy cobalamin", HY),
        ("HydroxoB12", HY),
        ("CN cbl", CY),
        ("cyano-cobalamin 1 mg", CY),
        ("MeCbl", ME),
        ("methyl cobalamin", ME),
        ("Methyl-B12 1000 mcg", ME),
        ("Methyl B-12", ME),
        ("VitB12 1000 mcg", CY),
        ("vitaminB12", CY),
        ("Vitamin-B12", CY),
    ],
)
def test_a_gap_in_a_name_may_be_written_otherwise(
    text: str, substance: Substance, us_reading: Reading
) -> None:
    """A blank, a hyphen or nothing: no order goes unseen or is taken for another for it."""
    assert by_text(text, us_reading).substances == {substance}


@pytest.mark.parametrize(
    "text",
    [
        "Amphotericin B 12 mg in 500 mL glucose 5%",
        "Polymyxin B 12,500 units/kg",
        "Hepatitis B 12 microgram vaccine",
    ],
)
def test_the_letter_of_another_name_is_no_vitamin(text: str, us_reading: Reading) -> None:
    """A dose of 12 after a name that ends in B is not "B 12"; B12 beside it still is."""
    assert by_text(text, us_reading).substances == set()
    assert by_text(f"{text}; inj B 12", us_reading).substances == {CY}


def test_a_cyanide_antidote_written_as_two_words_is_no_cyanocobalamin(reading: Reading) -> None:
    """Its 5 g would otherwise look like a thousandfold dose."""
    found = by_text("Cyano Kit 5 g", reading)
    assert found.substances == {HY}
    assert found.special is Special.CYANIDE_ANTIDOTE


def test_a_strength_may_touch_the_name(reading: Reading) -> None:
    """Such words as "Folic acid5mg tabs" are folic acid, and tell its strength."""
    found = by_text("Folic acid5mg tabs", reading)
    assert found.substances == {Substance.FOLIC_ACID}
    assert found.strengths == {Substance.FOLIC_ACID: Strength(per_unit=Decimal(5000))}
    found = by_text("Cyancobalamin50microgram tablets", reading)
    assert found.strengths == {CY: Strength(per_unit=Decimal(50))}


def drug_names() -> Iterator[Any]:
    for line in read_toml(FOLDER / "drugs.toml")["name"]:
        if line["mark"] != "M":
            for name in line["names"]:
                yield pytest.param(name, line["substance"], id=name)


@pytest.mark.parametrize(("name", "substance"), [*drug_names()])
def test_no_name_is_taken_for_another(name: str, substance: str, reading: Reading) -> None:
    """A name that the table holds is itself, alone and with its strength, whatever is alike."""
    for text in (name, f"{name} 1 mg", name.upper()):
        assert {str(one) for one in by_text(text, reading).substances} == {substance}


ALIKE = [
    "transcobalamin",
    "holotranscobalamin",
    "aquocobalamin",
    "nitrocobalamin",
    "tizanidine",
    "pentobarbital",
    "aripiprazole",
    "carbamazepine",
    "carbamide",
    "procainamide",
    "lacosamide",
    "mecamylamine",
    "methocarbamol",
    "methyldopa",
    "methylphenidate",
    "methylprednisolone",
    "methenamine",
    "cyproheptadine",
    "cyclobenzaprine",
    "cyclophosphamide",
    "cyanoacrylate",
    "hydroxychloroquine",
    "hydroxycarbamide",
    "hydroxyzine",
    "hydrocortisone",
    "hydroxyprogesterone",
    "hydrochlorothiazide",
    "galantamine",
    "calamine",
    "mesalamine",
    "melatonin",
    "metolazone",
    "mefloquine",
    "thiamine",
    "riboflavin",
    "nicotinamide",
    "pyridoxine",
    "pantothenic",
    "biotin",
    "cholecalciferol",
    "colecalciferol",
    "ergocalciferol",
    "adenosylmethionine",
    "adenosine",
    "cobimetinib",
    "cobicistat",
    "cobalt",
    "dabrafenib",
    "dibenzoyl",
    "tetrahydrofolate",
    "methylfolate",
    "levomefolate",
    "folinic",
    "fosfomycin",
    "cyanocobal",
    "hydroxocobal",
]


@pytest.mark.parametrize("name", ALIKE)
def test_a_drug_that_looks_alike_is_no_cobalamin(name: str, reading: Reading) -> None:
    """Other drugs, vitamins and proteins of the blood stay what they are."""
    assert by_text(f"{name} 10 mg", reading).substances == frozenset()


LONG_NAMES = (
    ("cyanocobalamin", CY),
    ("hydroxocobalamin", HY),
    ("methylcobalamin", ME),
    ("mecobalamin", ME),
    ("adenosylcobalamin", Substance.COBAMAMIDE),
    ("cobamamide", Substance.COBAMAMIDE),
)


@given(st.sampled_from(LONG_NAMES), st.lists(st.integers(0, 10**6), min_size=3, max_size=9))
def test_slips_never_turn_one_cobalamin_into_another(
    named: tuple[str, Substance], chances: list[int]
) -> None:
    """Up to three slips: the right one, one that is not known, or none; never the wrong one."""
    name, substance = named
    word = name
    for place, kind, letter in zip(*[iter(chances)] * 3, strict=False):
        at, put = place % len(word), "abcdefghijklmnopqrstuvwxyz"[letter % 26]
        word = word[:at] + ("", put, put + word[at])[kind % 3] + word[at + 1 :]
    found, _ = CODES.drugs.named(word, "uk")
    assert found <= {substance, Substance.COBALAMIN}


@pytest.mark.parametrize(
    "text",
    ["B12", "B-12 1000 mcg", "vit B12 inj", "Vitamin B 12 tablet", "b12 shot", "Vitamin B12"],
)
def test_bare_b12_depends_on_the_formulary(
    text: str, reading: Reading, us_reading: Reading
) -> None:
    """Bare B12 is cyanocobalamin in the United States, and unknown in Britain."""
    assert by_text(text, us_reading).substances == {CY}
    assert by_text(text, reading).substances == {Substance.COBALAMIN}


@pytest.mark.parametrize(
    "text",
    [
        "cyanoacrylate glue",
        "Folinic acid 15 mg",
        "losartan potassium 50 mg",
        "penicillin V potassium",
        "AB12 cream",
        "B120",
        "no B12",
        "gluten-free, without cyanocobalamin",
        "Amoxicillin 250 mg",
    ],
)
def test_names_inside_other_words_are_not(text: str, reading: Reading) -> None:
    """A name inside another word, or one that is denied, names no drug."""
    assert by_text(text, reading).substances == frozenset()


def test_a_known_code_outweighs_the_words(reading: Reading) -> None:
    """RxNorm 317106 is hydroxocobalamin, though the text says B12, and is no match by text."""
    concept = CodeableConcept((Coding(RXNORM, "317106"),), "Vitamin B12 injection")
    found = read_medicine(concept, reading)
    assert found is not None
    assert (set(found.substances), found.by_text) == ({HY}, False)


def test_words_beside_an_unknown_code_count(reading: Reading) -> None:
    """An unknown code leaves the words to tell the drug, and that is said."""
    concept = CodeableConcept((Coding(RXNORM, "860975"),), "24 HR Metformin 500 MG")
    found = read_medicine(concept, reading)
    assert found is not None
    assert (set(found.substances), found.by_text) == ({Substance.METFORMIN}, True)
    assert found.code_unknown


def test_words_without_a_code_have_no_unknown_one(reading: Reading) -> None:
    """A display alone is words; so is a coding of which only the system is told."""
    for coding in (Coding(None, None, "Warfarin 5 mg"), Coding(RXNORM, None, "Warfarin 5 mg")):
        found = read_medicine(CodeableConcept((coding,)), reading)
        assert found is not None
        assert (found.by_text, found.code_unknown) == (True, False)


@pytest.mark.parametrize(
    ("code", "substance"),
    [
        ("11289", Substance.VITAMIN_K_ANTAGONIST),
        ("855332", Substance.VITAMIN_K_ANTAGONIST),
        ("1364430", Substance.DIRECT_ORAL_ANTICOAGULANT),
        ("1364445", Substance.DIRECT_ORAL_ANTICOAGULANT),
        ("1114195", Substance.DIRECT_ORAL_ANTICOAGULANT),
        ("1232086", Substance.DIRECT_ORAL_ANTICOAGULANT),
        ("1037045", Substance.DIRECT_ORAL_ANTICOAGULANT),
    ],
)
def test_anticoagulants_are_known_by_their_rxnorm_code(
    code: str, substance: Substance, reading: Reading
) -> None:
    """Ingredients and products, whatever the words say."""
    found = read_medicine(CodeableConcept((Coding(RXNORM, code),), "blood thinner"), reading)
    assert found is not None
    assert (set(found.substances), found.by_text) == ({substance}, False)


def test_ingredient_and_product_codes_side_by_side(reading: Reading) -> None:
    """The ingredient's code does not hide the strength that the product's code tells."""
    concept = CodeableConcept((Coding(RXNORM, "11248"), Coding(RXNORM, "309594")))
    found = read_medicine(concept, reading)
    assert found is not None
    assert found.strengths == {CY: Strength(per_ml=Decimal(1000))}
    assert (found.form, found.product) == (Form.INJECTABLE, "cyanocobalamin-injection")


@pytest.mark.parametrize(
    ("text", "per_ml", "per_unit"),
    [
        ("Hydroxocobalamin 1mg/1ml solution for injection ampoules", "1000", "1000"),
        ("Cyanocobalamin 1,000 mcg/mL injection", "1000", None),
        ("cyanocobalamin 1000 micrograms per mL", "1000", None),
        ("Hydroxocobalamin 10 mg/10 mL vial", "1000", "10000"),
        ("Vitamin B 12 5 MG/ML Injectable Solution", "5000", None),
        ("Cyanocobalamin 50microgram tablets", None, "50"),
        ("Cyanocobalamin 0.5 mg capsule", None, "500"),
        ("Vitamin B-12 1000 mcg tablet", None, "1000"),
        ("Multivitamin capsule (contains cyanocobalamin 6 micrograms)", None, "6"),
        ("Cyanokit (hydroxocobalamin) 5 g IV infusion", None, "5000000"),
        ("Cyanocobalamin", None, None),
        ("Cyanocobalamin 100 mcg or 1000 mcg tablet", None, None),
    ],
)
def test_strength_is_read_from_words(
    text: str, per_ml: str | None, per_unit: str | None, reading: Reading
) -> None:
    """Strength per millilitre and per unit, where the words say it without doubt."""
    found = by_text(text, reading)
    strength = next(iter(found.strengths.values()), Strength())
    assert strength == Strength(
        per_ml=None if per_ml is None else Decimal(per_ml),
        per_unit=None if per_unit is None else Decimal(per_unit),
    )


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Hydroxocobalamin 1mg/1ml solution for injection ampoules", Form.INJECTABLE),
        ("inj cyanocobalamin", Form.INJECTABLE),
        ("Cyanocobalamin tablets", Form.ORAL),
        ("Nascobal nasal spray", Form.NASAL),
        ("Hydroxocobalamin", None),
    ],
)
def test_form_is_read_from_words(text: str, form: Form | None, reading: Reading) -> None:
    """The form tells a route only when the words name one."""
    assert by_text(text, reading).form is form


@pytest.mark.parametrize(
    ("text", "special"),
    [
        ("Cyanokit", Special.CYANIDE_ANTIDOTE),
        ("Hydroxocobalamin 5 g powder", Special.CYANIDE_ANTIDOTE),
        ("Hydroxocobalamin 2.5 g vial", Special.CYANIDE_ANTIDOTE),
        ("Hydroxocobalamin 1 mg ampoule", None),
        ("Multivitamin tablets", Special.MULTIVITAMIN),
        ("Cyanocobalamin 1 mg", None),
    ],
)
def test_special_products(text: str, special: Special | None, reading: Reading) -> None:
    """The cyanide antidote and multivitamins are told from B12 therapy."""
    assert by_text(text, reading).special is special


def test_the_antidote_by_code(reading: Reading) -> None:
    """NDC 50633-310-11 and ATC V03AB33 are the antidote."""
    for system, code in ((NDC, "50633-310-11"), ("http://www.whocc.no/atc", "V03AB33")):
        found = read_medicine(CodeableConcept((Coding(system, code),)), reading)
        assert found is not None
        assert (set(found.substances), found.special) == ({HY}, Special.CYANIDE_ANTIDOTE)


def test_a_concept_without_code_and_words_is_no_medicine(reading: Reading) -> None:
    """An empty concept names nothing; an unknown bare code names something unknown."""
    assert read_medicine(CodeableConcept(), reading) is None
    assert read_medicine(None, reading) is None
    unknown = read_medicine(CodeableConcept((Coding("http://local", "1"),)), reading)
    assert unknown == Medicine(text="")
