"""POST /cds-services/{id}/feedback: what became of cards; GET /feedback/summary: the figures."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.feedback import Feedback, parse
from cds_hooks.hooks import Hook
from service.clients import Client
from service.deadline import Deadline
from service.reply import json_reply
from service.routes.admit import admitted, admitted_to_look_inside
from service.routes.edge import Answer
from service.routes.hooks import body_in_time, called_hook
from service.setup import Setup
from service.store.reading import figures, unlinked
from service.store.rows import GivenFeedback
from service.trace import Trace


def feedback(setup: Setup) -> Answer:
    """Takes a batch of reports; one on a card that we do not know is kept too."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted(setup, request, trace) as client:
            hook = called_hook(request, trace)
            deadline = Deadline.after(setup.deadline_ms(client), trace.duration_ms())
            report = parse(await body_in_time(setup, request, deadline))
            trace.fields.update({"feedback": len(report.items), "unreadable": report.unreadable})
            now = setup.now()
            rows = [_row(each, client, hook, now) for each in report.items]
            await setup.memory.writer.keep(rows)
            return json_reply({})

    return answer


def summary(setup: Setup) -> Answer:
    """Answers how often each rule was shown, accepted and overridden, and for which reasons."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted_to_look_inside(setup, request, trace):
            store = setup.memory.store
            await setup.memory.writer.settled()
            rules = {rule: asdict(each) for rule, each in sorted((await figures(store)).items())}
            return json_reply({"rules": rules, "unlinked": await unlinked(store)})

    return answer


def _row(given: Feedback, client: Client, hook: Hook, now: datetime) -> GivenFeedback:
    return GivenFeedback(
        received_at=now,
        client=client.id,
        service=hook.service_id,
        card=given.card,
        outcome=given.outcome.value,
        outcome_at=given.at,
        suggestions=orjson.dumps(given.suggestions).decode(),
        reason_system=given.reason.system if given.reason else None,
        reason_code=given.reason.code if given.reason else None,
        commented=given.commented,
    )
