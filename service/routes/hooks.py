"""POST /cds-services/{id}: a hook call comes in, cards go out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.hooks import Hook, by_service_id
from cds_hooks.request import parse
from regimens.advice import Advice
from regimens.tuning import OFF
from service.asked import Asked
from service.clients import Client
from service.deadline import Deadline
from service.errors import BodyTooSlowError, UnknownServiceError
from service.evaluate import Evaluation, answer_of, evaluate
from service.inbound.body import read_body
from service.inbound.text import check_text
from service.observe.events import Fields
from service.reply import json_reply
from service.routes.admit import admitted
from service.routes.edge import Answer, Trace
from service.setup import Setup


def hook_service(setup: Setup) -> Answer:
    """Answers the calls of every service id."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted(setup, request, trace) as client:
            hook = by_service_id(request.path_params["id"])
            if hook is None:
                raise UnknownServiceError("No service has this id; GET /cds-services lists them.")
            trace.fields["service_id"] = hook.service_id
            evaluation = await evaluate_body(Incoming(setup, client, request, trace), hook)
            reply = answer_of(evaluation)
            trace.fields["cards"] = len(reply["cards"])
            return json_reply(reply)

    return answer


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request of a client that has been let in, before its body is read."""

    setup: Setup
    client: Client
    request: Request
    trace: Trace


async def evaluate_body(incoming: Incoming, hook: Hook | None) -> Evaluation:
    """Evaluates the call in the request's body; `hook` None lets the body name it, for a trace."""
    setup, client, trace = incoming.setup, incoming.client, incoming.trace
    deadline = Deadline.after(setup.deadline_ms(client), trace.duration_ms())
    call = parse(await _body(setup, incoming.request, deadline), hook)
    trace.fields["hook"] = call.hook.name
    asked = Asked(call, client, setup, deadline, setup.now(), thorough=hook is None)
    evaluation = await evaluate(asked)
    trace.fields.update(noted(evaluation))
    return evaluation


def noted(evaluation: Evaluation) -> Fields:
    """What the log may say of an evaluation."""
    asked = evaluation.asked
    fields: Fields = {
        "moment": asked.moment.value,
        "fhir_version": asked.version.value,
        "reads": {key: each.state.value for key, each in evaluation.resolved.lists.items()},
        "fetched": evaluation.resolved.fetched,
        "shadow": asked.client.shadow,
        "knowledge": asked.content.version,
    }
    if evaluation.advice is not None:
        fields.update(_advised(evaluation.advice))
    return fields


def _advised(advice: Advice) -> Fields:
    return {
        "b12_status": advice.assessment.status.value,
        "rules": tuple(finding.rule for finding in advice.fired),
        "switched_off": tuple(each.rule for each in advice.findings if each.tuned == OFF),
        "softened": tuple(each.rule for each in advice.findings if each.tuned not in {None, OFF}),
        "gaps": tuple(sorted({f"{gap.source}: {gap.kind}" for gap in advice.gaps})),
    }


async def _body(setup: Setup, request: Request, deadline: Deadline) -> bytes:
    try:
        async with asyncio.timeout_at(deadline.ends_at):
            body = await read_body(request, setup.settings.max_body_bytes)
    except TimeoutError:
        raise BodyTooSlowError("The body did not arrive within the deadline.") from None
    check_text(body, setup.settings.max_resources)
    return body
