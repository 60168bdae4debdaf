"""The B12 status of a case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from regimens.advice import Assessment, B12Status
from regimens.case.treatment import Treatment
from regimens.concepts import Concept
from regimens.status import Biochemistry, Reading, Setting, antibody_positive
from regimens.substances import (
    Substance,
)


@dataclass(frozen=True)
class Assessed(Treatment):
    """Where the patient stands with B12."""

    @cached_property
    def nitrous_oxide(self) -> bool:
        """True when exposure to nitrous oxide is coded, or the drug is recorded."""
        return bool(self.active(Concept.NITROUS_OXIDE_EXPOSURE)) or any(
            order.contains(Substance.NITROUS_OXIDE) for order in self.running
        )

    @cached_property
    def chemistry(self) -> Biochemistry:
        """The reader of B12, holoTC, MMA and homocysteine."""
        return Biochemistry(
            readings=self.readings,
            thresholds=self.knowledge.thresholds,
            policy=self.policy,
            setting=Setting(
                age_years=self.facts.age_years,
                pregnant=self.pregnant,
                nitrous_oxide=self.nitrous_oxide,
                autoimmune=antibody_positive(self.readings),
                anaemia=self.anaemia,
                neuro=bool(self.neuro.active),
            ),
        )

    @cached_property
    def reading(self) -> Reading:
        """The class of the results alone; unknown for a child."""
        if self.child:
            return Reading(B12Status.UNKNOWN, "adult cut points do not apply at this age")
        return self.chemistry.read()

    @property
    def biochemistry(self) -> B12Status:
        """The class of the results alone."""
        return self.reading.biochemistry

    @cached_property
    def assessment(self) -> Assessment:
        """The outward status, where treated wins, with the reason."""
        reading = self.reading
        if self.on_b12:
            why = "therapeutic B12 is active or was given in the last 12 months"
            status = B12Status.TREATED
        else:
            why, status = reading.why, reading.biochemistry
        return Assessment(status, reading.biochemistry, why, reading.inputs)

    @property
    def status(self) -> B12Status:
        """The outward status."""
        return self.assessment.status

    @property
    def needs_injections(self) -> bool:
        """True for a deficiency with a cause or signs for which injections are preferred."""
        deficient = self.biochemistry is B12Status.DEFICIENT
        return deficient and bool(self.irreversible or self.neuro.active)
