"""Ask an ASGI application without a server in between."""

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI


@dataclass
class Got:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


async def get(app: FastAPI, path: str, query: Mapping[str, str] | None = None) -> Got:
    got = Got()
    asked = "&".join(f"{key}={value}" for key, value in (query or {}).items())
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": asked.encode(),
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    asked_for_body = False

    async def receive() -> dict[str, Any]:
        """The empty body once; after that nobody hangs up."""
        nonlocal asked_for_body
        if asked_for_body:
            await asyncio.Event().wait()
        asked_for_body = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = {key.decode(): value.decode() for key, value in message["headers"]}
        elif message.get("body"):
            got.pieces.append(message["body"])

    await app(scope, receive, send)
    return got
