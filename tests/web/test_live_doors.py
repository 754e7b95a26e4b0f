"""The two live doors, frame by frame: graphql-transport-ws, and server-sent events."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp
from tests.web.claims import submitted
from tests.web.conftest import Web

from mobile_hrp.mobile_contract.documents import operation_text, written_operations

PROTOCOL = "graphql-transport-ws"
TODO = "subscription { todoChanged { total } }"
INIT = object()
"""Stands for a connection_init that signs in."""


def subscribe(operation_id: Any = "1", **payload: Any) -> dict[str, Any]:
    return {"id": operation_id, "type": "subscribe", "payload": payload or {"query": TODO}}


@dataclass(frozen=True)
class Case:
    """Frames to send, and the code that closes the connection (or the messages that answer)."""

    name: str
    frames: tuple[Any, ...]
    closes: int | None = None
    answers: tuple[str, ...] = ()


INVALID: list[Any] = [
    *([], [1], 5, "text", None, True, {}, {"type": 5}, {"type": "nonsense"}, {"type": None}),
    *({"type": "subscribe"}, {"type": "subscribe", "id": "1"}, subscribe(5), subscribe("")),
    *(subscribe("x" * 129), subscribe(None), {"type": "subscribe", "id": "1", "payload": "x"}),
    *(subscribe(query=5), subscribe(query=None), subscribe(query=["x"]), subscribe(query=" ")),
    *(subscribe(query=TODO, variables=[]), subscribe(query=TODO, operationName=5)),
    *(subscribe(query=TODO, extensions="x"), subscribe(documentId=7)),
    *({"type": "complete"}, {"type": "complete", "id": 5}, {"type": "ping", "payload": "x"}),
]
CASES = [
    *(Case(f"invalid {frame!r}", (INIT, frame), closes=4400) for frame in INVALID),
    Case("no JSON", (INIT, b"{"), closes=4400),
    Case("NaN", (INIT, b'{"type": "ping", "payload": {"a": NaN}}'), closes=4400),
    Case("nothing before init but a word", (b"hello",), closes=4400),
    Case("init with a text", ({"type": "connection_init", "payload": "x"},), closes=4400),
    Case("init with a list", ({"type": "connection_init", "payload": []},), closes=4400),
    Case("init twice", (INIT, {"type": "connection_init"}), closes=4429),
    Case("init without a token", ({"type": "connection_init"},), closes=4403),
    Case("init with a wrong token",
         ({"type": "connection_init", "payload": {"authorization": "Bearer 7.x"}},), closes=4403),
    Case("subscribe before init", (subscribe(),), closes=4401),
    Case("the same id twice", (INIT, subscribe(), subscribe()), closes=4409),
    Case("ping before init", ({"type": "ping"},), answers=("pong",)),
    Case("ping with a payload", (INIT, {"type": "ping", "payload": {"a": 1}}), answers=("pong",)),
    Case("pong unasked for", (INIT, {"type": "pong"}, {"type": "ping"}), answers=("pong",)),
    Case("a subscription", (INIT, subscribe()), answers=("next",)),
    Case("a trusted one", (INIT, subscribe(
        documentId=f"sha256:{written_operations().by_name['TodoChanged'].sha256}")),
        answers=("next",)),
    Case("a query", (INIT, subscribe(query="{ me { id } }")), answers=("next", "complete")),
    Case("an unknown document", (INIT, subscribe(documentId="sha256:0")), answers=("error",)),
    Case("a document that does not parse", (INIT, subscribe(query="{")), answers=("error",)),
    Case("a document that is not valid", (INIT, subscribe(query="{ mee }")), answers=("error",)),
    Case("an operation that is not there",
         (INIT, subscribe(query=TODO, operationName="Other")), answers=("error",)),
    Case("an id again after its end",
         (INIT, subscribe(query="{ me { id } }"), "wait", subscribe(query="{ me { id } }")),
         answers=("next", "complete", "next", "complete")),
    Case("completing what is not there", (INIT, {"type": "complete", "id": "9"}, {"type": "ping"}),
         answers=("pong",)),
    Case("an id again after its completion",
         (INIT, subscribe(), "wait", {"type": "complete", "id": "1"}, subscribe()),
         answers=("next", "next")),
]  # fmt: skip


async def connected(web: Web) -> aiohttp.ClientWebSocketResponse:
    return await web.http.ws_connect(f"{web.url}/graphql", protocols=[PROTOCOL])


async def run(web: Web, case: Case, token: str) -> None:
    """Send the frames of a case and hold the server to its answer."""
    socket = await connected(web)
    expected = list(case.answers)
    async with asyncio.timeout(20):
        for frame in case.frames:
            if frame is INIT:
                payload = {"authorization": f"Bearer {token}"}
                await socket.send_json({"type": "connection_init", "payload": payload})
                assert (await socket.receive_json())["type"] == "connection_ack", case.name
            elif frame == "wait":
                await expect(socket, expected.pop(0), case)
                if expected and expected[0] == "complete":
                    await expect(socket, expected.pop(0), case)
            elif isinstance(frame, bytes):
                await socket.send_str(frame.decode())
            else:
                await socket.send_json(frame)
        for kind in expected:
            await expect(socket, kind, case)
        if case.closes is not None:
            message = await socket.receive()
            while message.type is aiohttp.WSMsgType.TEXT:  # a result that was on its way
                message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.CLOSE, case.name
            assert socket.close_code == case.closes, (case.name, socket.close_code)
    await socket.close()


async def expect(socket: aiohttp.ClientWebSocketResponse, kind: str, case: Case) -> None:
    message = await socket.receive_json()
    assert message["type"] == kind, (case.name, message)
    if kind == "error":
        for error in message["payload"]:
            assert error["extensions"]["code"], case.name
            assert error["message"], case.name


async def test_every_frame_is_answered_as_the_protocol_says(web: Web) -> None:
    phone = await web.phone("dept_head")
    assert phone.token is not None
    for case in CASES:
        await run(web, case, phone.token)
    async with web.http.ws_connect(f"{web.url}/graphql", protocols=["graphql-ws"]) as legacy:
        await legacy.receive()
        assert legacy.close_code == 4406
    socket = await connected(web)
    await socket.send_bytes(b"\x00")
    await socket.receive()
    assert socket.close_code == 4400


async def test_subscriptions_are_bounded_by_connection_and_by_person(web: Web) -> None:
    phone = await web.phone("dept_head")
    sockets = []
    refused: list[str] = []
    for _ in range(3):
        socket = await connected(web)
        sockets.append(socket)
        payload = {"authorization": f"Bearer {phone.token}"}
        await socket.send_json({"type": "connection_init", "payload": payload})
        await socket.receive_json()
        for number in range(10):
            await socket.send_json(subscribe(str(number)))
            message = await socket.receive_json()
            errors = message["payload"] if message["type"] == "error" else []
            errors = errors or message["payload"].get("errors", [])
            refused += [error["extensions"]["code"] for error in errors]
            if message["type"] == "next" and errors:
                await socket.receive_json()  # its complete
    assert refused == ["SUBSCRIPTIONS_TOO_MANY"] * 10
    await sockets[0].send_json(subscribe("11th"))
    last = await sockets[0].receive_json()
    assert last["payload"][0]["extensions"]["code"] == "SUBSCRIPTIONS_TOO_MANY"
    for socket in sockets:
        await socket.close()


async def events(answer: aiohttp.ClientResponse, number: int) -> list[tuple[str, Any]]:
    """The next events of a stream, comments left out."""
    found: list[tuple[str, Any]] = []
    name = ""
    async with asyncio.timeout(20):
        while len(found) < number:
            line = (await answer.content.readline()).decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
                found.append((name, json.loads(data) if data else None))
    return found


async def test_operations_stream_as_events_for_who_asks_for_them(web: Web) -> None:
    head, requester = await web.phone("dept_head"), await web.phone("requester")
    url = f"{web.url}/graphql"
    headers = {"authorization": f"Bearer {head.token}", "accept": "text/event-stream"}
    body = {"query": operation_text("TodoChanged")}
    async with web.http.post(url, json=body, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        ((name, first),) = await events(answer, 1)
        assert (name, first["data"]["todoChanged"]["total"]) == ("next", 0)
        await submitted(requester, web.world)
        ((name, second),) = await events(answer, 1)
        assert (name, second["data"]["todoChanged"]["total"]) == ("next", 1)
    both = {**headers, "accept": "application/graphql-response+json, text/event-stream"}
    async with web.http.post(url, json={"query": "{ me { id } }"}, headers=both) as answer:
        assert answer.headers["content-type"].startswith("application/graphql-response+json")
    async with web.http.post(url, json={"query": "{ me { id } }"}, headers=headers) as answer:
        (first_name, me), (last_name, nothing) = await events(answer, 2)
        assert (first_name, last_name, nothing) == ("next", "complete", None)
        assert me["data"]["me"]["id"]
    unsigned = {"accept": "text/event-stream"}
    async with web.http.post(url, json=body, headers=unsigned) as answer:
        ((_, refused), (end, _)) = await events(answer, 2)
        assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert end == "complete"
