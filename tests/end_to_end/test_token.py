"""A FHIR server that lets in nobody without its token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from tests.end_to_end.conftest import Trial
from tests.end_to_end.ehr import HOOKS, ORDER_HOOKS, Ehr, granted, rules_of, templates_of
from tests.end_to_end.filing import file_patient
from tests.end_to_end.records import b12, belonging_to, cyanocobalamin, egfr, haemoglobin, platelets
from tests.end_to_end.running import Json, serve, settings_for
from tests.end_to_end.test_fetching import NEWER, PAGE_CAP, order_call, refuses
from tests.hapi.server import HapiServer

pytestmark = pytest.mark.hapi

WRONG = (None, "another-token")


@pytest.fixture(scope="module")
def locked(
    hapi_with_token: HapiServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    """A service and an EHR on the server with the token; the EHR has it."""
    settings = settings_for(tmp_path_factory.mktemp("token"), "uk", hapi_with_token.base)
    with serve(settings) as service, hapi_with_token.client() as fhir:
        templates = templates_of(service.http.get("/cds-services").json())
        yield Trial(service, Ehr(fhir, templates))


@pytest.fixture(scope="module")
def somebody(locked: Trial, today: date) -> str:
    """A deficient patient with poor kidneys on that server."""
    return file_patient(locked.ehr.fhir, today, b12(110), egfr(30), haemoglobin(120))


@pytest.fixture(scope="module")
def token(hapi_with_token: HapiServer) -> str:
    """The right token."""
    assert hapi_with_token.token is not None
    return hapi_with_token.token


@pytest.mark.parametrize("hook", HOOKS)
def test_the_right_token(locked: Trial, somebody: str, token: str, hook: str) -> None:
    """With the token that the EHR gave us the record is read and answered."""
    expected = "b12-regimen" if hook == "patient-view" else "cyanocobalamin-renal-impairment"

    answer = locked.service.answer(
        order_call(hook, somebody, fhirServer=locked.ehr.base, **granted(token))
    )

    assert expected in rules_of(answer)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("hook", HOOKS)
def test_no_token_or_a_wrong_one(
    locked: Trial, somebody: str, hook: str, wrong: str | None
) -> None:
    """A patient who cannot be read is no patient without concern."""
    asked = order_call(hook, somebody, fhirServer=locked.ehr.base, **granted(wrong))

    refuses(locked.service.ask(asked))


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_a_wrong_token_for_what_was_not_sent(
    locked: Trial, somebody: str, hook: str, wrong: str | None
) -> None:
    """The patient was sent, the rest is refused: a card says what could not be read."""
    prefetch = _patient_alone(locked, somebody)
    asked = order_call(
        hook, somebody, prefetch=prefetch, fhirServer=locked.ehr.base, **granted(wrong)
    )

    assert "b12-data-gap" in rules_of(locked.service.answer(asked))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_token_for_what_was_not_sent_at_opening(
    locked: Trial, somebody: str, wrong: str | None
) -> None:
    """At opening nothing can be said without results, medications and conditions."""
    prefetch = _patient_alone(locked, somebody)
    asked = order_call(
        "patient-view", somebody, prefetch=prefetch, fhirServer=locked.ehr.base, **granted(wrong)
    )

    refuses(locked.service.ask(asked))


@pytest.mark.parametrize("hook", ORDER_HOOKS)
def test_a_unit_error_needs_no_patient(locked: Trial, somebody: str, hook: str) -> None:
    """A gram instead of a milligram is told even where nothing of the patient can be read."""
    gram = belonging_to(somebody, cyanocobalamin(milligrams=1000))
    asked = order_call(hook, somebody, fhirServer=locked.ehr.base)
    field = "medications" if hook == "medication-prescribe" else "draftOrders"
    asked["context"][field]["entry"] = [{"resource": gram}]

    answer = locked.service.answer(asked)

    assert answer["cards"][0]["indicator"] == "critical"
    assert "b12-dose-unit-error" in rules_of(answer)


@pytest.mark.parametrize("right", [True, False], ids=["right token", "no token"])
def test_an_unread_page_of_the_prefetch(
    locked: Trial, today: date, token: str, *, right: bool
) -> None:
    """The next page of what was sent is read with the token; without it the gap is told."""
    patient = file_patient(locked.ehr.fhir, today, *NEWER, platelets(8, 12))
    prefetch = locked.ehr.prefetch("order-sign", patient)
    assert len(prefetch["labs"]["entry"]) == PAGE_CAP
    grant = granted(token if right else None)

    answer = locked.service.answer(
        order_call("order-sign", patient, prefetch=prefetch, fhirServer=locked.ehr.base, **grant)
    )

    assert ("im-platelets-below-10" in rules_of(answer)) == right
    assert ("b12-data-gap" in rules_of(answer)) != right


def _patient_alone(locked: Trial, patient: str) -> Json:
    return {"patient": locked.ehr.prefetch("order-sign", patient)["patient"]}


def test_a_token_is_no_part_of_an_answer(locked: Trial, somebody: str, token: str) -> None:
    """Neither the answer nor the trace repeats the token."""
    asked = order_call("order-sign", somebody, fhirServer=locked.ehr.base, **granted(token))

    answers: list[httpx.Response] = [
        locked.service.ask(asked),
        locked.service.ask(asked, "/explain"),
    ]

    assert all(token not in answer.text for answer in answers)
