"""The orders of a dispatch: the call only points to them, so they are looked up."""

from __future__ import annotations

import re
from dataclasses import replace

from msgspec import Raw

from fhir_mappers.drafts import received
from fhir_mappers.envelope import read_listed
from fhir_mappers.errors import UnreadableError
from fhir_mappers.references import relative
from service.asked import Asked
from service.errors import DataUnobtainableError
from service.fhir.server import FhirServer
from service.resolve import fetch_referenced

# A dispatch may hold any kind of order; the others are never looked at, and so never fetched.
_DRUG_ORDER = re.compile(r"(MedicationRequest|MedicationOrder)/[A-Za-z0-9.-]{1,64}")


async def with_dispatched(asked: Asked, server: FhirServer | None) -> Asked:
    """The same call with the dispatched drug orders as its drafts; other calls as they are.

    Raises:
        DataUnobtainableError: a drug order can neither be found in the prefetch nor be read.
    """
    if asked.call.dispatched is None:
        return asked
    wanted = [each for each in asked.call.dispatched if _DRUG_ORDER.fullmatch(relative(each))]
    sent = _sent_along(asked)
    missing = [each for each in wanted if relative(each) not in sent]
    fetched = await fetch_referenced(missing, server) if missing else read_listed(b"[]")
    if len(fetched.resources) < len(missing):
        raise DataUnobtainableError("An order that is dispatched could not be read.")
    found = [sent[relative(each)] for each in wanted if relative(each) in sent]
    return replace(asked, call=replace(asked.call, drafts=_array([*found, *fetched.resources])))


def _sent_along(asked: Asked) -> dict[str, Raw]:
    """The medications of the prefetch by their references."""
    listed = read_listed(asked.call.prefetch.get("medications"))
    return {key: raw for raw in listed.resources if (key := _reference(raw))}


def _reference(raw: Raw) -> str | None:
    try:
        resource = received(raw)
    except UnreadableError:
        return None
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _array(resources: list[Raw]) -> Raw:
    return Raw(b"[" + b",".join(bytes(each) for each in resources) + b"]")
