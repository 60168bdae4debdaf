"""Diagnoses that are just being added: whether they concern B12, and as part of the record."""

from __future__ import annotations

from dataclasses import replace

from fhir_mappers.chart import read_chart
from fhir_mappers.envelope import combine, read_listed
from service.asked import Asked
from service.resolve import Resolved

KEY = "conditions"


def none_concerns_b12(asked: Asked) -> bool:
    """True when the call adds diagnoses and no rule knows any of them."""
    if asked.call.problems is None:
        return False
    added = read_listed(asked.call.problems)
    facts = read_chart({KEY: added}, asked.reading).facts
    return added.complete and facts.conditions.complete and not facts.conditions.items


def with_problems(asked: Asked, resolved: Resolved) -> Resolved:
    """The lists with the added diagnoses among those of the record."""
    if asked.call.problems is None:
        return resolved
    joined = combine((read_listed(asked.call.problems), resolved.lists[KEY]))
    return replace(resolved, lists={**resolved.lists, KEY: joined})
