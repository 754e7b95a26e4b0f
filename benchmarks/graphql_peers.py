"""The inbox and the approval beside the peers: PostGraphile 5 and Mercurius, each a Node process.

Part of ``python -m benchmarks.graphql --peers``. Their packages are installed by npm, versions
pinned in benchmarks/peers/package.json, into ``--peers-home`` or a temporary folder; Node 22 is one
of them. All ask the same PostgreSQL over ten connections each, prove the token by a statement,
require a role that may decide and set what row-level security reads.

- *PostGraphile*: the Amber preset over our tables, the predicates of the inbox as three SQL
  functions, ``pgSettings`` from the token. Same rows, its own names: the answer is renamed and
  compared before the clock starts (but for cursors, which are its own). It looks rows up by keys
  cast out of JSON, for which PostgreSQL uses no index beneath row-level security: half a second a
  page at 1,000,000 requests. So it is measured as a role that row-level security does not bind,
  which favours it; *postgraphile_bound*, as everybody else, is printed once beside it.
- *Mercurius with loaders*: graphql-jit, one statement per loader, one transaction per request.
- *Mercurius with one statement*: graphql-jit over the JSON of the floor's statement.

Bars: the compiled inbox 6, 5 and 1.3 times their requests per second, and 0.40 of the CPU of
PostGraphile, server and PostgreSQL together.
"""

import asyncio
import contextlib
import json
import shutil
import statistics
import tempfile
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from benchmarks.graphql_floor import TEXT_SQL
from benchmarks.graphql_load import Measured
from benchmarks.graphql_operations import INBOX_OF_POSTGRAPHILE
from benchmarks.graphql_rounds import (
    FIRST,
    Bench,
    Server,
    answer_of,
    plain_url,
    python_server,
    request_of,
    serving,
    within,
)
from sqlalchemy.engine import make_url

from mobile_hrp.demo.processes import free_port
from mobile_hrp.domain.money import format_money
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.runtime.provisioning import DatabaseUrls

BARS = {"postgraphile": 6.0, "mercurius_loaders": 5.0, "mercurius_one_statement": 1.3}
CPU_BAR = 0.40
_SOURCES = Path(__file__).parent / "peers"
_COMPARED = 12

_FUNCTIONS = """
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;
CREATE TYPE peer.counts AS (total bigint, overdue bigint);
CREATE FUNCTION peer.todo() RETURNS SETOF public.approval_task LANGUAGE sql STABLE AS $$
  SELECT * FROM public.approval_task
   WHERE hospital_id = current_setting('app.hospital_id')::int
     AND assignee_id = current_setting('app.staff_id')::uuid
     AND status = 'pending' AND kind <> 'copy'
   ORDER BY opened_at DESC, id DESC $$;
CREATE FUNCTION peer.todo_counts() RETURNS peer.counts LANGUAGE sql STABLE AS $$
  SELECT count(*), count(*) FILTER (WHERE due_at < now()) FROM public.approval_task
   WHERE hospital_id = current_setting('app.hospital_id')::int
     AND assignee_id = current_setting('app.staff_id')::uuid
     AND status = 'pending' AND kind <> 'copy' $$;
CREATE FUNCTION peer.unread_count() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM public.notification
   WHERE hospital_id = current_setting('app.hospital_id')::int
     AND recipient_id = current_setting('app.staff_id')::uuid AND state = 'live' $$;
GRANT USAGE ON SCHEMA peer TO hrp_app;
DO $$ BEGIN
  CREATE ROLE hrp_peer LOGIN BYPASSRLS;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
GRANT hrp_app TO hrp_peer;
"""


async def install(home: Path) -> Path:
    """Put scripts and packages into a folder; returns its Node."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("--peers needs npm")
    for source in _SOURCES.iterdir():
        shutil.copy(source, home)
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline"]
    process = await asyncio.create_subprocess_exec(*command, cwd=home)
    if await process.wait():
        raise SystemExit("npm could not install the peers")
    return home / "node_modules" / ".bin" / "node"


class Peers:
    """Starts them on one database; each writes a log into the folder."""

    def __init__(self, node: Path, home: Path, urls: DatabaseUrls) -> None:
        self._node = node
        self.home = home
        self._urls = urls

    def on(self, urls: DatabaseUrls) -> "Peers":
        """The same on another database."""
        return Peers(self._node, self.home, urls)

    def serve(
        self, kind: str, *more: str, script: str = "", role: str = ""
    ) -> contextlib.AbstractAsyncContextManager[Server]:
        """A server of this kind; ``role`` instead of the application's, ``more`` arguments."""
        port = free_port()
        url = make_url(self._urls.app)
        told = {
            "PGHOST": str(url.query["host"]),
            "PGUSER": role or url.username or "",
            "PGDATABASE": url.database or "",
            "NODE_ENV": "production",
            "GRAPHILE_ENV": "production",
        }
        command = [
            str(self._node),
            "--no-deprecation",
            str(self.home / f"{script or kind}.mjs"),
            str(port),
            *more,
        ]
        return serving(
            kind, self._urls, command, port, environment=told, log=self.home / f"{kind}.log"
        )


@contextlib.asynccontextmanager
async def installed(kept: Path | None, urls: DatabaseUrls) -> AsyncIterator[Peers]:
    """The peers with their packages, in a folder that is kept or removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        home = kept or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        yield Peers(await install(home), home, urls)


async def compare_inboxes(
    bench: Bench, peers: Peers, urls: DatabaseUrls, superuser_url: str, *, rounds: int
) -> bool:
    """The inbox of all peers; whether each bar is kept."""
    connection = await asyncpg.connect(plain_url(within(superuser_url, urls)))
    await connection.execute(_FUNCTIONS)
    await connection.close()
    statement = peers.home / "inbox.sql"
    statement.write_text(TEXT_SQL, "utf-8")
    async with contextlib.AsyncExitStack() as stack:
        compiled = await stack.enter_async_context(python_server("compiled", urls))
        others = [
            await stack.enter_async_context(one)
            for one in (
                peers.serve("postgraphile", role="hrp_peer"),
                peers.serve("mercurius_loaders"),
                peers.serve("mercurius_one_statement", str(statement)),
            )
        ]
        bound = await stack.enter_async_context(
            peers.serve("postgraphile_bound", script="postgraphile")
        )
        requests = {one.kind: bench.inbox for one in (compiled, *others)}
        requests["postgraphile"] = requests["postgraphile_bound"] = [
            request_of(one.token, INBOX_OF_POSTGRAPHILE, {"first": FIRST}) for one in bench.people
        ]
        await _same(compiled, [*others, bound], requests)
        found: dict[str, list[Measured]] = defaultdict(list)
        for _ in range(rounds):
            for server in (compiled, *others):
                measured = await bench.measure(server, requests[server.kind])
                found[server.kind].append(measured)
        await bench.measure(bound, requests[bound.kind])
    return _summary(found)


async def _same(
    compiled: Server, others: Sequence[Server], requests: Mapping[str, Sequence[bytes]]
) -> None:
    for place in range(_COMPARED):
        ours = json.loads(await answer_of(compiled.port, requests[compiled.kind][place]))
        for server in others:
            await answer_of(server.port, requests[server.kind][place])  # graphql-jit compiles
            theirs = json.loads(await answer_of(server.port, requests[server.kind][place]))
            if server.kind.startswith("postgraphile"):
                theirs, expected = _renamed(theirs), _without_cursors(ours)
            else:
                expected = ours
            if theirs != expected:
                raise SystemExit(f"{server.kind} differs: {theirs}\n{expected}"[:8000])
    print("the peers' answers agree", flush=True)


def _without_cursors(answer: Any) -> Any:
    told = json.loads(json.dumps(answer))
    for edge in told["data"]["todo"]["edges"]:
        edge["cursor"] = bool(edge["cursor"])
    page = told["data"]["todo"]["pageInfo"]
    page["endCursor"] = bool(page["endCursor"])
    return told


def _renamed(answer: Any) -> Any:
    """PostGraphile's answer under our names."""
    if "errors" in answer:
        raise SystemExit(f"postgraphile: {answer}"[:4000])
    data = answer["data"]
    edges = [
        {"cursor": edge["cursor"], "node": _task(edge["node"])} for edge in data["todo"]["edges"]
    ]
    counts = {key: int(value) for key, value in data["todoCounts"].items()}
    told = {
        "todo": {"edges": edges, "pageInfo": data["todo"]["pageInfo"]},
        "todoCounts": counts,
        "unreadCount": int(data["unreadCount"]),
    }
    return _without_cursors({"data": told})


def _task(row: Any) -> Any:
    paper = row["approvalInstanceByHospitalIdAndInstanceId"]["documentByHospitalIdAndDocumentId"]
    person = paper["staffByHospitalIdAndRequesterId"]
    department = _department(paper["departmentByHospitalIdAndDepartmentId"])
    lines = paper["documentLinesByHospitalIdAndDocumentId"]["nodes"]
    return {
        **_taken(row, "Task", "nodeKey", "claimed"),
        **{key: row[key] and row[key].upper() for key in ("kind", "status", "verdict")},
        **{key: _moment(row[key]) for key in ("openedAt", "dueAt")},
        "document": {
            **_taken(paper, "Document", "number", "scenarioCode", "title", "snapshotHash"),
            "status": paper["status"].upper(),
            "amount": _yuan(paper["amountFen"]),
            "submittedAt": _moment(paper["submittedAt"]),
            "requester": {
                **_taken(person, "Staff", "employeeNumber", "name"),
                "department": _department(person["departmentByHospitalIdAndDepartmentId"]),
            },
            "department": department,
            "lines": [
                {
                    **_taken(line, "DocumentLine", "description", "expenseType"),
                    "position": int(line["position"]),
                    "amount": _yuan(line["amountFen"]),
                }
                for line in lines
            ],
        },
    }


def _taken(row: Any, name: str, *keys: str) -> dict[str, Any]:
    return {"id": encode_id(name, uuid.UUID(row["rowId"])), **{key: row[key] for key in keys}}


def _department(row: Any) -> Any:
    return _taken(row, "Department", "name")


def _yuan(fen: str) -> str:
    return format_money(int(fen))


def _moment(text: str | None) -> str | None:
    return text and datetime.fromisoformat(text).isoformat()


def _summary(found: Mapping[str, Sequence[Measured]]) -> bool:
    """Print the ratios, medians of the rounds; whether each keeps its bar."""
    rate = {kind: statistics.median(one.per_second for one in of) for kind, of in found.items()}
    cpu = {kind: statistics.median(one.cpu_ms for one in of) for kind, of in found.items()}
    kept = True
    for kind, bar in BARS.items():
        times = rate["compiled"] / rate[kind]
        share = cpu["compiled"] / cpu[kind]
        kept = kept and times >= bar
        said = "ok" if times >= bar else "MISSED"
        print(f"peers: inbox {times:.2f}x {kind} (bar {bar:g}): {said}; CPU {share:.2f} of its")
    share = cpu["compiled"] / cpu["postgraphile"]
    print(
        f"peers: CPU {share:.2f} of postgraphile (bar {CPU_BAR}):"
        f" {'ok' if share <= CPU_BAR else 'MISSED'}"
    )
    return kept and share <= CPU_BAR
