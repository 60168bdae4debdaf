"""What could be done about a concern: changes to the draft set, in domain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from regimens.facts import Analyte
from regimens.orders import Route, Site, Timing


class Purpose(StrEnum):
    """What a planned order is for."""

    LOADING = "loading"
    MAINTENANCE = "maintenance"
    TREATMENT = "treatment"  # oral, one phase
    PROPHYLAXIS = "prophylaxis"


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """A medication order to create: `product` is an id of knowledge/products.toml.

    `note` is the wording key of a note that the order carries.
    """

    product: str
    micrograms: Decimal
    route: Route
    timing: Timing
    purpose: Purpose
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Add a medication order to the draft set."""

    order: PlannedOrder


@dataclass(frozen=True, slots=True)
class UpdateOrder:
    """Edit the draft `reference`; what is None stays as it is.

    The edit applies to the dosage instructions whose index is in `phases`, or to all when None.
    `note` is a wording key of an administration note to add. `status` activates a stopped draft.
    `replaces` names the running order that the edited draft takes the place of. `open_ended` takes
    away the day on which the prescription as a whole ends.
    """

    reference: str
    product: str | None = None
    micrograms: Decimal | None = None
    route: Route | None = None
    site: Site | None = None
    timing: Timing | None = None
    note: str | None = None
    status: str | None = None
    replaces: str | None = None
    phases: tuple[int, ...] | None = None
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class DeleteOrder:
    """Take the draft `reference` out of the set."""

    reference: str


@dataclass(frozen=True, slots=True)
class OrderTest:
    """Order a laboratory test, due on a day (None: now)."""

    analyte: Analyte
    due: date | None = None


@dataclass(frozen=True, slots=True)
class BookTask:
    """Ask a person to do something: `topic` is a wording key, such as a review or advice.

    `about` is the reference of the order concerned, `drug` its name in words.
    """

    topic: str
    due: date | None = None
    about: str | None = None
    drug: str = ""


Change = CreateOrder | UpdateOrder | DeleteOrder | OrderTest | BookTask


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing the clinician may accept; its changes belong together.

    `key` is the wording key of its label, `values` fill the label's placeholders.
    """

    key: str
    changes: tuple[Change, ...]
    recommended: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
