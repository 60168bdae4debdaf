"""Random requests, bounded: whatever comes in, the answer is ours to give and no fault of ours."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from copy import deepcopy
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_hooks.errors import BadRequest
from cds_hooks.request import parse
from service.errors import BodyTooLargeError, NotAllowedError
from service.inbound.text import check_text
from service.trust.keys import KeySetInvalidError, read_key_set
from service.trust.token import read_token
from tests.security.hospital import CALL, SIGN, public
from tests.security.hospital import EC as KEY
from tests.service.calls import post, service

BOUNDED = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
QUICK = settings(max_examples=200, deadline=None, derandomize=True)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["Patient/1", "2026-02-30", "mg", "http://127.0.0.1", "", " ", "null"])
)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["resourceType", "id", "code", "value", "entry", "resource", "coding"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TEXT = json.dumps(CALL).encode()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    """The path of every member and item."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    if isinstance(value, list):
        items = list(enumerate(value))
    return [*([path] if path else []), *(p for k, v in items for p in places(v, (*path, k)))]


PLACES = places(CALL)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """One service for all of them."""
    return service()


@BOUNDED
@given(place=st.sampled_from(PLACES), value=ANY_JSON)
def test_anything_in_any_place_of_a_call(app: FastAPI, place: tuple[Any, ...], value: Any) -> None:  # noqa: ANN401 - any JSON
    """A call with any JSON in the place of any of its parts is answered 200, 400 or 412."""
    body: Any = deepcopy(CALL)
    at = body
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    answer = asyncio.run(post(app, json.dumps(body).encode(errors="replace"), SIGN))
    assert answer.status_code in {200, 400, 412}


@BOUNDED
@given(start=st.integers(0, len(TEXT)), length=st.integers(0, 30), noise=st.binary(max_size=10))
def test_bytes_cut_out_and_put_in(app: FastAPI, start: int, length: int, noise: bytes) -> None:
    """A call with some bytes replaced by others is answered, and never by a 500."""
    body = TEXT[:start] + noise + TEXT[start + length :]
    answer = asyncio.run(post(app, body, SIGN))
    assert answer.status_code in {200, 400, 412}


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """The readers of bodies, tokens and key sets know no other error than their own."""
    for read in (lambda: check_text(body, 10), lambda: parse(body, None)):
        try:
            read()
        except (BadRequest, BodyTooLargeError):
            continue
    try:
        read_key_set(body)
    except KeySetInvalidError:
        return


@QUICK
@given(header=ANY_JSON, claims=ANY_JSON, signature=st.text(max_size=20))
def test_any_token_is_read_or_refused(header: Any, claims: Any, signature: str) -> None:  # noqa: ANN401 - any JSON
    """Any JSON as header and claims of a token is a 401, never a crash."""
    parts = (json.dumps(each).encode() for each in (header, claims))
    text = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    try:
        read_token(f"{text}.{signature}")
    except NotAllowedError:
        return


@QUICK
@given(
    name=st.sampled_from(["kty", "kid", "crv", "x", "y", "alg", "use", "key_ops"]), value=ANY_JSON
)
def test_any_key_is_used_or_left_out(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    """A key set with any JSON in a key is read without that key, or with it, or refused."""
    keys = json.loads(public(KEY))
    keys["keys"][0][name] = value
    try:
        found = read_key_set(json.dumps(keys).encode(errors="replace"))
    except KeySetInvalidError:
        return
    assert all(key.key_id for key in found)
