"""What composing needs besides the advice: the caller, the words, the sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cds_hooks.card import Action
from cds_hooks.wording.wording import Wording
from regimens.proposals import Proposal

CANONICAL_BASE = "https://b12cds.org/CodeSystem"


@dataclass(frozen=True, slots=True)
class Citation:
    """A source as a card names it; without `url` it is named but not linked."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class CardSetting:
    """Who asked and through which call, and all texts and addresses that cards draw on.

    `products` maps a product id to its name. `actions` renders a proposal as FHIR, or gives None
    when it cannot be made valid for this client: the card then says in words what to change.
    """

    client: str
    service: str
    hook_instance: str
    knowledge_version: str
    wording: Wording
    actions: Callable[[Proposal], tuple[Action, ...] | None]
    citations: Mapping[str, Citation] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    canonical: str = CANONICAL_BASE

    def cited(self, keys: tuple[str, ...]) -> tuple[tuple[str, Citation], ...]:
        """The known sources among `keys`, each once, in their order."""
        return tuple(
            (key, self.citations[key]) for key in dict.fromkeys(keys) if key in self.citations
        )

    def is_hydroxocobalamin(self, product: str) -> bool:
        """True when a product of this id holds hydroxocobalamin."""
        return "hydroxocobalamin" in self.products.get(product, product).lower()
