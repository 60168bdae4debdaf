"""What an EHR does: resolves prefetch templates, sends hook calls, reads cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from tests.end_to_end.running import Json

PATIENT_TOKEN = "{{context.patientId}}"
HOOKS = ("patient-view", "order-select", "order-sign", "medication-prescribe")
ORDER_HOOKS = HOOKS[1:]
INSTANCE = "9d6d6a3e-0a52-4c6e-8f0e-7a6f4f3c1b12"


@dataclass(frozen=True, slots=True)
class Ehr:
    """An EHR on a FHIR server; `templates` are what each hook's service wants to be sent."""

    fhir: httpx.Client
    templates: Mapping[str, Mapping[str, str]]
    _answers: dict[str, Json] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The server's address as a call names it."""
        return str(self.fhir.base_url).rstrip("/")

    def prefetch(self, hook: str, patient: str) -> Json:
        """The answer to every template of the hook's service, an OperationOutcome included."""
        filled = {
            key: template.replace(PATIENT_TOKEN, patient)
            for key, template in self.templates[hook].items()
        }
        return {key: self._answer(url) for key, url in filled.items()}

    def _answer(self, url: str) -> Json:
        if url not in self._answers:
            self._answers[url] = self.fhir.get(url).json()
        return self._answers[url]


def templates_of(discovery: Json) -> dict[str, dict[str, str]]:
    """The prefetch templates of a discovery document, by hook."""
    return {each["hook"]: each["prefetch"] for each in discovery["services"]}


def call(hook: str, patient: str, *drafts: Json, **more: object) -> Json:
    """A hook call; `more` are further members such as prefetch or fhirServer."""
    context: Json = {"userId": "Practitioner/example", "patientId": patient}
    if hook != "patient-view":
        field_name = "medications" if hook == "medication-prescribe" else "draftOrders"
        context[field_name] = bundle(*drafts)
    if hook == "order-select":
        context["selections"] = [f"{each['resourceType']}/{each['id']}" for each in drafts]
    return {"hook": hook, "hookInstance": INSTANCE, "context": context, **more}


def bundle(*resources: Json) -> Json:
    """A collection of resources."""
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def granted(token: str | None) -> Json:
    """The member of a call that gives access to the FHIR server; none without a token."""
    if token is None:
        return {}
    grant = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
    return {"fhirAuthorization": {**grant, "scope": "patient/*.rs", "subject": "b12-cds"}}


def rules_of(answer: Json) -> set[str]:
    """The rule ids that the cards convey."""
    return {rule for card in answer["cards"] for rule in _rules(card)}


def gist_of(answer: Json) -> list[tuple[str, str, tuple[str, ...]]]:
    """What must not depend on how the data came: each card's uuid, indicator and rules."""
    return [(card["uuid"], card["indicator"], tuple(_rules(card))) for card in answer["cards"]]


def _rules(card: Json) -> list[str]:
    rules: list[str] = card["extension"]["org.b12cds.evidence"]["rules"]
    return rules


def actions_of(answer: Json) -> Iterator[Json]:
    """Every action of every suggestion."""
    for card in answer["cards"]:
        for suggestion in card.get("suggestions", []):
            yield from suggestion["actions"]


def suggested(answer: Json) -> list[Json]:
    """Every resource that a suggestion would put on the FHIR server."""
    return [action["resource"] for action in actions_of(answer) if "resource" in action]
