"""One dosage instruction as a phase: amount, route, site, timing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from fhir_mappers.decoding import parse_number
from fhir_mappers.medicines import MASS, NUMBER, masses
from fhir_mappers.names import plain_text
from fhir_mappers.reading import Reading
from fhir_mappers.shapes.dosages import Dosage, DoseAndRate
from fhir_mappers.shapes.elements import CodeableConcept, Quantity
from fhir_mappers.tables import texts_of
from fhir_mappers.timing_structure import NOT_UNDERSTOOD, high_end, read_structure
from fhir_mappers.timing_words import BIWEEKLY, SpokenTiming, read_timing_words, spoken_intervals
from regimens.orders import Amount, AmountKind, Phase, Route, Site, Timing

_CENTURY_DAYS = 36_600
CONTRADICTS = "words and structure disagree"
BIWEEKLY_WORD = "biweekly"

# Words and structure agree when their intervals differ by no more than this share: a month is
# 28 to 31 days, three months are twelve or thirteen weeks.
_SAME_INTERVAL = Decimal("0.15")
_VOLUME = re.compile(rf"{NUMBER}\s*(mls?|millilit(?:re|er)s?|cc)(?![a-z])")
_COUNTED = re.compile(
    rf"{NUMBER}\s*(tablets?|tabs?|capsules?|caps?|ampoules?|ampules?|amps?|vials?|sprays?)(?![a-z])"
)
_ORDER_WORDS = re.compile(
    r"\b(?:im|i\.m\.|intramuscular(?:ly)?|sc|s\.c\.|subcut\w*|iv|intravenous(?:ly)?|po|by mouth|"
    r"daily|weekly|monthly|yearly|every|each|once|twice|times)\b"
)


def read_phase(dosage: Dosage, drug_text: str, reading: Reading) -> Phase:
    """The phase of one instruction; what is not structured is read from its words.

    The drug's own words are asked last, and only when they read like an order.
    """
    words = plain_text(dosage.text or "")
    own = plain_text(drug_text)
    spoken_order = own if _ORDER_WORDS.search(own) else ""
    return Phase(
        amount=_amount(dosage, words, spoken_order, reading),
        route=_route(dosage, words, own, reading),
        site=_site(dosage, words, reading),
        timing=_timing(dosage, spoken_order, drug_text, reading),
        text=dosage.text,
    )


def amount_of(quantity: Quantity, reading: Reading) -> Amount | None:
    """The amount of a dose in micrograms, millilitres or units; None without a number.

    A unit that is not in the table, or a code that contradicts the unit's text, is UNKNOWN.
    """
    if quantity.value is None:
        return None
    units = reading.codes.units
    spelled = [text for text in (quantity.code, quantity.unit) if text]
    stated = f"{quantity.value:f} {quantity.unit or quantity.code or ''}".strip()
    found = {known for known in map(units.dose, spelled) if known is not None}
    if len(found) != 1:
        return Amount(quantity.value, AmountKind.UNKNOWN, stated)
    kind, factor = found.pop()
    return Amount(quantity.value * factor, kind, stated)


def _amount(dosage: Dosage, words: str, spoken_order: str, reading: Reading) -> Amount | None:
    quantity = _dose_quantity(dosage)
    if quantity is not None:
        amount = amount_of(quantity, reading)
        if amount is not None:
            return amount
    return _spoken_amount(words, reading) or _spoken_amount(spoken_order, reading)


def _dose_quantity(dosage: Dosage) -> Quantity | None:
    """The dose as ordered; of a range the high end, so that an overdose is not overlooked."""
    for dose in sorted(dosage.dose_and_rate, key=_is_calculated):
        if dose.dose_quantity or dose.dose_range:
            return dose.dose_quantity or high_end(dose.dose_range)
    return None


def _is_calculated(dose: DoseAndRate) -> bool:
    codings = dose.type.coding if dose.type else ()
    return any(coding.code == "calculated" for coding in codings)


def _spoken_amount(words: str, reading: Reading) -> Amount | None:
    """The one dose that words state; None when they state none or several."""
    if not words:
        return None
    found = masses(words, reading)
    if len(found) == 1:
        stated = re.search(rf"{NUMBER}\s*{MASS}(?![a-z])", words)
        return Amount(found[0], AmountKind.MASS, stated[0] if stated else "")
    if found:
        return None
    for pattern, kind in ((_VOLUME, AmountKind.VOLUME), (_COUNTED, AmountKind.COUNT)):
        counted = {(match[1], match[0]) for match in pattern.finditer(_without_strengths(words))}
        if len(counted) == 1:
            number, text = counted.pop()
            value = parse_number(number)
            return Amount(value, kind, text) if value is not None else None
    return None


def _without_strengths(words: str) -> str:
    return re.sub(rf"{NUMBER}\s*{MASS}\s*(?:/|per|in)\s*[\d.,]*\s*[a-z]+", " ", words)


def _route(dosage: Dosage, words: str, own: str, reading: Reading) -> Route | None:
    """The route by code or name, else by the words; None when they name none or several."""
    table = reading.codes.routes
    found = table.find(dosage.route)
    if found is not None and len(found.values) == 1:
        return next(iter(found.values))
    spoken = " ".join(map(plain_text, texts_of(dosage.route)))
    named = table.spoken(spoken)
    if named is not None or spoken:
        return named
    return _injected_or_swallowed(table.spoken(words)) or _injected_or_swallowed(table.spoken(own))


def _injected_or_swallowed(route: Route | None) -> Route | None:
    # "Topical" in an instruction rarely is the route of the drug; in the route element it is.
    return None if route is Route.OTHER else route


def _site(dosage: Dosage, words: str, reading: Reading) -> Site | None:
    table = reading.codes.sites
    if dosage.site is None:
        return table.spoken(words)
    found = table.find(dosage.site)
    if found is not None and len(found.values) == 1:
        return next(iter(found.values))
    return table.spoken(" ".join(map(plain_text, texts_of(dosage.site)))) or Site.OTHER


def _timing(dosage: Dosage, spoken_order: str, drug_text: str, reading: Reading) -> Timing:
    """The timing, as far as it is one that a prescriber can mean."""
    timing = _completed(dosage, spoken_order, drug_text, reading)
    if _beyond_a_life(timing):
        return Timing(text=timing.text, as_needed=timing.as_needed, ambiguous=NOT_UNDERSTOOD)
    return timing


def _beyond_a_life(timing: Timing) -> bool:
    """True when interval, bounds or all doses together exceed a century: a slip, not an order."""
    interval = timing.interval_days or Decimal(1)
    longest = max(interval, Decimal(timing.bounds_days or 0), interval * (timing.count or 1))
    return longest > _CENTURY_DAYS


def _completed(dosage: Dosage, spoken_order: str, drug_text: str, reading: Reading) -> Timing:
    """The structure, completed by the words where it is silent, doubted where they differ."""
    structured = read_structure(dosage.timing, reading)
    timed = structured.period is not None or structured.single
    spoken, text = _spoken(dosage, spoken_order, timed=timed)
    timing = replace(structured, text=text, as_needed=_as_needed(dosage) or spoken.as_needed)
    if BIWEEKLY.search(_all_words(dosage, drug_text)):
        return replace(_limited(timing, spoken), ambiguous=BIWEEKLY_WORD)
    if timing.period is not None or timing.single:
        return replace(timing, ambiguous=timing.ambiguous or _disagreement(timing, dosage))
    unclear = not spoken.clear and timing.count is None
    return replace(
        _limited(timing, spoken),
        frequency=spoken.frequency,
        period=spoken.period,
        period_unit=spoken.unit,
        ambiguous=timing.ambiguous or (NOT_UNDERSTOOD if unclear else None),
    )


def _limited(timing: Timing, spoken: SpokenTiming) -> Timing:
    """The timing with the number of doses and the length that only the words tell."""
    return replace(
        timing,
        count=timing.count or spoken.count,
        bounds_days=timing.bounds_days or spoken.bounds_days,
    )


def two_faced_word(timing: Timing) -> str:
    """The word that makes a timing mean two things, "biweekly" or its like; empty when there is none."""
    if timing.ambiguous != BIWEEKLY_WORD:
        return ""
    found = BIWEEKLY.search(plain_text(timing.text or ""))
    return found[0] if found else BIWEEKLY_WORD


def _as_needed(dosage: Dosage) -> bool:
    return bool(dosage.as_needed_boolean) or dosage.as_needed_codeable_concept is not None


def _spoken(dosage: Dosage, spoken_order: str, *, timed: bool) -> tuple[SpokenTiming, str | None]:
    """What the words say with the words that say it: a clear interval wins over unclear words.

    Unless it is `timed` already, a code that no table knows counts as words.
    """
    code_text = _timing_words(dosage) or (None if timed else _timing_code(dosage))
    extra = [text for concept in dosage.additional_instruction for text in texts_of(concept)]
    heard = [(read_timing_words(code_text, about_timing=True), code_text)]
    heard += [(read_timing_words(text), text) for text in (dosage.text, *extra) if text]
    heard += [(read_timing_words(dosage.patient_instruction), dosage.patient_instruction)]
    own = read_timing_words(spoken_order)
    if own.clear:
        heard.append((own, spoken_order))
    clear = next((one for one in heard if one[0].period is not None), None)
    doubtful = next((one for one in heard if not one[0].clear), None)
    other = next((one for one in heard if not one[0].says_nothing), None)
    return clear or doubtful or other or (SpokenTiming(), None)


def _timing_concept(dosage: Dosage) -> CodeableConcept | None:
    return dosage.timing.code if dosage.timing else None


def _timing_words(dosage: Dosage) -> str | None:
    return next(iter(texts_of(_timing_concept(dosage))), None)


def _timing_code(dosage: Dosage) -> str | None:
    """A timing's code as words: "Q4W" of a list that is not ours."""
    code = _timing_concept(dosage)
    return next((coding.code for coding in code.coding if coding.code), None) if code else None


def _all_words(dosage: Dosage, drug_text: str) -> str:
    concepts = (_timing_concept(dosage), *dosage.additional_instruction)
    texts = [text for concept in concepts for text in texts_of(concept)]
    parts = [dosage.text, dosage.patient_instruction, drug_text, *texts]
    return plain_text(" | ".join(part for part in parts if part))


def _disagreement(timing: Timing, dosage: Dosage) -> str | None:
    """Why the words make a structured interval doubtful; None when they agree or are silent."""
    interval = timing.interval_days
    code_text = _timing_words(dosage)
    spoken = spoken_intervals(code_text) | spoken_intervals(dosage.text)
    if interval is None or not spoken:
        return None
    agrees = any(abs(interval - one) <= max(interval, one) * _SAME_INTERVAL for one in spoken)
    return None if agrees else CONTRADICTS
