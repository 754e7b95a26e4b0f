"""The door before all others: trusted operations answered before any framework has a look.

A plain ASGI application in front of the web application. It takes a POST that asks for a trusted
operation in the plainest way; whatever else comes, and whatever the compiled tier leaves to the
executor, goes on behind it with its body as it came.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobile_hrp.graphql.answers import Answer, locale_of
from mobile_hrp.graphql.asked import BODY_BYTES_MAX
from mobile_hrp.graphql.compiled.plans import Operation
from mobile_hrp.graphql.compiled.tier import Asking, CompiledTier
from mobile_hrp.graphql.json_text import MalformedRequestError, read_json
from mobile_hrp.graphql.negotiation import accepted
from mobile_hrp.mobile_contract.clients import client_policy, read_client
from mobile_hrp.runtime.metrics import REQUEST_SECONDS, REQUESTS
from mobile_hrp.runtime.request_context import request_id_of

_BEARER = "bearer "
_BODY_NAMES = frozenset({"query", "documentId", "operationName", "variables", "extensions"})
_PLAIN_JSON = frozenset({b"application/json", b"application/json; charset=utf-8"})
_MANNERS = (b"accept", b"accept-encoding", b"accept-language", b"x-hrp-transport", b"x-hrp-client")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the headers say, where they say something plain."""

    token: str
    manner: "_Manner"
    request_id: str


@dataclass(frozen=True, slots=True)
class _Manner:
    """How clients of one kind are answered."""

    answer: Answer
    locale: str


class CompiledDoor:
    """Wraps a Starlette application whose ``state.compiled`` is a CompiledTier, or None."""

    def __init__(self, app: ASGIApp, *, path: str, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._path = path
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        tier: CompiledTier | None = getattr(scope["app"].state, "compiled", None)
        asked = None if tier is None else _asked(scope["headers"])
        if tier is None or asked is None:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        messages = await _whole(receive)
        operation, data = await self._answered(tier, asked, messages)
        if operation is None or data is None:
            await self._app(scope, _again(messages, receive), send)
            return
        REQUESTS.labels(operation=operation.name, outcome="ok").inc()
        REQUEST_SECONDS.labels(operation=operation.name).observe(time.perf_counter() - started)
        response = asked.manner.answer.payload(b'{"data":' + data + b"}", None)
        response.headers["x-request-id"] = asked.request_id
        await response(scope, receive, send)

    async def _answered(
        self, tier: CompiledTier, asked: _Asked, messages: list[Message]
    ) -> tuple[Operation | None, bytes | None]:
        if messages[-1]["type"] != "http.request" or messages[-1].get("more_body"):
            return None, None
        try:
            body = read_json(b"".join(one.get("body", b"") for one in messages), "body")
        except MalformedRequestError:
            return None, None
        operation = _operation(tier, body)
        if operation is None:
            return None, None
        variables = body.get("variables") or {}
        if not isinstance(variables, dict):
            return None, None
        asking = Asking(asked.token, variables, asked.manner.locale, self._clock())
        return operation, await tier.answer(operation, asking)


def _asked(headers: list[tuple[bytes, bytes]]) -> _Asked | None:
    """None for what the doors behind have to look at: a header twice, a body in disguise."""
    found: dict[bytes, bytes] = dict(headers)
    if len(found) != len(headers) or b"content-encoding" in found:
        return None
    authorization = found.get(b"authorization", b"").decode("latin-1")
    if (
        found.get(b"content-type", b"").lower() not in _PLAIN_JSON
        or authorization[: len(_BEARER)].lower() != _BEARER
    ):
        return None
    manner = _manner(*(found.get(name, b"") for name in _MANNERS))
    if manner is None:
        return None
    trace, given = found.get(b"traceparent", b""), found.get(b"x-request-id", b"")
    request_id = request_id_of(trace.decode("latin-1"), given.decode("latin-1"))
    return _Asked(authorization[len(_BEARER) :].strip(), manner, request_id)


@lru_cache(maxsize=512)
def _manner(
    accept: bytes, encoding: bytes, language: bytes, transport: bytes, client: bytes
) -> _Manner | None:
    """How to answer; None where the answer is not one JSON text, or the client is too old."""
    named = zip(_MANNERS, (accept, encoding, language, transport), strict=False)
    answer = Answer(Request({"type": "http", "headers": [one for one in named if one[1]]}))
    wanted = accepted(accept.decode("latin-1"))
    old = client_policy().too_old(read_client(client.decode("latin-1")))
    if old is not None or (wanted.single is None and not answer.mini):
        return None
    return _Manner(answer, locale_of(language.decode("latin-1")))


def _operation(tier: CompiledTier, body: Any) -> Operation | None:
    """The trusted operation that a body names, by its text or by its hash."""
    if not isinstance(body, Mapping) or not _BODY_NAMES.issuperset(body):
        return None
    text, document_id, name = body.get("query"), body.get("documentId"), body.get("operationName")
    if body.get("extensions") or (name is not None and not isinstance(name, str)):
        return None
    if isinstance(document_id, str) and text is None:
        return tier.operation(document_id, name or None)
    if isinstance(text, str) and document_id is None:
        return tier.operation(text, name or None)
    return None


async def _whole(receive: Receive) -> list[Message]:
    """The messages of a body; it stops early where the body is too long for an operation."""
    messages: list[Message] = []
    size = 0
    while True:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if not message.get("more_body") or size > BODY_BYTES_MAX:
            return messages


def _again(messages: list[Message], receive: Receive) -> Receive:
    """Receive what was read already, then what follows."""
    waiting = iter(messages)

    async def replayed() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return replayed
