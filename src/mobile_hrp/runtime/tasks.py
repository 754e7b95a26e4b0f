"""Ending what runs in the background, for certain."""

import asyncio
from typing import Any

_ASK_AGAIN_SECONDS = 0.1


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel ``tasks`` and return when all have ended; what they raised is read, not raised.

    One cancellation is a request, not an order: one that meets a statement under way may leave the
    driver as an error of the database, and a loop made to live through those goes on. So whoever
    has not ended is asked again.
    """
    waiting = {task for task in tasks if not task.done()}
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=_ASK_AGAIN_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()
