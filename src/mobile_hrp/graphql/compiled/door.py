"""The door before all others: trusted operations answered before any framework has a look.

A plain ASGI application in front of the web application. It takes a POST that asks for a trusted
operation in the plainest way; whatever else comes, and whatever the compiled tier leaves to the
executor, goes on behind it with its body as it came.

A short answer has a tag; a long one has it for who sends ``If-None-Match``, ``"0"`` at first. Who
sends the tag back is told 304 while the answer is still the same, byte for byte: it was made anew,
of what was committed when they asked. That they ask with POST changes nothing about that, since
only queries come here.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobile_hrp.graphql.answers import Answer, locale_of
from mobile_hrp.graphql.asked import BODY_BYTES_MAX
from mobile_hrp.graphql.compiled.plans import Operation, Prepared
from mobile_hrp.graphql.compiled.tier import CompiledTier
from mobile_hrp.graphql.json_text import MalformedRequestError, read_json
from mobile_hrp.graphql.negotiation import accepted
from mobile_hrp.mobile_contract.clients import client_policy, read_client
from mobile_hrp.runtime.metrics import REQUEST_SECONDS, REQUESTS
from mobile_hrp.runtime.request_context import request_id_of

_BEARER = "bearer "
_BODY_NAMES = frozenset({"query", "documentId", "operationName", "variables", "extensions"})
_PLAIN_JSON = frozenset({b"application/json", b"application/json; charset=utf-8"})
_MANNERS = (b"accept", b"accept-encoding", b"accept-language", b"x-hrp-transport", b"x-hrp-client")
_NOT_MODIFIED = 304
_UNCHANGED = b'{"data":null,"extensions":{"unchanged":true}}'
"""Instead of 304, for clients whose host shows them no status but 200."""
_TAG_LENGTH = 24
_TAGGED_BYTES = 2_048
"""Longer answers get a tag where the client sends one: to digest a page costs a tenth of it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the headers say, where they say something plain. ``seen``: tags of answers they have."""

    token: str
    manner: "_Manner"
    request_id: str
    seen: bytes


@dataclass(frozen=True, slots=True)
class _Manner:
    """How clients of one kind are answered."""

    answer: Answer
    locale: str
    headers: tuple[tuple[bytes, bytes], ...]

    def told(self, data: bytes, asked: _Asked) -> tuple[Message, Message]:
        """The answer as messages: all of it, or that it is the one the client has."""
        headers = [*self.headers, (b"x-request-id", asked.request_id.encode("latin-1"))]
        status, body, tag = 200, b'{"data":' + data + b"}", b""
        if asked.seen or len(data) <= _TAGGED_BYTES:
            tag = b'"%s"' % sha256(data).hexdigest()[:_TAG_LENGTH].encode()
            headers.append((b"etag", b"W/" + tag))
        if tag and tag in asked.seen:
            status, body = (200, _UNCHANGED) if self.answer.mini else (_NOT_MODIFIED, b"")
        elif (smaller := self.answer.compressed(body)) is not None:
            body = smaller
            headers.append((b"content-encoding", b"gzip"))
        if status != _NOT_MODIFIED:
            headers.append((b"content-length", b"%d" % len(body)))
        return (
            {"type": "http.response.start", "status": status, "headers": headers},
            {"type": "http.response.body", "body": body},
        )


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
        prepared = _prepared(tier, messages)
        data = None
        if prepared is not None:
            data = await tier.data(prepared, asked.token, asked.manner.locale, self._clock())
        if prepared is None or data is None:
            await self._app(scope, _again(messages, receive), send)
            return
        answered, seconds = _counts(prepared.operation.name)
        answered.inc()
        seconds.observe(time.perf_counter() - started)
        for message in asked.manner.told(data, asked):
            await send(message)


@lru_cache(maxsize=512)
def _counts(name: str) -> tuple[Counter, Histogram]:
    """The metrics of one operation; there are only as many as are trusted."""
    return REQUESTS.labels(operation=name, outcome="ok"), REQUEST_SECONDS.labels(operation=name)


def _prepared(tier: CompiledTier, messages: list[Message]) -> Prepared | None:
    """The trusted operation that a body asks for, with its variables."""
    if messages[-1]["type"] != "http.request" or messages[-1].get("more_body"):
        return None
    raw = b"".join(one.get("body", b"") for one in messages)
    known = tier.known_body(raw)
    if known is not None:
        return known
    try:
        body = read_json(raw, "body")
    except MalformedRequestError:
        return None
    operation = _operation(tier, body)
    if operation is None:
        return None
    variables = body.get("variables") or {}
    prepared = tier.prepared(operation, variables) if isinstance(variables, dict) else None
    if prepared is not None:
        tier.remember_body(raw, prepared)
    return prepared


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
    token = authorization[len(_BEARER) :].strip()
    return _Asked(token, manner, request_id, found.get(b"if-none-match", b""))


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
    usual = answer.payload(b"{}", None).raw_headers
    kept = tuple(one for one in usual if one[0] != b"content-length")
    return _Manner(answer, locale_of(language.decode("latin-1")), kept)


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
