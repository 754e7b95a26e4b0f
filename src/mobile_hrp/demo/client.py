"""A phone of the story: a GraphQL client over HTTP and websocket, with retries by the same key."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Mapping
from typing import Any, Self

import aiohttp


class DemoError(RuntimeError):
    """The server answered what the story did not expect; the text says what and where."""


_PAUSES = (0.1, 0.3, 1.0, 3.0)  # seconds before the next try; the last answer counts


def _passes(answer: Any) -> bool:
    """Whether the server said that the same request may succeed in a moment."""
    errors = answer.get("errors") or []
    if errors:
        return all(error.get("extensions", {}).get("retryable") for error in errors)
    payloads = [one for one in (answer.get("data") or {}).values() if isinstance(one, dict)]
    return any(
        error.get("code") == "BUSY" for one in payloads for error in one.get("userErrors") or []
    )


class Phone:
    """One device of one person, talking to one server process."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str, label: str) -> None:
        self._http = http
        self.base_url = base_url
        self.label = label
        self.device_id = uuid.uuid4()
        self.token: str | None = None

    async def run(self, operation: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The ``data`` of an operation; raises DemoError on top-level errors.

        What the server calls passing is sent again, byte by byte the same: a mutation carries its
        idempotency key, so that it counts once.
        """
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": operation, "variables": dict(variables or {})}
        answer = await self._post(body, headers)
        for pause in _PAUSES:
            if not _passes(answer):
                break
            await asyncio.sleep(pause)
            answer = await self._post(body, headers)
        return self._data(answer, operation)

    async def _post(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        async with self._http.post(
            f"{self.base_url}/graphql", json=body, headers=headers
        ) as answer:
            return await answer.json(content_type=None)

    async def mutate(self, operation: str, variables: Mapping[str, Any]) -> Any:
        """The payload of a one-field mutation; raises DemoError on ``userErrors``."""
        data = await self.run(operation, variables)
        ((name, payload),) = data.items()
        if payload.get("userErrors"):
            raise DemoError(f"{self.label} {name}: {payload['userErrors']}")
        return payload

    async def upload(
        self, operation: str, variables: Mapping[str, Any], data: bytes, name: str
    ) -> Any:
        """Send one file the way ``wx.uploadFile`` does: the file part and two text fields."""
        form = aiohttp.FormData()
        form.add_field("0", data, filename=name, content_type="application/octet-stream")
        form.add_field("map", json.dumps({"0": ["variables.file"]}))
        form.add_field(
            "operations",
            json.dumps({"query": operation, "variables": {**variables, "file": None}}),
        )
        headers = {"authorization": f"Bearer {self.token}"}
        async with self._http.post(
            f"{self.base_url}/graphql", data=form, headers=headers
        ) as answer:
            data_ = self._data(await answer.json(content_type=None), operation)
        ((field, payload),) = data_.items()
        if payload.get("userErrors"):
            raise DemoError(f"{self.label} {field}: {payload['userErrors']}")
        return payload

    def _data(self, answer: Any, operation: str) -> Any:
        if answer.get("errors"):
            raise DemoError(f"{self.label}: {answer['errors']} for {operation.strip()[:80]}")
        return answer["data"]

    def watch(self, operation: str) -> "Watch":
        """Open a subscription over graphql-transport-ws."""
        url = self.base_url.replace("http", "ws", 1) + "/graphql"
        return Watch(self._http, url, operation, self.token or "")


class Watch:
    """A running subscription: use it as an async context, then await ``next``."""

    def __init__(self, http: aiohttp.ClientSession, url: str, operation: str, token: str) -> None:
        self._http, self._url, self._operation, self._token = http, url, operation, token
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        self._socket = await self._http.ws_connect(self._url, protocols=["graphql-transport-ws"])
        await self._socket.send_json(
            {"type": "connection_init", "payload": {"authorization": f"Bearer {self._token}"}}
        )
        first = await self._socket.receive_json(timeout=10)
        if first["type"] != "connection_ack":
            raise DemoError(f"subscription refused: {first}")
        await self._socket.send_json(
            {"id": "1", "type": "subscribe", "payload": {"query": self._operation}}
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def next(self, seconds: float = 20) -> Any:
        """The data of the next event; raises DemoError when the subscription ends or errs."""
        if self._socket is None:
            raise DemoError("the subscription is not open")
        async with asyncio.timeout(seconds):
            while True:
                message = await self._socket.receive_json()
                if message["type"] == "next" and not message["payload"].get("errors"):
                    return message["payload"]["data"]
                if message["type"] == "ping":
                    await self._socket.send_json({"type": "pong"})
                    continue
                raise DemoError(f"subscription: {message}")

    async def quiet(self, seconds: float) -> bool:
        """Whether nothing arrives for a while."""
        with contextlib.suppress(TimeoutError):
            await self.next(seconds)
            return False
        return True
