"""What is known, what is drafted and what may be concluded from it: the ground of a case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Self

from regimens import modifiers
from regimens.advice import Moment
from regimens.concepts import Concept
from regimens.facts import (
    Analyte,
    Condition,
    DraftSet,
    Listing,
    PatientFacts,
)
from regimens.knowledge.loader import Knowledge
from regimens.knowledge.schema import Formulary, Policy
from regimens.orders import (
    Order,
)
from regimens.substances import (
    Substance,
)
from regimens.verdict import Verdict, cannot_tell, silent


class Source(StrEnum):
    """The lists of the record, by the names a card uses."""

    LABS = "laboratory results"
    MEDICATIONS = "medications"
    CONDITIONS = "conditions"
    PROCEDURES = "procedures"
    ALLERGIES = "allergies"


@dataclass(frozen=True)
class Record:
    """The facts, the drafts and the knowledge of one case.

    What follows from them is computed once, on demand, in layers that each know only those below.
    `unexpired` lifts the window of some analytes, to ask what a stale value would have changed.
    `suggested` holds the substances that other rules propose and `spoken` the rules that fired,
    for the few rules that come after the others.
    """

    facts: PatientFacts
    drafts: DraftSet
    moment: Moment
    knowledge: Knowledge
    unexpired: frozenset[Analyte] = frozenset()
    suggested: frozenset[Substance] = frozenset()
    spoken: frozenset[str] = frozenset()

    @property
    def policy(self) -> Policy:
        """Numbers that hold everywhere."""
        return self.knowledge.policy

    @property
    def formulary(self) -> Formulary:
        """The drugs and the monitoring policy of the client's kind of site."""
        return self.knowledge.formulary

    @property
    def today(self) -> date:
        """The date of receipt in the client's timezone."""
        return self.facts.today

    def within(self, **changes: object) -> Self:
        """The same case with some of it exchanged."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def listing(self, source: Source) -> Listing[object]:
        """The list of the record that goes by this name."""
        lists: dict[Source, Listing[object]] = {
            Source.LABS: self.facts.labs,  # type: ignore[dict-item]
            Source.MEDICATIONS: self.facts.medications,  # type: ignore[dict-item]
            Source.CONDITIONS: self.facts.conditions,  # type: ignore[dict-item]
            Source.PROCEDURES: self.facts.procedures,  # type: ignore[dict-item]
            Source.ALLERGIES: self.facts.allergies,  # type: ignore[dict-item]
        }
        return lists[source]

    def unread(self, *sources: Source) -> tuple[str, ...]:
        """The names of those lists from which absence cannot be concluded."""
        return tuple(source.value for source in sources if not self.listing(source).complete)

    def otherwise(self, why: str, *needed: Source) -> Verdict:
        """Silent, unless a list on which the silence rests could not be read."""
        missing = self.unread(*needed)
        return (
            cannot_tell(f"could not be decided without {missing[0]}", *missing)
            if missing
            else (silent(why))
        )

    def active(self, *concepts: Concept) -> tuple[Condition, ...]:
        """Conditions present now that carry any of these names."""
        if self._named.isdisjoint(concepts):
            return ()
        return modifiers.active(self.facts, *concepts)

    @cached_property
    def _named(self) -> frozenset[str]:
        """Names of all conditions, gathered once: most questions of each order are about none."""
        return frozenset[str]().union(*(c.concepts for c in self.facts.conditions.items))

    @staticmethod
    def reasoned(order: Order, *concepts: Concept | Substance) -> bool:
        """True when the order's own reason names one of these."""
        return any(reason.concepts & frozenset(concepts) for reason in order.reasons)
