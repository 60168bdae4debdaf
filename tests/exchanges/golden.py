"""One exchange for each dialect and hook: what the EHR sends and what it gets.

`make golden` writes them anew; the difference is read like code before it is committed.
"""

from __future__ import annotations

import asyncio
from copy import deepcopy
from pathlib import Path

import orjson

from cds_hooks import dialects
from cds_hooks.evidence import EXTENSION
from cds_hooks.hooks import HOOKS
from tests.service.calls import Json, cyanocobalamin, example, kept, post

FOLDER = Path(__file__).parent / "golden"
DIALECTS = dialects.names()
NAMES = tuple(hook.name for hook in HOOKS)
INSTANCE = "5c1f7a3e-0d42-4b8e-8f6a-2b9d4e7c1a05"
KNOWLEDGE = "0" * 64
SHOWN = 12  # characters of the version in a card's text

PERNICIOUS = {
    "resourceType": "Condition",
    "id": "problem-1",
    "code": {
        "coding": [{"system": "http://snomed.info/sct", "code": "84027009"}],
        "text": "Pernicious anaemia",
    },
    "subject": {"reference": "Patient/demo-pernicious-anaemia"},
}
EPIC = {
    "com.epic.cdshooks.request.bpa-trigger-action": "23",
    "com.epic.cdshooks.request.cds-hooks-specification-version": "1.1",
    "com.epic.cdshooks.request.fhir-version": "R4",
}


def path(dialect: str, hook: str) -> Path:
    """Where the exchange is kept."""
    return FOLDER / dialect / f"{hook}.json"


def request(dialect: str, hook: str) -> Json:
    """The call of an EHR of this dialect."""
    body = {**_plain(hook), "hook": hook, "hookInstance": INSTANCE}
    if dialect == "epic":
        body["extension"] = EPIC
    if dialect == "sandbox":
        _as_the_sandbox_sends_it(body)
    return body


async def exchange(dialect: str, hook: str, folder: Path) -> Json:
    """The call with the answer; the version of the knowledge, which changes daily, is left out."""
    clients = f'[[client]]\nid = "golden"\ndialect = "{dialect}"\n'
    body = request(dialect, hook)
    async with kept(folder, clients=clients) as app:
        answer = await post(app, body)
    response = orjson.loads(without_version(answer.text))
    return {"request": body, "status": answer.status_code, "response": response}


def without_version(text: str) -> str:
    """The answer with zeros for the version of the knowledge that its cards quote."""
    for card in orjson.loads(text).get("cards", ()):
        version = card["extension"][EXTENSION]["knowledgeVersion"]
        text = text.replace(version, KNOWLEDGE).replace(version[:SHOWN], KNOWLEDGE[:SHOWN])
    return text


def written(found: Json) -> bytes:
    """The exchange as its file holds it."""
    return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"


def _plain(hook: str) -> Json:
    match hook:
        case "order-dispatch":
            return _call(
                "demo-kidneys",
                dispatchedOrders=["MedicationRequest/demo-kidneys-cyanocobalamin"],
                performer="Organization/pharmacy",
            )
        case "medication-refill":
            return _call("demo-kidneys", medications=_bundle(cyanocobalamin("demo-kidneys")))
        case "problem-list-item-create":
            return _call("demo-pernicious-anaemia", conditions=_bundle(PERNICIOUS))
        case "encounter-discharge":
            return _call("demo-pernicious-anaemia", encounterId="encounter-1")
        case _:
            return deepcopy(example(hook))


def _call(patient: str, **context: object) -> Json:
    return {"context": {"userId": "Practitioner/example", "patientId": patient, **context}}


def _bundle(resource: Json) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}


def _as_the_sandbox_sends_it(body: Json) -> None:
    """Drafts in a Bundle without a type, without an intent, with the category as one object."""
    drafts = body["context"].get("draftOrders")
    if drafts is None:
        return
    drafts.pop("type")
    for entry in drafts["entry"]:
        entry["resource"].pop("intent", None)
        entry["resource"]["category"] = {"text": "Community"}


def main() -> None:
    """Writes every exchange anew."""
    import tempfile

    for dialect in DIALECTS:
        for hook in NAMES:
            file = path(dialect, hook)
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory() as folder:
                found = asyncio.run(exchange(dialect, hook, Path(folder)))
            file.write_bytes(written(found))


if __name__ == "__main__":
    main()
