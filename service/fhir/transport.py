"""The last gate before the network: no connection to an address the configuration does not allow."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx

from service.fhir.reach import port_of

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
SPECIAL = ipaddress.IPv4Network("192.0.0.0/24")  # Python 3.11 counts some of it as global
Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]


async def resolve_addresses(host: str, port: int) -> tuple[str, ...]:
    """The IP addresses of `host`, in the order the system prefers."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(str(sockaddr[0]) for *_, sockaddr in found)


def is_public(address: str) -> bool:
    """False for private, loopback, link-local, multicast and reserved addresses.

    IPv6 addresses that stand for an IPv4 one are judged by that; those that lead there through a
    translator or a tunnel, and whatever is not in today's public space, are refused.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip not in GLOBAL_UNICAST or ip.sixtofour is not None:
            return False
    return ip.is_global and not ip.is_multicast and ip not in SPECIAL


class PublicAddressesOnly(httpx.AsyncBaseTransport):
    """Resolves a name once, refuses it unless every address is public, and calls what was checked.

    Connecting to the checked address, not to the name, keeps a second answer of the name server
    from leading elsewhere. The certificate is still verified against the name.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, resolve: Resolve = resolve_addresses
    ) -> None:
        self._inner = inner
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends `request` to the checked address.

        Raises:
            httpx.ConnectError: the name is unknown or leads to an address that is not public.
        """
        host = request.url.host
        address = await self._checked_address(host, port_of(request.url))
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()

    async def _checked_address(self, host: str, port: int) -> str:
        try:
            addresses = await self._resolve(host, port)
        except OSError:
            raise httpx.ConnectError("the name could not be resolved") from None
        if not addresses or not all(is_public(address) for address in addresses):
            raise httpx.ConnectError("the name leads to a private address")
        return addresses[0]
