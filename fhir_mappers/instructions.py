"""Dosage instructions as FHIR and as the words a clinician reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from regimens.orders import BY_MOUTH_OR_NOSE, Route, Site, Timing
from regimens.quantities import PeriodUnit, plain

SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"

_ROUTES: Mapping[Route, tuple[str, str]] = {
    Route.INTRAMUSCULAR: ("78421000", "Intramuscular route"),
    Route.SUBCUTANEOUS: ("34206005", "Subcutaneous route"),
    Route.INTRAVENOUS: ("47625008", "Intravenous route"),
    Route.ORAL: ("26643006", "Oral route"),
    Route.SUBLINGUAL: ("37839007", "Sublingual route"),
    Route.BUCCAL: ("54471007", "Buccal route"),
    Route.NASAL: ("46713006", "Nasal route"),
}
_SITES: Mapping[Site, tuple[str, str]] = {
    Site.DELTOID: ("35259002", "Deltoid"),
    Site.VASTUS_LATERALIS: ("181681008", "Vastus lateralis"),
    Site.BUTTOCK: ("46862004", "Buttock"),
    Site.VENTROGLUTEAL: ("456271000124109", "Ventrogluteal"),
}
_ROUTE_WORDS: Mapping[Route, str] = {
    Route.INTRAMUSCULAR: "by intramuscular injection",
    Route.SUBCUTANEOUS: "by deep subcutaneous injection",
    Route.INTRAVENOUS: "intravenously",
    Route.ORAL: "by mouth",
    Route.SUBLINGUAL: "under the tongue",
    Route.BUCCAL: "inside the cheek",
    Route.NASAL: "into the nose",
    Route.OTHER: "",
}
_UNIT_WORDS: Mapping[PeriodUnit, str] = {
    PeriodUnit.SECOND: "second",
    PeriodUnit.MINUTE: "minute",
    PeriodUnit.HOUR: "hour",
    PeriodUnit.DAY: "day",
    PeriodUnit.WEEK: "week",
    PeriodUnit.MONTH: "month",
    PeriodUnit.YEAR: "year",
}
_MG = Decimal(1000)


def concept_of_route(route: Route) -> dict[str, Any] | None:
    """The coded route; None for one that has no code."""
    return _coded(_ROUTES.get(route))


def concept_of_site(site: Site) -> dict[str, Any] | None:
    """The coded site; None for one that has no code."""
    return _coded(_SITES.get(site))


def _coded(pair: tuple[str, str] | None) -> dict[str, Any] | None:
    if pair is None:
        return None
    code, display = pair
    return {"coding": [{"system": SNOMED, "code": code, "display": display}], "text": display}


def dose_quantity(micrograms: Decimal) -> dict[str, Any]:
    """A dose in UCUM: milligrams from 1 mg on, else micrograms."""
    whole_mg = micrograms >= _MG
    value, unit = (micrograms / _MG, "mg") if whole_mg else (micrograms, "ug")
    word = "mg" if whole_mg else "microgram"
    return {"value": value, "unit": word, "system": UCUM, "code": unit}


def timing_of(timing: Timing) -> dict[str, Any] | None:
    """The structured timing; None when nothing is stated, or FHIR cannot say it.

    A start with a duration is a period whose last day is included.
    """
    repeat: dict[str, Any] = _bounds(timing)
    if timing.count is not None:
        repeat["count"] = timing.count
    if timing.period is not None and timing.period_unit is not None:
        frequency = timing.frequency or Decimal(1)
        if frequency != frequency.to_integral_value():
            return None
        repeat["frequency"] = int(frequency)
        repeat["period"] = timing.period
        repeat["periodUnit"] = timing.period_unit.value
    return {"repeat": repeat} if repeat else None


def _bounds(timing: Timing) -> dict[str, Any]:
    starts, ends, days = timing.starts_on, timing.ends_on, timing.bounds_days
    if starts is not None and ends is None and days is not None:
        ends = starts + timedelta(days=days - 1)
    if starts is not None or ends is not None:
        period = {"start": starts, "end": ends}
        return {"boundsPeriod": {key: day.isoformat() for key, day in period.items() if day}}
    if days is None:
        return {}
    duration = {"value": days, "unit": "day", "system": UCUM, "code": "d"}
    return {"boundsDuration": duration}


def dose_words(micrograms: Decimal) -> str:
    """A dose in words: "1 mg", "50 micrograms"; never a symbol that is misread."""
    if micrograms >= _MG:
        return f"{plain(micrograms / _MG)} mg"
    return f"{plain(micrograms)} microgram{'' if micrograms == 1 else 's'}"


def timing_words(timing: Timing) -> str:
    """How often and how long in words: "3 times a week for 14 days"."""
    parts = [_interval_words(timing)]
    if timing.count is not None and not timing.single:
        parts.append(f"for {timing.count} doses")
    elif timing.bounds_days is not None:
        parts.append(f"for {timing.bounds_days} days")
    elif timing.ends_on is not None:
        parts.append(f"until {timing.ends_on.isoformat()}")
    if timing.starts_on is not None:
        parts.append(f"from {timing.starts_on.isoformat()}")
    return " ".join(part for part in parts if part)


def _interval_words(timing: Timing) -> str:
    if timing.single:
        return "once only"
    if timing.period is None or timing.period_unit is None:
        return ""
    unit, frequency = _UNIT_WORDS[timing.period_unit], timing.frequency or Decimal(1)
    every = f"every {unit}" if timing.period == 1 else f"every {plain(timing.period)} {unit}s"
    if frequency == 1:
        return every
    often = "twice" if frequency == len("xx") else f"{plain(frequency)} times"
    return f"{often} a {unit}" if timing.period == 1 else f"{often} {every}"


def instruction_words(
    micrograms: Decimal | None, route: Route | None, site: Site | None, timing: Timing
) -> str:
    """The whole instruction in words, as far as it is known."""
    where = _ROUTE_WORDS[route] if route else ""
    if site is not None and site is not Site.OTHER and route not in BY_MOUTH_OR_NOSE:
        where = f"{where} into the {site.value}".strip()
    dose = dose_words(micrograms) if micrograms is not None else ""
    return ", ".join(part for part in (f"{dose} {where}".strip(), timing_words(timing)) if part)
