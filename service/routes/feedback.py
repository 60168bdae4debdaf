"""POST /cds-services/{id}/feedback: what became of cards; GET /feedback/summary: the figures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.feedback import Feedback, parse
from service.reply import json_reply
from service.routes.admit import admitted, admitted_to_look_inside
from service.routes.edge import Answer
from service.routes.hooks import Incoming, body_in_time, called_hook, read_in_time
from service.setup import Setup
from service.store.keys import HashKey, told_apart
from service.store.reading import OTHER_REASON, RuleFigures
from service.store.rows import GivenFeedback
from service.trace import Trace
from service.trust.caller import Kind

WAITS_FOR_ROWS_S = 1.0


def feedback(setup: Setup) -> Answer:
    """Takes a batch of reports; one on a card that we do not know is kept too."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted(setup, request, trace) as client:
            hook = called_hook(request, trace)
            incoming = Incoming(setup, client, request, trace)
            deadline = incoming.deadline()
            body = await body_in_time(incoming, deadline)
            report = await read_in_time(client.id, body, deadline, parse)
            trace.fields.update({"feedback": len(report.items), "unreadable": report.unreadable})
            reasons = setup.content[client.id].override_reasons
            taken = Taken(client.id, hook.service_id, setup.now(), reasons, setup.memory.key)
            rows = [taken.row(each) for each in report.items]
            await setup.memory.writer.keep(rows, deadline.left_s())
            return json_reply({})

    return answer


def summary(setup: Setup) -> Answer:
    """Answers how often each rule was shown, accepted and overridden, and for which reasons.

    A client is told its own figures; the operator, and a demo, those of all.
    """

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted_to_look_inside(setup, request, trace) as client:
            sees_all = trace.caller is not None and trace.caller.kind is not Kind.CLIENT
            with suppress(TimeoutError):  # while many calls come, something always waits
                async with asyncio.timeout(WAITS_FOR_ROWS_S):
                    await setup.memory.writer.settled()
            found = await setup.memory.counting.summary(None if sees_all else client.id)
            rules = _told(found.rules, setup.override_reasons)
            return json_reply({"rules": rules, "unlinked": found.unlinked})

    return answer


def _told(found: Mapping[str, RuleFigures], reasons: frozenset[str]) -> dict[str, Any]:
    """The figures by rule; a database may be older than the care for what a reason holds."""
    return {
        rule: asdict(replace(each, reasons=each.reasons_among(reasons)))
        for rule, each in sorted(found.items())
    }


@dataclass(frozen=True, slots=True)
class Taken:
    """Who reports, on which service, and when; `key` hashes ids that only the EHR understands.

    `reasons` are the codes that our cards offer. Any other reason is kept as `other`: a code of the
    EHR's own, or the address of its system, may hold whom it is about.
    """

    client: str
    service: str
    at: datetime
    reasons: frozenset[str]
    key: HashKey | None

    def row(self, given: Feedback) -> GivenFeedback:
        """The row of one report."""
        return GivenFeedback(
            received_at=self.at,
            client=self.client,
            service=self.service,
            card=self._id(given.card),
            outcome=given.outcome.value,
            outcome_at=given.at,
            suggestions=orjson.dumps([self._id(each) for each in given.suggestions]).decode(),
            reason_system=None,  # that of a code which is kept is ours
            reason_code=self._reason(given),
            commented=given.commented,
        )

    def _reason(self, given: Feedback) -> str | None:
        if given.reason is None:
            return None
        return given.reason.code if given.reason.code in self.reasons else OTHER_REASON

    def _id(self, text: str) -> str:
        return told_apart(text, self.client, self.key)
