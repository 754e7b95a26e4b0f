"""The HTTP door of the schema without a server or a database: for what is decided before either."""

import asyncio
import json
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.routing import Route

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.graphql.admission import AdHoc, OperationPolicy
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.http import FastPath, Gateway
from mobile_hrp.mobile_contract.clients import ClientPolicy, client_policy
from mobile_hrp.mobile_contract.releases import served_documents
from mobile_hrp.schema import schema

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
METHODS = ("POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

PRODUCTION = OperationPolicy(trusted=served_documents())
DEVELOPMENT = OperationPolicy(AdHoc.DEVELOPERS, introspection=True, trusted=served_documents())
OPEN = OperationPolicy(AdHoc.ANYBODY, trusted=served_documents())


@dataclass
class Answered:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    cpu_seconds: float = 0.0

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.json.get("errors", [])]


class Door:
    """Nobody is signed in behind it, unless a viewer is named; there is no database."""

    def __init__(
        self,
        policy: OperationPolicy = OPEN,
        *,
        ide: str | None = None,
        clients: ClientPolicy | None = None,
        viewer: Viewer | None = None,
        fast_path: FastPath | None = None,
        trouble: Exception | None = None,
    ) -> None:
        async def make_context(connection: HTTPConnection) -> Context:
            if trouble is not None:
                raise trouble
            return context_of(viewer, connection.headers)

        gateway = Gateway(
            schema=schema,
            make_context=make_context,
            policy=policy,
            ide=ide,
            clients=clients or client_policy(),
            fast_path=fast_path,
        )
        self._app = Starlette(routes=[Route("/graphql", gateway.__call__, methods=list(METHODS))])

    async def send(
        self,
        body: bytes | list[bytes] = b"",
        *,
        method: str = "POST",
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """One request; ``body`` may come in pieces."""
        pieces = [body] if isinstance(body, bytes) else list(body)
        answered = Answered()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }

        async def receive() -> dict[str, Any]:
            if not pieces:
                await asyncio.Event().wait()  # nobody hangs up
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answered.status = message["status"]
                pairs = message["headers"]
                answered.headers = {key.decode(): value.decode() for key, value in pairs}
            else:
                answered.raw += message.get("body", b"")

        before = time.process_time()
        await self._app(scope, receive, send)
        answered.cpu_seconds = time.process_time() - before
        return answered

    async def post(self, body: Any, **headers: str) -> Answered:
        """A POST of JSON; ``headers`` are written with underscores."""
        sent = {"content-type": JSON, "accept": GRAPHQL}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.send(json.dumps(body).encode(), headers=sent)


def context_of(viewer: Viewer | None, headers: Headers | None = None) -> Context:
    nothing = cast("Any", None)
    return Context(
        database=nothing,
        clock=lambda: NOW,
        live=nothing,
        services=nothing,
        viewer=viewer,
        headers=headers or Headers(),
    )
