"""POST /cds-services/{id}/feedback: what became of cards; GET /feedback/summary: the figures."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.feedback import Feedback, Reason, parse
from service.deadline import Deadline
from service.reply import json_reply
from service.routes.admit import admitted, admitted_to_look_inside
from service.routes.edge import Answer
from service.routes.hooks import body_in_time, called_hook
from service.setup import Setup
from service.store.keys import HashKey, told_apart
from service.store.reading import figures, unlinked
from service.store.rows import GivenFeedback
from service.trace import Trace

# What may be kept as it is: a code, and the address or urn of a code system. Words may name people.
CODE = re.compile(r"[A-Za-z0-9._:#-]{1,64}")
SYSTEM = re.compile(r"(https?://|urn:|com\.)[A-Za-z0-9._:/#-]{1,190}")
WAITS_FOR_ROWS_S = 1.0


def feedback(setup: Setup) -> Answer:
    """Takes a batch of reports; one on a card that we do not know is kept too."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted(setup, request, trace) as client:
            hook = called_hook(request, trace)
            deadline = Deadline.after(setup.deadline_ms(client), trace.duration_ms())
            report = parse(await body_in_time(setup, request, deadline))
            trace.fields.update({"feedback": len(report.items), "unreadable": report.unreadable})
            taken = Taken(client.id, hook.service_id, setup.now(), setup.memory.key)
            rows = [taken.row(each) for each in report.items]
            await setup.memory.writer.keep(rows, deadline.left_s())
            return json_reply({})

    return answer


def summary(setup: Setup) -> Answer:
    """Answers how often each rule was shown, accepted and overridden, and for which reasons."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted_to_look_inside(setup, request, trace):
            store = setup.memory.store
            with suppress(TimeoutError):  # while many calls come, something always waits
                async with asyncio.timeout(WAITS_FOR_ROWS_S):
                    await setup.memory.writer.settled()
            rules = {rule: asdict(each) for rule, each in sorted((await figures(store)).items())}
            return json_reply({"rules": rules, "unlinked": await unlinked(store)})

    return answer


@dataclass(frozen=True, slots=True)
class Taken:
    """Who reports, on which service, and when; `key` hashes ids that only the EHR understands."""

    client: str
    service: str
    at: datetime
    key: HashKey | None

    def row(self, given: Feedback) -> GivenFeedback:
        """The row of one report. A reason that is no code is no reason that can be counted."""
        reason = given.reason if given.reason and CODE.fullmatch(given.reason.code) else None
        return GivenFeedback(
            received_at=self.at,
            client=self.client,
            service=self.service,
            card=self._id(given.card),
            outcome=given.outcome.value,
            outcome_at=given.at,
            suggestions=orjson.dumps([self._id(each) for each in given.suggestions]).decode(),
            reason_system=_system(reason),
            reason_code=reason.code if reason else None,
            commented=given.commented or (given.reason is not None and reason is None),
        )

    def _id(self, text: str) -> str:
        return told_apart(text, self.client, self.key)


def _system(reason: Reason | None) -> str | None:
    system = reason.system if reason else None
    return system if system and SYSTEM.fullmatch(system) else None
