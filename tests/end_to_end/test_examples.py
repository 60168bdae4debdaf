"""The example patients, on every hook: the answer does not depend on the way the data came."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from service.demo.charts import FOLDER
from tests.end_to_end.conftest import FORMULARIES
from tests.end_to_end.ehr import HOOKS, ORDER_HOOKS, Ehr, bundle, call, gist_of, rules_of
from tests.end_to_end.records import belonging_to, cyanocobalamin, folic_acid, hydroxocobalamin
from tests.end_to_end.running import Json, Running
from tests.service.calls import example

pytestmark = pytest.mark.hapi

PATIENTS = sorted(path.stem for path in FOLDER.glob("*.json"))
GOLDEN = {
    "patient-view": "b12-regimen",
    "order-select": "im-platelets-below-10",
    "order-sign": "cyanocobalamin-renal-impairment",
    "medication-prescribe": "oral-b12-neuro",
}
LISTS = ("labs", "medications", "conditions", "procedures", "allergies")


def drafts_of(hook: str, patient: str) -> list[Json]:
    """What is drafted at the hook: nothing, or cyanocobalamin once a month and folic acid."""
    if hook == "patient-view":
        return []
    drafts = (cyanocobalamin(), folic_acid(id="draft-2"))
    return [belonging_to(patient, each) for each in drafts]


@pytest.mark.parametrize("formulary", FORMULARIES)
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("name", PATIENTS)
def test_prefetched_or_fetched(
    *,
    services: Mapping[str, Running],
    ehr: Ehr,
    examples: Mapping[str, str],
    name: str,
    hook: str,
    formulary: str,
) -> None:
    """A record sent along by our templates, or read by us, is answered with the same cards."""
    patient = examples[name]
    drafts = drafts_of(hook, patient)
    service = services[formulary]

    sent = service.answer(call(hook, patient, *drafts, prefetch=ehr.prefetch(hook, patient)))
    fetched = service.answer(call(hook, patient, *drafts, fhirServer=ehr.base))

    assert gist_of(sent) == gist_of(fetched)
    assert sent == fetched


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("name", PATIENTS)
def test_missing_keys_are_fetched_and_null_keys_are_not(
    services: Mapping[str, Running], ehr: Ehr, examples: Mapping[str, str], name: str, hook: str
) -> None:
    """Keys left out are read from the server; a null is the EHR's word that there is nothing."""
    patient = examples[name]
    drafts = drafts_of(hook, patient)
    whole = ehr.prefetch(hook, patient)
    nothing = {**whole, "procedures": bundle(), "allergies": bundle()}
    some = {"patient": whole["patient"], "medications": whole["medications"]}
    nulls: Json = {**some, "procedures": None, "allergies": None}
    service = services["uk"]

    expected = service.answer(call(hook, patient, *drafts, prefetch=nothing))
    mixed = service.answer(call(hook, patient, *drafts, prefetch=nulls, fhirServer=ehr.base))

    assert gist_of(mixed) == gist_of(expected)


@pytest.mark.parametrize("key", LISTS)
@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_a_missing_key_without_a_server_is_a_gap(
    services: Mapping[str, Running], ehr: Ehr, examples: Mapping[str, str], hook: str, key: str
) -> None:
    """A list that nobody can give us is named in a card; it never passes for an empty one."""
    patient = examples["demo-vegan"]
    drafts = [belonging_to(patient, each) for each in (hydroxocobalamin(), folic_acid(id="two"))]
    values = ehr.prefetch(hook, patient)
    del values[key]

    answer = services["uk"].answer(call(hook, patient, *drafts, prefetch=values))

    assert "b12-data-gap" in rules_of(answer)


@pytest.mark.parametrize("hook", HOOKS)
def test_the_published_examples(
    services: Mapping[str, Running], ehr: Ehr, examples: Mapping[str, str], hook: str
) -> None:
    """Each request of the examples shows its card, now of the patient on the FHIR server."""
    asked = _moved(example(hook), examples)

    answer = services["uk"].answer({**asked, "fhirServer": ehr.base})

    assert GOLDEN[hook] in rules_of(answer)


def _moved(asked: Json, examples: Mapping[str, str]) -> Json:
    """The request for the same patient under the id that the FHIR server knows."""
    context = asked["context"]
    patient = examples[context["patientId"]]
    moved = {**context, "patientId": patient}
    for field in ("draftOrders", "medications"):
        if field in context:
            entries = context[field]["entry"]
            moved[field] = bundle(*(belonging_to(patient, each["resource"]) for each in entries))
    return {**asked, "context": moved}


def test_the_three_forms_of_the_legacy_hook(
    services: Mapping[str, Running], ehr: Ehr, examples: Mapping[str, str]
) -> None:
    """A Bundle, a bare array and a lone resource of medication-prescribe are answered alike."""
    patient = examples["demo-kidneys"]
    draft = belonging_to(patient, cyanocobalamin())
    asked = call("medication-prescribe", patient, fhirServer=ehr.base)
    forms = (bundle(draft), [draft], draft)

    answers = [
        services["uk"].answer({**asked, "context": {**asked["context"], "medications": form}})
        for form in forms
    ]

    assert "cyanocobalamin-renal-impairment" in rules_of(answers[0])
    assert answers[0] == answers[1] == answers[2]
