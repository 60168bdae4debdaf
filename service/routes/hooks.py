"""POST /cds-services/{id}: a hook call comes in, cards go out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.hooks import Hook, by_service_id
from cds_hooks.request import parse
from regimens.advice import Advice
from regimens.tuning import OFF
from service.aside import worked
from service.asked import Asked
from service.clients import Client
from service.deadline import Deadline
from service.errors import BodyTooLargeError, BodyTooSlowError, UnknownServiceError
from service.evaluate import Evaluation, answer_with, cards_of, evaluate
from service.inbound.body import read_body
from service.inbound.text import check_text
from service.issued import rows_of
from service.observe.events import Fields
from service.reply import json_reply
from service.routes.admit import admitted
from service.routes.edge import Answer
from service.said_before import onlooker, without_repeats
from service.setup import Setup
from service.store.keys import told_apart
from service.trace import Trace

T = TypeVar("T")


def hook_service(setup: Setup) -> Answer:
    """Answers the calls of every service id."""

    async def answer(request: Request, trace: Trace) -> Response:
        async with admitted(setup, request, trace) as client:
            hook = called_hook(request, trace)
            evaluation = await evaluate_body(Incoming(setup, client, request, trace), hook)
            return json_reply(await _told(evaluation, trace))

    return answer


def called_hook(request: Request, trace: Trace) -> Hook:
    """The hook of the service that the path names.

    Raises:
        UnknownServiceError: there is no such service.
    """
    hook = by_service_id(request.path_params["id"])
    if hook is None:
        raise UnknownServiceError("No service has this id; GET /cds-services lists them.")
    trace.fields["service_id"] = hook.service_id
    return hook


async def _told(evaluation: Evaluation, trace: Trace) -> dict[str, Any]:
    """The answer without what was said before; what it tells is handed over to be kept."""
    with trace.laps.lap("remembering"):
        evaluation = await _unrepeated(evaluation, trace)
    with trace.laps.lap("composing"):
        cards = cards_of(evaluation)
        reply = answer_with(evaluation, cards)
    trace.fields["cards"] = len(reply["cards"])
    trace.issued = tuple(card.uuid for card in cards if card.uuid)
    rows = rows_of(evaluation, cards, trace.request_id)
    evaluation.asked.setup.memory.writer.hand_over(rows)
    return reply


async def _unrepeated(evaluation: Evaluation, trace: Trace) -> Evaluation:
    left = await without_repeats(evaluation)
    if left is not evaluation and evaluation.advice is not None and left.advice is not None:
        said = {finding.rule for finding in left.advice.fired}
        rules = (finding.rule for finding in evaluation.advice.fired)
        trace.fields["quiet"] = tuple(rule for rule in rules if rule not in said)
    return left


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request of a client that has been let in, before its body is read."""

    setup: Setup
    client: Client
    request: Request
    trace: Trace

    def deadline(self) -> Deadline:
        """The end of the time that this client's call may take, of which some is spent."""
        return Deadline.after(self.setup.deadline_ms(self.client), self.trace.duration_ms())


async def evaluate_body(incoming: Incoming, hook: Hook | None) -> Evaluation:
    """Evaluates the call in the request's body; `hook` None lets the body name it, for a trace."""
    setup, client, trace = incoming.setup, incoming.client, incoming.trace
    deadline = incoming.deadline()
    with trace.laps.lap("receiving"):
        call = parse(await body_in_time(incoming, deadline), hook)
    trace.fields["hook"] = call.hook.name
    asked = Asked(
        call, client, setup, deadline, setup.now(), thorough=hook is None, laps=trace.laps
    )
    _note_who_asks(asked, trace)
    evaluation = await evaluate(asked)
    trace.fields.update(noted(evaluation))
    return evaluation


def _note_who_asks(asked: Asked, trace: Trace) -> None:
    key = asked.setup.memory.key
    trace.hook_instance = told_apart(asked.call.hook_instance, asked.client.id, key)
    if key is not None:
        trace.onlooker = onlooker(asked, key)


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


async def body_in_time(incoming: Incoming, deadline: Deadline) -> bytes:
    """The request's body.

    Raises:
        BadRequest: it is no JSON of one meaning.
        BodyTooSlowError: it did not arrive within the deadline.
        BodyTooLargeError: it has too many bytes or resources, or could not be checked in time.
    """
    settings = incoming.setup.settings
    try:
        async with asyncio.timeout_at(deadline.ends_at):
            body = await read_body(incoming.request, settings.max_body_bytes)
    except TimeoutError:
        raise BodyTooSlowError("The body did not arrive within the deadline.") from None
    client_id, most = incoming.client.id, settings.max_resources
    await read_in_time(client_id, body, deadline, lambda text: check_text(text, most))
    return body


async def read_in_time(
    client_id: str, body: bytes, deadline: Deadline, read: Callable[[bytes], T]
) -> T:
    """What `read` finds in the client's body, which may be a long one.

    Raises:
        BodyTooLargeError: it takes longer than the deadline.
    """
    try:
        return await worked(client_id, len(body), deadline, lambda: read(body))
    except TimeoutError:
        raise BodyTooLargeError("The body takes longer to read than the deadline.") from None
