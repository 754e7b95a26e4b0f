"""The sixteen checks of graphql-transport-ws, in raw frames, each by itself.

The official client's side of them: ``scripts/prove_clients.sh``. More frames than these, in one
table: ``test_live_doors.py``.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import insert
from tests.web.conftest import serving, settings_for

from mobile_hrp import app
from mobile_hrp.domain.identity.tokens import token_hash, token_text
from mobile_hrp.models import identity, organization
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.provisioning import DatabaseUrls

PROTOCOL = "graphql-transport-ws"
QUERY = "{ me { name } }"
TODO = "subscription { todoChanged { total } }"
TOKEN = token_text(7, hashlib.sha256(b"sockets").digest())
LONG_AGO, FAR_AWAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


@dataclass
class Line:
    """A websocket to the server and what may be said over it."""

    socket: aiohttp.ClientWebSocketResponse

    async def say(self, *messages: Any) -> None:
        for message in messages:
            await self.socket.send_json(message)

    async def hear(self) -> Any:
        async with asyncio.timeout(20):
            return await self.socket.receive_json()

    async def closed(self) -> int | None:
        """The code the server closes with; it must send nothing before."""
        async with asyncio.timeout(20):
            message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return self.socket.close_code

    async def enter(self) -> None:
        await self.say(init())
        assert (await self.hear())["type"] == "connection_ack"

    async def silent(self) -> None:
        """Nothing waits to be heard: the next answer is that to a ping."""
        await self.say({"type": "ping"})
        assert (await self.hear())["type"] == "pong"


class Server:
    """Opens lines."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http
        self._open: list[aiohttp.ClientWebSocketResponse] = []

    async def line(self, protocol: str = PROTOCOL) -> Line:
        socket = await self._http.ws_connect(f"{self._url}/graphql", protocols=[protocol])
        self._open.append(socket)
        return Line(socket)

    async def entered(self) -> Line:
        line = await self.line()
        await line.enter()
        return line

    async def close(self) -> None:
        for socket in self._open:
            await socket.close()


def init(token: str = TOKEN) -> dict[str, Any]:
    return {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}


def subscribe(query: Any, operation_id: str = "1") -> dict[str, Any]:
    return {"id": operation_id, "type": "subscribe", "payload": {"query": query}}


async def somebody(owner: Database) -> None:
    """One head of one department, signed in with ``TOKEN``."""
    staff, home, campus, device, family = (new_id() for _ in range(5))
    at = {"hospital_id": 7}
    rows: list[tuple[Any, dict[str, Any]]] = [
        (organization.Hospital, {"id": 7, "code": "h", "name": "H", "tax_id": "1",
                                 "created_at": LONG_AGO}),
        (organization.Campus, {**at, "id": campus, "code": "C", "name": "C"}),
        (organization.Department, {**at, "id": home, "code": "D", "name": "D", "kind": "clinical",
                                   "campus_id": campus, "valid_from": LONG_AGO.date()}),
        (organization.Staff, {**at, "id": staff, "employee_number": "E", "name": "S", "rank": "r1",
                              "department_id": home, "job_category": "doctor", "active": True,
                              "joined_on": LONG_AGO.date()}),
        (organization.RoleAssignment, {**at, "id": new_id(), "staff_id": staff,
                                       "role": "dept_head", "scope_kind": "department",
                                       "scope_id": home, "valid_from": date(2020, 1, 1)}),
        (identity.Device, {**at, "id": device, "staff_id": staff, "installation_id": new_id(),
                           "platform": "android", "first_seen_at": LONG_AGO,
                           "last_seen_at": LONG_AGO}),
        (identity.SessionFamily, {**at, "id": family, "staff_id": staff, "device_id": device,
                                  "method": "password", "opened_at": LONG_AGO,
                                  "last_seen_at": LONG_AGO}),
        (identity.AccessToken, {**at, "id": new_id(), "family_id": family,
                                "token_hash": token_hash(TOKEN), "expires_at": FAR_AWAY}),
    ]  # fmt: skip
    async with owner.transaction(7) as session:
        for table, row in rows:
            await session.execute(insert(table).values(row))


@pytest.fixture
async def server(
    database_urls: DatabaseUrls, owner_database: Database, tmp_path: Path
) -> AsyncIterator[Server]:
    await somebody(owner_database)
    async with (
        serving(settings_for(database_urls, tmp_path)) as url,
        aiohttp.ClientSession() as http,
    ):
        opened = Server(url, http)
        yield opened
        await opened.close()


async def test_01_another_subprotocol_is_closed_with_4406(server: Server) -> None:
    line = await server.line("graphql-ws")
    assert await line.closed() == 4406


async def test_02_a_frame_that_is_no_json_is_closed_with_4400(server: Server) -> None:
    line = await server.entered()
    await line.socket.send_str("{")
    assert await line.closed() == 4400


async def test_03_a_json_array_is_closed_with_4400(server: Server) -> None:
    line = await server.entered()
    await line.say([init()])
    assert await line.closed() == 4400


async def test_04_a_json_number_is_closed_with_4400(server: Server) -> None:
    line = await server.entered()
    await line.say(5)
    assert await line.closed() == 4400


async def test_05_a_message_of_an_unknown_type_is_closed_with_4400(server: Server) -> None:
    line = await server.entered()
    await line.say({"type": "start", "id": "1", "payload": {"query": QUERY}})
    assert await line.closed() == 4400


async def test_06_a_binary_frame_is_closed_with_4400(server: Server) -> None:
    line = await server.entered()
    await line.socket.send_bytes(b'{"type": "ping"}')
    assert await line.closed() == 4400


async def test_07_a_query_that_is_no_string_is_closed_with_4400(server: Server) -> None:
    line = await server.entered()
    await line.say(subscribe({"me": ["name"]}))
    assert await line.closed() == 4400


async def test_08_a_subscribe_before_the_init_is_closed_with_4401(server: Server) -> None:
    line = await server.line()
    await line.say(subscribe(QUERY))
    assert await line.closed() == 4401


async def test_09_a_second_init_is_closed_with_4429(server: Server) -> None:
    line = await server.entered()
    await line.say(init())
    assert await line.closed() == 4429


async def test_10_no_init_in_time_is_closed_with_4408(
    database_urls: DatabaseUrls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_WS_INIT_SECONDS", 0.1)
    async with (
        serving(settings_for(database_urls, tmp_path)) as url,
        aiohttp.ClientSession() as http,
    ):
        line = await Server(url, http).line()
        assert await line.closed() == 4408


async def test_11_a_token_that_proves_nobody_is_closed_with_4403(server: Server) -> None:
    line = await server.line()
    await line.say(init(token_text(7, hashlib.sha256(b"another").digest())))
    assert await line.closed() == 4403


async def test_12_an_id_in_use_is_closed_with_4409(server: Server) -> None:
    line = await server.entered()
    await line.say(subscribe(TODO))
    assert (await line.hear())["type"] == "next"
    await line.say(subscribe(QUERY))
    assert await line.closed() == 4409


async def test_13_a_ping_is_answered_before_and_after_the_init(server: Server) -> None:
    line = await server.line()
    await line.silent()
    await line.enter()
    await line.say({"type": "pong"})  # answers nothing, and nothing answers it
    await line.silent()


async def test_14_a_query_is_answered_by_next_then_complete(server: Server) -> None:
    line = await server.entered()
    await line.say(subscribe(QUERY, "q"))
    data = {"data": {"me": {"name": "S"}}}
    assert await line.hear() == {"id": "q", "type": "next", "payload": data}
    assert await line.hear() == {"id": "q", "type": "complete"}
    await line.silent()


async def test_15_a_document_that_is_not_valid_is_answered_by_error_alone(server: Server) -> None:
    line = await server.entered()
    await line.say(subscribe("{ nobody }"))
    message = await line.hear()
    assert (message["id"], message["type"]) == ("1", "error")
    assert [one["extensions"]["code"] for one in message["payload"]] == [
        "GRAPHQL_VALIDATION_FAILED"
    ]
    await line.silent()
    await line.say(subscribe(QUERY))  # the id is free again
    assert (await line.hear())["type"] == "next"


async def test_16_a_complete_ends_a_subscription_and_frees_its_id(server: Server) -> None:
    line = await server.entered()
    await line.say(subscribe(TODO, "a"), subscribe(TODO, "b"))
    assert {(await line.hear())["id"], (await line.hear())["id"]} == {"a", "b"}
    await line.say({"type": "complete", "id": "a"})
    await line.silent()
    await line.say(subscribe(TODO, "a"))
    message = await line.hear()
    assert (message["id"], message["type"]) == ("a", "next")
