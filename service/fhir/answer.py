"""Reads an answer's body, unpacked, and never more of it than allowed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable

import httpx

# No other packing is asked for or taken: of this one we know how to stop in the middle.
ACCEPTED = {"Accept-Encoding": "gzip, identity"}
_GZIP = 31  # zlib's word for it
_AT_A_TIME = 262_144  # bytes unpacked before the size is looked at again
_PIECES_AT_A_TIME = 32  # before others have their turn, and deadlines are kept

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
    body = bytearray()
    async for piece in _in_turns(response):
        body += _allowed(piece, spend)
    return bytes(body)


async def _unpacked(response: httpx.Response, spend: Spend) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    body = bytearray()
    try:
        async for packed in _in_turns(response):
            waiting = packed
            while waiting and not unpacker.eof:
                body += _allowed(unpacker.decompress(waiting, _AT_A_TIME), spend)
                waiting = unpacker.unconsumed_tail
    except zlib.error:
        raise AnswerUnreadableError from None
    if not unpacker.eof:
        raise AnswerUnreadableError
    return bytes(body)


async def _in_turns(response: httpx.Response) -> AsyncIterator[bytes]:
    """The body as sent. One read from the network can hold ten thousand chunks of a byte each."""
    count = 0
    async for piece in response.aiter_raw():
        yield piece
        count += 1
        if count % _PIECES_AT_A_TIME == 0:
            await asyncio.sleep(0)


def _allowed(piece: bytes, spend: Spend) -> bytes:
    if not spend(len(piece)):
        raise AnswerTooLargeError
    return piece
