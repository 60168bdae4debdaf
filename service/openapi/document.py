"""The OpenAPI document: every route, what it takes, what it answers, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cds_hooks.hooks import HOOKS

Json = dict[str, Any]

SCHEMAS = Path(__file__).parent / "schemas.json"

REASONS = {
    304: "Nothing has changed since the answer with this ETag",
    400: "The body cannot be read, or does not fit this service",
    401: "The caller did not prove who it is",
    404: "There is no such service",
    406: "The caller takes no JSON",
    408: "The body did not arrive in time",
    412: "Data without which no advice is safe could not be obtained",
    413: "The body is too large",
    415: "The body is no JSON",
    429: "Too many calls",
    500: "The service failed; no advice was given",
    503: "The store cannot be used now",
}
# What only answers of these statuses say in their headers.
HEADERS = {
    304: {"ETag": "The tag of the answer that the caller has"},
    401: {"WWW-Authenticate": "Bearer"},
    429: {"Retry-After": "Seconds to wait"},
    503: {"Retry-After": "Seconds to wait"},
}
OF_A_BODY = (400, 406, 408, 413, 415, 500)
OF_A_CALLER = (401, 429, 503)  # 503: a strict client while used tokens cannot be asked for


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `takes` and `gives` name schemas.

    `tagged` says that the answer has an ETag, and need not be sent to whoever has it.
    """

    method: str
    path: str
    summary: str
    gives: str
    takes: str | None = None
    fails: tuple[int, ...] = (406, 500)
    secured: bool = False
    tagged: bool = False


OPERATIONS = (
    Operation(
        "get",
        "/cds-services",
        "Which services there are, and what they would like to be sent",
        "Services",
        fails=(304, 406, *OF_A_CALLER, 500),
        secured=True,
        tagged=True,
    ),
    Operation(
        "post",
        "/cds-services/{id}",
        "A hook call comes in, cards go out",
        "Cards",
        takes="Call",
        fails=(*OF_A_BODY, *OF_A_CALLER, 404, 412),
        secured=True,
    ),
    Operation(
        "post",
        "/cds-services/{id}/feedback",
        "What became of cards",
        "Object",
        takes="Feedback",
        fails=(*OF_A_BODY, *OF_A_CALLER, 404),
        secured=True,
    ),
    Operation(
        "get",
        "/feedback/summary",
        "How often each rule was shown, accepted and overridden",
        "Summary",
        fails=(406, *OF_A_CALLER, 500),
        secured=True,
    ),
    Operation(
        "post",
        "/explain",
        "The whole reasoning behind the answer to a hook call",
        "Trace",
        takes="Call",
        fails=(*OF_A_BODY, *OF_A_CALLER, 412),
        secured=True,
    ),
    Operation("get", "/openapi.json", "This document", "Object"),
    Operation("get", "/__lbheartbeat__", "The process answers", "Object"),
    Operation("get", "/__heartbeat__", "What a call needs is there", "Object"),
    Operation("get", "/__version__", "The program and its content", "Object"),
    Operation("get", "/metrics", "Counts and durations, for Prometheus", "Text", fails=(500,)),
)


def document(version: str) -> Json:
    """The document of this version of the program."""
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, _parameters(operation))[operation.method] = _told(
            operation
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "b12-cds",
            "version": version,
            "description": "A CDS Hooks service for vitamin B12 therapy.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": orjson.loads(SCHEMAS.read_bytes()),
            "securitySchemes": {
                "client": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _parameters(operation: Operation) -> Json:
    if "{id}" not in operation.path:
        return {}
    ids = [hook.service_id for hook in HOOKS]
    named = {"name": "id", "in": "path", "required": True, "schema": {"enum": ids}}
    return {"parameters": [named]}


def _told(operation: Operation) -> Json:
    told: Json = {"summary": operation.summary, "responses": _answers(operation)}
    if operation.tagged:
        header = {"name": "If-None-Match", "in": "header", "description": "The tags that it has"}
        told["parameters"] = [{**header, "schema": {"type": "string"}}]
    if operation.takes:
        asked = _body("", operation.takes, "application/json")
        told["requestBody"] = {"required": True, "content": asked["content"]}
    if operation.secured:
        told["security"] = [{"client": []}]
    return told


def _answers(operation: Operation) -> Json:
    kind = "text/plain" if operation.gives == "Text" else "application/json"
    given = _body("As asked", operation.gives, kind)
    answers = {"200": {**given, "headers": _headers(304 if operation.tagged else 200)}}
    for status in sorted(operation.fails):
        answers[str(status)] = {**_failure(status), "headers": _headers(status)}
    return answers


def _headers(status: int) -> Json:
    told = {"X-Request-Id": "By which the operator finds the line in the log"}
    return {
        name: {"description": text, "required": True, "schema": {"type": "string"}}
        for name, text in (told | HEADERS.get(status, {})).items()
    }


def _failure(status: int) -> Json:
    if status < 400:  # noqa: PLR2004 - no failure, and no body
        return {"description": REASONS[status]}
    return _body(REASONS[status], "OperationOutcome", "application/fhir+json")


def _body(description: str, schema: str, media_type: str) -> Json:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}
