"""Resources as real systems write them are read; what cannot be read says where, not what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fhir_mappers.decoding import decode, parse_number, type_of
from fhir_mappers.errors import UnreadableError
from fhir_mappers.shapes.medications import MedicationRequest
from fhir_mappers.shapes.observations import Observation
from fhir_mappers.shapes.records import AllergyIntolerance, Condition
from tests.fhir_mappers.builders import dosage, lab, order, raw


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5.1", "5.1"),
        ("5,1", "5.1"),
        ("1,000", "1000"),
        ("12,345,678", "12345678"),
        ("1,000.5", "1000.5"),
        ("0,500", "0.500"),
        (" 7 ", "7"),
        ("1e3", "1E+3"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: str) -> None:
    """A comma before three digits groups thousands, any other comma is a decimal point."""
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1-2"])
def test_what_is_no_number_is_none(text: str) -> None:
    """A word is never a number."""
    assert parse_number(text) is None


def test_a_decimal_stays_exact() -> None:
    """5.10 arrives as 5.10, not as the nearest binary fraction."""
    text = b'{"resourceType":"Observation","valueQuantity":{"value":5.10}}'
    found = decode(text, Observation).value_quantity
    assert found is not None
    assert str(found.value) == "5.10"


@pytest.mark.parametrize(
    "value",
    [
        {"value": "96", "unit": "ng/L"},
        [{"value": 96, "unit": "ng/L"}],
        {"value": 96, "unit": "ng/L", "code": "", "system": None},
        "96 ng/L",
    ],
)
def test_an_oddly_written_quantity_is_read(value: object) -> None:
    """A number as text, a list of one, empty texts and a spoken quantity are all put right."""
    shape = decode(raw(lab("2132-9", valueQuantity=value)), Observation)
    assert shape.value_quantity is not None
    assert (shape.value_quantity.value, shape.value_quantity.unit) == (Decimal(96), "ng/L")


@pytest.mark.parametrize("value", [{"value": "many"}, {"value": True}, 5, [{}, {"value": 1}]])
def test_an_unreadable_quantity_says_where_and_not_what(value: object) -> None:
    """The error names the element; its content stays out of the message."""
    with pytest.raises(UnreadableError) as caught:
        decode(raw(lab("2132-9", valueQuantity=value)), Observation)
    assert caught.value.where.startswith("Observation.valueQuantity")
    assert "many" not in str(caught.value)


def test_single_objects_become_lists() -> None:
    """One dosage instruction, one dose and one reason may come without their brackets."""
    body = order(
        dosageInstruction={"doseAndRate": {"doseQuantity": {"value": 1, "unit": "mg"}}},
        reasonCode={"text": "x"},
        category={"coding": [{"code": "outpatient"}]},
    )
    shape = decode(raw(body), MedicationRequest)
    dose = shape.dosage_instruction[0].dose_and_rate[0].dose_quantity
    assert dose is not None
    assert (dose.value, shape.reason_code[0].text) == (Decimal(1), "x")


def test_a_plain_word_becomes_a_concept() -> None:
    """STU3 and DSTU2 write clinicalStatus as a word."""
    body = {"resourceType": "Condition", "clinicalStatus": "active", "code": "Vegan"}
    shape = decode(raw(body), Condition)
    assert shape.clinical_status is not None
    assert shape.code is not None
    assert (shape.clinical_status.text, shape.code.text) == ("active", "Vegan")


def test_nulls_and_empty_members_are_passed_over() -> None:
    """null, an empty text, an empty list and a list of null hold nothing."""
    body = {"resourceType": "AllergyIntolerance", "id": "", "reaction": [None], "code": None}
    shape = decode(raw(body), AllergyIntolerance)
    assert (shape.id, shape.reaction, shape.code) == (None, (), None)


def test_a_whole_number_as_text_is_a_count() -> None:
    """count: "4" is four doses."""
    shape = decode(raw(dosage(timing={"repeat": {"count": "4"}})), MedicationRequest)
    timing = shape.dosage_instruction[0].timing
    assert timing is not None
    assert timing.repeat is not None
    assert timing.repeat.count == 4


@pytest.mark.parametrize(("flag", "expected"), [("true", True), ("FALSE", False), (True, True)])
def test_a_flag_may_be_a_word(flag: object, expected: object) -> None:
    """doNotPerform: "true" is true."""
    assert decode(raw(order(doNotPerform=flag)), MedicationRequest).do_not_perform is expected


def test_a_number_as_identifier_is_text() -> None:
    """id: 5 is the id 5."""
    assert decode(raw(order(id=5)), MedicationRequest).id == "5"


@pytest.mark.parametrize("text", [b"", b"[1]", b'"x"', b"{", b"7"])
def test_what_is_no_object_is_unreadable(text: bytes) -> None:
    """Anything but an object is refused, whatever it is."""
    with pytest.raises(UnreadableError):
        decode(text, Observation)


def test_the_type_of_a_resource_is_read_alone() -> None:
    """The type is known even when nothing else can be read."""
    assert type_of(raw({"resourceType": "Observation", "status": []})) == "Observation"
    assert type_of(b"nonsense") == ""
