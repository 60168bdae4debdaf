"""Active allergies and intolerances to cobalamins and to what comes with them."""

from __future__ import annotations

from msgspec import Raw

from fhir_mappers.conditions import status_words
from fhir_mappers.drug_codes import one_cobalamin
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.references import patient_id, reference_to
from fhir_mappers.shapes.elements import CodeableConcept
from fhir_mappers.shapes.records import AllergyIntolerance
from fhir_mappers.tables import texts_of
from fhir_mappers.versions.inward import read
from regimens.facts import Allergen, Allergy
from regimens.substances import Substance

_OVER = frozenset({"inactive", "resolved", "refuted", "entered-in-error"})


def read_allergy(raw: Raw, position: int, reading: Reading) -> tuple[Allergy | None, str | None]:
    """The allergy and its patient; None for one that is over, denied, or that no rule knows.

    Words such as "vitamin B12" mean every cobalamin, whatever the formulary. Raises `UnreadableError`.
    """
    shape = read(raw, AllergyIntolerance)
    patient = patient_id(shape.patient)
    states = status_words(shape.clinical_status) | status_words(shape.verification_status)
    if shape.resource_type != "AllergyIntolerance" or states & _OVER:
        return None, patient
    concepts = [shape.code, *(one.substance for one in shape.reaction)]
    stated = [concept for concept in concepts if concept is not None]
    substances = one_cobalamin(
        frozenset[Substance]().union(*(_substances(concept, reading) for concept in stated))
    )
    allergens = frozenset[Allergen]().union(*(_allergens(concept, reading) for concept in stated))
    if not substances and not allergens:
        return None, patient
    text = next((text for concept in stated for text in texts_of(concept)), "")
    reference = reference_to("AllergyIntolerance", shape.id, position)
    return Allergy(reference, text, substances, allergens), patient


def _substances(concept: CodeableConcept, reading: Reading) -> frozenset[Substance]:
    drugs = reading.codes.drugs
    coded = [drug for coding in concept.coding if (drug := drugs.of_coding(coding)) is not None]
    if coded:
        return frozenset[Substance]().union(*(drug.substances for drug in coded))
    words = plain_text(" | ".join(texts_of(concept)))
    found, _ = drugs.named(words, "")
    return found


def _allergens(concept: CodeableConcept, reading: Reading) -> frozenset[Allergen]:
    named = reading.codes.allergens.named
    return frozenset[Allergen]().union(*(named(text) for text in texts_of(concept)))
