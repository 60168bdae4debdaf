"""What a real FHIR server does to a reader: pages, a cache, unknown patients, refusals."""

from __future__ import annotations

from datetime import date

import httpx
import pytest

from tests.end_to_end.conftest import Trial
from tests.end_to_end.ehr import HOOKS, ORDER_HOOKS, call, gist_of, rules_of
from tests.end_to_end.filing import file_more, file_patient
from tests.end_to_end.records import (
    b12,
    belonging_to,
    cyanocobalamin,
    egfr,
    haemoglobin,
    hydroxocobalamin,
    platelets,
    potassium,
)
from tests.end_to_end.running import Json

pytestmark = pytest.mark.hapi

PAGE_CAP = 50
NEWER = tuple(potassium(4.1, 1, f"T{n // 60:02}:{n % 60:02}:00Z") for n in range(PAGE_CAP + 20))
"""More than a page of results, all of them newer than the one that matters."""
DECISIVE = {
    "cyanocobalamin-renal-impairment": egfr(30, 20),
    "im-platelets-below-10": platelets(8, 12),
}
LISTS = ("labs", "medications", "conditions", "procedures", "allergies")


def order_call(hook: str, patient: str, **more: object) -> Json:
    """A call for the patient; cyanocobalamin is drafted where anything is."""
    drafts = [] if hook == "patient-view" else [belonging_to(patient, cyanocobalamin())]
    return call(hook, patient, *drafts, **more)


@pytest.mark.parametrize("rule", sorted(DECISIVE))
def test_the_decisive_result_is_on_the_second_page(
    trial: Trial, fhir: httpx.Client, today: date, rule: str
) -> None:
    """Pages are followed until the result that matters is found, whoever read the first one."""
    patient = file_patient(fhir, today, *NEWER, b12(110, 15), DECISIVE[rule])
    prefetch = trial.ehr.prefetch("order-sign", patient)
    assert len(prefetch["labs"]["entry"]) == PAGE_CAP
    assert rule not in rules_of(_first_page_alone(trial, patient, prefetch))

    fetched = trial.service.answer(order_call("order-sign", patient, fhirServer=trial.ehr.base))
    continued = trial.service.answer(
        order_call("order-sign", patient, prefetch=prefetch, fhirServer=trial.ehr.base)
    )

    assert rule in rules_of(fetched)
    assert gist_of(continued) == gist_of(fetched)


def _first_page_alone(trial: Trial, patient: str, prefetch: Json) -> Json:
    """The answer when nobody can read on; it must admit that results are missing."""
    answer = trial.service.answer(order_call("order-sign", patient, prefetch=prefetch))
    assert "b12-data-gap" in rules_of(answer)
    return answer


def test_a_result_filed_between_two_calls(trial: Trial, fhir: httpx.Client, today: date) -> None:
    """The second call sees what was filed after the first, though the server keeps a cache."""
    patient = file_patient(fhir, today, b12(110), egfr(80), platelets(210, 10))
    asked = order_call("order-sign", patient, fhirServer=trial.ehr.base)
    before = rules_of(trial.service.answer(asked))

    file_more(fhir, patient, today, platelets(8, 0))

    after = rules_of(trial.service.answer(asked))
    assert "im-platelets-below-10" not in before
    assert "im-platelets-below-10" in after


def test_an_order_filed_between_two_calls(trial: Trial, fhir: httpx.Client, today: date) -> None:
    """The same for therapy that somebody has just started: the regimen is offered no more."""
    patient = file_patient(fhir, today, b12(110), haemoglobin(130))
    asked = order_call("patient-view", patient, fhirServer=trial.ehr.base)
    before = rules_of(trial.service.answer(asked))

    file_more(fhir, patient, today, {**hydroxocobalamin(), "status": "active"})

    after = rules_of(trial.service.answer(asked))
    assert "b12-regimen" in before
    assert "b12-regimen" not in after


@pytest.mark.parametrize("hook", HOOKS)
def test_a_patient_whom_the_server_does_not_know(trial: Trial, hook: str) -> None:
    """Nobody's empty lists are not a healthy record: no answer without the patient."""
    asked = order_call(hook, "e2e-nobody", fhirServer=trial.ehr.base)

    refuses(trial.service.ask(asked))


@pytest.mark.parametrize("hook", HOOKS)
def test_an_unknown_patient_in_the_prefetch(trial: Trial, hook: str) -> None:
    """The same when the EHR asked for us and passes on what the server said."""
    prefetch = trial.ehr.prefetch(hook, "e2e-nobody")
    assert prefetch["patient"]["resourceType"] == "OperationOutcome"

    refuses(trial.service.ask(order_call(hook, "e2e-nobody", prefetch=prefetch)))


def refuses(answer: httpx.Response) -> None:
    """Check that there is no answer: 412 with the reason as an OperationOutcome, and no cards."""
    body = answer.json()
    assert answer.status_code == httpx.codes.PRECONDITION_FAILED
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"][0]["severity"] in {"error", "fatal"}
    assert "cards" not in body


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_known_patient_all_else_refused(
    trial: Trial, fhir: httpx.Client, today: date, hook: str
) -> None:
    """What the server refused the EHR is a gap; we do not ask again, nor stay silent."""
    patient = file_patient(fhir, today, b12(110), egfr(30), platelets(8))
    asked = order_call(hook, patient, prefetch=_refused(trial, fhir, patient))

    answer = trial.service.answer({**asked, "fhirServer": trial.ehr.base})

    assert "b12-data-gap" in rules_of(answer)
    assert not rules_of(answer) & set(DECISIVE)


def test_known_patient_all_else_refused_at_opening(
    trial: Trial, fhir: httpx.Client, today: date
) -> None:
    """Without results, medications and conditions nothing can be said of a chart."""
    patient = file_patient(fhir, today, b12(110))
    prefetch = _refused(trial, fhir, patient)

    refuses(trial.service.ask(order_call("patient-view", patient, prefetch=prefetch)))


def _refused(trial: Trial, fhir: httpx.Client, patient: str) -> Json:
    """A prefetch in which every key but the patient is what the server says of a bad search."""
    refusal = fhir.get("Observation", params={"favourite-colour": "blue"}).json()
    assert refusal["resourceType"] == "OperationOutcome"
    known = trial.ehr.prefetch("order-sign", patient)["patient"]
    return {"patient": known, **dict.fromkeys(LISTS, refusal)}
