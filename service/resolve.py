"""Puts a call's data together: what was sent along first, then what only the FHIR server has."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from cds_hooks.prefetch import PrefetchKey
from cds_hooks.request import HookRequest
from fhir_mappers.envelope import ABSENT, TIMED_OUT, Listed, ListState, combine, read_listed
from fhir_mappers.searches import OPTIONAL
from service.fhir.server import Fetched, FhirServer, Reply

# What a reference to a drug or a drug order may lead to below the base: never an operation, a search
# or another kind of resource, which would be asked for with the clinician's token.
_DRUG = re.compile(
    r"Medication(?:Request|Order)?/(?!\.{1,2}(?:/|$))[A-Za-z0-9.-]{1,64}"
    r"(?:/_history/[A-Za-z0-9-]{1,64})?"
)

Lists = Mapping[str, Listed]
Queries = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Resolved:
    """Each list with its state, by key; `fetched` counts those that were asked of the server."""

    lists: Lists
    fetched: int = 0


def read_sent(call: HookRequest) -> dict[str, Listed]:
    """What the call carried, key by key; a key that was not sent is absent."""
    return {key.value: read_listed(call.prefetch.get(key.value)) for key in PrefetchKey}


async def fetch_missing(
    sent: Lists, queries: Queries, server: FhirServer | None, why_none: str = ""
) -> Resolved:
    """`sent` with every absent list fetched and every unread page followed, all at the same time.

    What the client looked for and did not find, or was refused, is not asked for again.
    Statements and administrations are read too, but are not waited for as long. Without a server
    what is absent stays so, for the reason `why_none`.
    """
    if server is None:
        return Resolved({key: _explained(each, why_none) for key, each in sent.items()})
    wanting = [key for key, listed in sent.items() if _wants_more(listed)]
    hasty_server = replace(server, deadline=server.deadline.for_extras())
    jobs = [_complete(sent[key], queries(key), server) for key in wanting]
    jobs += [fetch_list(queries(key), hasty_server) for key in OPTIONAL]
    answers = await asyncio.gather(*jobs)
    found = dict(zip((*wanting, *OPTIONAL), answers, strict=True))
    return Resolved({**sent, **found}, len(found))


async def fetch_referenced(references: Iterable[str], server: FhirServer | None) -> Listed:
    """The drugs and drug orders that these references lead to on the server, each under its reference.

    References to anything else are left as they are: not followed.
    """
    if server is None:
        return ABSENT
    wanted = [each for each in references if _leads_to_drug(each, server)]
    wanted = wanted[: server.caps.references]
    answers = await asyncio.gather(*(_referenced(each, server) for each in wanted))
    return combine(answers)


def _leads_to_drug(reference: str, server: FhirServer) -> bool:
    path = server.path_below(reference)
    return path is not None and _DRUG.fullmatch(path) is not None


async def _referenced(reference: str, server: FhirServer) -> Listed:
    listed = _listed(await server.get(reference))
    return replace(listed, full_urls=(reference,) * len(listed.resources))


def _explained(listed: Listed, why: str) -> Listed:
    return replace(listed, why=why) if why and listed.state is ListState.ABSENT else listed


async def fetch_list(query: str, server: FhirServer) -> Listed:
    """The whole answer to a search or a read, page after page within the server's caps."""
    return await _follow([_listed(await server.get(query))], server)


def _wants_more(listed: Listed) -> bool:
    return listed.state is ListState.ABSENT or listed.next_page is not None


async def _complete(listed: Listed, query: str, server: FhirServer) -> Listed:
    if listed.state is ListState.ABSENT:
        return await fetch_list(query, server)
    return await _follow([listed], server)


async def _follow(pages: list[Listed], server: FhirServer) -> Listed:
    """All pages from the last of `pages` on; a link seen before, or a cap, ends the reading."""
    seen: set[str] = set()
    entries = len(pages[-1].resources)
    while (link := pages[-1].next_page) and link not in seen:
        if len(pages) >= server.caps.pages or entries >= server.caps.entries:
            break
        seen.add(link)
        pages.append(_listed(await server.get(link)))
        entries += len(pages[-1].resources)
    return _cut(combine(pages), server.caps.entries)


def _cut(listed: Listed, entries: int) -> Listed:
    """The list with no more than so many entries; the others count as unread."""
    if len(listed.resources) <= entries:
        return listed
    return replace(
        listed,
        state=ListState.PARTIAL,
        resources=listed.resources[:entries],
        full_urls=listed.full_urls[:entries],
        why="more entries than are read",
    )


def _listed(fetched: Fetched) -> Listed:
    match fetched.reply:
        case Reply.OK:
            return _read(fetched.body)
        case Reply.TIMED_OUT:
            return TIMED_OUT
        case Reply.MISSING | Reply.REFUSED:
            return Listed(ListState.REFUSED, why=fetched.why)


def _read(body: bytes) -> Listed:
    """The list in an answer; one that is empty, no text, or nested without end, is as good as refused.

    A client may send null for what it looked for and did not find; a server that answers nothing has
    not said that there is nothing.
    """
    if body.strip() in (b"", b"null"):
        return Listed(ListState.REFUSED, why="not readable as FHIR")
    try:
        body.decode()
        return read_listed(body)
    except (UnicodeDecodeError, RecursionError):
        return Listed(ListState.REFUSED, why="not readable as FHIR")
