"""The websocket door of the schema: graphql-transport-ws, with every frame checked.

Strawberry's handler keeps the protocol's states; here a frame that is no message closes the
connection with 4400 before anything reads it, documents pass the same gate as over HTTP, and errors
carry codes.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from fastapi.routing import APIWebSocketRoute
from strawberry.exceptions import ConnectionRejectionError
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    Message,
    SubscribeMessage,
)
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from mobile_hrp.graphql.admission import OperationPolicy, RefusedDocumentError, permitted
from mobile_hrp.graphql.answers import encoded
from mobile_hrp.graphql.asked import asked_for
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors, formatted_error
from mobile_hrp.graphql.http import sign_in
from mobile_hrp.graphql.json_text import MalformedRequestError, read_json
from mobile_hrp.graphql.results import payload_of, plain

_TYPES = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})
_ID_MAX = 128
_INVALID = 4400


class HrpTransportHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """One connection."""

    async def handle_message(self, message: Message) -> None:
        """Pass on what is a message; close with 4400 for anything else."""
        if (fault := _fault(message)) is not None:
            await self.handle_invalid_message(fault)
            return
        await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if not self.connection_acknowledged or message["id"] in self.operations:
            await super().handle_subscribe(message)  # closes with 4401 or 4409
            return
        policy = cast("HrpSocketRouter", self.view).policy
        try:
            asked = asked_for(message["payload"], policy)
        except MalformedRequestError as problem:
            if problem.code == "BAD_REQUEST":
                await self.handle_invalid_message(str(problem))
                return
            await self._refuse(message["id"], [self._coded(problem.code, problem.params)])
            return
        try:
            permitted(self.schema, asked.text, policy, self.context.viewer)
        except RefusedDocumentError as refused:
            errors = format_errors(refused.errors, self.context.locale)
            await self._refuse(message["id"], errors)
            return
        most = self.max_subscriptions_per_connection
        if most is not None and len(self.operations) >= most:
            error = self._coded("SUBSCRIPTIONS_TOO_MANY", {"limit": most})
            await self._refuse(message["id"], [error])
            return
        payload = {**message["payload"], "query": asked.text}
        await super().handle_subscribe(cast("SubscribeMessage", {**message, "payload": payload}))

    async def _send_result_stream(
        self, operation: Operation[Context, None], result_source: Any
    ) -> None:
        first = True
        async for result in result_source:
            if first and isinstance(result, PreExecutionError):
                errors = format_errors(plain(result.errors or ()), self.context.locale)
                await operation.send_operation_message(
                    {"id": operation.id, "type": "error", "payload": errors}
                )
                return
            first = False
            assert isinstance(result, ExecutionResult)  # noqa: S101 - nothing here comes in parts
            payload: Any = payload_of(result, self.context.locale)
            await operation.send_operation_message(
                {"id": operation.id, "type": "next", "payload": payload}
            )

    async def _refuse(self, operation_id: str, errors: list[Any]) -> None:
        await self.send_message({"id": operation_id, "type": "error", "payload": errors})

    def _coded(self, code: str, params: Mapping[str, Any]) -> Any:
        return formatted_error(code, self.context.locale, **params)


class HrpSocketRouter(GraphQLRouter[Context, None]):
    """Only the websocket of Strawberry's router; HTTP is served by ``http.Gateway``."""

    graphql_transport_ws_handler_class = HrpTransportHandler

    def __init__(self, *args: Any, policy: OperationPolicy, **options: Any) -> None:
        super().__init__(*args, **options)
        self.policy = policy
        self.routes = [route for route in self.routes if isinstance(route, APIWebSocketRoute)]

    async def on_ws_connect(self, context: Context) -> dict[str, object] | None:
        """Sign in with ``{"authorization": "Bearer …"}``; subscriptions check again themselves."""
        parameters = context.connection_params
        header = parameters.get("authorization") if isinstance(parameters, dict) else None
        await sign_in(context, header if isinstance(header, str) else None)
        if context.viewer is None:
            raise ConnectionRejectionError({"code": context.denial})
        return {"serverTime": context.now().isoformat()}

    def decode_json(self, data: str | bytes) -> object:
        """As strict as a body over HTTP."""
        try:
            return read_json(data, "message")
        except MalformedRequestError as problem:
            raise json.JSONDecodeError(str(problem), "", 0) from problem

    def encode_json(self, data: object) -> str:
        return encoded(cast("Mapping[str, Any]", data)).decode()


def _fault(message: object) -> str | None:
    """What keeps a frame from being a message of the protocol."""
    if not isinstance(message, dict) or message.get("type") not in _TYPES:
        return "Invalid message"
    if "payload" in message and not isinstance(message["payload"], dict):
        return "Invalid payload"
    if message["type"] in {"subscribe", "complete"}:
        operation_id = message.get("id")
        if not isinstance(operation_id, str) or not 1 <= len(operation_id) <= _ID_MAX:
            return "Invalid id"
    if message["type"] == "subscribe" and "payload" not in message:
        return "Missing payload"
    return None
