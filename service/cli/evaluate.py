"""`b12-cds evaluate`: the cards for a file, without a server."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cds_hooks.errors import BadRequest
from cds_hooks.request import parse
from service.asked import Asked
from service.cli.case import UnreadableCaseError, read_case
from service.cli.exits import Exit
from service.cli.text import cards_as_text
from service.deadline import Deadline
from service.errors import ConfigurationError, DataUnobtainableError
from service.evaluate import Evaluation, answer_of, evaluate, trace_of
from service.settings import Auth, Settings, read_settings
from service.setup import Setup, set_up


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked on the command line."""

    file: str
    hook: str | None = None
    formulary: str | None = None
    as_json: bool = False


def evaluate_file(request: Request) -> int:
    """Prints the cards, or with `as_json` the answer and the whole trace.

    Raises:
        ConfigurationError: there is no such formulary, or a knowledge file is wrong.
    """
    setup = set_up(_settings(request))
    try:
        content = _content(request.file)
        call = read_case(content, request.hook, setup.now().date())
        found = asyncio.run(_evaluate(setup, call, thorough=request.as_json))
    except (UnreadableCaseError, BadRequest) as refused:
        return _fail(f"{request.file}: {refused}", Exit.UNREADABLE)
    except DataUnobtainableError as refused:
        return _fail(f"{request.file}: {refused}", Exit.UNOBTAINABLE)
    _show(found, as_json=request.as_json)
    return Exit.OK


def _settings(request: Request) -> Settings:
    """The environment's settings as a demo without clients: a file is judged, nobody is trusted."""
    chosen: dict[str, Any] = {"auth": Auth.OFF, "clients": None}
    if request.formulary is not None:
        chosen["formulary"] = request.formulary
    return read_settings().model_copy(update=chosen)


def _content(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as refused:
        raise ConfigurationError(f"{file}: cannot be read: {refused.strerror}") from None


async def _evaluate(setup: Setup, call: dict[str, Any], *, thorough: bool) -> Evaluation:
    client = setup.first_client
    # Nothing may be fetched for a file; an example patient's chart is at hand without fetching.
    request = parse(orjson.dumps({**call, "fhirServer": None}), None)
    deadline = Deadline.after(setup.deadline_ms(client))
    try:
        return await evaluate(Asked(request, client, setup, deadline, setup.now(), thorough))
    finally:
        await setup.demo_pools.aclose()


def _show(evaluation: Evaluation, *, as_json: bool) -> None:
    answer = answer_of(evaluation)
    if as_json:
        answer["trace"] = trace_of(evaluation)
        print(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
        return
    if evaluation.untold:
        print(f"No cards: {evaluation.untold}.")
        return
    print(cards_as_text(answer["cards"]), end="")


def _fail(message: str, code: Exit) -> int:
    print(f"b12-cds: {message}", file=sys.stderr)
    return code
