"""Reading costs no more than the length of what is read, however it is written."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from fhir_mappers.chart import Chart, read_chart
from fhir_mappers.decoding import LONGEST_TEXT
from fhir_mappers.envelope import read_listed
from fhir_mappers.names import negated
from fhir_mappers.reading import Reading
from regimens.facts import Gap
from tests.fhir_mappers.builders import Json, bundle, concept, dosage, lab, order, raw

AT_MOST_S = 2.0  # each took many times as long while a pattern went over its text again and again
MANY = LONGEST_TEXT // 2

READ: dict[str, Callable[[], tuple[str, Json]]] = {
    "blanks before a word": lambda: ("labs", lab("2132-9", valueString=" " * MANY + "x")),
    "blanks within a value": lambda: ("labs", lab("2132-9", valueString=f"1{' ' * MANY}x\nx")),
    "blanks in a range": lambda: (
        "labs",
        lab(
            "2132-9",
            valueQuantity={"value": 150, "unit": "ng/L"},
            referenceRange=[{"text": f"200{' ' * MANY}-"}],
        ),
    ),
    "denials in an instruction": lambda: ("medications", dosage(text="no no b12 " * (MANY // 10))),
    "denials in a drug": lambda: (
        "medications",
        order(medicationCodeableConcept={"text": "no no b12 " * (MANY // 10)}),
    ),
}


def chart(key: str, resource: Json, reading: Reading) -> Chart:
    """The facts of a record that holds one resource."""
    return read_chart({key: read_listed(raw(bundle(resource)))}, reading)


@pytest.mark.parametrize("name", READ)
def test_a_long_text_costs_its_length_and_not_its_square(name: str, reading: Reading) -> None:
    """Half of the longest text there may be."""
    key, resource = READ[name]()
    started = time.process_time()
    chart(key, resource, reading)
    assert time.process_time() - started < AT_MOST_S


def test_a_text_beyond_all_measure_is_a_gap(reading: Reading) -> None:
    """It is told as one, and the list is not whole; a narrative may be as long as it likes."""
    long = "x" * (LONGEST_TEXT + 1)
    read = chart("medications", order(medicationCodeableConcept={"text": long}), reading)
    assert Gap("medications", "unreadable", "#0 MedicationRequest: a text is too long") in (
        read.facts.gaps
    )
    assert not read.facts.medications.complete
    told = order(text={"status": "generated", "div": f"<div>{long}</div>"})
    whole = chart("medications", told, reading).facts
    assert [one.kind for one in whole.gaps if one.source == "medications"] == []
    assert len(whole.medications.items) == 1


def test_a_text_as_long_as_it_may_be_is_read(reading: Reading) -> None:
    """The drug is known by its code."""
    coded = {**concept("http://example.org", "1"), "text": "b12 ".ljust(LONGEST_TEXT, "x")}
    facts = chart("medications", order(medicationCodeableConcept=coded), reading).facts
    assert facts.medications.complete


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        (f"{'word ' * 60}no allergy to b12", True),
        (f"{'word ' * 60}allergy to b12", False),
        (f"{'no ' * 60}{'word ' * 30}b12", False),
        (f"casino {'x' * 116} b12", False),
    ],
)
def test_a_denial_stands_close_to_what_it_denies(text: str, denied: bool) -> None:
    """What stands far before, or is half a word, denies nothing."""
    assert negated(text, text.index("b12")) is denied
