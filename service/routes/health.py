"""What a load balancer and an operator ask: alive, ready, which version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from os import environ

from starlette.requests import Request
from starlette.responses import Response

from service.content_hash import content_hash
from service.reply import json_reply
from service.routes.edge import Answer
from service.setup import Setup
from service.trace import Trace
from service.trust.door import bearer_of

NO_APPROVAL = "none: no clinician has approved this content; a site reviews it and signs it off"


async def alive(_request: Request, _trace: Trace) -> Response:
    """GET /__lbheartbeat__: the process answers; nothing is checked."""
    return json_reply({"status": "ok"})


def ready(setup: Setup) -> Answer:
    """GET /__heartbeat__: what a call needs is there. Knowledge and codes are, or we had not begun.

    A store that is down is told, but the service stays ready: cards are answered without it. So are
    keys of an EHR that cannot be read: another process would not have them either.
    """

    async def answer(_request: Request, _trace: Trace) -> Response:
        memory, door = setup.memory, setup.door
        checks = {
            "knowledge": "ok",
            "keys": "ok" if door is None or door.knows_keys else "missing",
            "store": "ok" if memory.store.is_open else "down",
            "spool": "ok" if memory.spool.is_open else "down",
        }
        knowledge = setup.content[setup.first_client.id].version
        return json_reply({"status": "ok", "checks": checks, "knowledge": knowledge})

    return answer


def versions(setup: Setup) -> Answer:
    """GET /__version__: the program, its commit where the build names it, and its content.

    `knowledge` is the content of the packages alone, which nobody has approved; a client's content
    holds its site's files too, and its approval says whether the site has signed it. Which clients
    there are is for the operator's token alone; a demo without such a token is open.
    """
    shown = {
        "name": "b12-cds",
        "version": program_version(),
        "knowledge": content_hash(),
        "approval": NO_APPROVAL,
    }
    clients = {
        name: {"content": content.version, "approval": content.approval.value}
        for name, content in setup.content.items()
    }
    commit = environ.get("GIT_COMMIT")
    if commit:
        shown["commit"] = commit

    async def answer(request: Request, _trace: Trace) -> Response:
        if _may_see_clients(setup, request):
            return json_reply({**shown, "clients": clients})
        return json_reply(shown)

    return answer


def _may_see_clients(setup: Setup, request: Request) -> bool:
    if setup.settings.demo and setup.operator_token is None:
        return True
    return setup.is_operator(bearer_of(request) or "")


def program_version() -> str:
    """The installed version, or a word that it is not installed."""
    try:
        return version("b12-cds")
    except PackageNotFoundError:
        return "not installed"
