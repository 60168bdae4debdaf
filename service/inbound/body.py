"""Reads a request's body, and refuses what is too large or no JSON before it costs anything."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from cds_hooks.errors import BadRequest
from service.errors import BodyTooLargeError, CallerGoneError, NotJsonError


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body, at most `max_bytes`, and text: what is decoded later may rely on UTF-8.

    Raises:
        BadRequest: it is not UTF-8.
        NotJsonError: the content type is stated and is not JSON.
        BodyTooLargeError: the body has more than `max_bytes`, as declared or as received.
    """
    _check_declared(request, max_bytes)
    chunks = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            chunks.append(chunk)
    except ClientDisconnect:
        raise CallerGoneError("The call was broken off.") from None
    return _checked_text(b"".join(chunks))


def _checked_text(body: bytes) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        raise BadRequest("is not UTF-8") from None
    return body


def _check_declared(request: Request, max_bytes: int) -> None:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if "json" not in kind.lower():
        raise NotJsonError("The body must be application/json.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"The body is larger than {max_bytes} bytes.")
