"""Offers the fixtures of the real server to the tests of this folder."""

from tests.hapi.fixtures import hapi, hapi_charts, hapi_validate, hapi_with_token

__all__ = ["hapi", "hapi_charts", "hapi_validate", "hapi_with_token"]
