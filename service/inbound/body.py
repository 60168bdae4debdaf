"""Reads a request's body, and refuses what is too large or no JSON before it costs anything."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request

from cds_hooks.errors import BadRequest
from service.errors import BodyTooLargeError, CallerGoneError, NotJsonError

# What older systems declare, and mean; UTF-8 needs no entry.
CHARSETS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
}


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body, at most `max_bytes`, and text: what is decoded later may rely on UTF-8.

    Raises:
        BadRequest: it is neither UTF-8 nor text in the charset that it declares.
        NotJsonError: it is declared as something else than JSON, or as compressed.
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
    return _as_utf8(b"".join(chunks), request)


def _as_utf8(body: bytes, request: Request) -> bytes:
    """JSON is UTF-8 whatever is declared; only what is not counts as the charset declared."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return _recoded(body, _charset(request))
    return body


def _recoded(body: bytes, charset: str) -> bytes:
    try:
        return body.decode(CHARSETS[charset]).encode()
    except (KeyError, UnicodeError):
        raise BadRequest("is not UTF-8") from None


def _charset(request: Request) -> str:
    parameters = request.headers.get("content-type", "").lower().split(";")[1:]
    named = (each.partition("=") for each in parameters)
    found = (value.strip(" \"'") for name, _, value in named if name.strip() == "charset")
    return next(found, "utf-8")


def _check_declared(request: Request, max_bytes: int) -> None:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if "json" not in kind.lower():
        raise NotJsonError("The body must be application/json.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise NotJsonError("The body must not be compressed.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"The body is larger than {max_bytes} bytes.")
