"""What a drug's codes and words say: ingredients, form, strength, and kind of product."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from fhir_mappers.decoding import parse_number
from fhir_mappers.drug_codes import Drug, one_cobalamin
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.elements import CodeableConcept, Coding
from fhir_mappers.shapes.medications import Medication
from fhir_mappers.tables import texts_of
from regimens.orders import AmountKind, Form, Medicine, Special, Strength
from regimens.substances import Substance

NUMBER = r"(?<![a-z0-9.,])(\d[\d,]*(?:\.\d+)?)"
MASS = r"(micrograms?|milligrams?|grams?|nanograms?|microg|mcgs?|ug|mgs?|ng|gm?)"
_CONCENTRATION = re.compile(
    rf"{NUMBER}\s*{MASS}\s*(?:/|per|in)\s*(\d[\d,]*(?:\.\d+)?)?\s*(?:mls?|millilit(?:re|er)s?|cc)\b"
)
_MASS = re.compile(rf"{NUMBER}\s*{MASS}(?![a-z])")

# A vial of 2.5 g or more of hydroxocobalamin is the cyanide antidote.
_ANTIDOTE_MICROGRAMS = Decimal(2_500_000)


def read_medicine(concept: CodeableConcept | None, reading: Reading) -> Medicine | None:
    """The medicine a concept names; None when it holds neither code nor words."""
    if concept is None:
        return None
    text = concept.text or next(iter(texts_of(concept)), "")
    drugs = _coded(concept.coding, reading)
    if drugs:
        return _with_words(_from_codes(text, drugs), concept, reading)
    if not text:
        return Medicine(text="") if concept.coding else None
    return _from_words(text, concept, reading)


def medicine_of(medication: Medication, reading: Reading) -> Medicine | None:
    """The medicine of a Medication resource: its code, else the sum of its ingredients."""
    medicine = read_medicine(medication.code, reading)
    if medicine is not None and medicine.substances:
        return medicine
    parts = [
        item.item_codeable_concept or (item.item.concept if item.item else None)
        for item in medication.ingredient
    ]
    codings = tuple(coding for part in parts if part for coding in part.coding)
    words = " + ".join(text for part in parts for text in texts_of(part)[:1])
    if not codings and not words:
        return medicine
    text = medicine.text if medicine else ""
    return read_medicine(CodeableConcept(codings, f"{text} {words}".strip()), reading)


def masses(text: str, reading: Reading) -> tuple[Decimal, ...]:
    """The distinct masses in plain text, in micrograms, leaving out concentrations."""
    found = (_micrograms(match[1], match[2], reading) for match in _MASS.finditer(_unmixed(text)))
    return tuple(dict.fromkeys(mass for mass in found if mass is not None))


def _unmixed(text: str) -> str:
    return _CONCENTRATION.sub(" ", text)


def _coded(codings: tuple[Coding, ...], reading: Reading) -> tuple[Drug, ...]:
    table = reading.codes.drugs
    found = (table.of_coding(coding) for coding in codings)
    return tuple(drug for drug in found if drug is not None)


def _from_codes(text: str, drugs: tuple[Drug, ...]) -> Medicine:
    substances = frozenset[Substance]().union(*(drug.substances for drug in drugs))
    telling = max(drugs, key=lambda drug: (bool(drug.strengths), drug.form is not None))
    return Medicine(
        text=text,
        substances=one_cobalamin(substances),
        form=telling.form,
        strengths=telling.strengths,
        special=next((drug.special for drug in drugs if drug.special), None),
        product=next((drug.product for drug in drugs if drug.product), None),
    )


def _words(concept: CodeableConcept, reading: Reading) -> str:
    """All words of a concept as plain text, names of drugs spelled as our table has them."""
    return reading.codes.drugs.spelling.put_right(plain_text(" ".join(texts_of(concept))))


def _with_words(medicine: Medicine, concept: CodeableConcept, reading: Reading) -> Medicine:
    """Form, strength and kind from the words where the codes are silent about them."""
    words = _words(concept, reading)
    form = medicine.form or reading.codes.drugs.form(words)
    strengths = medicine.strengths or _strengths(words, medicine.substances, form, reading)
    _, special = reading.codes.drugs.named(words, reading.formulary)
    return Medicine(
        text=medicine.text,
        substances=medicine.substances,
        form=form,
        strengths=strengths,
        special=medicine.special or special or _antidote(medicine.substances, strengths),
        product=medicine.product,
    )


def _from_words(text: str, concept: CodeableConcept, reading: Reading) -> Medicine:
    words = _words(concept, reading)
    substances, special = reading.codes.drugs.named(words, reading.formulary)
    if not substances and special is None:
        return Medicine(text=text)
    form = reading.codes.drugs.form(words)
    strengths = _strengths(words, substances, form, reading)
    return Medicine(
        text=text,
        substances=substances,
        form=form,
        strengths=strengths,
        special=special or _antidote(substances, strengths),
        by_text=True,
        code_unknown=any(coding.code for coding in concept.coding),
    )


def _antidote(
    substances: frozenset[Substance], strengths: Mapping[Substance, Strength]
) -> Special | None:
    strength = strengths.get(Substance.HYDROXOCOBALAMIN, Strength())
    large = strength.per_unit is not None and strength.per_unit >= _ANTIDOTE_MICROGRAMS
    return Special.CYANIDE_ANTIDOTE if large and len(substances) == 1 else None


def _strengths(
    words: str, substances: frozenset[Substance], form: Form | None, reading: Reading
) -> Mapping[Substance, Strength]:
    """The strength that words state; a product of several of our substances has none."""
    if len(substances) != 1:
        return {}
    strength = _concentration(words, reading) or _per_unit(words, form, reading)
    return {next(iter(substances)): strength} if strength else {}


def _concentration(words: str, reading: Reading) -> Strength | None:
    """Micrograms per millilitre; "1mg/1ml" also tells what one ampoule holds."""
    found = {match.groups() for match in _CONCENTRATION.finditer(words)}
    stated = {
        (mass, parse_number(volume) if volume else None)
        for number, unit, volume in found
        if (mass := _micrograms(number, unit, reading)) is not None
    }
    per_ml = {mass / (volume or Decimal(1)) for mass, volume in stated}
    if len(per_ml) != 1:
        return None
    whole = {mass for mass, volume in stated if volume}
    return Strength(per_ml=per_ml.pop(), per_unit=whole.pop() if len(whole) == 1 else None)


def _per_unit(words: str, form: Form | None, reading: Reading) -> Strength | None:
    """Micrograms in one tablet, ampoule or vial: the only mass that the words hold."""
    found = masses(words, reading)
    known_form = form is not None or "multivitamin" in words
    vial = any(mass >= _ANTIDOTE_MICROGRAMS for mass in found)
    return Strength(per_unit=found[0]) if len(found) == 1 and (known_form or vial) else None


def _micrograms(number: str, unit: str, reading: Reading) -> Decimal | None:
    value, known = parse_number(number), reading.codes.units.dose(unit)
    if value is None or known is None or known[0] is not AmountKind.MASS:
        return None
    return value * known[1]
