"""Which addresses may be called: those the client's configuration lists, and nothing beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  # a name, or an IPv6 address
# Encoded dots, slashes and backslashes: a server might decode them into another path than we checked.
_DISGUISED = re.compile(rb"%2e|%2f|%5c|%25|\\", re.IGNORECASE)


class AddressRefusedError(ValueError):
    """An address that must not be called; the text is fit for an operator and holds no query."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """The start of every address that may be called. `port` None allows any (loopback demo only)."""

    scheme: str
    host: str
    port: int | None
    path: str

    def covers(self, url: httpx.URL) -> bool:
        """True when `url` lies at this prefix or below it, with nothing disguised in its path."""
        if not _plain(url):
            return False
        return (
            url.scheme == self.scheme
            and host_of(url) == self.host
            and self.port in (None, port_of(url))
            and (url.path.rstrip("/") == self.path or url.path.startswith(f"{self.path}/"))
        )


def parse_prefix(address: str, *, allow_http: bool = False, query: bool = False) -> Prefix:
    """A FHIR server's base address as the prefix of all calls to it.

    `query` lets the address have a query, as the address of a key set may.

    Raises:
        AddressRefusedError: not http(s), plain http without leave, a user name, a query or a fragment.
    """
    url = parse_url(address)
    if url.scheme == "http" and not allow_http:
        raise AddressRefusedError("it is plain http; use https, or allow_http in a laboratory")
    if (url.query and not query) or url.fragment:
        raise AddressRefusedError("it has a query or a fragment")
    if not _plain(url):
        raise AddressRefusedError("its path holds dot segments or encoded separators")
    return Prefix(url.scheme, url.host, port_of(url), url.path.rstrip("/"))


def parse_url(address: str) -> httpx.URL:
    """An absolute http or https address.

    Raises:
        AddressRefusedError: it is none, or carries a user name.
    """
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, TypeError):
        raise AddressRefusedError("it is no address") from None
    if url.scheme not in DEFAULT_PORTS or not _HOST.fullmatch(host_of(url)):
        raise AddressRefusedError("it is no http or https address")
    if url.userinfo:
        raise AddressRefusedError("it carries a user name")
    return url


def port_of(url: httpx.URL) -> int:
    """The port that a call to `url` goes to."""
    return url.port or DEFAULT_PORTS[url.scheme]


def host_of(url: httpx.URL) -> str:
    """The host of `url`; empty when it is an international name that stands for none."""
    try:
        return url.host
    except UnicodeError:  # httpx decodes the name only when it is asked for
        return ""


def _plain(url: httpx.URL) -> bool:
    path = url.raw_path.split(b"?", 1)[0]
    # A servlet container drops what follows a semicolon, so it reads "..;x" as "..".
    segments = [segment.partition(";")[0] for segment in url.path.split("/")]
    dotted = "." in segments or ".." in segments
    return not dotted and not _DISGUISED.search(path) and _is_text(unquote_to_bytes(path))


def _is_text(path: bytes) -> bool:
    """False where a server could read other characters than we: overlong ones, and control characters."""
    try:
        return path.decode().isprintable()
    except UnicodeDecodeError:
        return False
