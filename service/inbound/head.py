"""The head of a request, and whatever else is no body, may not be endless, nor lead elsewhere."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Beyond the first piece that is read; a head with a token in it has a few kB.
MOST_BYTES = 65_536


class ShortHead(HttpToolsProtocol):
    """uvicorn's protocol, which puts a line together from any number of pieces, with an end to that.

    A request that asks for another protocol is the last of its connection.

    Counted is what arrives and neither ends a head nor brings a body: address, headers, trailers,
    and what stands beside the size of a chunk.
    """

    _without_body = 0

    def data_received(self, data: bytes) -> None:
        """Takes the next piece; one too many without a body is the last."""
        self._without_body += len(data)
        super().data_received(data)
        if self._without_body > MOST_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._without_body = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head ends."""
        self._without_body = 0
        super().on_headers_complete()
        if self.parser.should_upgrade():
            # The parser then takes the body for the next request, so there must be none.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A part of its body is there."""
        self._without_body = 0
        super().on_body(body)
