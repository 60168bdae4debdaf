"""A hook call, read tolerantly; FHIR inside it stays undecoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cds_hooks.errors import BadRequest
from cds_hooks.hooks import Hook, by_name
from cds_hooks.legacy import context_of, is_legacy, unwrapped
from cds_hooks.prefetch import PrefetchKey

__all__ = ["BadRequest", "FhirAuthorization", "HookRequest", "parse"]

Members = Mapping[str, msgspec.Raw]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ASKS_FOR_ONESELF = frozenset({"Patient", "RelatedPerson"})
# The visible ASCII characters; anything else could not be an HTTP header (RFC 6750, RFC 9110).
_TOKEN_CHARACTERS = frozenset(chr(code) for code in range(0x21, 0x7F))

_members_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class FhirAuthorization:
    """Access to the EHR's FHIR server for this one call; never stored, never shown."""

    access_token: str = field(repr=False)
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int | None = None  # seconds
    scope: str = ""
    subject: str | None = None
    patient: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class HookRequest:
    """One call, ready for the rest of the service.

    `drafts` is the raw Bundle, array or resource of draft orders. `selections` None means all
    drafts. `dispatched` are references to orders that the call does not hold, `problems` the raw
    Bundle of new diagnoses; None where the hook has no such thing. `prefetch` holds only declared
    keys that were sent; a key sent as null is present with the raw text `null`. `authorization`
    is None when there is no server or no token to use.
    """

    hook: Hook
    hook_instance: str
    patient_id: str
    user_id: str | None = None
    encounter_id: str | None = None
    drafts: msgspec.Raw | None = None
    selections: frozenset[str] | None = None
    dispatched: tuple[str, ...] | None = None
    problems: msgspec.Raw | None = None
    fhir_server: str | None = None
    authorization: FhirAuthorization | None = None
    prefetch: Members = field(default_factory=dict)
    extension: msgspec.Raw | None = None

    def __repr__(self) -> str:
        """Names the service only: everything else may identify a patient."""
        return f"HookRequest({self.hook.service_id})"

    @property
    def asks_for_patient(self) -> bool:
        """True when the user is the patient or a relative, to whom no cards are shown."""
        *types, _ = (self.user_id or "").split("/")
        return not _ASKS_FOR_ONESELF.isdisjoint(types)

    def context_value(self, name: str) -> str | None:
        """The value of a root-level primitive context field, None when it was not sent."""
        values = {
            "patientId": self.patient_id,
            "userId": self.user_id,
            "encounterId": self.encounter_id,
        }
        return values.get(name)


def parse(body: bytes, hook: Hook | None) -> HookRequest:
    """The call in `body`; with `hook` None its own `hook` member decides.

    Raises:
        BadRequest: the body cannot be read, or lacks what no call may lack. Echoes no value.
    """
    members = _members(body.removeprefix(_BYTE_ORDER_MARK), "")
    called = _hook(members, hook)
    context = _object(members, "context")
    if context is None:
        raise BadRequest("is required", "context")
    if old := is_legacy(members, context):
        context = context_of(members, context)
    server = _text(members, "fhirServer")
    patient_id = _patient_id(context)
    _check_bound_patient(members, patient_id)
    return HookRequest(
        hook=called,
        hook_instance=_required(_text(members, "hookInstance"), "hookInstance"),
        patient_id=patient_id,
        user_id=_text(context, "userId", "context."),
        encounter_id=_bare_id(_text(context, "encounterId", "context."), "Encounter"),
        drafts=_bundle(context, called.drafts_field, "orders"),
        selections=_selections(context, called.selections_field),
        dispatched=_dispatched(context, called.orders_field),
        problems=_bundle(context, called.problems_field, "conditions"),
        fhir_server=server,
        authorization=_authorization(members) if server else None,
        prefetch=_prefetch(members, wrapped=old),
        extension=_present(members, "extension"),
    )


def _members(raw: bytes | msgspec.Raw, where: str) -> dict[str, msgspec.Raw]:
    try:
        return _members_decoder.decode(raw)
    except msgspec.ValidationError:
        raise BadRequest("is not a JSON object", where) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("is not JSON", where) from None


def _value(raw: msgspec.Raw, where: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("is not JSON", where) from None


def _present(members: Members, name: str) -> msgspec.Raw | None:
    """The raw member; None when it is missing or null."""
    raw = members.get(name)
    return None if raw is None or _start(raw, 4) == b"null" else raw


def _start(raw: msgspec.Raw, length: int) -> bytes:
    """The first bytes alone: a prefetch can be megabytes long and is not worth a copy."""
    return bytes(memoryview(raw)[:length])


def _object(members: Members, name: str) -> Members | None:
    raw = _present(members, name)
    return None if raw is None else _members(raw, name)


def _text(members: Members, name: str, path: str = "") -> str | None:
    """A string member without blanks around it; a whole number counts as its digits."""
    raw = _present(members, name)
    if raw is None:
        return None
    value = _value(raw, path + name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRequest("is not a string", path + name)
    return str(value).strip() or None


def _required(value: str | None, where: str) -> str:
    if value is None:
        raise BadRequest("is required", where)
    return value


def _hook(members: Members, expected: Hook | None) -> Hook:
    name = _required(_text(members, "hook"), "hook")
    if expected is None:
        known = by_name(name)
        if known is None:
            raise BadRequest("names no hook that is served here", "hook")
        return known
    if name != expected.name:
        raise BadRequest(f"is not {expected.name}, the hook of this service", "hook")
    return expected


def _patient_id(context: Members) -> str:
    given = _text(context, "patientId", "context.")
    found = _required(_bare_id(given, "Patient"), "context.patientId")
    if found in {".", ".."}:  # part of an address, it would lead elsewhere
        raise BadRequest("is no id", "context.patientId")
    return found


def _bare_id(given: str | None, resource_type: str) -> str | None:
    """The id alone, also of `Patient/123` and of an absolute or versioned reference."""
    if given is None:
        return None
    _, prefix, rest = f"/{given}".rpartition(f"/{resource_type}/")
    return rest.partition("/_history")[0].strip("/") or None if prefix else given


def _bundle(context: Members, name: str | None, of: str) -> msgspec.Raw | None:
    raw = _present(context, name) if name else None
    if raw is not None and _start(raw, 1) not in {b"{", b"["}:
        raise BadRequest(f"is neither a Bundle nor a list of {of}", f"context.{name}")
    return raw


def _selections(context: Members, name: str | None) -> frozenset[str] | None:
    return frozenset(_references(context, name)) or None if name else None


def _dispatched(context: Members, name: str | None) -> tuple[str, ...] | None:
    """The orders of a dispatch; before version 1.1 of the hook there was one, in `order`."""
    if name is None:
        return None
    found = _references(context, name) or _references(context, "order")
    if not found:
        raise BadRequest("is required", f"context.{name}")
    return tuple(dict.fromkeys(found))


def _references(context: Members, name: str) -> list[str]:
    """The references in a list; a single one counts as a list of one."""
    raw = _present(context, name)
    if raw is None:
        return []
    value = _value(raw, f"context.{name}")
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list):
        raise BadRequest("is not a list of references", f"context.{name}")
    return [item for item in named if isinstance(item, str) and item]


def _prefetch(members: Members, *, wrapped: bool) -> Members:
    sent = _object(members, "prefetch") or {}
    declared = {key.value: sent[key.value] for key in PrefetchKey if key.value in sent}
    return {key: unwrapped(raw) for key, raw in declared.items()} if wrapped else declared


def _check_bound_patient(members: Members, patient_id: str) -> None:
    """Refuse a token bound to another patient: nobody can tell whom such a call is about.

    Also one that will not be used. A grant that is no object binds nobody.
    """
    raw = _present(members, "fhirAuthorization")
    if raw is None or _start(raw, 1) != b"{":
        return
    bound = _bound_patient(_members(raw, "fhirAuthorization"))
    if bound not in {None, patient_id}:
        raise BadRequest("is another patient than context.patientId", "fhirAuthorization.patient")


def _bound_patient(grant: Members) -> str | None:
    """The id of the patient whom the token is bound to; None where no text or number tells it."""
    raw = _present(grant, "patient")
    value = None if raw is None else _value(raw, "fhirAuthorization.patient")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return _bare_id(str(value).strip() or None, "Patient")


def _authorization(members: Members) -> FhirAuthorization | None:
    """None without a token: then nothing can be read beyond the prefetch."""
    grant = _object(members, "fhirAuthorization")
    path = "fhirAuthorization."
    token = _text(grant, "access_token", path) if grant else None
    if not grant or not token:
        return None
    if not _TOKEN_CHARACTERS.issuperset(token):
        raise BadRequest("is not a bearer token", path + "access_token")
    return FhirAuthorization(
        access_token=token,
        token_type=_lenient(grant, "token_type") or "Bearer",
        expires_in=_seconds(_lenient(grant, "expires_in")),
        scope=_lenient(grant, "scope") or "",
        subject=_lenient(grant, "subject"),
        patient=_bound_patient(grant),
    )


def _lenient(members: Members, name: str) -> str | None:
    """A member that only informs: numbers as text, a list joined by blanks, else None."""
    raw = _present(members, name)
    if raw is None:
        return None
    value = _value(raw, f"fhirAuthorization.{name}")
    match value:
        case bool() | dict():
            return None
        case list():
            return " ".join(item for item in value if isinstance(item, str)) or None
        case _:
            return str(value).strip() or None


def _seconds(text: str | None) -> int | None:
    """Whole seconds; None for anything that is no positive number."""
    try:
        seconds = int(float(text or ""))
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 else None
