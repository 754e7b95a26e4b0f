"""The id of the request being served, for logs, audit rows and error answers."""

import random
import re
from contextvars import ContextVar

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_ID_BITS = 128
_numbers = random.Random()  # noqa: S311 - ids to find a request by: nobody may do anything with one
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    return _request_id.get()


def set_request_id(request_id: str | None) -> None:
    _request_id.set(request_id)


def request_id_of(traceparent: str, given: str) -> str:
    """The id of a request: the caller's trace id, the request id it gave, or a new one."""
    trace = _TRACEPARENT.fullmatch(traceparent)
    if trace:
        return trace.group(1)
    return given if _REQUEST_ID.fullmatch(given) else f"{_numbers.getrandbits(_ID_BITS):032x}"
