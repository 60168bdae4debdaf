"""Reads an answer's body, unpacked, and never more of it than allowed."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import httpx

# No other packing is asked for or taken: of this one we know how to stop in the middle.
ACCEPTED = {"Accept-Encoding": "gzip, identity"}
_GZIP = 31  # zlib's word for it
_AT_A_TIME = 262_144  # bytes unpacked before the size is looked at again

Spend = Callable[[int], bool]


class AnswerTooLargeError(Exception):
    """The answer has more bytes than allowed, as sent or once unpacked."""


class AnswerUnreadableError(Exception):
    """The answer is packed in a way that was not asked for, or damaged."""


async def body_of(response: httpx.Response, spend: Spend) -> bytes:
    """The whole body; `spend` says of each further piece whether that many bytes are allowed.

    Raises:
        AnswerTooLargeError: `spend` said no. A small packed answer can unpack to gigabytes, so it
            is asked piece by piece.
        AnswerUnreadableError: it cannot be unpacked.
    """
    match response.headers.get("content-encoding", "identity").strip().lower():
        case "identity" | "":
            return await _plain(response, spend)
        case "gzip" | "x-gzip":
            return await _unpacked(response, spend)
        case _:
            raise AnswerUnreadableError


async def _plain(response: httpx.Response, spend: Spend) -> bytes:
    pieces = [_allowed(piece, spend) async for piece in response.aiter_raw()]
    return b"".join(pieces)


async def _unpacked(response: httpx.Response, spend: Spend) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    pieces = []
    try:
        async for packed in response.aiter_raw():
            waiting = packed
            while waiting and not unpacker.eof:
                pieces.append(_allowed(unpacker.decompress(waiting, _AT_A_TIME), spend))
                waiting = unpacker.unconsumed_tail
    except zlib.error:
        raise AnswerUnreadableError from None
    if not unpacker.eof:
        raise AnswerUnreadableError
    return b"".join(pieces)


def _allowed(piece: bytes, spend: Spend) -> bytes:
    if not spend(len(piece)):
        raise AnswerTooLargeError
    return piece
