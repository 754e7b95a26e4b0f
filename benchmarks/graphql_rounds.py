"""What a run is made of: databases of a size, servers in processes of their own, phases."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from benchmarks.graphql_load import Measured, load, parent_of
from benchmarks.graphql_operations import INBOX, POLL
from benchmarks.graphql_world import approvers, fill
from sqlalchemy.engine import make_url

from mobile_hrp.demo.processes import free_port
from mobile_hrp.models import migrate
from mobile_hrp.runtime.provisioning import DatabaseUrls, database_urls, provision_database

FIRST = 20
CONNECTIONS = 16
_START_SECONDS_MAX = 90
_WARM_UP_SECONDS = 6.0


@dataclass
class Server:
    """A running process; ``kind`` says what it is."""

    kind: str
    port: int
    process: asyncio.subprocess.Process
    database: str


def python_server(kind: str, urls: DatabaseUrls) -> contextlib.AbstractAsyncContextManager[Server]:
    """A process of benchmarks.graphql_servers."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.graphql_servers", kind, str(port), urls.app]
    return serving(kind, urls, command, port)


@contextlib.asynccontextmanager
async def serving(
    kind: str,
    urls: DatabaseUrls,
    command: Sequence[str],
    port: int,
    *,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> AsyncIterator[Server]:
    """Run a command that listens on ``port``; it is ended with the block."""
    with contextlib.ExitStack() as until_started:
        said = until_started.enter_context(log.open("wb")) if log else None
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **(environment or {})}, stdout=said, stderr=said
        )
    try:
        await _listening(kind, port, process)
        yield Server(kind, port, process, make_url(urls.app).database or "")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _listening(kind: str, port: int, process: asyncio.subprocess.Process) -> None:
    for _ in range(_START_SECONDS_MAX * 10):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        if process.returncode is not None:
            raise RuntimeError(f"{kind} did not start")
        await asyncio.sleep(0.1)
    raise RuntimeError(f"{kind} did not listen in time")


def request_of(token: str, query: str, variables: dict[str, Any]) -> bytes:
    body = json.dumps({"query": query, "variables": variables}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Bench:
    """The phases of one run."""

    def __init__(self, postmaster: int, seconds: float) -> None:
        self.postmaster = postmaster
        self._seconds = seconds
        self._warm: set[tuple[int, int]] = set()
        self.people = approvers()
        self.inbox = [request_of(one.token, INBOX, {"first": FIRST}) for one in self.people]
        self.poll = [request_of(one.token, POLL, {}) for one in self.people]

    async def measure(
        self, server: Server, requests: Sequence[bytes], connections: int = CONNECTIONS
    ) -> Measured:
        """Warm up, then the phase.

        The first time takes longer: each connection plans its statements and each viewer is met.
        """
        warm = 0.5 if (server.port, id(requests)) in self._warm else _WARM_UP_SECONDS
        self._warm.add((server.port, id(requests)))
        await self._load(server, requests, warm, connections)
        found = await self._load(server, requests, self._seconds, connections)
        shown(server, connections, found)
        return found

    async def _load(
        self, server: Server, requests: Sequence[bytes], seconds: float, connections: int
    ) -> Measured:
        return await load(
            server.port,
            requests,
            connections=connections,
            seconds=seconds,
            server=server.process.pid,
            postmaster=self.postmaster,
        )


def shown(server: Server, connections: int, found: Measured) -> None:
    print(
        f"  {server.kind:18} {server.database:12} c={connections:2} {found.per_second:8.1f}/s"
        f"  p50 {found.p50_ms:7.2f}  p99 {found.p99_ms:7.2f} ms"
        f"  CPU server {found.server_cpu_ms:6.3f}  PostgreSQL {found.database_cpu_ms:6.3f}"
        f"  client {found.client_cpu_ms:5.3f} ms",
        flush=True,
    )


async def same_answers(servers: Sequence[Server], requests: Sequence[bytes]) -> int:
    """Compare the answers of all servers; returns their number of leaves."""
    leaves = 0
    for request in requests:
        answers = [await answer_of(server.port, request) for server in servers]
        told = [json.loads(one) for one in answers]
        if any(one != told[0] for one in told) or "errors" in told[0]:
            raise SystemExit(f"answers differ: {answers}"[:4000])
        leaves = max(leaves, _leaves(told[0]))
    return leaves


async def answer_of(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    writer.close()
    return body


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_leaves(one) for one in value.values())
    if isinstance(value, list):
        return sum(_leaves(one) for one in value)
    return 1


def plain_url(url: str) -> str:
    """As asyncpg and Node understand it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def within(superuser_url: str, urls: DatabaseUrls) -> str:
    """The superuser's way into the database of ``urls``."""
    database = make_url(urls.app).database
    return make_url(superuser_url).set(database=database).render_as_string(hide_password=False)


async def postmaster_of(superuser_url: str) -> int:
    """The process that all backends are children of."""
    connection = await asyncpg.connect(plain_url(superuser_url))
    try:
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        return parent_of(backend)
    finally:
        await connection.close()


async def filled(
    superuser_url: str, name: str, requests: int, *, kept: Path | None
) -> DatabaseUrls:
    """A database of this size, made unless an earlier run left it."""
    mark = kept / f"{name}.filled" if kept else None
    if mark is not None and mark.exists():
        if mark.read_text("ascii") != str(requests):
            raise SystemExit(f"{mark} is of another size")
        urls = database_urls(superuser_url, name)
        await asyncio.to_thread(migrate.upgrade, urls.owner)
        return urls
    print(f"filling {name}: {requests:,} requests, {requests * 2:,} tasks", flush=True)
    urls = provision_database(superuser_url, name)
    await asyncio.to_thread(migrate.upgrade, urls.owner)
    await fill(
        plain_url(make_url(superuser_url).set(database=name).render_as_string(False)),
        requests=requests,
    )
    if mark is not None:
        mark.write_text(str(requests), "ascii")
    return urls
