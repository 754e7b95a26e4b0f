"""The HTTP door of the schema: one endpoint, every answer JSON with a code.

The status follows GraphQL over HTTP (September 2026): no data is 4xx or 5xx, data with errors 294.
Who names ``application/json`` alone is a client from before that: it gets 200 for a document that
does not fit the schema, as the graphql-http audit wants it. ``x-hrp-transport: mini`` asks for
plain JSON and HTTP 200 always: DingTalk's mini-program runtime hides the body of anything else.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from graphql import GraphQLError, OperationDefinitionNode, OperationType
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from strawberry.schema.base import BaseSchema
from strawberry.types import ExecutionResult

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.admission import (
    Admitted,
    OperationPolicy,
    RefusedDocumentError,
    permitted,
)
from mobile_hrp.graphql.answers import Answer
from mobile_hrp.graphql.asked import Asked, asked_for, read_body, read_url
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.event_stream import EventStream
from mobile_hrp.graphql.json_text import MalformedRequestError
from mobile_hrp.graphql.negotiation import Accepted, accepted
from mobile_hrp.graphql.old_clients import refusal_of_old_client
from mobile_hrp.graphql.results import payload_of
from mobile_hrp.graphql.told import Payloads
from mobile_hrp.mobile_contract.clients import ClientPolicy, client_policy
from mobile_hrp.runtime.metrics import REQUEST_SECONDS, REQUESTS
from mobile_hrp.services.identity.viewers import authenticate

OPERATION_NAMES_MAX = 100
_OPERATION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_operation_names: set[str] = set()
MakeContext = Callable[[HTTPConnection], Awaitable[Context]]


class FastPath(Protocol):
    """A faster way to the same answer for some operations; None leaves them to the schema."""

    async def __call__(
        self, asked: Asked, admitted: Admitted, context: Context
    ) -> Mapping[str, Any] | bytes | None: ...


class Doorkeeper(Protocol):
    """A faster way to the person behind a token; None leaves it to ``authenticate``."""

    async def viewer(self, access_token: str, now: datetime) -> Viewer | None: ...


class PayloadsOf(Protocol):
    """Where payloads of trusted mutations are told with the work (``graphql.told``)."""

    def of(self, asked: Asked) -> Payloads | None: ...


@dataclass(frozen=True)
class Gateway:
    """The endpoint as an ASGI application behind Starlette's ``Route``."""

    schema: BaseSchema
    make_context: MakeContext
    policy: OperationPolicy
    ide: str | None = None
    clients: ClientPolicy = field(default_factory=client_policy)
    fast_path: FastPath | None = None
    payloads: PayloadsOf | None = None

    async def __call__(self, request: Request) -> Response:
        answer = Answer(request)
        wanted = accepted(request.headers.get("accept", ""))
        if request.method not in {"POST", "GET"}:
            return answer.not_allowed()
        if self.ide and _is_browser(request):
            return HTMLResponse(self.ide, headers={"cache-control": "no-store"})
        if wanted.single is None and not wanted.stream and not answer.mini:
            return answer.error("NOT_ACCEPTABLE", 406)
        if (refusal := refusal_of_old_client(request, answer, self.clients)) is not None:
            return refusal
        async with AsyncExitStack() as until_answered:
            try:
                by_url = request.method == "GET"
                body = read_url(request) if by_url else await read_body(request, until_answered)
                asked = asked_for(body, self.policy)
            except MalformedRequestError as problem:
                REQUESTS.labels(operation="", outcome="malformed").inc()
                return answer.error(problem.code, problem.status, problem.params)
            return await self._run(request, answer, wanted, asked)

    async def _run(
        self, request: Request, answer: Answer, wanted: Accepted, asked: Asked
    ) -> Response:
        started = time.perf_counter()
        try:
            context = await self.make_context(request)
        except (SQLAlchemyError, OSError) as trouble:
            # the driver raises its own OSError where it reaches no server: one may come back
            known = {"code": "BUSY"} if isinstance(trouble, OSError) else None
            no_viewer = GraphQLError("no context", original_error=trouble, extensions=known)
            return answer.errors([no_viewer], context=None)
        try:
            admitted = permitted(self.schema, asked.text, self.policy, context.viewer)
        except RefusedDocumentError as refused:
            REQUESTS.labels(operation="", outcome="errors").inc()
            return answer.errors(refused.errors, context)
        operation = admitted.operation(asked.operation_name)
        if operation is None:
            return answer.error("BAD_REQUEST", 400, {"reason": "operationName names no operation"})
        if (refusal := _misplaced(operation, request, wanted, answer)) is not None:
            return refusal
        streamed = wanted.single is None and not answer.mini
        if streamed or operation.operation is OperationType.SUBSCRIPTION:
            return EventStream(self.schema, asked, context).response()
        payload = await self._payload(asked, admitted, context)
        outcome = "errors" if not isinstance(payload, bytes) and "errors" in payload else "ok"
        label = _label(asked.operation_name or _name_of(operation)) if outcome == "ok" else ""
        REQUESTS.labels(operation=label, outcome=outcome).inc()
        REQUEST_SECONDS.labels(operation=label).observe(time.perf_counter() - started)
        return answer.payload(payload, context)

    async def _payload(
        self, asked: Asked, admitted: Admitted, context: Context
    ) -> Mapping[str, Any] | bytes:
        if self.fast_path is not None:
            fast = await self.fast_path(asked, admitted, context)
            if fast is not None:
                return fast
        if self.payloads is not None:
            context.payloads = self.payloads.of(asked)
        result = await self.schema.execute(
            asked.text,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
        )
        assert isinstance(result, ExecutionResult)  # noqa: S101 - nothing here answers in parts
        return payload_of(result, context.locale)


async def sign_in(
    context: Context, authorization: str | None, doorkeeper: Doorkeeper | None = None
) -> None:
    """Set the viewer behind a bearer token, or the reason there is none."""
    if authorization is None:
        return
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        context.denial = "UNAUTHENTICATED"
        return
    access_token, now = token.strip(), context.now()
    if doorkeeper is not None:
        context.viewer = await doorkeeper.viewer(access_token, now)
    if context.viewer is None:
        context.viewer, context.denial = await authenticate(
            context.database, access_token=access_token, now=now
        )


def _misplaced(
    operation: OperationDefinitionNode, request: Request, wanted: Accepted, answer: Answer
) -> Response | None:
    """The refusal of a kind of operation that this way of asking does not serve."""
    if operation.operation is OperationType.MUTATION and request.method == "GET":
        return answer.not_allowed()
    if operation.operation is OperationType.SUBSCRIPTION and not wanted.stream:
        return answer.error("STREAM_REQUIRED", 400)
    return None


def _is_browser(request: Request) -> bool:
    """Somebody who opens the address to look at it, and asks for nothing yet."""
    asks = {"query", "documentId", "extensions"} & request.query_params.keys()
    return request.method == "GET" and not asks and "text/html" in request.headers.get("accept", "")


def _name_of(operation: Any) -> str | None:
    return operation.name.value if operation.name else None


def _label(name: str | None) -> str:
    """The operation's name for the metrics; a client may not make as many series as it likes."""
    if not name or not _OPERATION_NAME.fullmatch(name):
        return ""
    if name not in _operation_names and len(_operation_names) >= OPERATION_NAMES_MAX:
        return "other"
    _operation_names.add(name)
    return name
