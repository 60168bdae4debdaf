"""Where every search begins: what EHRs really send, in every dialect, hook and FHIR version."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from functools import cache

import orjson

from cds_hooks.feedback import MOST_ITEMS
from fhir_mappers.versions.version import Version
from tests.end_to_end.situations import SITUATIONS
from tests.exchanges import golden, test_imperfect
from tests.fuzz.hostile import Words, words_of
from tests.service.calls import CHARTS, EXAMPLES, NOW, Json, call, cyanocobalamin, prefetch
from tests.versions.retelling import retold_call

ADDRESSES = (
    "https://ehr.example.org/fhir",
    "http://localhost:8080/fhir/r4?_format=json#x",
    "https://user:secret@ehr.example.org/fhir",
    "https://[2001:db8::1]:443/fhir/..;x/%2e%2e/Patient",
    "https://xn--bcher-kva.example/fhir",
    "https://b\u00fccher.example/fhir",
    "https://ehr.example.org:0/fhir//",
    "https://ehr.example.org:65536/",
    "https://\uff45hr.example.org\\@other.example/",
    "//ehr.example.org/fhir",
    "https:///fhir",
    "https://%65hr.example.org/\u0000",
)


def requests() -> Iterator[Json]:
    """The reviewed exchanges, the flawed ones, the examples, and whole calls in every version."""
    for dialect in golden.DIALECTS:
        for name in golden.NAMES:
            yield golden.request(dialect, name)
    yield from (test_imperfect.case(name)["request"] for name in test_imperfect.CASES)
    yield from (orjson.loads(file.read_bytes()) for file in sorted(EXAMPLES.glob("*.json")))
    yield from whole_calls()


@cache
def whole_calls() -> tuple[Json, ...]:
    """Each hook's call with the record in its prefetch, told in each FHIR version."""
    plain = [_with_record(golden.request("cds-hooks-2.0", name)) for name in golden.NAMES]
    plain += [
        call("order-sign", chart, cyanocobalamin(chart), prefetch=prefetch(chart))
        for chart in CHARTS
    ]
    told = [retold_call(each, version) for version in Version for each in plain]
    for position, situation in enumerate(SITUATIONS):
        version = tuple(Version)[position % len(Version)]
        told.append(retold_call(situation.call(NOW.date()), version))
    return tuple(told)


def _with_record(body: Json) -> Json:
    return {**body, "prefetch": prefetch(body["context"]["patientId"])}


@cache
def words() -> Words:
    """Every name that these requests use, with what stands under it."""
    return words_of(requests())


def answers() -> Iterator[Json]:
    """What servers answer: lists, the first and the last page of one, a statement, keys."""
    for body in whole_calls()[:: len(golden.NAMES)]:
        yield from (each for each in body["prefetch"].values() if isinstance(each, dict))
    onward = {"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}
    entry = {"search": {"mode": "match"}, "resource": prefetch("demo-kidneys")["patient"]}
    yield {"resourceType": "Bundle", "type": "searchset", "link": [onward], "entry": [entry]}
    issue = {"severity": "warning", "code": "processing", "diagnostics": "x"}
    yield {"resourceType": "OperationOutcome", "issue": [issue]}
    yield {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}
    numbers = {"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue6x"}
    yield {"keys": [{"kty": "EC", "crv": "P-256", "kid": "ec-1", "alg": "ES256", **numbers}]}


def feedbacks() -> Iterator[Json]:
    """The specification's form of feedback, Epic's, and more of it than is read at once."""
    coding = {"system": "https://b12cds.org/CodeSystem/override", "code": "specialist"}
    yield {
        "feedback": [
            {
                "card": "4e0a3a1e-3ddc-4cb2-8e5a-3e3d0a2ea5a4",
                "outcome": "accepted",
                "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
                "outcomeTimestamp": "2026-11-21T09:35:00Z",
            },
            {
                "card": "9368d37b-283f-44a0-93ea-547cebab93ed",
                "outcome": "overridden",
                "overrideReason": {"reason": coding, "userComment": "agreed with haematology"},
            },
        ]
    }
    extension = {"com.epic.cdshooks.feedback.overrideReason.code": "12"}
    reason = {"extension": extension}
    yield {"feedback": {"card": 17, "outcome": "OVERRIDDEN", "overrideReasons": [reason]}}
    yield {"feedback": [{}] * (MOST_ITEMS + 1)}


def tokens() -> Iterator[tuple[Json, Json]]:
    """The header and the claims of honest tokens."""
    header: Json = {"alg": "ES384", "typ": "JWT", "kid": "ec-1"}
    claims = {
        "iss": "https://ehr.example.org",
        "aud": "https://cds.example.org/cds-services",
        "iat": 1_795_253_400,
        "exp": 1_795_253_700,
        "jti": "6b1e3f1c-0d6b-4f53-9d5c-9a3f1a7c4b11",
    }
    yield header, claims
    more = {"nbf": 1_795_253_400.5, "tenant": "ward-7", "aud": ["a", "b"]}
    yield {**header, "jku": "https://ehr.example.org/fhir/jwks"}, {**claims, **more}


def token(header: bytes, claims: bytes) -> bytes:
    """These two as a compact token whose signature is none."""
    parts = (urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims))
    return b".".join((*parts, b"c2lnbmF0dXJl"))


def texts(bodies: Iterator[Json]) -> Iterator[bytes]:
    """Each body as JSON."""
    return (json.dumps(body, ensure_ascii=False).encode() for body in bodies)
