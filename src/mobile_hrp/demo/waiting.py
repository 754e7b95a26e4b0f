"""Wait for something another process does, with a deadline that says what was missed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

FoundT = TypeVar("FoundT")

_PAUSE_SECONDS = 0.05


async def until(
    look: Callable[[], Awaitable[FoundT | None]], what: str, *, seconds: float = 30.0
) -> FoundT:
    """Look again and again until ``look`` answers with something true, and return that.

    Raises:
        TimeoutError: it did not happen in time; the text says what.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        if found := await look():
            return found
        if loop.time() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        await asyncio.sleep(_PAUSE_SECONDS)
