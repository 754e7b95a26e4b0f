"""uvicorn's HTTP protocol, with the head and the body of an answer in one write.

uvicorn writes them one after the other, and each write is a call of the kernel, a packet, and a
client woken up; for a short answer that is a third of what it costs the server.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HELD_BYTES_MAX = 65_536
"""More than this is written at once: who sends a stream without a pause has to feel it is full."""


class GatheringTransport:
    """A transport whose writes of one turn of the event loop go out together."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._held_bytes = 0

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > _HELD_BYTES_MAX:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Whatever does not write is the transport's own."""
        return getattr(self._transport, name)

    def _flush(self) -> None:
        held, self._held, self._held_bytes = self._held, [], 0
        if held and not self._transport.is_closing():  # the client may have gone meanwhile
            self._transport.write(b"".join(held))


class GatheringProtocol(HttpToolsProtocol):
    """Give it to uvicorn as ``http``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(GatheringTransport(transport, self.loop))  # type: ignore[arg-type]  # acts as one
