"""One FHIR server, one EHR on it and one service a formulary, for the whole run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime

import httpx
import pytest

from service.demo.charts import load_charts
from tests.end_to_end.ehr import Ehr, bundle, templates_of
from tests.end_to_end.running import Running, serve, settings_for
from tests.hapi.fixtures import hapi, hapi_charts, hapi_validate, hapi_with_token
from tests.hapi.loader import load_bundle
from tests.hapi.server import HapiServer

__all__ = ["hapi", "hapi_charts", "hapi_validate", "hapi_with_token"]

PREFIX = "e2e-"
FORMULARIES = ("uk", "us")


@dataclass(frozen=True, slots=True)
class Trial:
    """A service on trial: running, and an EHR that calls it."""

    service: Running
    ehr: Ehr


@pytest.fixture(scope="session")
def today() -> date:
    """The day that the service takes for today."""
    return datetime.now(UTC).date()


@pytest.fixture(scope="session")
def services(
    hapi: HapiServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Running]]:
    """A running service for each formulary; both may read from the open FHIR server."""
    with ExitStack() as stack:
        yield {
            formulary: stack.enter_context(
                serve(settings_for(tmp_path_factory.mktemp(formulary), formulary, hapi.base))
            )
            for formulary in FORMULARIES
        }


@pytest.fixture(scope="session")
def fhir(hapi: HapiServer) -> Iterator[httpx.Client]:
    """A client of the open FHIR server."""
    with hapi.client() as client:
        yield client


@pytest.fixture(scope="session")
def ehr(fhir: httpx.Client, services: Mapping[str, Running]) -> Ehr:
    """An EHR on the open FHIR server that has read the discovery document."""
    discovery = services["uk"].http.get("/cds-services").json()
    return Ehr(fhir, templates_of(discovery))


@pytest.fixture(scope="session")
def trial(services: Mapping[str, Running], ehr: Ehr) -> Trial:
    """The British service and the EHR: what one hospital has."""
    return Trial(services["uk"], ehr)


@pytest.fixture(scope="session")
def examples(hapi: HapiServer, today: date) -> Mapping[str, str]:
    """The example patients on the FHIR server: the id there by the id in the examples."""
    return {
        name: load_bundle(hapi, bundle(*chart.resources), PREFIX).patients[0]
        for name, chart in load_charts(today).items()
    }
