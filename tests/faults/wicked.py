"""A FHIR server on a real socket that does what servers do on their worst days."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.service.calls import CHARTS, bundle

Json = dict[str, Any]
PATIENT = "demo-kidneys"
KIND = "application/fhir+json"
BOMB = gzip.compress(b" " * 30_000_000, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and the line to answer it on."""

    target: str
    base: str
    writer: asyncio.StreamWriter

    @property
    def kind(self) -> str:
        """The resource type that is asked for."""
        return urlsplit(self.target).path.removeprefix("/fhir").strip("/").partition("/")[0]

    async def send(self, *parts: bytes) -> None:
        """Sends bytes as they are."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def answer(
        self, body: bytes, status: int = 200, kind: str = KIND, more: str = ""
    ) -> None:
        """Sends an honest answer."""
        await self.send(head(len(body), status, kind, more), body)


Behaviour = Callable[[Asked], Awaitable[None]]


def head(length: int | None, status: int = 200, kind: str = KIND, more: str = "") -> bytes:
    """The head of an answer; a length of None is not told."""
    told = "" if length is None else f"Content-Length: {length}\r\n"
    return f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{told}{more}\r\n".encode()


def record(kind: str, patient: str = PATIENT) -> bytes:
    """An example patient's resources of one type, as a search finds them."""
    found = [each for each in CHARTS[patient].resources if each["resourceType"] == kind]
    return orjson.dumps(bundle(found))


async def good(asked: Asked) -> None:
    """Answers as a FHIR server should."""
    if asked.kind == "Patient":
        await asked.answer(orjson.dumps(CHARTS[PATIENT].patient))
    else:
        await asked.answer(record(asked.kind))


async def hangs(_asked: Asked) -> None:
    """Takes the request and never answers."""
    await asyncio.Event().wait()


async def hangs_after_the_head(asked: Asked) -> None:
    """Promises an answer and never sends it."""
    await asked.send(head(1000))
    await asyncio.Event().wait()


async def trickles(asked: Asked) -> None:
    """Sends the right answer, a byte every hundredth of a second."""
    body = record(asked.kind)
    await asked.send(head(len(body)))
    for byte in body:
        await asked.send(bytes([byte]))
        await asyncio.sleep(0.01)


async def trickles_heads(asked: Asked) -> None:
    """Sends header after header, without end."""
    await asked.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await asked.send(b"X-Wait: a\r\n")
        await asyncio.sleep(0.01)


async def never_ends(asked: Asked) -> None:
    """Sends blanks for ever, as fast as it can."""
    await asked.send(head(None, more="Connection: close\r\n"))
    while True:
        await asked.send(b" " * 65_536)


async def crumbles(asked: Asked) -> None:
    """Sends blanks for ever, each in a chunk of its own."""
    await asked.send(head(None, more="Transfer-Encoding: chunked\r\n"))
    while True:
        await asked.send(b"1\r\n \r\n" * 5_000)


async def truncates(asked: Asked) -> None:
    """Closes the connection in the middle of the answer."""
    body = record(asked.kind)
    await asked.send(head(len(body)), body[: len(body) // 2])


async def truncates_silently(asked: Asked) -> None:
    """Ends in the middle of the answer as if that were the end."""
    body = record(asked.kind)
    await asked.answer(body[: len(body) // 2])


async def tells_too_short_a_length(asked: Asked) -> None:
    """Sends more than it announced."""
    body = record(asked.kind)
    await asked.send(head(len(body) // 2), body)


async def tells_two_lengths(asked: Asked) -> None:
    """Announces two lengths."""
    body = record(asked.kind)
    await asked.send(head(len(body), more="Content-Length: 3\r\n"), body)


async def closes(_asked: Asked) -> None:
    """Closes without a word."""


async def babbles(asked: Asked) -> None:
    """Answers something that is not HTTP."""
    await asked.send(b"\x00\x01\x02 hello \r\n\r\n" * 10)


async def sends_html(asked: Asked) -> None:
    """Answers a page for people."""
    await asked.answer(b"<html>Please log in</html>", kind="text/html")


async def sends_html_as_json(asked: Asked) -> None:
    """Answers a page for people and calls it FHIR."""
    await asked.answer(b"<html>Please log in</html>")


async def sends_nothing(asked: Asked) -> None:
    """Answers 200 and no body."""
    await asked.answer(b"")


async def sends_null(asked: Asked) -> None:
    """Answers 200 and null."""
    await asked.answer(b"null")


async def sends_nesting(asked: Asked) -> None:
    """Answers lists in lists in lists."""
    await asked.answer(b'{"resourceType":"Bundle","entry":' + b"[" * 100_000)


async def sends_a_bomb(asked: Asked) -> None:
    """Answers a little that unpacks to a lot."""
    await asked.answer(BOMB, more="Content-Encoding: gzip\r\n")


async def redirects(asked: Asked) -> None:
    """Sends to somewhere else."""
    await asked.answer(b"{}", 302, more="Location: http://169.254.169.254/\r\n")


async def loops_pages(asked: Asked) -> None:
    """Every page leads to itself."""
    await asked.answer(_page(asked, asked.base + asked.target.removeprefix("/fhir")))


async def pages_without_end(asked: Asked) -> None:
    """Every page leads to another one."""
    number = len(asked.target)
    await asked.answer(_page(asked, f"{asked.base}/{asked.kind}?page={'x' * number}"))


def _page(asked: Asked, onward: str) -> bytes:
    page: Json = orjson.loads(record(asked.kind))
    page["link"] = [{"relation": "next", "url": onward}]
    return orjson.dumps(page)


async def sends_another_patient(asked: Asked) -> None:
    """Answers the record of somebody else."""
    await asked.answer(record(asked.kind, "demo-neuropathy"))


async def sends_absurd_numbers(asked: Asked) -> None:
    """Answers values that are legal JSON and no laboratory's."""
    page: Json = orjson.loads(record(asked.kind))
    for entry in page["entry"]:
        entry["resource"]["valueQuantity"] = {"value": "@@", "unit": "ng/L"}
    await asked.answer(orjson.dumps(page).replace(b'"@@"', b"1e999999999"))


def status(number: int) -> Behaviour:
    """Answers an OperationOutcome with this status."""

    async def answer(asked: Asked) -> None:
        issue = {"severity": "error", "code": "exception", "diagnostics": "CANARY"}
        outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
        await asked.answer(orjson.dumps(outcome), number, more="Retry-After: 120\r\n")

    return answer


@dataclass(slots=True)
class Wicked:
    """Answers each resource type by its behaviour, all others well; keeps what was asked."""

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    base: str = ""
    targets: list[str] = field(default_factory=list)
    _busy: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for one request."""
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            target = request.split(b" ", 2)[1].decode()
            self.targets.append(target)
            asked = Asked(target, self.base, writer)
            await self.behaviours.get(asked.kind, good)(asked)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._busy.discard(task)

    def stop(self) -> None:
        """Ends every connection that still hangs."""
        for task in self._busy:
            task.cancel()


@asynccontextmanager
async def running(behaviours: Mapping[str, Behaviour]) -> AsyncIterator[Wicked]:
    """The server, on loopback."""
    wicked = Wicked(behaviours)
    server = await asyncio.start_server(wicked.serve, "127.0.0.1", 0)
    wicked.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/fhir"
    try:
        yield wicked
    finally:
        wicked.stop()
        server.close()
        await asyncio.sleep(0)
