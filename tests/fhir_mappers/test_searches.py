"""The prefetch templates stay inside what every EHR knows, and the searches are safe to send."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from fhir_mappers.chart import KEYS
from fhir_mappers.searches import OPTIONAL, search_url, templates
from fhir_mappers.terminology import Codes
from fhir_mappers.versions.version import Version

LONGEST_URL = 2000


def test_the_six_keys_in_order(codes: Codes) -> None:
    """Six keys and no more, as the contract names them."""
    assert tuple(templates(codes)) == KEYS


def test_only_the_recommended_subset(codes: Codes) -> None:
    """Reads, patient and code searches, _sort and _count; no token but the patient."""
    for template in templates(codes).values():
        query = template.partition("?")[2]
        names = {pair.partition("=")[0] for pair in query.split("&") if pair}
        assert names <= {"patient", "code", "_sort", "_count"}
        assert set(re.findall(r"{{(.*?)}}", template)) == {"context.patientId"}
        assert len(template) < LONGEST_URL


def test_labs_are_searched_by_plain_codes_newest_first(codes: Codes) -> None:
    """Not by category: a code list finds what a category misses."""
    query = parse_qs(templates(codes)["labs"].partition("?")[2])
    asked = query["code"][0].split(",")
    assert query["_sort"] == ["-date"]
    assert {"2132-9", "14685-2", "777-3", "33914-3", "31444-3"} <= set(asked)
    assert "2171-7" not in asked
    assert all(re.fullmatch(r"\d+-\d", code) for code in asked)


def test_medications_are_asked_for_in_every_status(codes: Codes) -> None:
    """A stopped order matters as much as an active one."""
    assert "status" not in templates(codes)["medications"]


@pytest.mark.parametrize("version", [Version.STU3, Version.R4, Version.R5])
def test_versions_that_search_alike(version: Version, codes: Codes) -> None:
    """From STU3 on the six searches are the same, so one sheet serves them all."""
    assert templates(codes, version) == templates(codes)


def test_dstu2_names_and_sorts_differently(codes: Codes) -> None:
    """Its drug order is another type, and a minus before a sort key is an error there."""
    asked = templates(codes, Version.DSTU2)
    assert asked["medications"] == "MedicationOrder?patient={{context.patientId}}&_count=200"
    assert asked["labs"].endswith("&_sort:desc=date&_count=200")
    others = {"patient", "conditions", "procedures", "allergies"}
    assert {key: asked[key] for key in others} == {key: templates(codes)[key] for key in others}


@pytest.mark.parametrize("key", [*KEYS, *OPTIONAL])
def test_no_patient_id_breaks_out_of_its_place(key: str, codes: Codes) -> None:
    """Whatever the id holds, it stays one value in one place."""
    url = search_url(key, "a/../b?c=d&e=f,g h%", codes)
    parts = urlsplit(url)
    assert "{{" not in url
    assert ".." not in parts.path or "%2F..%2F" in parts.path
    if key == "patient":
        assert parts.path == "Patient/a%2F..%2Fb%3Fc%3Dd%26e%3Df%2Cg%20h%25"
    else:
        assert parse_qs(parts.query)["patient"] == ["a/../b?c=d&e=f,g h%"]
        assert "e" not in parse_qs(parts.query)


def test_an_ordinary_search(codes: Codes) -> None:
    """A plain id reads plainly."""
    assert search_url("conditions", "p1", codes) == "Condition?patient=p1&_count=200"
    assert search_url("patient", "p1", codes) == "Patient/p1"
    assert search_url("statements", "p1", codes).startswith("MedicationStatement?patient=p1")
    assert "code=2132-9%2C14685-2" in search_url("labs", "p1", codes)


def test_an_unknown_key_is_an_error(codes: Codes) -> None:
    """A key that no template has is a mistake of the caller."""
    with pytest.raises(KeyError):
        search_url("everything", "p1", codes)
