"""The HTTP and websocket edge of the schema.

Strawberry's router keeps the websocket; every HTTP body is parsed here, strictly, so that a
malformed request is always JSON with a code. By default the status follows GraphQL-over-HTTP
(September 2026): no data means 4xx. ``x-hrp-transport: mini`` asks for HTTP 200 always, because
DingTalk's mini-program runtime hides the body of anything else.
"""

import json
import re
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from fastapi import Request, Response, WebSocket
from starlette.datastructures import UploadFile
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET

from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors, formatted_error
from mobile_hrp.graphql.json_text import MalformedRequestError, read_json
from mobile_hrp.graphql.multipart import read_multipart
from mobile_hrp.runtime.metrics import REQUEST_SECONDS, REQUESTS
from mobile_hrp.services.identity import authenticate

BODY_BYTES_MAX = 256 * 1024
MEDIA_TYPE = "application/graphql-response+json"
OPERATION_NAMES_MAX = 100
_OPERATION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_operation_names: set[str] = set()
_NO_DATA_STATUS = {"UNAUTHENTICATED": 401, "TOKEN_EXPIRED": 401, "PERMISSION_DENIED": 403}


class HrpGraphQLRouter(GraphQLRouter[Context, None]):
    """POST bodies, multipart uploads and graphql-transport-ws for one schema."""

    async def run(  # type: ignore[override]  # one body for HTTP, the parent's for websockets
        self,
        request: Request | WebSocket,
        context: Context = UNSET,  # Strawberry's own default
        root_value: None = None,
    ) -> Response | WebSocket:
        if isinstance(request, WebSocket):
            return await super().run(request, context, root_value)
        if request.method == "GET":
            return await self._show_ide(request, context)
        return await self._answer(request, context)

    async def on_ws_connect(self, context: Context) -> dict[str, object] | None:
        """Sign in with ``{"authorization": "Bearer …"}``; subscriptions check again themselves."""
        parameters = context.connection_params
        header = parameters.get("authorization") if isinstance(parameters, dict) else None
        await sign_in(context, header if isinstance(header, str) else None)
        if context.viewer is None:
            raise ConnectionRejectionError({"code": context.denial})
        return {"serverTime": context.now().isoformat()}

    async def _show_ide(self, request: Request, context: Context) -> Response:
        if self.graphql_ide and "text/html" in request.headers.get("accept", ""):
            return await self.render_graphql_ide(request)
        return _respond(request, context, {"errors": [_bad(context, "only POST is served")]}, 405)

    async def _answer(self, request: Request, context: Context) -> Response:
        async with AsyncExitStack() as until_answered:
            return await self._answer_body(request, context, until_answered)

    async def _answer_body(
        self, request: Request, context: Context, until_answered: AsyncExitStack
    ) -> Response:
        started = time.perf_counter()
        try:
            body = await _read_body(request, until_answered)
            query, variables, name = _operation(body)
        except MalformedRequestError as problem:
            REQUESTS.labels(operation="", outcome="malformed").inc()
            status = problem.status
            return _respond(request, context, {"errors": [_bad(context, str(problem))]}, status)
        result = await self.schema.execute(
            query, variable_values=variables, context_value=context, operation_name=name
        )
        payload, status = _payload(result, context)
        outcome = "errors" if "errors" in payload else "ok"
        label = _label(name) if outcome == "ok" else ""
        REQUESTS.labels(operation=label, outcome=outcome).inc()
        REQUEST_SECONDS.labels(operation=label).observe(time.perf_counter() - started)
        return _respond(request, context, payload, status)


def _label(name: str | None) -> str:
    """The operation's name for the metrics; a client may not make as many series as it likes."""
    if not name or not _OPERATION_NAME.fullmatch(name):
        return ""
    if name not in _operation_names and len(_operation_names) >= OPERATION_NAMES_MAX:
        return "other"
    _operation_names.add(name)
    return name


async def sign_in(context: Context, authorization: str | None) -> None:
    """Set the viewer behind a bearer token, or the reason there is none."""
    if authorization is None:
        return
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        context.denial = "UNAUTHENTICATED"
        return
    context.viewer, context.denial = await authenticate(
        context.database, access_token=token.strip(), now=context.now()
    )


async def _read_body(request: Request, until_answered: AsyncExitStack) -> Any:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "multipart/form-data":
        return await read_multipart(request, until_answered)
    if content_type != "application/json":
        raise MalformedRequestError("content type must be application/json", status=415)
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > BODY_BYTES_MAX:
            raise MalformedRequestError(f"body over {BODY_BYTES_MAX} bytes", status=413)
    return read_json(raw, "body")


def _operation(body: Any) -> tuple[str, dict[str, Any] | None, str | None]:
    if not isinstance(body, dict):
        raise MalformedRequestError("body is not a JSON object")
    query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise MalformedRequestError("query is missing")
    if variables is not None and not isinstance(variables, dict):
        raise MalformedRequestError("variables is not an object")
    if name is not None and not isinstance(name, str):
        raise MalformedRequestError("operationName is not a string")
    if not isinstance(body.get("extensions", {}), dict | None):
        raise MalformedRequestError("extensions is not an object")
    return query, variables, name


def _payload(result: ExecutionResult, context: Context) -> tuple[dict[str, Any], int]:
    payload: dict[str, Any] = {}
    status = 200
    if result.errors:
        errors = format_errors(result.errors, context.locale)
        payload["errors"] = errors
        if result.data is None:
            code = str(errors[0].get("extensions", {}).get("code", ""))
            status = _NO_DATA_STATUS.get(code, 500 if code == "INTERNAL" else 400)
    if result.data is not None or not result.errors or _executed(result):
        payload["data"] = result.data
    return payload, status


def _executed(result: ExecutionResult) -> bool:
    return any(getattr(error, "path", None) is not None for error in result.errors or ())


def _respond(
    request: Request, context: Context, payload: Mapping[str, Any], status: int
) -> Response:
    always_ok = request.headers.get("x-hrp-transport") == "mini"
    accepts = request.headers.get("accept", "")
    media_type = MEDIA_TYPE if MEDIA_TYPE in accepts else "application/json"
    response = Response(
        json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(),
        status_code=200 if always_ok else status,
        media_type=f"{media_type}; charset=utf-8",
    )
    response.headers["cache-control"] = "no-store"
    if context.viewer is None and status == _NO_DATA_STATUS["UNAUTHENTICATED"]:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _bad(context: Context, reason: str) -> Any:
    return formatted_error("BAD_REQUEST", context.locale, reason=reason)


__all__ = ["HrpGraphQLRouter", "UploadFile", "sign_in"]
