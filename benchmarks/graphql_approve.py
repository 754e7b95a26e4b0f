"""Approving beside Mercurius: our decideTask as it is, against a transaction written by hand.

Part of ``python -m benchmarks.graphql --peers``. Both leave the same rows at the first step of a
claim (benchmarks/peers/mercurius_approve.mjs says which) in the same database, each task decided
once. Ours also asks what happened since, reads the published scenario, decides by the engine, runs
the controls of the stage and reads the budget; Mercurius does none of that.

Bar: 3 times Mercurius' approvals per second.
"""

import statistics
import uuid
from collections.abc import Sequence

import asyncpg
from benchmarks.graphql_approve_world import Waiting, prepare
from benchmarks.graphql_load import Measured, load
from benchmarks.graphql_operations import DECIDE
from benchmarks.graphql_peers import Peers
from benchmarks.graphql_rounds import (
    CONNECTIONS,
    Bench,
    plain_url,
    python_server,
    request_of,
    shown,
    within,
)

from mobile_hrp.runtime.provisioning import drop_database

APPROVE_BAR = 3.0
_DATABASE = "bench_approve"
_COPIES = 450
_OURS = 900
_WARM_UP_SECONDS = 2.0


async def compare_approvals(
    bench: Bench, peers: Peers, superuser_url: str, *, rounds: int, seconds: float
) -> bool:
    """Print the ratio, medians of the rounds; whether it keeps its bar."""
    await drop_database(superuser_url, _DATABASE)
    urls, waiting = await prepare(superuser_url, _DATABASE, copies=_COPIES)
    connection = await asyncpg.connect(plain_url(within(superuser_url, urls)))
    found: dict[str, list[Measured]] = {"compiled": [], "mercurius_approve": []}
    try:
        async with (
            python_server("compiled", urls) as ours,
            peers.on(urls).serve("mercurius_approve") as mercurius,
        ):
            feeds = {
                ours.kind: iter(_requests(waiting[:_OURS])),
                mercurius.kind: iter(_requests(waiting[_OURS:])),
            }
            for number in range(rounds + 1):
                for server in (ours, mercurius):
                    before = await _decided(connection)
                    measured = await load(
                        server.port,
                        feeds[server.kind],
                        connections=CONNECTIONS,
                        seconds=seconds if number else _WARM_UP_SECONDS,
                        server=server.process.pid,
                        postmaster=bench.postmaster,
                    )
                    if await _decided(connection) - before != measured.count:
                        raise SystemExit(f"{server.kind}: not every answer was an approval")
                    if number:
                        shown(server, CONNECTIONS, measured)
                        found[server.kind].append(measured)
    finally:
        await connection.close()
    return _summary(found)


def _requests(waiting: Sequence[Waiting]) -> list[bytes]:
    return [
        request_of(
            one.token,
            DECIDE,
            {
                "input": {
                    "idempotencyKey": uuid.uuid4().hex,
                    "taskId": one.task_id,
                    "snapshotHash": one.snapshot_hash,
                    "verdict": "APPROVED",
                }
            },
        )
        for one in waiting
    ]


async def _decided(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM approval_decision"))


def _summary(found: dict[str, list[Measured]]) -> bool:
    rate = {kind: statistics.median(one.per_second for one in of) for kind, of in found.items()}
    cpu = {kind: statistics.median(one.cpu_ms for one in of) for kind, of in found.items()}
    times = rate["compiled"] / rate["mercurius_approve"]
    kept = times >= APPROVE_BAR
    said = "ok" if kept else "MISSED"
    print(
        f"peers: approve {times:.2f}x mercurius (bar {APPROVE_BAR:g}): {said};"
        f" CPU {cpu['compiled']:.1f} ms and {cpu['mercurius_approve']:.1f} ms"
    )
    return kept
