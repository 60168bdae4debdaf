"""Each hook answered from the example patients: the golden calls of the folder `examples`."""

from __future__ import annotations

import pytest

from service.demo.charts import FOLDER
from tests.service.calls import (
    CHARTS,
    amoxicillin,
    call,
    cyanocobalamin,
    example,
    hydroxocobalamin,
    indicators_of,
    post,
    prefetch,
    rules_of,
    served,
    service,
)
from tests.service.fake_fhir import BASE


async def test_patient_view_offers_a_regimen_for_untreated_pernicious_anaemia() -> None:
    answer = await post(service(), example("patient-view"))
    assert answer.status_code == 200
    assert "b12-regimen" in rules_of(answer.json())


async def test_order_select_stops_an_injection_into_muscle_at_nine_platelets() -> None:
    answer = await post(service(), example("order-select"))
    assert indicators_of(answer.json())[0] == "critical"
    assert "im-platelets-below-10" in rules_of(answer.json())


async def test_order_sign_warns_of_cyanocobalamin_at_an_egfr_of_42() -> None:
    answer = await post(service(), example("order-sign"))
    assert "cyanocobalamin-renal-impairment" in rules_of(answer.json())


async def test_medication_prescribe_warns_of_tablets_in_neuropathy() -> None:
    answer = await post(service(), example("medication-prescribe"))
    assert "oral-b12-neuro" in rules_of(answer.json())


@pytest.mark.parametrize("patient", [path.stem for path in sorted(FOLDER.glob("*.json"))])
@pytest.mark.parametrize("hook", ["patient-view", "order-select", "order-sign"])
@pytest.mark.row(26)
async def test_a_record_sent_along_is_answered_like_one_that_is_fetched(
    tmp_path_factory: pytest.TempPathFactory, patient: str, hook: str
) -> None:
    drafts = [] if hook == "patient-view" else [cyanocobalamin(patient)]
    folder = tmp_path_factory.mktemp("service")
    app = service(folder, served(patient))
    sent = await post(app, call(hook, patient, *drafts, prefetch=prefetch(patient)))
    fetched = await post(app, call(hook, patient, *drafts, fhirServer=BASE))
    assert sent.status_code == fetched.status_code == 200
    assert sent.json() == fetched.json()


async def test_the_three_shapes_of_the_legacy_hook_are_answered_alike() -> None:
    draft = cyanocobalamin("demo-kidneys")
    whole = call("medication-prescribe", "demo-kidneys", draft)
    answers = [await post(service(), whole)]
    for shape in ([draft], draft):
        body = {**whole, "context": {**whole["context"], "medications": shape}}
        answers.append(await post(service(), body))
    assert rules_of(answers[0].json())
    assert answers[0].json() == answers[1].json() == answers[2].json()


async def test_a_child_gets_no_regimen() -> None:
    answer = await post(service(), call("patient-view", "demo-child"))
    assert answer.json() == {"cards": []}


async def test_a_treated_and_stable_patient_has_a_quiet_chart() -> None:
    answer = await post(service(), call("patient-view", "demo-treated"))
    assert "b12-regimen" not in rules_of(answer.json())


async def test_another_drug_is_none_of_our_business() -> None:
    answer = await post(service(), call("order-sign", "demo-kidneys", amoxicillin("demo-kidneys")))
    assert answer.json() == {"cards": []}


@pytest.mark.row(25, 47)
async def test_a_retry_gets_the_same_ids() -> None:
    first = await post(service(), example("order-sign"))
    again = await post(service(), example("order-sign"))
    assert first.json() == again.json()
    assert first.json()["cards"][0]["uuid"]


async def test_the_formulary_decides_the_regimen() -> None:
    uk = await post(service(formulary="uk"), example("patient-view"))
    us = await post(service(formulary="us"), example("patient-view"))
    assert "hydroxocobalamin" in uk.text.lower()
    assert "cyanocobalamin" in us.text.lower()
    assert uk.json() != us.json()


async def test_a_unit_error_is_critical() -> None:
    answer = await post(
        service(), call("order-sign", "demo-vegan", hydroxocobalamin("demo-vegan", 1000))
    )
    assert "b12-dose-unit-error" in rules_of(answer.json())
    assert indicators_of(answer.json())[0] == "critical"


def test_no_example_patient_is_a_real_person() -> None:
    for chart in CHARTS.values():
        assert chart.patient["name"][0]["text"].endswith("(example)")
