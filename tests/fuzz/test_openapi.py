"""Every operation of the service's own description, asked as it describes and as it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import strategies as st
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.python.asgi import shutdown_lifespans

from cds_hooks.hooks import by_service_id
from service.app import build_app
from service.openapi.document import OPERATIONS
from service.settings import Auth, Settings
from service.setup import set_up
from tests.fuzz import seeds
from tests.service.calls import Json, clock

DESCRIPTION = "/openapi.json"
LABELS = [f"{each.method.upper()} {each.path}" for each in OPERATIONS if each.path != DESCRIPTION]
INPUTS_EACH = 400
SLOWEST_S = 5.0
# What the description promises, and what a load balancer relies on. That everything which it does
# not describe is refused is no promise: EHRs err, and are answered all the same.
CHECKS = {
    "not_a_server_error": {"enabled": True},
    "status_code_conformance": {"enabled": True},
    "content_type_conformance": {"enabled": True},
    "response_headers_conformance": {"enabled": True},
    "response_schema_conformance": {"enabled": True},
    "unsupported_method": {"enabled": True},
    "allow_header_conformance": {"enabled": True},
    "max_response_time": SLOWEST_S,
    "negative_data_rejection": {"enabled": False},
    "positive_data_acceptance": {"enabled": False},
    "missing_required_header": {"enabled": False},
    "ignored_auth": {"enabled": False},  # a demo asks nobody who it is
    "use_after_free": {"enabled": False},
    "ensure_resource_availability": {"enabled": False},
}
CONFIG = {
    "seed": 1,
    "generation": {"deterministic": True, "max-examples": INPUTS_EACH, "database": "none"},
    "phases": {"stateful": {"enabled": False}},
    "checks": CHECKS,
}


@dataclass(slots=True)
class Run:
    """What was asked, how it was answered, and what was wrong with it."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A demo that keeps what it is told, as the service does."""
    folder: Path = tmp_path_factory.mktemp("store")
    settings = Settings(
        auth=Auth.OFF, database_url=f"sqlite:///{folder / 'store.sqlite3'}", _env_file=None
    )
    return build_app(set_up(settings, now=clock))


@pytest.fixture(scope="module")
def run(app: FastAPI) -> Iterator[Run]:
    """All phases of Schemathesis: limits of every schema first, then chance."""
    found = Run()
    schema = schemathesis.openapi.from_asgi(
        DESCRIPTION, app, config=SchemathesisConfig.from_dict(CONFIG)
    )
    schema.hook("flatmap_case")(likely)
    for event in from_schema(schema).execute():
        match event:
            case ScenarioFinished():
                _note(event, found)
            case NonFatalError() | FatalError():
                found.faults.append(str(event))
            case _:
                continue
    yield found
    shutdown_lifespans()


def _note(event: ScenarioFinished, found: Run) -> None:
    recorder = event.recorder
    for case in recorder.interactions.values():
        status = case.response.status_code if case.response else 0
        found.answers[recorder.label, status] += 1
    for checks in recorder.checks.values():
        for check in checks:
            if check.status is not Status.SUCCESS:
                told = check.failure_info.failure.message if check.failure_info else ""
                found.faults.append(f"{recorder.label}: {check.name}: {told}")


def likely(_context: HookContext, case: Case[Any]) -> st.SearchStrategy[Case[Any]]:
    """The input as it is, or put upon a real call: so it is read beyond its first member."""
    path = case.operation.path
    if not isinstance(case.body, dict) or path.endswith("/feedback"):
        return st.just(case)
    hook = by_service_id(case.path_parameters.get("id", ""))
    name = hook.name if hook else None
    real = [each for each in seeds.whole_calls() if name in {None, each["hook"]}]
    return st.one_of(st.just(case), st.sampled_from(real).map(lambda each: _put_upon(case, each)))


def _put_upon(case: Case[Any], real: Json) -> Case[Any]:
    assert isinstance(case.body, dict)
    case.body = _merged(real, {**case.body, "hook": real["hook"]})
    return case


def _merged(real: Any, described: Any) -> Any:  # noqa: ANN401 - any JSON value
    if not (isinstance(real, dict) and isinstance(described, dict)):
        return described
    names = {**real, **described}
    return {
        name: _merged(real.get(name), value) if name in described else value
        for name, value in names.items()
        if name != "patientId" or name not in real
    } | {name: real[name] for name in ("patientId",) if name in real}


def test_no_answer_breaks_the_description(run: Run) -> None:
    """No 5xx; status, type, headers and body are among those described; none takes long."""
    assert run.faults == []


@pytest.mark.parametrize("label", LABELS)
def test_every_operation_answers_as_asked(run: Run, label: str) -> None:
    """What is only ever refused has not been tried."""
    assert run.answers[label, 200] > 0


def test_there_were_thousands(run: Run) -> None:
    """A search that ends early finds nothing, and proves nothing."""
    assert run.answers.total() >= 2_000
    assert sum(count for (_, status), count in run.answers.items() if status == 200) >= 500
