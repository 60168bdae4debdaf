"""The answer of a rule: whether it speaks, why, on what evidence, and what could be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from regimens.facts import LabResult
from regimens.proposals import Proposal
from regimens.quantities import shown


class Indicator(StrEnum):
    """How urgent a concern is, as CDS Hooks names it."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return (Indicator.CRITICAL, Indicator.WARNING, Indicator.INFO).index(self)


class Outcome(StrEnum):
    """What became of a rule."""

    FIRED = "fired"
    SILENT = "silent"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Input:
    """One fact that a verdict rests on, as the card and the trace quote it."""

    name: str
    value: str
    unit: str = ""
    on: date | None = None
    reference: str = ""
    reference_range: str | None = None

    @staticmethod
    def of(result: LabResult) -> Input:
        """The input that quotes a laboratory result as it was reported."""
        measured = result.measured
        number = f"{measured.comparator}{shown(measured.value)}" if measured else result.reported
        return Input(
            name=result.analyte.value,
            value=number,
            unit=measured.unit if measured else "",
            on=result.taken_on,
            reference=result.reference,
            reference_range=result.reference_range,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one case.

    `indicator` None means the rule's own. `values` fill the wording's placeholders. `notes` are
    keys of extra sentences for the card's detail; `variant` chooses another wording of the rule.
    `missing` names the lists whose absence kept a rule from deciding.
    """

    outcome: Outcome
    why: str
    indicator: Indicator | None = None
    orders: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    notes: tuple[str, ...] = ()
    variant: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def fired(self) -> bool:
        """True when the rule speaks."""
        return self.outcome is Outcome.FIRED


def silent(why: str, *inputs: Input) -> Verdict:
    """The rule looked and found nothing to say."""
    return Verdict(Outcome.SILENT, why, inputs=inputs)


def not_applicable(why: str) -> Verdict:
    """The rule has nothing to judge here, or an exemption applies."""
    return Verdict(Outcome.NOT_APPLICABLE, why)


def cannot_tell(why: str, *missing: str) -> Verdict:
    """The rule rests on a list that could not be read."""
    return Verdict(Outcome.CANNOT_TELL, why, missing=missing)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A proposal that is not offered, and the concerns that accepting it would raise."""

    proposal: Proposal
    concerns: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule id with its verdict and the urgency it speaks with.

    `held` are the proposals that would have raised a new concern. `tuned` says what the site's
    tuning did: "off", or the softer indicator; None when nothing.
    """

    rule: str
    indicator: Indicator
    verdict: Verdict
    cites: tuple[str, ...] = ()
    override_reasons: tuple[str, ...] = ()
    held: tuple[Withheld, ...] = ()
    tuned: str | None = None

    @property
    def withheld(self) -> tuple[str, ...]:
        """The keys of the proposals that are not offered."""
        return tuple(each.proposal.key for each in self.held)

    @property
    def in_the_way(self) -> tuple[Finding, ...]:
        """The concerns because of which proposals are not offered, each once, most urgent first."""
        told: dict[tuple[object, ...], Finding] = {}
        for concern in (one for each in self.held for one in each.concerns):
            values = sorted(concern.verdict.values.items())
            told.setdefault((concern.rule, *values), concern)
        return tuple(sorted(told.values(), key=lambda concern: concern.indicator.rank))
