"""Proposals of the domain as actions of a card: FHIR resources in the call's own drafts."""

from __future__ import annotations

from collections.abc import Callable

from cds_hooks.card import Action, ActionType
from cds_hooks.wording.template import one_line
from cds_hooks.wording.wording import Wording
from fhir_mappers.drafts import Drafts
from fhir_mappers.proposals import Desk, RenderedAction, render
from regimens.proposals import Proposal
from service.asked import Asked

Actions = Callable[[Proposal], tuple[Action, ...] | None]


def actions_for(asked: Asked, drafts: Drafts) -> Actions:
    """Renders a proposal as actions; None where they cannot be made valid for this call."""
    content = asked.content
    desk = Desk(
        codes=content.codes,
        patient=asked.call.patient_id,
        today=asked.today,
        formulary=content.knowledge.coded_as,
        words=_words(content.wording),
        version=asked.version,
    )

    def actions(proposal: Proposal) -> tuple[Action, ...] | None:
        rendered = render(proposal, drafts, desk)
        return None if rendered is None else tuple(_action(each) for each in rendered)

    return actions


def _action(rendered: RenderedAction) -> Action:
    return Action(
        type=ActionType(rendered.type.value),
        description=one_line(rendered.description),  # it may quote the record
        resource=rendered.resource,
        resource_id=rendered.resource_id,
    )


def _words(wording: Wording) -> Callable[[str], str]:
    """The text of a task or of an administration note."""

    def words(key: str) -> str:
        return wording.task(key) if key in wording.tasks else wording.note(key, {})

    return words
