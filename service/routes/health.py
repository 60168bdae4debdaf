"""What a load balancer and an operator ask: alive, ready, which version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from os import environ

from starlette.requests import Request
from starlette.responses import Response

from service.content_hash import content_hash
from service.reply import json_reply
from service.routes.edge import Answer, Trace
from service.setup import Setup

NO_APPROVAL = "none: no clinician has approved this content; a site reviews it and signs it off"


async def alive(_request: Request, _trace: Trace) -> Response:
    """GET /__lbheartbeat__: the process answers; nothing is checked."""
    return json_reply({"status": "ok"})


def ready(setup: Setup) -> Answer:
    """GET /__heartbeat__: what a call needs is there. Knowledge and codes are, or we had not begun.

    A store that is down is told, but the service stays ready: cards are answered without it.
    """

    async def answer(_request: Request, _trace: Trace) -> Response:
        knowledge = setup.content[setup.caller.id].version
        checks = {"knowledge": "ok", "store": "ok" if setup.memory.store.is_open else "down"}
        return json_reply({"status": "ok", "checks": checks, "knowledge": knowledge})

    return answer


def versions(setup: Setup) -> Answer:
    """GET /__version__: the program, its commit where the build names it, and its content.

    `knowledge` is the content of the packages alone, which nobody has approved; a client's content
    holds its site's files too, and its approval says whether the site has signed it.
    """
    shown = {
        "name": "b12-cds",
        "version": program_version(),
        "knowledge": content_hash(),
        "approval": NO_APPROVAL,
        "clients": {
            name: {"content": content.version, "approval": content.approval.value}
            for name, content in setup.content.items()
        },
    }
    commit = environ.get("GIT_COMMIT")
    if commit:
        shown["commit"] = commit

    async def answer(_request: Request, _trace: Trace) -> Response:
        return json_reply(shown)

    return answer


def program_version() -> str:
    """The installed version, or a word that it is not installed."""
    try:
        return version("b12-cds")
    except PackageNotFoundError:
        return "not installed"
