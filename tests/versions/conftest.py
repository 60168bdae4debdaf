"""Codes and circumstances of reading, shared with the tests of the mappers."""

from tests.fhir_mappers.conftest import codes, reading

__all__ = ["codes", "reading"]
