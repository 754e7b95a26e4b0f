"""The inbox at the speed of SQL: the compiled tier against the floor, the ordinary way, and peers.

    python -m benchmarks.graphql [--requests 1000000] [--tasks 2000000] [--seconds 5] [--rounds 3]
                                 [--data FOLDER] [--peers] [--peers-home FOLDER]

Starts a PostgreSQL of its own with two databases, the named size and one of 20,000 tasks, and each
server in a process of its own. All of them prove the token and keep row-level security and the
predicate of the inbox; their answers are compared before the clock starts. Rounds alternate between
the servers, c=16; what counts is the ratio of one run. ``--data`` keeps the databases for the next
run; a folder of another size is refused.

Bars: inbox 0.90 of the floor, 50 times the ordinary way (benchmarks/graphql_ordinary.py), an
unchanged poll 4 times the floor, and p50 at the named size at most 1.2 times that at 20,000 tasks.
*uncompiled*, our own application without its fast tiers, is printed beside them. ``--peers``
adds PostGraphile and Mercurius (benchmarks/graphql_peers.py, benchmarks/graphql_approve.py). Exits
1 where a bar is missed.

CPU is per request, user and system: of the server's process, and of all of PostgreSQL.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.graphql_approve import compare_approvals
from benchmarks.graphql_load import Measured
from benchmarks.graphql_peers import compare_inboxes, installed
from benchmarks.graphql_rounds import (
    Bench,
    filled,
    postmaster_of,
    python_server,
    same_answers,
)

from mobile_hrp.runtime.embedded_postgres import start_cluster

CONNECTIONS_OF_GROWTH = 4
SMALL_TASKS = 20_000
FLOOR_BAR, ORDINARY_BAR, POLL_BAR, GROWTH_BAR = 0.90, 50.0, 4.0, 1.2


async def run(given: argparse.Namespace, superuser_url: str, kept: Path | None) -> bool:
    if given.tasks != given.requests * 2:
        raise SystemExit("--tasks is twice --requests here: each request has two")
    big = await filled(superuser_url, "bench_big", given.requests, kept=kept)
    small = await filled(superuser_url, "bench_small", SMALL_TASKS // 2, kept=kept)
    if given.fill_only:
        return True
    bench = Bench(await postmaster_of(superuser_url), given.seconds)
    kept_bars = True
    if not given.only_peers:
        async with (
            python_server("floor", big) as floor,
            python_server("compiled", big) as compiled,
            python_server("ordinary", big) as ordinary,
            python_server("uncompiled", big) as uncompiled,
            python_server("compiled", small) as compiled_small,
        ):
            leaves = await same_answers([floor, compiled, ordinary, uncompiled], bench.inbox[:12])
            await same_answers([compiled, uncompiled], bench.poll[:12])
            print(f"answers agree: {leaves} leaves", flush=True)
            found: dict[str, list[Measured]] = defaultdict(list)
            for _ in range(given.rounds):
                for server in (floor, compiled, ordinary):
                    found[server.kind].append(await bench.measure(server, bench.inbox))
                found["poll"].append(await bench.measure(compiled, bench.poll))
            found["uncompiled"].append(await bench.measure(uncompiled, bench.inbox))
            growth = [
                (await bench.measure(compiled, bench.inbox, CONNECTIONS_OF_GROWTH)).p50_ms
                / (await bench.measure(compiled_small, bench.inbox, CONNECTIONS_OF_GROWTH)).p50_ms
                for _ in range(given.rounds)
            ]
        kept_bars = summary(found, statistics.median(growth))
    if given.peers or given.only_peers:
        async with installed(given.peers_home, big) as peers:
            rounds = given.rounds
            inboxes = await compare_inboxes(bench, peers, big, superuser_url, rounds=rounds)
            approvals = await compare_approvals(
                bench, peers, superuser_url, rounds=rounds, seconds=given.seconds
            )
        kept_bars = kept_bars and inboxes and approvals
    return kept_bars


def summary(found: Mapping[str, Sequence[Measured]], growth: float) -> bool:
    """Print the ratios, medians of the rounds; whether each keeps its bar."""
    rate = {kind: statistics.median(one.per_second for one in of) for kind, of in found.items()}
    cpu = {kind: statistics.median(one.cpu_ms for one in of) for kind, of in found.items()}
    floor, ordinary = rate["compiled"] / rate["floor"], rate["compiled"] / rate["ordinary"]
    poll = rate["poll"] / rate["floor"]
    kept = (
        floor >= FLOOR_BAR and ordinary >= ORDINARY_BAR and poll >= POLL_BAR
    ) and growth <= GROWTH_BAR
    print(
        f"graphql: inbox {floor:.2f}x floor (by CPU {cpu['floor'] / cpu['compiled']:.2f}x),"
        f" {ordinary:.1f}x ordinary (by CPU {cpu['ordinary'] / cpu['compiled']:.1f}x;"
        f" {rate['compiled'] / rate['uncompiled']:.1f}x uncompiled), poll {poll:.1f}x floor,"
        f" p50 {growth:.2f}x of 20k tasks: {'ok' if kept else 'MISSED'}"
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
    parser.add_argument("--peers", action="store_true", help="PostGraphile and Mercurius as well")
    parser.add_argument("--only-peers", action="store_true", help="nothing but them")
    parser.add_argument("--peers-home", type=Path, help="where their packages are kept")
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
