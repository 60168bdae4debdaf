"""What is searched for faults: each target takes any bytes and lets no error out but its own."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx
import msgspec

from cds_hooks import dialects, feedback
from cds_hooks.card_rules import broken_response_rules
from cds_hooks.dialects.rules import broken_rules
from cds_hooks.errors import BadRequest, TooManyItems
from cds_hooks.hooks import HOOKS
from cds_hooks.request import HookRequest, parse
from fhir_mappers.chart import KEYS, read_chart
from fhir_mappers.drafts import read_drafts
from fhir_mappers.envelope import read_listed
from fhir_mappers.reading import Reading
from fhir_mappers.versions.detect import detect
from fhir_mappers.versions.version import Version
from regimens.advise import advise
from service.asked import Asked
from service.clients import Client
from service.deadline import Deadline
from service.errors import CallError, NotAllowedError
from service.evaluate import Evaluation, answer_with, cards_of, trace_of
from service.fhir.pools import Line, Pools
from service.fhir.reach import AddressRefusedError, parse_prefix, parse_url, port_of
from service.fhir.server import FhirServer
from service.fhir.statement import ServerVersions
from service.inbound.text import check_text
from service.issued import rows_of
from service.problems import with_problems
from service.resolve import Resolved, fetch_list, read_sent
from service.settings import Auth, Settings
from service.setup import Setup, set_up
from service.trust.keys import KeySetInvalidError, read_key_set
from service.trust.token import read_token
from tests.fuzz import seeds
from tests.fuzz.hostile import spoiled
from tests.service.calls import NOW, clock

MOST_RESOURCES = 10_000
FHIR_JSON = {"content-type": "application/fhir+json"}
NO_DEADLINE = Deadline(0.0, 0.0)  # nothing is fetched

Mutator = Callable[[bytes, Random], bytes | None]


@dataclass(frozen=True, slots=True)
class Target:
    """One search: from which inputs, by which changes, at what.

    `change` gives a changed input, or None to leave it to libFuzzer. `words` are worth trying.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    change: Mutator = lambda _data, _chance: None
    words: tuple[str, ...] = ()
    longest: int = 100_000  # bytes


def read_request(data: bytes) -> None:
    """Any body is a call or a report, or refused; what one reader takes no other turns away."""
    whole = False
    with suppress(BadRequest, CallError):
        check_text(data, MOST_RESOURCES)
        whole = True
    for hook in (None, *HOOKS):
        with suppress(BadRequest):
            parse(data, hook)
    with suppress(BadRequest, TooManyItems):
        for item in feedback.parse(data).items:
            json.dumps(item.suggestions).encode()
    if whole:
        msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))


def read_record(data: bytes) -> None:
    """Any record and any drafts become facts with gaps, advice, and cards that keep every rule."""
    call = _checked(data)
    if call is None:
        return
    setup = _setup()
    client = setup.clients[zlib.crc32(data) % len(setup.clients)]
    asked = Asked(call, client, setup, NO_DEADLINE, NOW, True, _version(client))
    evaluation = _evaluated(asked)
    cards = cards_of(evaluation)
    answer = answer_with(evaluation, cards)
    faults = list(broken_response_rules(answer))
    for card in answer["cards"]:
        faults += broken_rules(card, asked.content.dialect)
    if faults:
        raise AssertionError(faults)
    json.dumps(trace_of(evaluation), allow_nan=False)
    rows_of(evaluation, cards, "request")


def read_bearer(data: bytes) -> None:
    """Any text in the place of a token is one or refused."""
    with suppress(NotAllowedError):
        read_token(data.decode("latin-1"))


def read_answer(data: bytes) -> None:
    """Any answer of a FHIR or key server is a list, a gap, a version, keys, or refused."""
    _loop().run_until_complete(_read_answer(data))
    with suppress(KeySetInvalidError):
        read_key_set(data)


async def _read_answer(data: bytes) -> None:
    packing = {"content-encoding": "gzip"} if data.startswith(b"\x1f\x8b") else {}

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={**FHIR_JSON, **packing}, stream=httpx.ByteStream(data))

    pools = Pools(lambda _line: httpx.MockTransport(answer))
    server = replace(_ehr(), pools=pools, deadline=Deadline.after(5_000))
    listed = await fetch_list("Observation?patient=somebody", server)
    client = _setup().clients[0]
    content = _setup().content[client.id]
    reading = Reading(content.codes, NOW.date(), client.zone, content.knowledge.coded_as)
    read_chart(dict.fromkeys(KEYS, listed), reading)
    await ServerVersions().of(server)
    await pools.aclose()


def read_address(data: bytes) -> None:
    """Any text in the place of an address is one or refused, and what is one can be compared."""
    text = data.decode(errors="replace")
    with suppress(AddressRefusedError):
        port_of(parse_url(text))
        for allow_http in (False, True):
            with suppress(AddressRefusedError):
                base = parse_prefix(text, allow_http=allow_http, query=True)
                assert base.covers(parse_url(text))
    _ehr().locate(text)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@cache
def _ehr() -> FhirServer:
    """A server whose page links may hold anything."""
    address = "https://ehr.example.org/fhir"
    line = Line("https://ehr.example.org:443", public_only=True)
    base, pools = parse_prefix(address), Pools(lambda _line: httpx.AsyncHTTPTransport())
    return FhirServer(base, httpx.URL(address), pools, line, NO_DEADLINE)


def _checked(data: bytes) -> HookRequest | None:
    """The call, as the service reads it before it looks into the record; None when it refuses it."""
    try:
        check_text(data, MOST_RESOURCES)
        return parse(data, None)
    except (BadRequest, CallError):
        return None


def _evaluated(asked: Asked) -> Evaluation:
    """The advice on what was sent, also where the record is another patient's."""
    call = asked.call
    drafts = read_drafts(call.drafts, asked.reading, selections=call.selections or ())
    sent = read_sent(call)
    lists = (listed.resources for listed in sent.values())
    detect(call.extension, read_listed(call.drafts).resources, lists)
    resolved = with_problems(asked, Resolved(sent))
    facts = read_chart(resolved.lists, asked.reading).facts
    content = asked.content
    advice = advise(facts, drafts.draft_set, asked.moment, content.knowledge, asked.tunings)
    return Evaluation(asked, drafts, advice, facts, resolved)


@cache
def _setup() -> Setup:
    """Clients of every FHIR version, with each formulary and each dialect among them."""
    tables: list[str] = []
    names = dialects.names()
    for position, version in enumerate(Version):
        for formulary in ("uk", "us"):
            dialect = names[len(tables) % len(names)]
            lines = (
                "[[client]]",
                f'id = "{formulary}-{version.value}"',
                f'formulary = "{formulary}"',
                f'fhir_version = "{version.value}"',
                f'dialect = "{dialect}"',
                f'timezone = "{("UTC", "Pacific/Kiritimati", "Asia/Kathmandu")[position % 3]}"',
            )
            tables.append("\n".join(lines))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "clients.toml"
        file.write_text("\n".join(tables))
        return set_up(Settings(auth=Auth.OFF, clients=file, _env_file=None), now=clock)


def _version(client: Client) -> Version:
    return client.fhir_version.known or Version.R4


def change_json(data: bytes, chance: Random) -> bytes | None:
    """The text with parts of it changed; None where it is no JSON, and by chance."""
    if chance.random() < 0.1:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return spoiled(value, chance, seeds.words(), chance.choice((1, 1, 1, 2, 3, 8)))


def change_token(data: bytes, chance: Random) -> bytes | None:
    """The token with its header or its claims changed; None where it is none, and by chance."""
    if chance.random() < 0.3:
        return None
    try:
        parts = [urlsafe_b64decode(part + b"==") for part in data.split(b".")[:2]]
        header, claims = (change_json(part, chance) or part for part in parts)
    except ValueError:
        return None
    return seeds.token(header, claims)


def _bodies() -> Iterator[bytes]:
    yield from seeds.texts(seeds.requests())
    yield from seeds.texts(seeds.feedbacks())


def _answers() -> Iterator[bytes]:
    for text in seeds.texts(seeds.answers()):
        yield text
        yield gzip.compress(text, mtime=0)


def _tokens() -> Iterator[bytes]:
    for header, claims in seeds.tokens():
        yield seeds.token(json.dumps(header).encode(), json.dumps(claims).encode())


TARGETS = {
    "answers": Target(read_answer, _answers, change_json),
    "requests": Target(read_request, _bodies, change_json),
    "records": Target(read_record, lambda: seeds.texts(iter(seeds.whole_calls())), change_json),
    "tokens": Target(read_bearer, _tokens, change_token, longest=20_000),
    "addresses": Target(
        read_address,
        lambda: (address.encode() for address in seeds.ADDRESSES),
        words=("http://", "https://", "xn--", "%2e", "%5c", "..;", "@", "[::1]", ":0", "\u3002"),
        longest=400,
    ),
}
