"""The fetch path on a real server of each FHIR version: the same patients, judged as in R4.

Each server is started, asked and stopped before the next, so that memory stays that of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path

import pytest

from fhir_mappers.versions.version import Version
from service.demo.charts import Chart, load_charts, materialise
from service.settings import Auth, Settings
from tests.end_to_end.checking import Checker
from tests.end_to_end.ehr import bundle, call, suggested
from tests.end_to_end.records import belonging_to, cyanocobalamin, hydroxocobalamin
from tests.end_to_end.running import Json, Running, serve
from tests.end_to_end.situations import SITUATIONS
from tests.hapi.fixtures import require_hapi
from tests.hapi.loader import put, relabel
from tests.hapi.server import HapiServer, start
from tests.hapi.server import Version as Started
from tests.hapi.validation import validate
from tests.versions.retelling import retell, retold_call
from tests.versions.test_exchanges import judged, situation_call

pytestmark = [
    pytest.mark.hapi,
    pytest.mark.skipif(
        os.environ.get("CI") != "true" and "HAPI_ALL_VERSIONS" not in os.environ,
        reason="four more servers, 30 s each: set HAPI_ALL_VERSIONS=1 to start them",
    ),
]

PREFIX = "fv-"
HOSPITAL = """
[[client]]
id = "hospital"
fhir_servers = ["{server}"]
allow_http = true
allow_private_network = true
deadline_ms = 30000
fhir_version = "auto"
repeat_at_sign = true
"""
SERVERS: Mapping[Started, Version] = {
    "dstu2": Version.DSTU2,
    "stu3": Version.STU3,
    "r4b": Version.R4,
    "r5": Version.R5,
}
"""R4 itself is what all other tests of this folder run against."""
LOOKED_AT = 4
"""Resources of each type that the validator is asked about; all are written alike."""
ORDERS: tuple[Callable[[], Json], ...] = (cyanocobalamin, hydroxocobalamin)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A server of one version with the example patients on it, and a service that may read it."""

    version: Version
    server: HapiServer
    service: Running


@pytest.fixture(scope="module", params=list(SERVERS))
def spoken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, today: date
) -> Iterator[Spoken]:
    """One server after the other; nothing tells the service which version it reads."""
    require_hapi()
    version = SERVERS[request.param]
    with ExitStack() as stack:
        server = stack.enter_context(start(request.param))
        with server.client() as fhir:
            for chart in _charts(today).values():
                put(fhir, (retell(each, version) for each in _filed(chart)))
        settings = _settings(tmp_path_factory.mktemp(request.param), server.base)
        yield Spoken(version, server, stack.enter_context(serve(settings)))


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that is sent everything in R4."""
    with serve(_settings(tmp_path_factory.mktemp("r4"), "https://r4.invalid")) as running:
        yield running


def _settings(folder: Path, server: str) -> Settings:
    """A demo whose one client may read from that server, in a version that nobody tells."""
    file = folder / "clients.toml"
    file.write_text(HOSPITAL.format(server=server))
    store = f"sqlite:///{folder / 'store.sqlite3'}"
    return Settings(auth=Auth.OFF, clients=file, database_url=store, _env_file=None)


@cache
def _charts(today: date) -> Mapping[str, Chart]:
    return load_charts(today)


def _filed(chart: Chart) -> tuple[Json, ...]:
    return relabel(bundle(*chart.resources), PREFIX).resources


def _sent(chart: Chart) -> Json:
    """The record as the prefetch of an R4 call."""
    kinds = {
        "labs": "Observation",
        "medications": "MedicationRequest",
        "conditions": "Condition",
        "procedures": "Procedure",
        "allergies": "AllergyIntolerance",
    }
    filed = _filed(chart)
    lists = {
        key: bundle(*(each for each in filed if each["resourceType"] == kind))
        for key, kind in kinds.items()
    }
    (who,) = (each for each in filed if each["resourceType"] == "Patient")
    return {"patient": who, **lists}


def _calls(today: date, name: str) -> Iterator[Json]:
    """The calls for one patient, with nothing but the drafts in them."""
    patient = f"{PREFIX}{name}"
    yield call("patient-view", patient)
    for order in ORDERS:
        draft = materialise(belonging_to(patient, order()), today)
        yield call("order-sign", patient, draft)


def _comparable(trace: Json) -> Json:
    """The judgement, without where it was read and in which order a server lists the same day."""
    found = judged(trace)
    del found["reads"]
    facts = found["facts"]
    ordered = {key: _sorted(value) for key, value in facts.items()}
    return {**found, "facts": ordered}


def _sorted(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, list) else value


def test_a_record_that_is_fetched(spoken: Spoken, reference: Running, today: date) -> None:
    """Every example patient, read from the server, is judged as when the record came in R4."""
    for name, chart in _charts(today).items():
        for asked in _calls(today, name):
            told = retold_call(asked, spoken.version)
            found = spoken.service.trace({**told, "fhirServer": spoken.server.base})
            expected = reference.trace({**asked, "prefetch": _sent(chart)})
            assert found["fhirVersion"] == spoken.version
            assert _comparable(found) == _comparable(expected)


@pytest.fixture(scope="module")
def checker(spoken: Spoken) -> Checker:
    """HL7's validator in the version of the server, with a memory."""
    return Checker(partial(validate, spoken.server))


def test_the_records_are_of_that_version(spoken: Spoken, checker: Checker, today: date) -> None:
    """HL7's validator passes what these tests file: it is the version they say, and no hybrid."""
    filed = [each for chart in _charts(today).values() for each in _filed(chart)]
    kinds = sorted({each["resourceType"] for each in filed})
    some = [
        retell(each, spoken.version)
        for kind in kinds
        for each in [one for one in filed if one["resourceType"] == kind][:LOOKED_AT]
    ]
    assert checker.faults(some) == []


def test_the_drafts_are_of_that_version(spoken: Spoken, checker: Checker, today: date) -> None:
    """So are the drafts."""
    drafts = [_draft(order, spoken.version, today) for order in ORDERS]
    assert checker.faults(drafts) == []


def _draft(order: Callable[[], Json], version: Version, today: date) -> Json:
    return retell(materialise(belonging_to("anybody", order()), today), version)


@pytest.mark.parametrize("whole", [False, True], ids=["plain", "full"])
def test_every_suggestion_is_valid(
    spoken: Spoken, checker: Checker, today: date, whole: bool
) -> None:
    """What is suggested passes HL7's validator of the version; in DSTU2 nothing is created."""
    found: list[Json] = []
    for situation in SITUATIONS:
        asked = retold_call(situation_call(situation, today, whole=whole), spoken.version)
        answer = spoken.service.answer({**asked, "fhirServer": spoken.server.base})
        found += suggested(answer)
    assert bool(found) is (spoken.version is not Version.DSTU2)
    assert checker.faults(found) == []
