"""The certificate of an EHR, as the proxy that ended its TLS reports it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from hmac import compare_digest

from starlette.requests import Request

from service.trust.why import Why, refused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies whose word is taken, and the header in which they say who showed a certificate."""

    networks: tuple[Network, ...] = ()
    header: str = ""

    def check_certificate(self, request: Request, expected: str) -> None:
        """Passes when a listed proxy reports exactly the certificate that is expected.

        Raises:
            NotAllowedError: the request did not come from a listed proxy, or the header is missing,
                repeated or another one.
        """
        told = request.headers.getlist(self.header)
        listed = self._listed(request)
        if not listed or len(told) != 1:
            raise refused(Why.CERTIFICATE)
        if not compare_digest(told[0].strip().encode(), expected.encode()):
            raise refused(Why.CERTIFICATE)

    def _listed(self, request: Request) -> bool:
        try:
            peer = ipaddress.ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        return any(peer in network for network in self.networks)


def parse_networks(text: str) -> tuple[Network, ...]:
    """The networks of a list with commas, such as `10.0.0.7, 10.1.0.0/16`.

    Raises:
        ValueError: one of them is none.
    """
    named = (each.strip() for each in text.split(","))
    return tuple(ipaddress.ip_network(each) for each in named if each)
