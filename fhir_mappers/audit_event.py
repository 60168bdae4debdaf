"""An entry of an audit trail as a FHIR AuditEvent (R4), for a hospital's audit repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

_TERMS = "http://terminology.hl7.org/CodeSystem"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What was done for whom. `asker` and `patient` are hashes; None when nobody was named.

    `status` is the HTTP status of the answer, `details` are named texts.
    """

    entry: str
    recorded: datetime
    service: str
    request: str
    client: str
    status: int
    outcome: str
    issuer: str | None = None
    tenant: str | None = None
    asker: str | None = None
    patient: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def audit_event(found: Occurrence, canonical: str) -> Json:
    """The AuditEvent of one call; systems of our own begin with `canonical`."""
    return {
        "resourceType": "AuditEvent",
        "id": found.entry,
        "type": _coding(f"{_TERMS}/audit-event-type", "rest", "RESTful Operation"),
        "subtype": [{"system": f"{canonical}/service", "code": found.service}],
        "action": "E",
        "recorded": found.recorded.isoformat(timespec="milliseconds"),
        "outcome": _outcome(found.status),
        "outcomeDesc": found.outcome,
        "agent": [_calling_system(found, canonical), *_asker(found, canonical)],
        "source": {
            "observer": {"display": "b12-cds"},
            "type": [_coding(f"{_TERMS}/security-source-type", "4", "Application Server")],
        },
        "entity": [*_patient(found, canonical), _call(found, canonical)],
    }


def _outcome(status: int) -> str:
    """Success, minor failure (refused as it was asked), serious failure (ours)."""
    if status < 400:  # noqa: PLR2004 - RFC 9110
        return "0"
    return "4" if status < 500 else "8"  # noqa: PLR2004 - RFC 9110


def _calling_system(found: Occurrence, canonical: str) -> Json:
    agent: Json = {
        "type": {"coding": [_coding(_DICOM, "110153", "Source Role ID")]},
        "who": {
            "identifier": {"system": f"{canonical}/client", "value": found.client},
            "display": found.client,
        },
        "requestor": found.asker is None,
    }
    if found.issuer is not None:
        agent["altId"] = found.issuer
    if found.tenant is not None:
        agent["name"] = found.tenant
    return agent


def _asker(found: Occurrence, canonical: str) -> list[Json]:
    if found.asker is None:
        return []
    human = _coding(f"{_TERMS}/extra-security-role-type", "humanuser", "human user")
    who = {"identifier": {"system": f"{canonical}/user-hash", "value": found.asker}}
    return [{"type": {"coding": [human]}, "who": who, "requestor": True}]


def _patient(found: Occurrence, canonical: str) -> list[Json]:
    if found.patient is None:
        return []
    return [
        {
            "what": {"identifier": {"system": f"{canonical}/patient-hash", "value": found.patient}},
            "type": _coding(f"{_TERMS}/audit-entity-type", "1", "Person"),
            "role": _coding(f"{_TERMS}/object-role", "1", "Patient"),
        }
    ]


def _call(found: Occurrence, canonical: str) -> Json:
    entity: Json = {
        "what": {"identifier": {"system": f"{canonical}/request", "value": found.request}},
        "type": _coding(f"{_TERMS}/audit-entity-type", "2", "System Object"),
        "role": _coding(f"{_TERMS}/object-role", "20", "Job"),
    }
    if found.details:
        entity["detail"] = [
            {"type": name, "valueString": text} for name, text in found.details.items()
        ]
    return entity


def _coding(system: str, code: str, display: str) -> Json:
    return {"system": system, "code": code, "display": display}
