"""Scripted misbehaviour of a fake provider: what real ones do on a bad day."""

import asyncio
import enum
from collections import deque
from dataclasses import dataclass

from aiohttp import web


class FaultKind(enum.StrEnum):
    """``RESET_BEFORE`` cuts the line before the request is processed, ``RESET_AFTER`` once it was.

    ``HANG`` processes nothing and never answers; ``SLOW`` waits until it is released and then
    serves the request; ``HTML`` answers a page as a proxy would.
    """

    STATUS = "status"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    HANG = "hang"
    SLOW = "slow"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class ScriptedFault:
    """One fault, played ``times`` times; ``address`` limits it to one recipient."""

    kind: FaultKind
    status: int = 503
    retry_after: str | None = None
    times: int = 1
    address: str | None = None


class FaultScript:
    """The faults still to be played, in order."""

    def __init__(self) -> None:
        self._coming: deque[ScriptedFault] = deque()
        self.hanging = asyncio.Event()
        """Set when a request has begun to hang; ``release`` lets all of them go."""
        self._released = asyncio.Event()

    def play(self, fault: ScriptedFault) -> None:
        self._coming.extend([fault] * fault.times)

    def clear(self) -> None:
        self._coming.clear()

    def release(self) -> None:
        self._released.set()

    def next_for(self, address: str) -> ScriptedFault | None:
        for fault in self._coming:
            if fault.address in (None, address):
                self._coming.remove(fault)
                return fault
        return None

    async def hang(self) -> None:
        self.hanging.set()
        await self._released.wait()


def cut(request: web.Request) -> web.Response:
    """Reset the connection under the client; the returned response never arrives."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
