"""What bends the advice: neurological involvement, cause, pregnancy, special indications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from regimens.concepts import BARIATRIC, NEURO_MAJOR, NEURO_MINOR, Concept, Operation
from regimens.facts import (
    Analyte,
    ClinicalState,
    Condition,
    Finding,
    PatientFacts,
    Sex,
)
from regimens.knowledge.schema import Policy
from regimens.selection import Readings
from regimens.verdict import Input


class CauseKind(StrEnum):
    """Why a patient lacks B12, as far as treatment differs."""

    AUTOIMMUNE = "autoimmune"
    GASTRECTOMY = "gastrectomy"
    BYPASS = "bypass"  # RYGB, BPD, OAGB
    RESTRICTIVE = "restrictive"  # sleeve, band, bariatric surgery of unknown kind
    ILEAL = "ileal"
    MALABSORPTION = "malabsorption"
    DIET = "diet"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause on record. Irreversible ones need B12 for life and are better injected.

    `unmeasured` is True where the length or extent that would decide is not recorded.
    """

    kind: CauseKind
    name: str
    evidence: Input
    irreversible: bool = False
    prophylactic: bool = False
    unmeasured: bool = False


_CONDITION_CAUSES: dict[Concept, tuple[CauseKind, bool]] = {
    Concept.PERNICIOUS_ANAEMIA: (CauseKind.AUTOIMMUNE, True),
    Concept.AUTOIMMUNE_GASTRITIS: (CauseKind.AUTOIMMUNE, True),
    Concept.INHERITED_B12_MALABSORPTION: (CauseKind.MALABSORPTION, False),
    Concept.COELIAC_DISEASE: (CauseKind.MALABSORPTION, False),
    Concept.MALABSORPTION: (CauseKind.MALABSORPTION, False),
    Concept.BACTERIAL_OVERGROWTH: (CauseKind.MALABSORPTION, False),
    Concept.PANCREATIC_INSUFFICIENCY: (CauseKind.MALABSORPTION, False),
    Concept.FISH_TAPEWORM: (CauseKind.MALABSORPTION, False),
    Concept.DIET_WITHOUT_B12: (CauseKind.DIET, False),
    Concept.DIETARY_B12_DEFICIENCY: (CauseKind.DIET, False),
}

ANTIBODIES = "anti-intrinsic factor antibodies"

_BYPASSES = frozenset(
    {
        Operation.GASTRIC_BYPASS,
        Operation.ONE_ANASTOMOSIS_BYPASS,
        Operation.BILIOPANCREATIC_DIVERSION,
    }
)


def causes(facts: PatientFacts, readings: Readings, policy: Policy) -> tuple[Cause, ...]:
    """Every cause on record; an irreversible one counts whatever state its entry is in."""
    found = [*_from_conditions(facts, policy), *_from_procedures(facts, policy)]
    antibody = readings.current(Analyte.ANTI_INTRINSIC_FACTOR)
    if antibody is not None and antibody.finding is Finding.POSITIVE:
        evidence = Input.of(antibody)
        found.append(Cause(CauseKind.AUTOIMMUNE, ANTIBODIES, evidence, irreversible=True))
    return tuple(sorted(found, key=_as_named))


def _as_named(cause: Cause) -> tuple[bool, bool, str]:
    """Irreversible causes first, and a diagnosis before the antibodies that point to it."""
    return not cause.irreversible, cause.name == ANTIBODIES, cause.name


def _from_conditions(facts: PatientFacts, policy: Policy) -> Iterator[Cause]:
    for condition in facts.conditions.items:
        evidence = quoted(condition)
        for concept in sorted(condition.concepts):
            if concept is Concept.CROHN_ILEAL:
                yield _crohn(condition, policy)
            elif concept is Concept.BARIATRIC_SURGERY_HISTORY:
                yield Cause(CauseKind.RESTRICTIVE, concept.value, evidence, prophylactic=True)
            elif concept is Concept.GASTRECTOMY_UNSPECIFIED:
                yield Cause(CauseKind.GASTRECTOMY, concept.value, evidence, prophylactic=True)
            elif concept in _CONDITION_CAUSES:
                kind, irreversible = _CONDITION_CAUSES[concept]
                if irreversible or condition.state is ClinicalState.ACTIVE:
                    yield Cause(kind, concept.value, evidence, irreversible=irreversible)


def _crohn(condition: Condition, policy: Policy) -> Cause:
    extent = condition.extent_cm
    extensive = extent is not None and extent > policy.bowel_cm.crohn_extent_above
    return Cause(
        CauseKind.ILEAL if extensive else CauseKind.MALABSORPTION,
        Concept.CROHN_ILEAL.value,
        quoted(condition),
        irreversible=extensive,
        prophylactic=extensive,
        unmeasured=extent is None,
    )


def _from_procedures(facts: PatientFacts, policy: Policy) -> Iterator[Cause]:
    for procedure in facts.procedures.items:
        evidence = Input(
            name="procedure",
            value=procedure.text or ", ".join(sorted(procedure.operations)),
            on=procedure.performed_on,
            reference=procedure.reference,
        )
        for operation in sorted(procedure.operations):
            name = operation.value
            if operation in _BYPASSES:
                yield Cause(CauseKind.BYPASS, name, evidence, irreversible=True, prophylactic=True)
            elif operation in BARIATRIC:
                yield Cause(CauseKind.RESTRICTIVE, name, evidence, prophylactic=True)
            elif operation is Operation.TOTAL_GASTRECTOMY:
                kind = CauseKind.GASTRECTOMY
                yield Cause(kind, name, evidence, irreversible=True, prophylactic=True)
            elif operation is Operation.PARTIAL_GASTRECTOMY:
                yield Cause(CauseKind.GASTRECTOMY, name, evidence, prophylactic=True)
            elif operation is Operation.ILEAL_RESECTION:
                length = procedure.length_cm
                long = length is not None and length > policy.bowel_cm.ileal_resection_above
                yield Cause(
                    CauseKind.ILEAL if long else CauseKind.MALABSORPTION,
                    name,
                    evidence,
                    irreversible=long,
                    prophylactic=long,
                    unmeasured=length is None,
                )


def is_dietary(found: tuple[Cause, ...]) -> bool:
    """True when a dietary cause is coded and no malabsorptive one."""
    kinds = {cause.kind for cause in found}
    return kinds == {CauseKind.DIET}


@dataclass(frozen=True, slots=True)
class Neuro:
    """Neurological involvement; minor is glossitis or tongue symptoms alone (C09)."""

    active: tuple[Condition, ...]
    historical: tuple[Condition, ...]
    minor: tuple[Condition, ...]


def neuro(facts: PatientFacts) -> Neuro:
    """The neurological conditions on record, by whether they are present now."""
    major = [c for c in facts.conditions.items if c.concepts & NEURO_MAJOR]
    minor = [c for c in facts.conditions.items if c.concepts & NEURO_MINOR]
    return Neuro(
        active=tuple(c for c in major if c.state is ClinicalState.ACTIVE),
        historical=tuple(c for c in major if c.state is ClinicalState.HISTORICAL),
        minor=tuple(c for c in minor if c.state is ClinicalState.ACTIVE),
    )


def quoted(condition: Condition) -> Input:
    """A condition as evidence."""
    named = ", ".join(sorted(condition.concepts))
    return Input("condition", condition.text or named, "", condition.onset, condition.reference)


def active(facts: PatientFacts, *concepts: Concept) -> tuple[Condition, ...]:
    """Conditions present now that carry any of these names."""
    wanted = frozenset(concepts)
    return tuple(
        condition
        for condition in facts.conditions.items
        if condition.state is ClinicalState.ACTIVE and condition.concepts & wanted
    )


def pregnant(facts: PatientFacts, readings: Readings, policy: Policy) -> bool:
    """True for a pregnancy on record that can still be running; never for a male patient."""
    if facts.sex is Sex.MALE:
        return False
    status = readings.current(Analyte.PREGNANCY_STATUS)
    if status is not None and status.finding is Finding.POSITIVE:
        return True
    return any(
        _recent(condition.onset, facts.today, policy.windows_days.pregnancy)
        for condition in active(facts, Concept.PREGNANCY)
    )


def _recent(onset: date | None, today: date, days: int) -> bool:
    return onset is None or (today - onset).days <= days
