"""The inbox at the speed of SQL: the compiled tier against the floor and against the ordinary way.

    python -m benchmarks.graphql [--requests 1000000] [--tasks 2000000] [--seconds 5] [--rounds 3]
                                 [--data FOLDER]

Starts a PostgreSQL of its own with two databases, the named size and one of 20,000 tasks, and each
server in a process of its own. All of them prove the token and keep row-level security and the
predicate of the inbox; their answers are compared before the clock starts. Rounds alternate between
the servers, c=16; what counts is the ratio of one run. ``--data`` keeps the databases for the next
run; a folder of another size is refused.

Bars: inbox 0.90 of the floor, 50 times the ordinary way, an unchanged poll 4 times the floor, and
p50 at the named size at most 1.2 times that at 20,000 tasks. Exits 1 where one is missed.
``--peers`` (PostGraphile, Mercurius) is not written: it needs their packages from a registry.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from benchmarks.graphql_load import Measured, load
from benchmarks.graphql_operations import INBOX, POLL
from benchmarks.graphql_world import Approver, approvers, fill
from sqlalchemy.engine import make_url

from mobile_hrp.demo.processes import free_port
from mobile_hrp.models import migrate
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.provisioning import DatabaseUrls, database_urls, provision_database

FIRST = 20
CONNECTIONS, CONNECTIONS_OF_GROWTH = 16, 4
SMALL_TASKS = 20_000
FLOOR_BAR, ORDINARY_BAR, POLL_BAR, GROWTH_BAR = 0.90, 50.0, 4.0, 1.2
_START_SECONDS_MAX = 90
_WARM_UP_SECONDS = 6.0


@dataclass
class Server:
    """A running process of benchmarks.graphql_servers."""

    kind: str
    port: int
    process: asyncio.subprocess.Process
    database: str


@contextlib.asynccontextmanager
async def serving(kind: str, urls: DatabaseUrls) -> AsyncIterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.graphql_servers", kind, str(port), urls.app]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        for _ in range(_START_SECONDS_MAX * 10):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            if process.returncode is not None:
                raise RuntimeError(f"{kind} did not start")
            await asyncio.sleep(0.1)
        yield Server(kind, port, process, make_url(urls.app).database or "")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def request_of(asker: Approver, query: str, variables: dict[str, Any]) -> bytes:
    body = json.dumps({"query": query, "variables": variables}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {asker.token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Bench:
    """The phases of one run."""

    def __init__(self, superuser_url: str, seconds: float) -> None:
        self._superuser_url = superuser_url
        self._seconds = seconds
        self._warm: set[tuple[int, int]] = set()
        people = approvers()
        self.inbox = [request_of(one, INBOX, {"first": FIRST}) for one in people]
        self.poll = [request_of(one, POLL, {}) for one in people]

    async def measure(
        self, server: Server, requests: Sequence[bytes], connections: int = CONNECTIONS
    ) -> Measured:
        """Warm up, then the phase.

        The first time takes longer: each connection plans its statements and each viewer is met.
        """
        given: dict[str, Any] = {"connections": connections, "server": server.process.pid}
        warm = 0.5 if (server.port, id(requests)) in self._warm else _WARM_UP_SECONDS
        self._warm.add((server.port, id(requests)))
        await load(server.port, requests, seconds=warm, backends=(), **given)
        backends = await self._backends(server.database)
        found = await load(server.port, requests, seconds=self._seconds, backends=backends, **given)
        print(
            f"  {server.kind:9} {server.database:12} c={connections:2} {found.per_second:8.1f}/s"
            f"  p50 {found.p50_ms:7.2f}  p99 {found.p99_ms:7.2f} ms"
            f"  CPU server {found.server_cpu_ms:6.3f}  PostgreSQL {found.database_cpu_ms:6.3f} ms"
        )
        return found

    async def _backends(self, database: str) -> list[int]:
        connection = await asyncpg.connect(_plain(self._superuser_url))
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND usename = 'hrp_app'",
                database,
            )
        finally:
            await connection.close()
        return [row["pid"] for row in rows]


async def same_answers(servers: Sequence[Server], requests: Sequence[bytes]) -> int:
    """Compare the answers of all servers; returns their number of leaves."""
    leaves = 0
    for request in requests:
        answers = [await _answer(server.port, request) for server in servers]
        told = [json.loads(one) for one in answers]
        if any(one != told[0] for one in told) or "errors" in told[0]:
            raise SystemExit(f"answers differ: {answers}"[:4000])
        leaves = max(leaves, _leaves(told[0]))
    return leaves


async def _answer(port: int, request: bytes) -> bytes:
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


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def filled(
    superuser_url: str, name: str, requests: int, *, kept: Path | None
) -> DatabaseUrls:
    """A database of this size, made unless an earlier run left it."""
    mark = kept / f"{name}.filled" if kept else None
    if mark is not None and mark.exists():
        if mark.read_text("ascii") != str(requests):
            raise SystemExit(f"{mark} is of another size")
        return database_urls(superuser_url, name)
    print(f"filling {name}: {requests:,} requests, {requests * 2:,} tasks", flush=True)
    urls = provision_database(superuser_url, name)
    await asyncio.to_thread(migrate.upgrade, urls.owner)
    await fill(
        _plain(make_url(superuser_url).set(database=name).render_as_string(False)),
        requests=requests,
    )
    if mark is not None:
        mark.write_text(str(requests), "ascii")
    return urls


async def run(given: argparse.Namespace, superuser_url: str, kept: Path | None) -> bool:
    if given.tasks != given.requests * 2:
        raise SystemExit("--tasks is twice --requests here: each request has two")
    big = await filled(superuser_url, "bench_big", given.requests, kept=kept)
    small = await filled(superuser_url, "bench_small", SMALL_TASKS // 2, kept=kept)
    if given.fill_only:
        return True
    bench = Bench(superuser_url, given.seconds)
    async with (
        serving("floor", big) as floor,
        serving("compiled", big) as compiled,
        serving("ordinary", big) as ordinary,
        serving("compiled", small) as compiled_small,
    ):
        leaves = await same_answers([floor, compiled, ordinary], bench.inbox[:12])
        await same_answers([compiled, ordinary], bench.poll[:12])
        print(f"answers agree: {leaves} leaves", flush=True)
        floors, compileds, polls = [], [], []
        for _ in range(given.rounds):
            floors.append(await bench.measure(floor, bench.inbox))
            compileds.append(await bench.measure(compiled, bench.inbox))
            polls.append(await bench.measure(compiled, bench.poll))
        slow = await bench.measure(ordinary, bench.inbox)
        grown = [
            (
                await bench.measure(compiled, bench.inbox, CONNECTIONS_OF_GROWTH),
                await bench.measure(compiled_small, bench.inbox, CONNECTIONS_OF_GROWTH),
            )
            for _ in range(given.rounds)
        ]
    return summary(floors, compileds, polls, slow, grown)


def summary(
    floors: Sequence[Measured],
    compileds: Sequence[Measured],
    polls: Sequence[Measured],
    slow: Measured,
    grown: Sequence[tuple[Measured, Measured]],
) -> bool:
    """Print the ratios, medians of the rounds; whether each keeps its bar."""
    floor = statistics.median(one.per_second for one in floors)
    inbox = statistics.median(one.per_second for one in compileds)
    ratios = {
        "floor": inbox / floor,
        "ordinary": inbox / slow.per_second,
        "poll": statistics.median(one.per_second for one in polls) / floor,
        "growth": statistics.median(big.p50_ms / little.p50_ms for big, little in grown),
        "cpu": statistics.median(one.cpu_ms for one in floors)
        / statistics.median(one.cpu_ms for one in compileds),
    }
    kept = (
        ratios["floor"] >= FLOOR_BAR
        and ratios["ordinary"] >= ORDINARY_BAR
        and ratios["poll"] >= POLL_BAR
        and ratios["growth"] <= GROWTH_BAR
    )
    print(
        f"graphql: inbox {ratios['floor']:.2f}x floor (by CPU {ratios['cpu']:.2f}x),"
        f" {ratios['ordinary']:.0f}x ordinary, poll {ratios['poll']:.1f}x floor,"
        f" p50 {ratios['growth']:.2f}x of 20k tasks: {'ok' if kept else 'MISSED'}"
    )
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--tasks", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--fill-only", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.data or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        cluster = start_cluster(home / "cluster", fsync=False)
        try:
            kept = asyncio.run(run(given, cluster.superuser_url, given.data))
        finally:
            cluster.stop(remove=given.data is None)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
