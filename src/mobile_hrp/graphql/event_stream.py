"""Operations answered as server-sent events, in the distinct connections mode of graphql-sse.

One POST is one operation: its results come as ``next`` events and end with ``complete``. A comment
goes out every fifteen seconds, so that no proxy takes the quiet for an end.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response, StreamingResponse
from strawberry.schema.base import BaseSchema
from strawberry.types import ExecutionResult

from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.negotiation import EVENT_STREAM
from mobile_hrp.graphql.results import payload_of

HEARTBEAT_SECONDS = 15.0
_HEARTBEAT = b":\n\n"
_COMPLETE = b"event: complete\ndata: \n\n"


@dataclass(frozen=True)
class EventStream:
    """One operation as a stream; it was admitted already."""

    schema: BaseSchema
    asked: Asked
    context: Context
    heartbeat_seconds: float = HEARTBEAT_SECONDS

    def response(self) -> Response:
        return StreamingResponse(
            self.events(),
            media_type=f"{EVENT_STREAM}; charset=utf-8",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    async def events(self) -> AsyncIterator[bytes]:
        """The bytes of the stream; ends the operation when the reader goes away."""
        yield _HEARTBEAT  # the headers leave at once
        source = await self.schema.stream(
            self.asked.text,
            variable_values=self.asked.variables,
            context_value=self.context,
            operation_name=self.asked.operation_name,
        )
        async with contextlib.aclosing(source):
            upcoming: asyncio.Future[Any] | None = None
            try:
                while True:
                    upcoming = upcoming or asyncio.ensure_future(anext(source))
                    done, _ = await asyncio.wait({upcoming}, timeout=self.heartbeat_seconds)
                    if not done:
                        yield _HEARTBEAT
                        continue
                    try:
                        result = upcoming.result()
                    except StopAsyncIteration:
                        break
                    upcoming = None
                    assert isinstance(result, ExecutionResult)  # noqa: S101 - never in parts
                    yield _event(payload_of(result, self.context.locale))
            finally:
                if upcoming is not None and not upcoming.done():
                    upcoming.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await upcoming
        yield _COMPLETE


def _event(payload: Mapping[str, Any]) -> bytes:
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return f"event: next\ndata: {text}\n\n".encode()
