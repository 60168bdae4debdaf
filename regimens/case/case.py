"""One patient and one draft set, as every rule sees them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from regimens.case.drafted import Drafted
from regimens.concepts import Concept
from regimens.orders import (
    Order,
    Phase,
    Special,
)
from regimens.substances import (
    PREMEDICATED_ANTIFOLATES,
    Substance,
)


class Exemption(StrEnum):
    """Legitimate uses that ordinary rules do not judge (C41 and decisions, section 3)."""

    ANTIDOTE = "cyanide antidote"
    METABOLIC = "inborn error of metabolism"
    PREMEDICATION = "antifolate premedication"
    LEBER = "Leber optic neuropathy treated with hydroxocobalamin"


@dataclass(frozen=True)
class Case(Drafted):
    """A case with everything that rules ask of it, and the uses that exempt an order."""

    def exemptions(self, order: Order) -> frozenset[Exemption]:
        """The special indications that apply to one cobalamin order."""
        found = {
            Exemption.ANTIDOTE: self._antidote(order),
            Exemption.METABOLIC: self._indicated(order, Concept.COBALAMIN_METABOLISM_DISORDER),
            Exemption.PREMEDICATION: self.takes(*PREMEDICATED_ANTIFOLATES)
            or self.reasoned(order, *PREMEDICATED_ANTIFOLATES),
            Exemption.LEBER: order.contains(Substance.HYDROXOCOBALAMIN)
            and self._indicated(order, Concept.LEBER_OPTIC_ATROPHY),
        }
        return frozenset(exemption for exemption, applies in found.items() if applies)

    def without(self, orders: tuple[Order, ...], *exempt: Exemption) -> tuple[Order, ...]:
        """The orders to which none of these exemptions applies."""
        return tuple(order for order in orders if self.exemptions(order).isdisjoint(exempt))

    def phases_without(
        self, phases: tuple[tuple[Order, Phase], ...], *exempt: Exemption
    ) -> tuple[tuple[Order, Phase], ...]:
        """The phases of orders to which none of these exemptions applies."""
        return tuple(
            (order, phase) for order, phase in phases if self.exemptions(order).isdisjoint(exempt)
        )

    def _antidote(self, order: Order) -> bool:
        if order.medicine is not None and order.medicine.special is Special.CYANIDE_ANTIDOTE:
            return True
        return self._indicated(order, Concept.CYANIDE_EXPOSURE) and order.contains(
            Substance.HYDROXOCOBALAMIN
        )

    def _indicated(self, order: Order, concept: Concept) -> bool:
        return bool(self.active(concept)) or self.reasoned(order, concept)

    def takes(self, *substances: Substance) -> bool:
        """True when any of these is active or drafted in the same set."""
        return not self._taken.isdisjoint(substances)

    @cached_property
    def _taken(self) -> frozenset[Substance]:
        """Gathered once: to ask every order for each order would take the square of them."""
        orders = (*self.running, *self.all_live_drafts)
        return frozenset[Substance]().union(*(o.medicine.substances for o in orders if o.medicine))
