"""Asks HL7's validator about many resources, each distinct one once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.end_to_end.running import Json
from tests.hapi.fixtures import Validate
from tests.hapi.validation import Issue

AT_ONCE = 3
ANYBODY = {"reference": "Patient/anybody"}


@dataclass(frozen=True, slots=True)
class Checker:
    """Remembers what the validator said, so that a resource met again costs nothing."""

    validate: Validate
    _said: dict[str, tuple[Issue, ...]] = field(default_factory=dict)

    def faults(self, resources: Iterable[Json]) -> list[str]:
        """Every error and fatal finding, one a line with the resource it is about."""
        texts = sorted({json.dumps(_anonymous(each), sort_keys=True) for each in resources})
        unknown = [text for text in texts if text not in self._said]
        with ThreadPoolExecutor(AT_ONCE) as workers:
            answers = workers.map(self._ask, unknown)
            self._said.update(zip(unknown, answers, strict=True))
        return [f"{issue}: {text}" for text in texts for issue in self._said[text]]

    def _ask(self, text: str) -> tuple[Issue, ...]:
        return self.validate(json.loads(text))


def _anonymous(resource: Json) -> Json:
    """The resource of anybody: whose it is makes no difference to the validator."""
    named: Json = {name: ANYBODY for name in ("subject", "for") if name in resource}
    return {**resource, **named}
