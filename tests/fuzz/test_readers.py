"""The readers of bodies, tokens and key sets know no other error than their own."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.errors import BadRequest
from cds_hooks.request import parse
from service.errors import BodyTooLargeError, NotAllowedError
from service.inbound.text import check_text
from service.trust.keys import KeySetInvalidError, read_key_set
from service.trust.token import read_token
from tests.fuzz.values import ANY_JSON
from tests.security.hospital import EC as KEY
from tests.security.hospital import public

QUICK = settings(max_examples=200)


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Bytes that are no JSON at all come this far too."""
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
