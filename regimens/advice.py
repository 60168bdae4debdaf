"""All that the domain has to say of one case: the assessment, every verdict, the recommendation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from regimens.facts import Gap
from regimens.proposals import PlannedOrder
from regimens.verdict import Finding, Input


class Moment(StrEnum):
    """When the EHR asks: chart opened, order chosen, order signed."""

    OPENING = "opening"
    SELECTING = "selecting"
    SIGNING = "signing"


class B12Status(StrEnum):
    """Where a patient stands with B12 (clinical.md 4a)."""

    DEFICIENT = "deficient"
    INDETERMINATE = "indeterminate"
    UNLIKELY = "unlikely"
    TREATED = "treated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Assessment:
    """The B12 status with its reason.

    `biochemistry` is the class of the results alone, `status` the outward one, where treated wins
    (decisions, section 1).
    """

    status: B12Status
    biochemistry: B12Status
    why: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One day of the calendar: a dose or a monitoring step."""

    on: date
    kind: str
    what: str
    weekend: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One regimen on offer: its id in the formulary, and the orders that make it up."""

    regimen: str
    orders: tuple[PlannedOrder, ...]
    lifelong: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The regimen that fits, its alternatives in the order they are offered, and what to watch."""

    regimen: str
    why: str
    options: tuple[Option, ...] = ()
    monitoring: tuple[str, ...] = ()
    calendar: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """The domain's whole answer.

    `findings` holds every rule that was considered, fired or not, in the order of the rules.
    `unread` names the lists that could not be read and the rules that therefore could not decide.
    """

    moment: Moment
    assessment: Assessment
    findings: tuple[Finding, ...]
    recommendation: Recommendation | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def fired(self) -> tuple[Finding, ...]:
        """The rules that speak, most urgent first, else in the order of the rules."""
        speaking = [finding for finding in self.findings if finding.verdict.fired]
        return tuple(sorted(speaking, key=lambda finding: finding.indicator.rank))
