"""What a hook is to this service."""

from __future__ import annotations

from dataclasses import dataclass

from regimens.advice import Moment

# Root-level primitive fields that every hook served here has in its context.
COMMON_TOKENS = frozenset({"userId", "patientId", "encounterId"})


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook with the service that answers it.

    `version` is the published version of the hook's definition. `drafts_field` and
    `selections_field` name the members of the context that hold the draft orders and the chosen
    ones, `orders_field` the one that only points to orders, `problems_field` the one that holds
    new diagnoses; None when the hook has none. `follows` names the hook whose cards the same
    person has just seen, and which need not be repeated unchanged. `tokens` are the context
    fields that a prefetch template may name.
    """

    name: str
    version: str
    service_id: str
    moment: Moment
    title: str
    description: str
    usage_requirements: str
    drafts_field: str | None = None
    selections_field: str | None = None
    orders_field: str | None = None
    problems_field: str | None = None
    follows: str | None = None
    tokens: frozenset[str] = COMMON_TOKENS
