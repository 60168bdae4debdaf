"""Observations as laboratory results, in the units that thresholds use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from msgspec import Raw

from fhir_mappers import dates
from fhir_mappers.decoding import parse_number
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.reference_ranges import limits
from fhir_mappers.references import patient_id, reference_to
from fhir_mappers.shapes.elements import CodeableConcept, Quantity
from fhir_mappers.shapes.observations import Observation, Valued
from fhir_mappers.tables import texts_of
from fhir_mappers.units import Converted
from fhir_mappers.versions.inward import read
from regimens.facts import Analyte, Finding, LabResult, ResultStatus, Unusable
from regimens.quantities import Comparator, Measured

# Results that never were, or are not there yet.
_DROPPED = frozenset({"entered-in-error", "cancelled", "registered", "unknown"})
_STATUS = {
    None: ResultStatus.FINAL,
    "final": ResultStatus.FINAL,
    "amended": ResultStatus.AMENDED,
    "corrected": ResultStatus.AMENDED,
    "appended": ResultStatus.AMENDED,
}
_COMPARATORS = {
    "": Comparator.EXACT,
    "=": Comparator.EXACT,
    "<": Comparator.BELOW,
    "<=": Comparator.AT_MOST,
    "\u2264": Comparator.AT_MOST,
    ">": Comparator.ABOVE,
    ">=": Comparator.AT_LEAST,
    "\u2265": Comparator.AT_LEAST,
}
_NUMBER = re.compile(r"(<=|>=|<|>|\u2264|\u2265)? ?(\d[\d,]*(?:\.\d+)?)(\D.*)?")
_NEGATIVE = re.compile(
    r"\b(neg|negative|not detected|none detected|undetected|non[- ]?reactive|absent|"
    r"not (?:currently )?pregnant)\b"
)
_EQUIVOCAL = re.compile(
    r"\b(equivocal|indeterminate|borderline|inconclusive|false positive|"
    r"(?:possibly|possible|probably|unconfirmed) pregnan(?:t|cy))\b"
)
# "Pregnant" only where it is the whole answer: "pregnant: no" is another one.
_POSITIVE = re.compile(
    r"\b(pos|positive|detected|reactive|present)\b|"
    r"(?:^|\| )(?:patient |is |currently )*pregnant(?: \(finding\))?(?= \||$)"
)
_FLAGS = {
    **dict.fromkeys(("POS", "DET", "RR", "H", "HH", "HU"), Finding.POSITIVE),
    **dict.fromkeys(("NEG", "ND", "NR", "N"), Finding.NEGATIVE),
    **dict.fromkeys(("IND", "E"), Finding.EQUIVOCAL),
}
# Answers by code, where no words come with it: SNOMED CT, and the answer lists of LOINC.
_ANSWERS = {
    **dict.fromkeys(("10828004", "260373001", "LA6576-8", "LA11882-0"), Finding.POSITIVE),
    **dict.fromkeys(("260385009", "260415000", "LA6577-6", "LA11883-8"), Finding.NEGATIVE),
    **dict.fromkeys(("82334004", "LA11885-3"), Finding.EQUIVOCAL),
    "77386006": Finding.POSITIVE, "LA15173-0": Finding.POSITIVE,  # pregnant
    "60001007": Finding.NEGATIVE, "LA26683-5": Finding.NEGATIVE,  # not pregnant
    **dict.fromkeys(("POS", "DET"), Finding.POSITIVE),
    **dict.fromkeys(("NEG", "ND"), Finding.NEGATIVE),
}  # fmt: skip
_ANTIBODIES = frozenset({Analyte.ANTI_INTRINSIC_FACTOR, Analyte.PARIETAL_CELL_ANTIBODY})
_WORDED = _ANTIBODIES | {Analyte.PREGNANCY_STATUS}


@dataclass(frozen=True, slots=True)
class _Report:
    """What all results of one Observation share."""

    reference: str
    status: ResultStatus
    taken_on: date | None
    taken_at: datetime | None
    specimen: str | None
    today: date


@dataclass(frozen=True, slots=True)
class _Stated:
    """A value as reported: a number with comparator and unit spellings, or words."""

    text: str
    value: Decimal | None = None
    comparator: Comparator = Comparator.EXACT
    units: tuple[str, ...] = ()
    words: str | None = None


def read_results(
    raw: Raw, position: int, reading: Reading
) -> tuple[tuple[LabResult, ...], str | None]:
    """The results in an Observation, components included, and its patient; raises `UnreadableError`."""
    shape = read(raw, Observation)
    patient = patient_id(shape.subject)
    if shape.resource_type != "Observation" or shape.status in _DROPPED:
        return (), patient
    found = [
        (known, valued)
        for valued in (shape, *shape.component)
        if (known := reading.codes.labs.analyte(valued.code)) is not None
    ]
    if not found:
        return (), patient
    report = _report(shape, position, reading)
    results = tuple(
        _result(valued, analyte, code, report, reading)
        for (analyte, code), valued in found
        if not (valued is shape and shape.component and _stated(valued) is None)
    )
    return results, patient


def _report(shape: Observation, position: int, reading: Reading) -> _Report:
    """When a result was taken: its effective time, else when it was issued."""
    period = shape.effective_period
    moments = (
        shape.effective_date_time,
        shape.effective_instant,
        period.end or period.start if period else None,
        shape.issued,
    )
    taken = next((text for text in moments if dates.first_day(text, reading.timezone)), None)
    specimen = shape.specimen
    return _Report(
        reference=reference_to("Observation", shape.id, position),
        status=_STATUS.get(shape.status, ResultStatus.PRELIMINARY),
        taken_on=dates.first_day(taken, reading.timezone),
        taken_at=dates.instant(taken, reading.timezone),
        specimen=specimen.reference or specimen.display if specimen else None,
        today=reading.today,
    )


def _result(
    valued: Valued, analyte: Analyte, code: str, report: _Report, reading: Reading
) -> LabResult:
    stated = _stated(valued)
    converted = _converted(analyte, stated, reading)
    low, high, range_text = limits(valued, converted, reading)
    finding = _finding(analyte, valued, stated, converted.measured, high)
    return LabResult(
        analyte=converted.analyte,
        reference=report.reference,
        measured=converted.measured,
        finding=finding,
        taken_on=report.taken_on,
        taken_at=report.taken_at,
        status=report.status,
        reported=stated.text if stated else "",
        code=code,
        specimen=report.specimen,
        lower_limit=low,
        upper_limit=high,
        reference_range=range_text,
        unusable=_unusable(converted, finding, report),
    )


def _unusable(converted: Converted, finding: Finding | None, report: _Report) -> Unusable | None:
    if report.taken_on is None:
        return Unusable.NO_DATE
    if report.taken_on > report.today:
        return Unusable.FUTURE_DATE
    if finding is not None and converted.analyte in _WORDED:
        return None
    return converted.unusable


def _stated(valued: Valued) -> _Stated | None:
    """The value as it was reported; None when there is none."""
    if valued.value_quantity is not None and valued.value_quantity.value is not None:
        return _of_quantity(valued.value_quantity, valued.value_quantity.value)
    if valued.value_integer is not None:
        return _Stated(str(valued.value_integer), Decimal(valued.value_integer))
    if valued.value_string:
        return _of_text(valued.value_string)
    if valued.value_codeable_concept is not None:
        return _of_concept(valued.value_codeable_concept)
    if valued.value_boolean is not None:
        word = "positive" if valued.value_boolean else "negative"
        return _Stated(word, words=word)
    return None


def _of_quantity(quantity: Quantity, value: Decimal) -> _Stated:
    spellings = tuple(text for text in (quantity.unit, quantity.code) if text)
    sign = (quantity.comparator or "").strip()
    comparator = _COMPARATORS.get(sign)
    unit = spellings[0] if spellings else ""
    if comparator is None:  # it may mean below or above: the number alone says nothing
        text = f"{sign} {value:f} {unit}".strip()
        return _Stated(text, words=plain_text(text))
    text = f"{comparator.value}{value:f} {unit}".strip()
    return _Stated(text, value, comparator, spellings)


def _of_text(text: str) -> _Stated:
    text = " ".join(text.split())  # runs of blanks would cost the pattern their square
    found = _NUMBER.fullmatch(text)
    value = parse_number(found[2]) if found else None
    if found is None or value is None:
        return _Stated(text, words=plain_text(text))
    comparator = _COMPARATORS.get(found[1] or "", Comparator.EXACT)
    unit = (found[3] or "").strip()
    return _Stated(text, value, comparator, (unit,) if unit else ())


def _of_concept(concept: CodeableConcept) -> _Stated:
    texts = texts_of(concept)
    return _Stated(texts[0] if texts else "", words=plain_text(" | ".join(texts)))


def _converted(analyte: Analyte, stated: _Stated | None, reading: Reading) -> Converted:
    if stated is None or stated.value is None:
        return Converted(analyte, unusable=Unusable.NO_VALUE)
    units = stated.units or ("",)
    return reading.codes.units.convert(analyte, stated.value, stated.comparator, units)


def _finding(
    analyte: Analyte,
    valued: Valued,
    stated: _Stated | None,
    measured: Measured | None,
    high: Decimal | None,
) -> Finding | None:
    """Positive or negative by its words or code, else by its own limit, else by the flag."""
    if analyte not in _WORDED:
        return None
    if stated is not None and stated.words is not None:
        return _finding_in(stated.words) or _coded_finding(valued.value_codeable_concept)
    if measured is not None and high is not None:
        if measured.surely_above(high):
            return Finding.POSITIVE
        return Finding.NEGATIVE if measured.surely_at_most(high) else None
    codings = (coding for concept in valued.interpretation for coding in concept.coding)
    flags = (_FLAGS.get((coding.code or "").upper()) for coding in codings)
    return next((flag for flag in flags if flag is not None), None)


def _coded_finding(concept: CodeableConcept | None) -> Finding | None:
    codes = (coding.code or "" for coding in concept.coding) if concept else ()
    found = (_ANSWERS.get(code.strip().upper()) for code in codes)
    return next((finding for finding in found if finding is not None), None)


def _finding_in(words: str) -> Finding | None:
    for pattern, finding in (
        (_EQUIVOCAL, Finding.EQUIVOCAL),
        (_NEGATIVE, Finding.NEGATIVE),
        (_POSITIVE, Finding.POSITIVE),
    ):
        if pattern.search(words):
            return finding
    return None
