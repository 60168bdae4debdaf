"""Codes and circumstances that the tests of this folder share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date

import pytest

from fhir_mappers.reading import Reading
from fhir_mappers.terminology import Codes, load_codes
from tests.hapi.fixtures import hapi, hapi_validate

__all__ = ["hapi", "hapi_validate"]

TODAY = date(2026, 6, 15)


@pytest.fixture(scope="session")
def codes() -> Codes:
    """The tables as they are shipped."""
    return load_codes()


@pytest.fixture(scope="session")
def reading(codes: Codes) -> Reading:
    """A client in the UK on 15 June 2026."""
    return Reading(codes, TODAY, UTC, "uk")


@pytest.fixture(scope="session")
def us_reading(reading: Reading) -> Reading:
    """The same day with the American formulary."""
    return replace(reading, formulary="us")
