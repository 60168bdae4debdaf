"""The patient behind the results: age, nerves, causes, pregnancy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from regimens import modifiers
from regimens.case.results import Results
from regimens.concepts import CODED_B12_DIAGNOSES
from regimens.facts import (
    Condition,
)
from regimens.modifiers import Cause, Neuro


@dataclass(frozen=True)
class Background(Results):
    """Who the patient is, as far as the advice bends to it."""

    @property
    def child(self) -> bool:
        """True when the patient is surely below the formulary's age floor."""
        age = self.facts.age_years
        return age is not None and age < self.formulary.adult_from_years

    @cached_property
    def neuro(self) -> Neuro:
        """Neurological involvement."""
        return modifiers.neuro(self.facts)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Every cause on record, irreversible ones first."""
        return modifiers.causes(self.facts, self.readings, self.policy)

    @cached_property
    def irreversible(self) -> tuple[Cause, ...]:
        """Causes that need B12 for life; the same ones are better treated by injection."""
        return tuple(cause for cause in self.causes if cause.irreversible)

    @cached_property
    def dietary(self) -> bool:
        """True when a dietary cause is coded and no malabsorptive one."""
        return modifiers.is_dietary(self.causes)

    @cached_property
    def prophylactic(self) -> bool:
        """True with any indication for prophylaxis."""
        return any(cause.prophylactic for cause in self.causes)

    @cached_property
    def pregnant(self) -> bool:
        """True for a pregnancy that can still be running."""
        return modifiers.pregnant(self.facts, self.readings, self.policy)

    @cached_property
    def coded_diagnosis(self) -> tuple[Condition, ...]:
        """Conditions that name B12 deficiency or pernicious anaemia."""
        return self.active(*CODED_B12_DIAGNOSES)
