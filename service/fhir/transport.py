"""The last gate before the network: no connection to an address the configuration does not allow."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable

import httpx

from service.fhir.reach import port_of

GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
SPECIAL = ipaddress.IPv4Network("192.0.0.0/24")  # Python 3.11 counts some of it as global
ANOTHER_ADDRESS_AFTER_S = 0.5
Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]


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


class Resolved(httpx.AsyncBaseTransport):
    """Resolves a name by `resolve` and calls its addresses, one after the other until one answers.

    The certificate is still verified against the name.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, resolve: Resolve) -> None:
        self._inner = inner
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends `request` to an address of its host.

        Raises:
            httpx.ConnectError: the name is unknown, or leads where it must not.
        """
        url = request.url
        *others, last = await self._addresses(url.host, port_of(url))
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        for address in others:
            try:
                return await self._call(request, url.copy_with(host=address), hurried=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._call(request, url.copy_with(host=last), hurried=False)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._inner.aclose()

    def allowed(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the addresses that may be called."""
        return addresses

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        try:
            found = self.allowed(await self._resolve(host, port))
        except OSError:
            raise httpx.ConnectError("the name could not be resolved") from None
        if not found:
            raise httpx.ConnectError("the name leads to no address that may be called")
        return found

    async def _call(
        self, request: httpx.Request, url: httpx.URL, *, hurried: bool
    ) -> httpx.Response:
        limit = {"connect": ANOTHER_ADDRESS_AFTER_S} if hurried else {}
        timeout = {**request.extensions.get("timeout", {}), **limit}
        extensions = {**request.extensions, "timeout": timeout}
        return await self._inner.handle_async_request(
            httpx.Request(
                request.method,
                url,
                headers=request.headers,
                stream=request.stream,
                extensions=extensions,
            )
        )


class PublicAddressesOnly(Resolved):
    """Refuses a name unless every address of it is public, and calls the first, which was checked.

    Connecting to the checked address, not to the name, keeps a second answer of the name server
    from leading elsewhere.
    """

    def allowed(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """The first one, when all are public."""
        return addresses[:1] if all(is_public(address) for address in addresses) else ()
