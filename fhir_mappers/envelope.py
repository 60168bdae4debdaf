"""One prefetch value or search answer, split into resources without reading them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import msgspec
from msgspec import Raw


class ListState(StrEnum):
    """What became of one list of the record."""

    FOUND = "found"
    EMPTY = "empty"
    REFUSED = "refused"
    PARTIAL = "partial"
    ABSENT = "absent"
    TIMED_OUT = "timed_out"


_UNREAD = "pages were not read"

# A list that was not answered at all is worse than one that was answered in part.
COMPLETE = frozenset({ListState.FOUND, ListState.EMPTY})


@dataclass(frozen=True, slots=True)
class Listed:
    """The resources of one list, undecoded, and how complete they are.

    `full_urls` stands beside `resources`: the fullUrl of each entry, or None. `next_page` is the
    address of an unread page. `why` says in fixed words what is missing. `total` is how many
    matches the server counts, where this page holds fewer and names no further one.
    """

    state: ListState
    resources: tuple[Raw, ...] = ()
    next_page: str | None = None
    why: str | None = None
    full_urls: tuple[str | None, ...] = ()
    total: int | None = None

    @property
    def complete(self) -> bool:
        """True when absence may be concluded from this list."""
        return self.state in COMPLETE


ABSENT = Listed(ListState.ABSENT, why="not provided")
TIMED_OUT = Listed(ListState.TIMED_OUT, why="timed out")


E = TypeVar("E")

# msgspec keeps an absent member apart from a JSON null only by this.
NO_RESOURCE = Raw(b"null")


class _Coded(msgspec.Struct, gc=False):
    severity: str | None = None


class _Head(msgspec.Struct, rename="camel", gc=False):
    resource_type: str | None = None
    issue: list[_Coded] | None = None


class _Link(msgspec.Struct, gc=False):
    relation: str | None = None
    url: str | None = None


class _Response(msgspec.Struct, gc=False):
    status: str | None = None


class _Entry(msgspec.Struct, rename="camel", gc=False):
    full_url: str | None = None
    resource: Raw = NO_RESOURCE
    response: _Response | None = None


_UNREADABLE = _Entry(full_url="")


class _Count(msgspec.Struct, gc=False):
    total: int | None = None


class _Bundle(msgspec.Struct, rename="camel", gc=False):
    resource_type: str | None = None
    type: str | None = None
    total: int | None = None
    entry: list[_Entry | None] | None = None
    link: list[_Link] | None = None


def read_listed(value: bytes | Raw | None) -> Listed:
    """The resources of a Bundle, a bare array or a single resource; None means not provided."""
    if value is None:
        return ABSENT
    text = bytes(value).strip()
    if text in {b"", b"null", b"{}"}:
        return Listed(ListState.EMPTY)
    try:
        return _read_json(text)
    except msgspec.DecodeError:
        return Listed(ListState.REFUSED, why="not readable as FHIR")


def read_batch(value: bytes | Raw) -> tuple[Listed, ...]:
    """The answers inside a batch-response, one for each request, in order."""
    try:
        bundle = _bundle(bytes(value))
    except msgspec.DecodeError:
        return ()
    return tuple(_answer(entry or _Entry()) for entry in bundle.entry or ())


def combine(pages: Iterable[Listed]) -> Listed:
    """All pages of one search as one list; it is whole only when every page is and none is unread."""
    parts = _together(tuple(pages))
    if not parts:
        return ABSENT
    resources = tuple(resource for part in parts for resource in part.resources)
    urls = tuple(url for part in parts for url in _urls(part))
    bad = next((part for part in parts if part.state not in _GOOD), None)
    unread = parts[-1].next_page
    if bad is None and unread is None:
        lacking = next((part for part in parts if _lacks_entries(part)), None)
        if lacking is not None:
            return Listed(ListState.PARTIAL, resources, None, lacking.why, urls)
        state = ListState.FOUND if resources else ListState.EMPTY
        return Listed(state, resources, None, None, urls)
    if bad is not None and not resources:
        return bad
    why = bad.why if bad else _UNREAD
    return Listed(ListState.PARTIAL, resources, unread, why, urls)


def _lacks_entries(page: Listed) -> bool:
    """True for a page that is itself incomplete, whether or not the next one was read."""
    return page.state is ListState.PARTIAL and page.why != _UNREAD


def _together(parts: tuple[Listed, ...]) -> tuple[Listed, ...]:
    """The pages; one that is short of the server's count is whole when all together are not."""
    found = sum(len(part.resources) for part in parts)
    return tuple(
        replace(part, state=ListState.FOUND, why=None, total=None)
        if part.total is not None and part.total <= found
        else part
        for part in parts
    )


_GOOD = frozenset({ListState.FOUND, ListState.EMPTY, ListState.PARTIAL})


def _urls(part: Listed) -> tuple[str | None, ...]:
    return part.full_urls or (None,) * len(part.resources)


def _read_json(text: bytes) -> Listed:
    if text.startswith(b"["):
        resources = msgspec.json.decode(text, type=list[Raw])
        return _sorted([_Entry(resource=resource) for resource in resources], (), outcomes=True)
    if not text.startswith(b"{"):
        return Listed(ListState.REFUSED, why="not a resource")
    head = msgspec.json.decode(text, type=_Type)
    if head.resource_type == "Bundle" or (head.resource_type is None and b'"entry"' in text):
        bundle = _bundle(text)
        if head.resource_type is not None or bundle.entry is not None:
            entries = [entry for entry in bundle.entry or () if entry]
            outcomes = b"OperationOutcome" in text
            listed = _sorted(entries, tuple(bundle.link or ()), outcomes=outcomes)
            return _counted(listed, bundle.total)
    if head.resource_type is None:
        return Listed(ListState.REFUSED, why="not a resource")
    return _sorted([_Entry(resource=Raw(text))], (), outcomes=True)


def _counted(listed: Listed, total: int | None) -> Listed:
    """The list; without a further page, one that is shorter than the server counts is partial."""
    if not listed.complete or total is None or total <= len(listed.resources):
        return listed
    return replace(
        listed, state=ListState.PARTIAL, why="fewer entries than the server counts", total=total
    )


class _Type(msgspec.Struct, rename="camel", gc=False):
    resource_type: str | None = None


def _bundle(text: bytes) -> _Bundle:
    try:
        return msgspec.json.decode(text, type=_Bundle)
    except msgspec.ValidationError:
        return _loose_bundle(text)


def _loose_bundle(text: bytes) -> _Bundle:
    """A Bundle whose entry or link is a single object, or holds members of another kind."""
    parts = msgspec.json.decode(text, type=dict[str, Raw])
    found = [raw for raw in _as_list(parts.get("entry")) if bytes(raw) != b"null"]
    entries = [_loosely(raw, _Entry) or _UNREADABLE for raw in found]
    links = [_loosely(raw, _Link) for raw in _as_list(parts.get("link"))]
    counted = _loosely(Raw(text), _Count)
    return _Bundle(
        total=counted.total if counted else None,
        entry=[*entries],
        link=[link for link in links if link],
    )


def _as_list(raw: Raw | None) -> list[Raw]:
    if raw is None or bytes(raw) == b"null":
        return []
    if bytes(raw).startswith(b"["):
        return msgspec.json.decode(raw, type=list[Raw])
    return [raw]


def _loosely(raw: Raw, shape: type[E]) -> E | None:
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError:
        return None


def _sorted(entries: list[_Entry], links: tuple[_Link, ...], *, outcomes: bool) -> Listed:
    """Resources apart from outcomes; an error among them makes the list partial or refused.

    `outcomes` False promises that there is none, so that no entry is looked into.
    """
    resources: list[Raw] = []
    urls: list[str | None] = []
    failed = False
    for entry in entries:
        raw = entry.resource
        if bytes(raw) == b"null":
            failed = failed or _is_missing(entry)
            continue
        severity = _outcome_severity(raw) if outcomes else None
        if severity is None:
            resources.append(raw)
            urls.append(entry.full_url)
        failed = failed or severity in {"error", "fatal"}
    return _verdict(tuple(resources), tuple(urls), _next(links), failed=failed)


def _is_missing(entry: _Entry) -> bool:
    """True when an entry tells of a resource, or of a failure to read it, and holds none."""
    status = entry.response.status if entry.response else None
    return not status.startswith("2") if status else entry.full_url is not None


def _verdict(
    resources: tuple[Raw, ...], urls: tuple[str | None, ...], unread: str | None, *, failed: bool
) -> Listed:
    if failed and not resources:
        return Listed(ListState.REFUSED, why="refused by the server")
    if failed:
        return Listed(ListState.PARTIAL, resources, unread, "refused in part by the server", urls)
    if unread:
        return Listed(ListState.PARTIAL, resources, unread, _UNREAD, urls)
    return Listed(ListState.FOUND if resources else ListState.EMPTY, resources, None, None, urls)


def _next(links: tuple[_Link, ...]) -> str | None:
    return next((link.url for link in links if link.relation == "next" and link.url), None)


def _outcome_severity(raw: Raw) -> str | None:
    """The worst severity of an OperationOutcome; None for any other resource.

    An outcome that does not say how bad it is counts as an error.
    """
    text = bytes(raw)
    if b"OperationOutcome" not in text:
        return None
    try:
        head = msgspec.json.decode(text, type=_Head)
    except msgspec.ValidationError:
        return "error" if _is_outcome(text) else None
    if head.resource_type != "OperationOutcome":
        return None
    severities = {issue.severity for issue in head.issue or ()}
    if not severities or severities - {"warning", "information", "success"}:
        return "error"
    return "warning"


def _is_outcome(text: bytes) -> bool:
    try:
        return msgspec.json.decode(text, type=_Type).resource_type == "OperationOutcome"
    except msgspec.ValidationError:
        return False


def _answer(entry: _Entry) -> Listed:
    status = (entry.response.status or "") if entry.response else ""
    if status and not status.startswith("2"):
        return Listed(ListState.REFUSED, why="refused by the server")
    return read_listed(entry.resource)
