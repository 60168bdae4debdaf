"""Which numbers a rule rests on: those it reads while it judges its own cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import BaseModel

from regimens.advise import judge
from regimens.case import Case
from regimens.checks import Check
from regimens.knowledge.loader import Knowledge, Library
from regimens.knowledge.schema import Formulary, Policy, Thresholds
from tests.cases.language import WrittenCase
from tests.rules_page.markdown import table

# What many rules ask first; its values are told once, in a chapter of their own.
QUESTIONS: Mapping[str, Callable[[Case], object]] = {
    "the B12 status": lambda case: (case.assessment, case.biochemistry),
    "whether B12 is being given": lambda case: case.on_b12,
    "kidney function": lambda case: (case.kidney, case.kidney_impaired),
    "what caused the deficiency": lambda case: (case.causes, case.irreversible, case.prophylactic),
    "whether loading or maintenance is drafted": lambda case: (
        case.loading_drafts,
        case.maintenance_drafts,
    ),
    "pregnancy": lambda case: case.pregnant,
}

UNITS = {
    "windows_days": "days",
    "dose_micrograms": "micrograms",
    "interval_days": "days",
    "course_days": "days",
    "bowel_cm": "cm",
    "kidney": "mL/min/1.73 m²",
    "platelets": "10*9/L",
    "potassium": "mmol/L",
    "drug_months": "months",
}
UNITS_OF = {
    "windows_days.kidney_impaired_below": "mL/min/1.73 m²",
    "windows_days.platelets_low_below": "10*9/L",
    "interval_days.loading_doses_from": "doses",
    "potassium.checks_hours": "hours",
    "blood.severe_haemoglobin_below": "g/L",
    "blood.severe_haematocrit_below": "%",
    "blood.low_haemoglobin_below": "g/L",
    "blood.response_haematocrit_below": "%",
    "blood.reticulocytes_upper": "%",
    "blood.macrocytosis_above": "fL",
    "monitoring.months": "months",
    "monitoring.trimester_months": "months",
    "monitoring.platelet_recheck_hours": "hours",
    "mma.raised_above": "nmol/L",
    "mma.raised_above_older": "nmol/L",
    "mma.older_from_years": "years",
    "homocysteine.raised_above": "umol/L",
    "total_b12_mass.deficient_below": "ng/L",
    "total_b12_mass.unlikely_above": "ng/L",
    "total_b12_molar.deficient_below": "pmol/L",
    "total_b12_molar.unlikely_above": "pmol/L",
    "active_b12.deficient_below": "pmol/L",
    "active_b12.unlikely_above": "pmol/L",
    "adult_from_years": "years",
    "dietary_interval_to_days": "days",
    "dietary_oral_daily_from_micrograms": "micrograms",
    "loading_dose_from_micrograms": "micrograms",
}
READ_AS = {
    "b12": "B12",
    "mma": "MMA",
    "inr": "INR",
    "crohn": "Crohn's",
    "windows days:": "window:",
    "dose micrograms:": "dose:",
    "interval days:": "interval:",
    "course days:": "course:",
    "bowel cm:": "bowel:",
    "drug months:": "drug taken for:",
}
# Regimens have a chapter of their own; a unit stands beside its value.
NOT_VALUES = frozenset({"regimen", "unit"})
SOURCES = ("policy", "thresholds", "formulary")


@dataclass(frozen=True, slots=True)
class Used:
    """The questions a rule asks first, and the values it reads itself."""

    questions: tuple[str, ...]
    values: tuple[str, ...]


class _Noted:
    """A part of the knowledge that notes which of its values are read."""

    def __init__(self, part: BaseModel, path: str, noted: set[str]) -> None:
        self._part, self._path, self._noted = part, path, noted

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part holds
        value = getattr(self._part, name)
        path = f"{self._path}.{name}"
        if isinstance(value, BaseModel):
            return _Noted(value, path, self._noted)
        if name in type(self._part).model_fields and name not in NOT_VALUES:
            self._noted.add(path)
        return value


def used_by(check: Check, cases: Iterable[WrittenCase], library: Library) -> Used:
    """What the rule reads over its cases, in every formulary."""
    noted: set[str] = set()
    asked: dict[str, set[str]] = {name: set() for name in QUESTIONS}
    for written in cases:
        for formulary in library.formularies:
            knowledge = library.knowledge(formulary)
            plain = Case(written.facts, written.drafts, written.moment, knowledge)
            if written.moment not in check.moments or (plain.child and not check.for_children):
                continue
            noted |= _read(plain, check.examine, _spoken_before(check, plain))
            for name, ask in QUESTIONS.items():
                asked[name] |= _read(plain, ask, frozenset())
    questions = tuple(name for name, values in asked.items() if values and values <= noted)
    told = {value for name in questions for value in asked[name]}
    return Used(questions, tuple(sorted(noted - told, key=_order)))


def values_of_questions(
    cases: Iterable[WrittenCase], library: Library
) -> dict[str, tuple[str, ...]]:
    """What each question rests on, over all cases and formularies."""
    asked: dict[str, set[str]] = {name: set() for name in QUESTIONS}
    for written in cases:
        for formulary in library.formularies:
            knowledge = library.knowledge(formulary)
            case = Case(written.facts, written.drafts, written.moment, knowledge)
            for name, ask in QUESTIONS.items():
                asked[name] |= _read(case, ask, frozenset())
    return {name: tuple(sorted(values, key=_order)) for name, values in asked.items()}


def _spoken_before(check: Check, case: Case) -> frozenset[str]:
    if not check.stage:
        return frozenset()
    earlier = judge(case, last_stage=check.stage - 1)
    return frozenset(rule for rule, verdict in earlier.items() if verdict.fired)


def _read(case: Case, ask: Callable[[Case], object], spoken: frozenset[str]) -> set[str]:
    noted: set[str] = set()
    ask(case.within(knowledge=_noting(case.knowledge, noted), spoken=spoken))
    return noted


def _noting(knowledge: Knowledge, noted: set[str]) -> Knowledge:
    return replace(
        knowledge,
        policy=cast(Policy, _Noted(knowledge.policy, "policy", noted)),
        thresholds=cast(Thresholds, _Noted(knowledge.thresholds, "thresholds", noted)),
        formulary=cast(Formulary, _Noted(knowledge.formulary, "formulary", noted)),
    )


def _order(path: str) -> tuple[int, str]:
    return SOURCES.index(path.partition(".")[0]), path


# --- as a table -----------------------------------------------------------------------------


def value_table(values: Iterable[str], library: Library) -> str:
    """One row for each value; where the formularies differ, both."""
    rows = [[name_of(path), _shown(path, library), path.partition(".")[0]] for path in values]
    return table(("value", "is", "stands in"), rows)


def name_of(path: str) -> str:
    """A value's place in the knowledge, in words."""
    return in_words(path.partition(".")[2].replace(".", ": "))


def in_words(key: str) -> str:
    """A key as a reader writes it."""
    words = key.replace("_", " ")
    for written, read in READ_AS.items():
        words = words.replace(written, read)
    return words


def _shown(path: str, library: Library) -> str:
    unit = _unit(path)
    shown = {name: _value(path, library.knowledge(name)) for name in library.formularies}
    if len(set(shown.values())) == 1:
        return f"{next(iter(shown.values()))} {unit}".strip()
    return "; ".join(
        f"{name.upper()}: {value} {unit if value != 'none' else ''}".strip()
        for name, value in shown.items()
    )


def _unit(path: str) -> str:
    key = path.partition(".")[2]
    section = key.partition(".")[0]
    if key in UNITS_OF:
        return UNITS_OF[key]
    if section == "monitoring" and key.endswith(("days", "day")):
        return "days"
    return UNITS.get(section, "")


def _value(path: str, knowledge: Knowledge) -> str:
    part: object = knowledge
    for name in path.split("."):
        part = None if part is None else getattr(part, name)
    return shown_value(part)


def shown_value(value: object) -> str:
    """A value as a reader writes it."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(str(each) for each in value)
        case BaseModel():
            return ", ".join(f"{key.replace('_', ' ')} {shown_value(each)}" for key, each in value)
        case _:
            return str(value)
