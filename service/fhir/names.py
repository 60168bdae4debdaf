"""Looks up the addresses of names, so that a slow name server holds up nobody but its own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from service.together import Together

THREADS = 32  # a name takes one at most; the event loop's own pool has four for everything

LookUp = Callable[[str], tuple[str, ...]]


def addresses_of(host: str) -> tuple[str, ...]:
    """The IP addresses of `host`, in the order the system prefers; it may take half a minute.

    Raises:
        OSError: the name is unknown, or nobody answers.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:  # a part of it is empty or too long
        raise OSError("this can be no name") from None
    return tuple(str(sockaddr[0]) for *_, sockaddr in found)


class Names:
    """Looks names up in threads of its own, each name once at a time for all who wait for it.

    A lookup cannot be broken off: it goes on when its callers have given up, and whoever asks for
    the name meanwhile waits for the same one. Nothing is remembered beyond that.
    """

    def __init__(self, look_up: LookUp = addresses_of) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="names")
        self._lookups = Together[str, tuple[str, ...]]()

    async def __call__(self, host: str, _port: int) -> tuple[str, ...]:
        """The addresses of `host`.

        Raises:
            OSError: the name is unknown, or nobody answers.
        """
        if _is_address(host):
            return (host,)
        return await self._lookups.result(host, lambda: self._begin(host))

    def _begin(self, host: str) -> asyncio.Future[tuple[str, ...]]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads, self._look_up, host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
