"""POST /cds-services/{id}: a hook call comes in, cards go out."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.hooks import Hook, by_service_id
from cds_hooks.request import parse
from service.deadline import Deadline
from service.errors import BodyTooSlowError, UnknownServiceError
from service.evaluate import Evaluation, Evaluator
from service.inbound.body import read_body
from service.observe.events import Fields
from service.reply import json_reply
from service.routes.edge import Answer, Trace
from service.setup import Setup


def hook_service(setup: Setup) -> Answer:
    """Answers the calls of every service id."""

    async def answer(request: Request, trace: Trace) -> Response:
        hook = by_service_id(request.path_params["id"])
        if hook is None:
            raise UnknownServiceError("No service has this id; GET /cds-services lists them.")
        trace.fields["service_id"] = hook.service_id
        evaluator, evaluation = await evaluate_body(setup, request, hook, trace)
        reply = evaluator.cards(evaluation)
        trace.fields["cards"] = len(reply["cards"])
        return json_reply(reply)

    return answer


async def evaluate_body(
    setup: Setup, request: Request, hook: Hook | None, trace: Trace
) -> tuple[Evaluator, Evaluation]:
    """Evaluates the call in the request's body; with `hook` None the body names it."""
    client = setup.caller
    trace.fields["client_id"] = client.id
    deadline = Deadline.after(setup.deadline_ms(client))
    call = parse(await _body(setup, request, deadline), hook)
    trace.fields["hook"] = call.hook.name
    evaluator = Evaluator.for_call(setup, client, call, deadline)
    evaluation = await evaluator.evaluate()
    trace.fields.update(noted(evaluation, shadow=client.shadow))
    return evaluator, evaluation


def noted(evaluation: Evaluation, *, shadow: bool) -> Fields:
    """What the log may say of an evaluation."""
    fields: Fields = {
        "moment": evaluation.call.hook.moment.value,
        "reads": {key: listed.state.value for key, listed in evaluation.reads.items()},
        "fetched": evaluation.fetched,
        "shadow": shadow,
        "knowledge": evaluation.knowledge_version,
    }
    if evaluation.advice is not None:
        advice = evaluation.advice
        fields["b12_status"] = advice.assessment.status.value
        fields["rules"] = tuple(finding.rule for finding in advice.fired)
        fields["gaps"] = tuple(sorted({f"{gap.source}: {gap.kind}" for gap in advice.gaps}))
    return fields


async def _body(setup: Setup, request: Request, deadline: Deadline) -> bytes:
    try:
        async with asyncio.timeout_at(deadline.ends_at):
            return await read_body(request, setup.settings.max_body_bytes)
    except TimeoutError:
        raise BodyTooSlowError("The body did not arrive within the deadline.") from None
