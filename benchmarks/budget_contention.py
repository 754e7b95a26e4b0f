"""Many clients on few rigid lines at once: the ledger next to the naive check-then-write.

    python -m benchmarks.budget_contention --clients 200 --lines 5 --rounds 3 [--json FILE]

Starts a PostgreSQL of its own that syncs each commit. In each round each client submits one claim
on one of the lines, with twice as much asked as there is; the same amounts then go through a naive
twin that reads the figure, compares and writes. Reported per way: fen overspent, claims accepted
next to the exact maximum, refusals while there was room (unjustified), and claims per second.

All claims of a round ask the same amount, so the exact maximum is what the budget divides into.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from tests.services.budget_hospital import (
    HOSPITAL_ID,
    Hospital7,
    add_document,
    add_line,
    breaks,
    lines_of,
    open_hospital,
)

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models import migrate
from mobile_hrp.models.document import Document
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.provisioning import DatabaseUrls, provision_database
from mobile_hrp.services.budget import movements as budget

CLAIM_FEN = 1_234
_NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
_CONNECTIONS = 60
_WAIT_MS = 60_000
# A phone would be answered BUSY after two seconds and ask again; here everybody waits their turn.
_PATIENT = text("SET LOCAL lock_timeout = '60s'")

Submit = Callable[[Database, uuid.UUID, uuid.UUID], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Result:
    """One way over all rounds."""

    way: str
    claims: int
    accepted: int
    maximum: int
    unjustified: int
    overspent_fen: int
    broken_books: int
    claims_per_second: float

    @property
    def sound(self) -> bool:
        return not (self.overspent_fen or self.unjustified or self.broken_books) and (
            self.accepted == self.maximum
        )


async def by_ledger(database: Database, document_id: uuid.UUID, _: uuid.UUID) -> bool:
    """As the product does it: lock the line and those above, decide, write."""
    async with database.transaction(HOSPITAL_ID) as session:
        await session.execute(_PATIENT)
        document = await session.get_one(Document, (HOSPITAL_ID, document_id), with_for_update=True)
        try:
            await budget.occupy_for_document(
                session,
                document=document,
                lines=await lines_of(session, document),
                actor_id=None,
                now=_NOW,
            )
        except Refusal as refusal:
            if refusal.code != "BUDGET_EXCEEDED":
                raise
            return False
    return True


async def by_check_then_write(database: Database, _: uuid.UUID, line_id: uuid.UUID) -> bool:
    """As it is often done: read what is left, compare in the program, write."""
    async with database.transaction(HOSPITAL_ID) as session:
        await session.execute(_PATIENT)
        left = await session.execute(
            text("SELECT budget_fen - used_fen FROM naive_line WHERE id = :id"), {"id": line_id}
        )
        if left.scalar_one() < CLAIM_FEN:
            return False
        await session.execute(
            text("UPDATE naive_line SET used_fen = used_fen + :fen WHERE id = :id"),
            {"id": line_id, "fen": CLAIM_FEN},
        )
    return True


class Contest:
    """One hospital with the lines, and their naive twins without any constraint."""

    def __init__(self, owner: Database, app: Database, clients: int, lines: int) -> None:
        self.owner = owner
        self.app = app
        self.clients = clients
        self.codes = [f"L{number}" for number in range(lines)]
        self.hospital = Hospital7()
        self.per_line = max(clients // lines // 2, 1)

    @property
    def budget_fen(self) -> int:
        """Half of what is asked of a line, and a remainder that no claim fits into."""
        return self.per_line * CLAIM_FEN + CLAIM_FEN - 1

    async def prepare(self, rounds: int) -> None:
        """Lines for each round under one common line above, so that paths share their root."""
        self.hospital = await open_hospital(self.owner)
        total_fen = self.budget_fen * len(self.codes) * rounds
        await add_line(self.owner, self.hospital, "ALL", total_fen)
        async with self.owner.transaction(HOSPITAL_ID) as session:
            await session.execute(
                text(
                    "CREATE TABLE naive_line (id uuid PRIMARY KEY, budget_fen bigint NOT NULL,"
                    " used_fen bigint NOT NULL DEFAULT 0)"
                )
            )
            await session.execute(text("GRANT SELECT, UPDATE ON naive_line TO hrp_app"))
        for number in range(rounds):
            for code in self.codes:
                line_id = await add_line(
                    self.owner, self.hospital, f"{code}-{number}", self.budget_fen, parent="ALL"
                )
                async with self.owner.transaction(HOSPITAL_ID) as session:
                    await session.execute(
                        text("INSERT INTO naive_line (id, budget_fen) VALUES (:id, :fen)"),
                        {"id": line_id, "fen": self.budget_fen},
                    )

    async def claims(self, number: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
        """The drafts of a round: (document, line), the clients spread over the lines."""
        made = []
        async with self.owner.transaction(HOSPITAL_ID) as session:
            for client in range(self.clients):
                code = f"{self.codes[client % len(self.codes)]}-{number}"
                document = await add_document(
                    session, self.hospital, (code, CLAIM_FEN), status=DocumentStatus.DRAFT
                )
                made.append((document.id, self.hospital.lines[code]))
        return made

    async def run(self, way: str, submit: Submit, rounds: int) -> Result:
        turn = asyncio.Semaphore(_CONNECTIONS)

        async def in_turn(claim: tuple[uuid.UUID, uuid.UUID]) -> bool:
            async with turn:
                return await submit(self.app, *claim)

        accepted = 0
        seconds = 0.0
        for number in range(rounds):
            claims = await self.claims(number)
            started = time.perf_counter()
            answers = await asyncio.gather(*map(in_turn, claims))
            seconds += time.perf_counter() - started
            accepted += sum(answers)
        used = await self._used(way)
        room = sum(max(self.budget_fen - fen, 0) // CLAIM_FEN for fen in used)
        submitted = self.clients * rounds
        return Result(
            way=way,
            claims=submitted,
            accepted=accepted,
            maximum=min(self.per_line * len(self.codes) * rounds, submitted),
            unjustified=room,
            overspent_fen=sum(max(fen - self.budget_fen, 0) for fen in used),
            broken_books=await self._broken() if way == "ledger" else 0,
            claims_per_second=submitted / seconds,
        )

    async def _used(self, way: str) -> list[int]:
        table = (
            "SELECT occupied_fen FROM budget_line WHERE parent_id IS NOT NULL"
            if way == "ledger"
            else "SELECT used_fen FROM naive_line"
        )
        async with self.owner.reading(HOSPITAL_ID) as session:
            return list((await session.execute(text(table))).scalars())

    async def _broken(self) -> int:
        async with self.owner.reading(HOSPITAL_ID) as session:
            return len(await breaks(session))


def show(console: Console, results: list[Result]) -> None:
    table = Table("", *(result.way for result in results))
    for name in ("claims", "accepted", "maximum", "unjustified", "overspent_fen", "broken_books"):
        table.add_row(name, *(f"{getattr(result, name):,}" for result in results))
    table.add_row("claims/s", *(f"{result.claims_per_second:,.0f}" for result in results))
    console.print(table)


async def contest(urls: DatabaseUrls, clients: int, lines: int, rounds: int) -> list[Result]:
    owner = Database(urls.owner, statement_timeout_ms=_WAIT_MS)
    app = Database(
        urls.app,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        statement_timeout_ms=_WAIT_MS,
    )
    arena = Contest(owner, app, clients, lines)
    try:
        await arena.prepare(rounds)
        return [
            await arena.run("ledger", by_ledger, rounds),
            await arena.run("check-then-write", by_check_then_write, rounds),
        ]
    finally:
        await app.close()
        await owner.close()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clients", type=int, default=200)
    arguments.add_argument("--lines", type=int, default=5)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="hrp-contention-") as folder:
        cluster = start_cluster(Path(folder) / "cluster")
        try:
            with console.status("migrating …"):
                urls = provision_database(cluster.superuser_url, "hrp_contention")
                migrate.upgrade(urls.owner)
            with console.status(f"{given.clients} clients on {given.lines} lines …"):
                results = asyncio.run(contest(urls, given.clients, given.lines, given.rounds))
        finally:
            cluster.stop(remove=True)
    show(console, results)
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(result) for result in results], indent=1))
    ledger, naive = results
    if not ledger.sound:
        verdict = "MISSED, it overspent, refused without need or does not reconcile"
    elif not naive.overspent_fen:
        verdict = "MISSED, nothing was contested: the naive way did not overspend either"
    else:
        verdict = "ok"
    print(
        f"budget: {ledger.accepted} of {ledger.maximum} possible claims accepted at"
        f" {ledger.claims_per_second:,.0f}/s, {ledger.overspent_fen:,} fen overspent"
        f" (check-then-write {naive.overspent_fen:,}): {verdict}"
    )
    return 0 if ledger.sound and naive.overspent_fen else 1


if __name__ == "__main__":
    sys.exit(main())
