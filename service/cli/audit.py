"""`b12-cds audit`: what was done for whom: one card's trace, or the trail as FHIR AuditEvents."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from service.audit.export import event_of
from service.audit.reading import (
    CardTrace,
    Record,
    UnknownEntryError,
    Wanted,
    calls,
    trace_of,
)
from service.cli.database import opened
from service.cli.exits import Exit
from service.errors import ConfigurationError
from service.settings import Settings, read_settings
from service.store.keys import HashKey, as_uuid, load_hash_key


@dataclass(frozen=True, slots=True)
class Choice:
    """Which calls an operator asks for; `user` and `patient` as the EHR names them.

    `after` is the id of an event that was printed before.
    """

    since: str | None = None
    until: str | None = None
    client: str | None = None
    user: str | None = None
    patient: str | None = None
    after: str | None = None


def trace_card(card: str, *, as_json: bool) -> int:
    """Prints when a card was issued, by which calls, and what became of it.

    Raises:
        ConfigurationError: the database cannot be opened.
    """
    trace = asyncio.run(_trace(read_settings(), as_uuid(card) or card))
    if not (trace.issued or trace.calls or trace.feedback):
        print("b12-cds: no card with this uuid is known", file=sys.stderr)
        return Exit.MISTAKES
    if as_json:
        print(orjson.dumps(_plain(trace), option=orjson.OPT_INDENT_2).decode())
    else:
        print("\n".join(_told(trace)))
    return Exit.OK


def export(choice: Choice) -> int:
    """Prints the calls as AuditEvents, one a line, and on standard error where to go on next time.

    Raises:
        ConfigurationError: the database cannot be opened, or the choice cannot be understood.
    """
    settings = read_settings()
    try:
        last = asyncio.run(_export(settings, _wanted(choice, settings)))
    except UnknownEntryError:
        raise ConfigurationError(
            f"--after: {choice.after}: the audit trail has no such entry; it may have been removed"
            " when it was old, or be of another database. Use --since"
        ) from None
    sys.stdout.flush()
    if last is None:
        print("b12-cds: there is nothing to export", file=sys.stderr)
    elif choice.until is None:  # which may have left out what came before the last
        print(f"b12-cds: all is written; go on with --after {last}", file=sys.stderr)
    return Exit.OK


async def _trace(settings: Settings, card: str) -> CardTrace:
    async with opened(settings) as store:
        return await trace_of(store, card)


async def _export(settings: Settings, wanted: Wanted) -> str | None:
    """Prints the calls; gives the entry of the last one, or the one to go on after."""
    last = wanted.after
    async with opened(settings) as store:
        async for record in calls(store, wanted):
            event = event_of(record, settings.canonical_base)
            sys.stdout.write(orjson.dumps(event).decode() + "\n")
            last = record["entry"]
    return last


def _wanted(choice: Choice, settings: Settings) -> Wanted:
    asker = patient = None
    if choice.user or choice.patient:
        key = load_hash_key(settings.hash_key_file)
        if key is None:
            raise ConfigurationError("B12_HASH_KEY_FILE: is needed to look for a user or patient")
        asker = _hash(key, "user", choice.client, choice.user)
        patient = _hash(key, "patient", choice.client, choice.patient)
    since, until = _moment("--since", choice.since), _moment("--until", choice.until)
    return Wanted(since, until, choice.client, asker, patient, choice.after)


def _hash(key: HashKey, kind: str, client: str | None, value: str | None) -> str | None:
    """Users and patients are hashed by client: two hospitals may use one id for two people."""
    if value is None:
        return None
    if client is None:
        raise ConfigurationError(f"--{kind}: needs --client as well")
    return key.of(kind, client, value)


def _moment(name: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter: in no year of UTC
        raise ConfigurationError(f"{name}: is no date or time such as 2026-11-21") from None


def _plain(trace: CardTrace) -> Mapping[str, Any]:
    return {
        name: [_decoded(record) for record in records] for name, records in asdict(trace).items()
    }


def _decoded(record: Record) -> Mapping[str, Any]:
    shown = {name: value for name, value in record.items() if name not in {"id", "entry"}}
    for name in ("detail", "suggestions"):
        if isinstance(shown.get(name), str):
            shown[name] = orjson.loads(shown[name])
    return shown


def _told(trace: CardTrace) -> Iterator[str]:
    for card in trace.issued:
        shown = "shown" if card["shown"] else "not shown, in shadow"
        yield f"{_time(card['issued_at'])}  issued by {card['service']} to {card['client']}, {shown}"
        yield f"    rules {card['rules'].replace('+', ', ')}; {card['indicator']}"
        yield f"    content {card['knowledge']}"
    for call in trace.calls:
        yield f"{_time(call['recorded_at'])}  call {call['request']}: {call['outcome']}"
        yield f"    {call['hook']}, status {call['status']}, hookInstance {call['hook_instance']}"
        yield f"    user {call['asker'] or 'not kept'}, patient {call['patient'] or 'not kept'}"
        for name, value in orjson.loads(call["detail"]).items():
            if value not in ([], {}, ""):
                yield f"    {name}: {_text(value)}"
    for report in trace.feedback:
        reason = f", reason {report['reason_code']}" if report["reason_code"] else ""
        yield f"{_time(report['received_at'])}  {report['outcome']}{reason}"


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return str(value)
