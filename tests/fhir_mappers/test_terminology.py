"""Every code row means what its table says, and the traps of the code systems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fhir_mappers.errors import CodesError
from fhir_mappers.shapes.elements import CodeableConcept, Coding
from fhir_mappers.tables import MARKS, read_toml
from fhir_mappers.terminology import FOLDER, Codes, load_codes
from regimens.concepts import Concept, Operation
from regimens.facts import Analyte
from regimens.orders import Route, Site
from tests.fhir_mappers.builders import LOINC, SNOMED

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
CPT = "http://www.ama-assn.org/go/cpt"
GROUPED = ("conditions", "procedures", "routes", "sites")


def one(system: str, code: str, text: str | None = None) -> CodeableConcept:
    return CodeableConcept((Coding(system, code),), text)


def grouped_rows() -> Iterator[Any]:
    for name in GROUPED:
        for group in read_toml(FOLDER / f"{name}.toml")["group"]:
            for system, rows in group.items():
                if isinstance(rows, list) and rows and isinstance(rows[0], dict):
                    for row in rows:
                        yield pytest.param(
                            name, system, row, group["is"], id=f"{name}-{system}-{row['code']}"
                        )


def every_row() -> Iterator[dict[str, Any]]:
    def walk(value: object) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            if "code" in value and "mark" in value:
                yield value
            for inner in value.values():
                yield from walk(inner)
        if isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    for path in FOLDER.glob("*.toml"):
        yield from walk(read_toml(path))


def test_every_row_says_where_it_comes_from() -> None:
    """Each code carries a display, a source and a known mark."""
    rows = list(every_row())
    assert len(rows) > 400
    assert [row for row in rows if not (row["display"] and row["source"])] == []
    assert {row["mark"] for row in rows} <= MARKS


@pytest.mark.parametrize(("table", "system", "row", "names"), [*grouped_rows()])
def test_each_grouped_code_means_its_group(
    table: str, system: str, row: dict[str, Any], names: list[str], codes: Codes
) -> None:
    """A code means exactly its group; a code from memory means nothing unless asked for."""
    code = row["code"].removesuffix("x") + ("9" if row["code"].endswith("x") else "")
    more_exact = code in {"D51.9", "N18.9"}
    found = getattr(codes, table).of_coding(Coding(codes.systems.uris[system], code))
    if row["mark"] == "M":
        assert found is None
    elif not more_exact:
        assert {str(value) for value in found} == set(names)


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    [
        (SNOMED, "84027009", {Concept.PERNICIOUS_ANAEMIA}),
        (SNOMED, "190634004", {Concept.B12_DEFICIENCY}),
        (SNOMED, "64117007", {Concept.B12_DEFICIENCY}),
        (SNOMED, "49472006", {Concept.B12_DEFICIENCY_ANAEMIA}),
        (SNOMED, "440711000124105", {Concept.DIETARY_B12_DEFICIENCY}),
        (SNOMED, "84568007", {Concept.AUTOIMMUNE_GASTRITIS}),
        (SNOMED, "7620006", set()),
        (SNOMED, "431857002", {Concept.CKD_ADVANCED}),
        (SNOMED, "433146000", {Concept.CKD_ADVANCED}),
        (SNOMED, "433144002", {Concept.CKD}),
        (SNOMED, "52311001", {Concept.COBALAMIN_METABOLISM_DISORDER}),
        (SNOMED, "236435004", {Concept.DIALYSIS, Concept.KIDNEY_FAILURE}),
        (ICD10CM, "D51.0", {Concept.PERNICIOUS_ANAEMIA}),
        (ICD10CM, "D510", {Concept.PERNICIOUS_ANAEMIA}),
        (ICD10CM, "d51.0", {Concept.PERNICIOUS_ANAEMIA}),
        (ICD10CM, "D51.1", {Concept.INHERITED_B12_MALABSORPTION}),
        (ICD10CM, "D51.2", {Concept.INHERITED_B12_MALABSORPTION}),
        (ICD10CM, "D51.3", {Concept.DIETARY_B12_DEFICIENCY}),
        (ICD10CM, "D51.8", {Concept.B12_DEFICIENCY_ANAEMIA}),
        (ICD10CM, "D51.9", {Concept.B12_DEFICIENCY_ANAEMIA}),
        (ICD10, "D51.9", {Concept.B12_DEFICIENCY_ANAEMIA}),
        (ICD10, "D51", {Concept.B12_DEFICIENCY_ANAEMIA}),
        (ICD10CM, "E53.8", {Concept.B_GROUP_DEFICIENCY_UNSPECIFIED}),
        (ICD10, "E53.8", {Concept.B_GROUP_DEFICIENCY_UNSPECIFIED}),
        (ICD10, "G63.4", {Concept.PERIPHERAL_NEUROPATHY}),
        (ICD10CM, "G63.4", None),
        (ICD10CM, "G63", {Concept.PERIPHERAL_NEUROPATHY}),
        (ICD10CM, "Z90.3", {Concept.GASTRECTOMY_UNSPECIFIED}),
        (ICD10, "Z90.3", {Concept.GASTRECTOMY_UNSPECIFIED}),
        (ICD10CM, "K29.40", {Concept.AUTOIMMUNE_GASTRITIS}),
        (ICD10CM, "K31.A0", set()),
        (ICD10CM, "K50.012", {Concept.CROHN_ILEAL}),
        (ICD10CM, "K50.80", {Concept.CROHN_ILEAL}),
        (ICD10CM, "K50.10", set()),
        (ICD10CM, "K50.90", None),
        (ICD10CM, "N18.32", {Concept.CKD}),
        (ICD10CM, "N18.4", {Concept.CKD_ADVANCED}),
        (ICD10CM, "N18.5", {Concept.CKD_ADVANCED}),
        (ICD10CM, "N18.6", {Concept.KIDNEY_FAILURE}),
        (ICD10CM, "Z99.2", {Concept.DIALYSIS}),
        (ICD10CM, "H47.22", {Concept.LEBER_OPTIC_ATROPHY}),
        (ICD10CM, "H47.223", {Concept.LEBER_OPTIC_ATROPHY}),
        (ICD10, "H47.2", {Concept.OPTIC_ATROPHY}),
        (ICD10CM, "O99.841", {Concept.PREGNANCY, Concept.BARIATRIC_SURGERY_HISTORY}),
        (ICD10, "F18", {Concept.NITROUS_OXIDE_EXPOSURE}),
        (ICD10, "F18.1", {Concept.NITROUS_OXIDE_EXPOSURE}),
        (ICD10CM, "D58.0", {Concept.HAEMOLYTIC_ANAEMIA}),
        (ICD10CM, "T57.3X1A", {Concept.CYANIDE_EXPOSURE}),
        (ICD10CM, "E71.120", {Concept.COBALAMIN_METABOLISM_DISORDER}),
        (ICD10CM, "E72.11", {Concept.COBALAMIN_METABOLISM_DISORDER}),
        (ICD10, "E71.120", None),
        ("urn:oid:2.16.840.1.113883.6.90", "D51.0", {Concept.PERNICIOUS_ANAEMIA}),
        ("2.16.840.1.113883.6.90", "D51.0", {Concept.PERNICIOUS_ANAEMIA}),
        ("http://snomed.info/sct/83821000000107", "84027009", {Concept.PERNICIOUS_ANAEMIA}),
        ("http://snomed.info/sct|20240101", "84027009", {Concept.PERNICIOUS_ANAEMIA}),
        ("https://snomed.info/sct/", "84027009", {Concept.PERNICIOUS_ANAEMIA}),
        ("urn:oid:2.16.840.1.113883.6.96", "84027009", {Concept.PERNICIOUS_ANAEMIA}),
        ("http://example.org/local", "84027009", None),
    ],
)
def test_conditions_and_their_traps(
    system: str, code: str, concepts: set[Concept] | None, codes: Codes
) -> None:
    """Near-identical codes keep their own meaning, in every spelling of their system's name."""
    assert codes.conditions.of_coding(Coding(system, code)) == concepts


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("Pernicious anaemia", {Concept.PERNICIOUS_ANAEMIA}),
        ("pernicious anemia", {Concept.PERNICIOUS_ANAEMIA}),
        ("Pernicious anemia (disorder)", {Concept.PERNICIOUS_ANAEMIA}),
        ("Vitamin B12 deficiency", {Concept.B12_DEFICIENCY}),
        ("Cobalamin deficiency", {Concept.B12_DEFICIENCY}),
        ("Coeliac disease", {Concept.COELIAC_DISEASE}),
        ("Celiac disease", {Concept.COELIAC_DISEASE}),
        ("Crohn\u2019s disease of ileum", {Concept.CROHN_ILEAL}),
        ("Vegan", {Concept.DIET_WITHOUT_B12}),
        ("Haemolytic anaemia", {Concept.HAEMOLYTIC_ANAEMIA}),
        ("Leber hereditary optic neuropathy", {Concept.LEBER_OPTIC_ATROPHY}),
    ],
)
def test_whole_names_are_recognised(text: str, concepts: set[Concept], codes: Codes) -> None:
    """A condition without a code is known by its whole name, in either spelling."""
    found = codes.conditions.find(CodeableConcept(text=text))
    assert found is not None
    assert (set(found.values), found.by_text) == (concepts, True)


@pytest.mark.parametrize(
    "text",
    [
        "no pernicious anaemia",
        "Family history of pernicious anaemia",
        "?pernicious anaemia",
        "Pernicious anaemia excluded",
        "Crohn's disease",
        "Crohn's disease of colon",
        "anaemia",
        "",
        "Risk of vitamin B12 deficiency",
        "veganuary",
    ],
)
def test_other_words_are_not(text: str, codes: Codes) -> None:
    """A denied, suspected, inherited or longer name is not the condition."""
    assert codes.conditions.find(CodeableConcept(text=text)) is None


def test_a_known_code_outweighs_its_words(codes: Codes) -> None:
    """E53.8 with the words "vitamin B12 deficiency" stays a B vitamin that is not specified."""
    found = codes.conditions.find(one(ICD10CM, "E53.8", "Vitamin B12 deficiency"))
    assert found is not None
    assert found.values == {Concept.B_GROUP_DEFICIENCY_UNSPECIFIED}


def test_a_code_known_to_be_another_disease_outweighs_its_words(codes: Codes) -> None:
    """Colon-only Crohn's stays out, whatever its text says."""
    found = codes.conditions.find(one(SNOMED, "7620006", "Crohn's disease of ileum"))
    assert found is not None
    assert found.values == frozenset()


def test_words_beside_an_unknown_code_count(codes: Codes) -> None:
    """A local code leaves the words to tell the condition."""
    found = codes.conditions.find(one("http://local", "PA", "Pernicious anaemia"))
    assert found is not None
    assert found.by_text


@pytest.mark.parametrize(
    ("system", "code", "operation"),
    [
        (CPT, "43644", Operation.GASTRIC_BYPASS),
        (CPT, "43775", Operation.SLEEVE_GASTRECTOMY),
        (CPT, "43621", Operation.TOTAL_GASTRECTOMY),
        (CPT, "43634", Operation.PARTIAL_GASTRECTOMY),
        (SNOMED, "173948006", Operation.ILEAL_RESECTION),
        ("https://fhir.hl7.org.uk/CodeSystem/OPCS-4", "G69.3", Operation.ILEAL_RESECTION),
        (SNOMED, "308752009", Operation.B12_INJECTION),
        (SNOMED, "709544008", Operation.B12_INJECTION),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "0DT60ZZ", Operation.TOTAL_GASTRECTOMY),
        ("http://www.cms.gov/Medicare/Coding/ICD10", "0DB60Z3", Operation.SLEEVE_GASTRECTOMY),
    ],
)
def test_procedures_by_code(system: str, code: str, operation: Operation, codes: Codes) -> None:
    """Each code system of procedures leads to the operation."""
    assert codes.procedures.of_coding(Coding(system, code)) == frozenset({operation})


def test_monitoring_is_known_and_no_injection(codes: Codes) -> None:
    """B12 monitoring (170818005) is not an injection that was given."""
    assert codes.procedures.of_coding(Coding(SNOMED, "170818005")) == frozenset()


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("IM", Route.INTRAMUSCULAR),
        ("i.m.", Route.INTRAMUSCULAR),
        ("Intramuscular", Route.INTRAMUSCULAR),
        ("by mouth", Route.ORAL),
        ("po", Route.ORAL),
        ("deep SC", Route.SUBCUTANEOUS),
        ("Deep subcutaneous", Route.SUBCUTANEOUS),
        ("IVP", Route.INTRAVENOUS),
        ("sublingual", Route.SUBLINGUAL),
        ("buccal", Route.BUCCAL),
        ("intranasal", Route.NASAL),
        ("topical", Route.OTHER),
    ],
)
def test_routes_by_name(text: str, route: Route, codes: Codes) -> None:
    """Abbreviations and full words name one route."""
    found = codes.routes.find(CodeableConcept(text=text))
    assert found is not None
    assert found.values == {route}


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("left deltoid", Site.DELTOID),
        ("Vastus lateralis", Site.VASTUS_LATERALIS),
        ("Buttock", Site.BUTTOCK),
        ("dorsogluteal", Site.BUTTOCK),
        ("ventro-gluteal", Site.VENTROGLUTEAL),
        ("right ventrogluteal", Site.VENTROGLUTEAL),
    ],
)
def test_sites_by_name(text: str, site: Site, codes: Codes) -> None:
    """Ventrogluteal is never taken for the buttock."""
    found = codes.sites.find(CodeableConcept(text=text))
    assert found is not None
    assert found.values == {site}


def lab_rows() -> Iterator[Any]:
    content = read_toml(FOLDER / "labs.toml")
    for name, table in content["analyte"].items():
        for row in table["loinc"]:
            yield pytest.param(row, Analyte[name], id=row["code"])


@pytest.mark.parametrize(("row", "analyte"), [*lab_rows()])
def test_each_lab_code_is_its_analyte(row: dict[str, Any], analyte: Analyte, codes: Codes) -> None:
    """A LOINC code means its analyte; one from memory means nothing."""
    found = codes.labs.analyte(one(LOINC, row["code"]))
    assert found == (None if row["mark"] == "M" else (analyte, row["code"]))


@pytest.mark.parametrize(
    "row", read_toml(FOLDER / "labs.toml")["excluded"], ids=lambda r: r["code"]
)
def test_a_look_alike_is_never_a_result(row: dict[str, Any], codes: Codes) -> None:
    """An excluded code is no result, not even beside a code that is."""
    both = CodeableConcept((Coding(LOINC, "2132-9"), Coding(LOINC, row["code"])))
    assert codes.labs.analyte(one(LOINC, row["code"])) is None
    assert codes.labs.analyte(both) is None


@pytest.mark.parametrize(
    "row", read_toml(FOLDER / "labs.toml")["excluded"], ids=lambda r: r["code"]
)
def test_a_site_cannot_add_a_look_alike(row: dict[str, Any], tmp_path: Path) -> None:
    """An excluded code is refused even when a site's own list holds it; file and code are named."""
    path = tmp_path / "site.toml"
    path.write_text(
        f'[[lab]]\nanalyte = "B12"\nsystem = "loinc"\ncode = "{row["code"]}"\n'
        'display = "x"\nsource = "site"\nmark = "P"\n'
    )
    with pytest.raises(CodesError, match=rf"site\.toml: {row['code']}: .*excluded"):
        load_codes((path,))


def check_digit(loinc: str) -> int:
    """The Luhn digit of a LOINC code."""
    digits = [int(digit) for digit in reversed(loinc.partition("-")[0])]
    doubled = [digit * 2 if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    total = sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return -total % 10


def test_every_loinc_code_has_its_check_digit() -> None:
    """A mistyped LOINC code is found by its check digit; 14685-0 is the well-known wrong one."""
    content = read_toml(FOLDER / "labs.toml")
    listed = [row["code"] for table in content["analyte"].values() for row in table["loinc"]]
    listed += [row["code"] for row in content["excluded"]]
    assert [code for code in listed if check_digit(code) != int(code[-1])] == []
    assert check_digit("14685-0") == 2


def test_codes_from_memory_are_there_when_asked_for() -> None:
    """Unverified rows are a setting, off unless a site turns it on."""
    unverified = load_codes(unverified=True)
    assert unverified.labs.analyte(one(LOINC, "102097-3")) == (Analyte.EGFR, "102097-3")
    assert unverified.drugs.of_coding(Coding("http://www.nlm.nih.gov/research/umls/rxnorm", "5514"))


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("[[lab]]\n", "lab[0]", "lacks code, display, mark, source"),
        (
            '[[lab]]\nanalyte = "B13"\nsystem = "loinc"\ncode = "1-8"\ndisplay = "x"\n'
            'source = "s"\nmark = "P"\n',
            "1-8",
            "analyte",
        ),
        (
            '[[lab]]\nanalyte = "B12"\nsystem = "nowhere"\ncode = "1-8"\ndisplay = "x"\n'
            'source = "s"\nmark = "P"\n',
            "lab 1-8",
            "unknown code system",
        ),
        (
            '[[lab]]\nanalyte = "B12"\ncode = "1-8"\ndisplay = "x"\nsource = "s"\nmark = "P"\n',
            "lab 1-8",
            "lacks system",
        ),
        (
            '[[lab]]\nanalyte = "B12"\nsystem = "loinc"\ncode = "777-3"\ndisplay = "x"\n'
            'source = "s"\nmark = "P"\n',
            "777-3",
            "already means platelets",
        ),
        (
            '[[condition]]\nis = ["flu"]\nsystem = "snomed"\ncode = "1"\ndisplay = "x"\n'
            'source = "s"\nmark = "P"\n',
            "1",
            "does not know 'flu'",
        ),
        (
            '[[condition]]\nis = ["pregnancy"]\nsystem = "snomed"\ncode = "84027009"\n'
            'display = "x"\nsource = "s"\nmark = "P"\n',
            "84027009",
            "two meanings",
        ),
        ('[[lab]]\ncode = "1"\ndisplay = "x"\nsource = "s"\nmark = "Z"\n', "lab[0]", "mark 'Z'"),
        ("[[labs]]\n", "labs", "is not one of"),
        ("lab = [", "file", "is not TOML"),
    ],
)
def test_a_broken_site_file_says_what_is_wrong(
    text: str, key: str, reason: str, tmp_path: Path
) -> None:
    """The error names the file, the key and the reason."""
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(CodesError) as caught:
        load_codes((path,))
    assert caught.value.file.endswith("site.toml")
    assert key in caught.value.key
    assert reason in caught.value.reason


def test_a_missing_site_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is said, not passed over."""
    with pytest.raises(CodesError, match=r"absent\.toml"):
        load_codes((tmp_path / "absent.toml",))


def test_a_site_adds_its_own_codes(tmp_path: Path) -> None:
    """A local code of each kind is read, and a new lab code joins the search."""
    path = tmp_path / "site.toml"
    path.write_text(
        '[[lab]]\nanalyte = "B12"\nsystem = "loinc"\ncode = "99999-8"\ndisplay = "x"\n'
        'source = "s"\nmark = "P"\n'
        '[[drug]]\nsystem = "rxnorm"\ncode = "999"\ndisplay = "x"\nsubstances = '
        '["hydroxocobalamin"]\nsource = "s"\nmark = "P"\n'
        '[[condition]]\nis = ["coeliac disease"]\nsystem = "snomed"\ncode = "999"\n'
        'display = "x"\nsource = "s"\nmark = "P"\n'
        '[[procedure]]\nis = ["dialysis"]\nsystem = "cpt"\ncode = "999"\n'
        'display = "x"\nsource = "s"\nmark = "P"\n'
    )
    codes = load_codes((path,))
    assert codes.labs.analyte(one(LOINC, "99999-8")) == (Analyte.B12, "99999-8")
    assert "99999-8" in codes.labs.search
    assert codes.conditions.of_coding(Coding(SNOMED, "999")) == frozenset({Concept.COELIAC_DISEASE})
    assert codes.procedures.of_coding(Coding(CPT, "999")) == frozenset({Operation.DIALYSIS})
    assert codes.drugs.of_coding(Coding("http://www.nlm.nih.gov/research/umls/rxnorm", "999"))


@pytest.mark.parametrize(
    ("concept", "analytes"),
    [
        (one(LOINC, "2132-9"), {Analyte.B12}),
        (one(CPT, "82607"), {Analyte.B12}),
        (one(CPT, "83921"), {Analyte.MMA}),
        (one(CPT, "82608"), set()),
        (one(LOINC, "2171-7", "Vitamin B12"), set()),
        (CodeableConcept(text="Vitamin B12"), {Analyte.B12}),
        (CodeableConcept(text="Potassium"), {Analyte.POTASSIUM}),
        (
            CodeableConcept(text="CBC"),
            {Analyte.HAEMOGLOBIN, Analyte.HAEMATOCRIT, Analyte.MCV, Analyte.PLATELETS},
        ),
        (
            CodeableConcept(text="FBC with reticulocytes"),
            {
                Analyte.HAEMOGLOBIN,
                Analyte.HAEMATOCRIT,
                Analyte.MCV,
                Analyte.PLATELETS,
                Analyte.RETICULOCYTES,
            },
        ),
        (CodeableConcept(text="U&E"), {Analyte.POTASSIUM, Analyte.CREATININE, Analyte.EGFR}),
        (CodeableConcept(text="Chest X-ray"), set()),
        (None, set()),
    ],
)
def test_ordered_tests_are_recognised(
    concept: CodeableConcept | None, analytes: set[Analyte], codes: Codes
) -> None:
    """An ordered test is known by LOINC, by CPT, or by its whole name; panels hold their parts."""
    assert codes.labs.ordered(concept) == analytes
