"""What a client's table says of single rules, checked against the knowledge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cds_hooks.hooks import HOOKS
from regimens.advise import DATA_GAP
from regimens.knowledge.loader import Knowledge
from regimens.tuning import OFF, Tuning
from regimens.verdict import Indicator
from service.clients import Client, TunedRule
from service.errors import ConfigurationError

COBALT = "cobalt-allergy-caution"


def tunings_of(client: Client, knowledge: Knowledge) -> Mapping[str, tuple[Tuning, ...]]:
    """The client's tunings by the name of the hook at which they hold.

    Raises:
        ConfigurationError: all mistakes, one a line: client, key and reason.
    """
    mistakes = [
        f"client {client.id!r}: tuning.{place}: {reason}"
        for place, entry in enumerate(client.tuning)
        for reason in _objections(client, place, entry, knowledge)
    ]
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    return {
        hook.name: tuple(
            _tuning(entry, client) for entry in client.tuning if entry.speaks_to(hook.name)
        )
        for hook in HOOKS
    }


def _tuning(entry: TunedRule, client: Client) -> Tuning:
    indicator = None if entry.indicator == OFF else Indicator(entry.indicator)
    return Tuning(entry.rule, indicator, critical_too=client.approved_hash is not None)


def _objections(
    client: Client, place: int, entry: TunedRule, knowledge: Knowledge
) -> Iterator[str]:
    if entry.rule not in knowledge.rules:
        yield f"there is no rule {entry.rule!r}"
        return
    urgency = _urgency(entry.rule, knowledge)
    if entry.indicator != OFF and Indicator(entry.indicator).rank <= urgency.rank:
        yield f"{entry.rule} is {urgency.value} already; tuning can only soften a rule"
    if client.approved_hash is None and _needs_signature(entry.rule, urgency):
        yield f"{entry.rule} may be tuned only by a site that has signed: set approved_hash"
    for earlier in client.tuning[:place]:
        if earlier.rule == entry.rule and any(
            earlier.speaks_to(hook.name) and entry.speaks_to(hook.name) for hook in HOOKS
        ):
            yield f"{entry.rule} is tuned above, for the same hook"


def _urgency(rule: str, knowledge: Knowledge) -> Indicator:
    """The rule's own urgency; of a cobalt allergy it is the formulary that decides."""
    if rule == COBALT:
        return knowledge.formulary.cobalt_allergy
    return knowledge.rules[rule].indicator


def _needs_signature(rule: str, indicator: Indicator) -> bool:
    """Critical rules, and the card that admits what could not be checked."""
    return indicator is Indicator.CRITICAL or rule == DATA_GAP
