"""Proposals of the domain as actions of a card: FHIR resources in the call's own drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cds_hooks.card import Action
from regimens.proposals import Proposal

if TYPE_CHECKING:
    from service.evaluate import Evaluation


def actions_for(evaluation: Evaluation) -> Callable[[Proposal], tuple[Action, ...] | None]:
    return lambda _: None
