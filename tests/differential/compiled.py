"""Compiled and generated operations against graphql-core on the same rows: the same answer.

    python -m tests.differential.compiled [--operations 20000] [--seed 1] [--workers 2]

Each random operation is executed by Strawberry and offered to the compiled tier and to the
generated one. Their answers have to be the executor's data to the byte (as JSON, in the order of
its keys) where that had no errors, and may not be given at all where it had some. The compiled tier
may leave any operation; the generated one none without errors, and it is asked for operations over
the whole schema, too (one in four more). Compiled answers are asked for together with two other
people, who share the statement. Prints what differs; exits 1 if anything did.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from tests.differential.operations import RandomOperation, Writer
from tests.differential.rows import NOW, Filled, Person, fill
from tests.differential.whole import WholeWriter

from mobile_hrp.graphql.admission import RefusedDocumentError, admit
from mobile_hrp.graphql.asked import Asked
from mobile_hrp.graphql.compiled.mapping import Mappings
from mobile_hrp.graphql.compiled.subjects.registry import TYPES
from mobile_hrp.graphql.compiled.tier import Asking, CompiledTier
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.generated.tier import GeneratedTier
from mobile_hrp.models import migrate
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.provisioning import provision_database
from mobile_hrp.schema import schema
from mobile_hrp.services.identity.viewers import authenticate

PART = 500
"""Operations of one part of a run. Connections keep each statement, so a part has its own."""
SHOWN = 5
"""Mismatches of a part that are printed."""
ANSWERED_SHARE_MIN = 0.5
"""Of the operations at least this part has to be compiled, or the comparison compares nothing."""


@dataclass
class Tally:
    """What a run of operations came to."""

    operations: int = 0
    answered: int = 0
    beyond: int = 0
    """Further operations, over the whole schema, for the generated tier alone."""
    generated: int = 0
    with_errors: int = 0
    mismatches: list[str] = field(default_factory=list)

    def hold(self, asked: RandomOperation, result: Any, tier: str, answer: Any) -> None:
        """Note an answer that is not what the executor says without errors."""
        wanted, given = _canonical(result.data), _canonical(answer)
        if result.errors or wanted != given:
            self.mismatches.append(
                f"{asked.text}\n  {json.dumps(asked.variables, ensure_ascii=False)}\n"
                f"  executed {wanted} {result.errors or ''}\n  {tier} {given}"
            )

    def add(self, other: "Tally") -> None:
        self.operations += other.operations
        self.answered += other.answered
        self.beyond += other.beyond
        self.generated += other.generated
        self.with_errors += other.with_errors
        self.mismatches += other.mismatches

    def __str__(self) -> str:
        return (
            f"{self.operations} operations and {self.beyond} beyond: {self.answered} compiled"
            f" answers, {self.generated} generated, {self.with_errors} with errors,"
            f" {len(self.mismatches)} mismatches"
        )


class Comparison:
    """All ways to answer, over one database."""

    def __init__(
        self, database: Database, tier: CompiledTier, beside: Sequence[Person] = ()
    ) -> None:
        self._database = database
        self._tier = tier
        self._beside = beside
        self._generated = GeneratedTier(schema, ())

    async def _context(self, person: Person, locale: str) -> Context:
        viewer, denial = await authenticate(self._database, access_token=person.token, now=NOW)
        return Context(
            database=self._database,
            clock=lambda: NOW,
            live=None,  # type: ignore[arg-type]  # queries never reach for it
            services=None,  # type: ignore[arg-type]  # queries never reach for it
            viewer=viewer,
            denial=denial,
            locale=locale,
        )

    async def executed(self, asked: RandomOperation, person: Person, locale: str) -> Any:
        """The answer of graphql-core: (data, errors)."""
        context = await self._context(person, locale)
        return await schema.execute(
            asked.text, variable_values=asked.variables, context_value=context
        )

    async def generated(
        self, asked: RandomOperation, person: Person, locale: str
    ) -> dict[str, Any] | None:
        """The answer of the generated tier."""
        try:
            admitted = admit(schema, asked.text)
        except RefusedDocumentError:
            return None
        given = Asked(asked.text, asked.variables)
        return await self._generated.data(given, admitted, await self._context(person, locale))

    async def compiled(self, asked: RandomOperation, person: Person, locale: str) -> bytes | None:
        """The answer of the compiled tier."""
        operation = self._tier.trust(asked.text)
        if operation is None:
            return None
        told = await asyncio.gather(
            *(
                self._tier.answer(operation, Asking(one.token, asked.variables, locale, NOW))
                for one in (*self._beside, person)
            )
        )
        return told[-1]

    async def compare(
        self, asked: RandomOperation, person: Person, locale: str, tally: Tally
    ) -> Any:
        """Compare one operation; returns the executor's data."""
        result = await self.compare_generated(asked, person, locale, tally)
        told = await self.compiled(asked, person, locale)
        tally.operations += 1
        tally.answered += told is not None
        if told is not None:
            tally.hold(asked, result, "compiled", json.loads(told))
        return result.data

    async def compare_generated(
        self, asked: RandomOperation, person: Person, locale: str, tally: Tally
    ) -> Any:
        """Compare the answer of a program; returns the executor's result."""
        result = await self.executed(asked, person, locale)
        made = await self.generated(asked, person, locale)
        tally.generated += made is not None
        tally.with_errors += bool(result.errors)
        if made is not None or not result.errors:
            tally.hold(asked, result, "generated", made)
        return result


async def run(
    comparison: Comparison, filled: Filled, *, operations: int, seed: int, beyond_every: int = 4
) -> Tally:
    """Compare so many random operations, and one beyond for so many of them."""
    source = random.Random(seed)  # noqa: S311 - not a secret
    core: Any = schema._schema  # noqa: SLF001 - Strawberry has no public way to it
    writer = Writer(core, Mappings(schema, TYPES), filled, source)
    source_beyond = random.Random(f"beyond {seed}")  # noqa: S311 - not a secret
    beyond = WholeWriter(core, Mappings(schema, TYPES), filled, source_beyond)
    tally = Tally()
    for number in range(operations):
        person = source.choice(filled.people)
        locale = source.choice(("zh", "en"))
        data = await comparison.compare(writer.operation(), person, locale, tally)
        writer.cursors = (writer.cursors + list(_cursors(data)))[-50:]
        if number % beyond_every == 0:
            tally.beyond += 1
            await comparison.compare_generated(beyond.operation(), person, locale, tally)
    return tally


def _canonical(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _cursors(data: Any) -> Any:
    if isinstance(data, dict):
        for name, value in data.items():
            if name in {"cursor", "endCursor"} and isinstance(value, str):
                yield value
            else:
                yield from _cursors(value)
    elif isinstance(data, list):
        for one in data:
            yield from _cursors(one)


async def _part(url: str, filled: Filled, operations: int, seed: int) -> Tally:
    database = Database(url)
    tier = await CompiledTier.open(database, schema)
    try:
        comparison = Comparison(database, tier, filled.people[:2])
        return await run(comparison, filled, operations=operations, seed=seed)
    finally:
        await tier.close()
        await database.close()


def part(url: str, filled: Filled, operations: int, seed: int) -> Tally:
    """One part of a run, in a process of its own."""
    return asyncio.run(_part(url, filled, operations, seed))


async def _filled(superuser_url: str, seed: int) -> tuple[str, Filled]:
    urls = provision_database(superuser_url, "differential")
    await asyncio.to_thread(migrate.upgrade, urls.owner)
    owner = Database(urls.owner)
    try:
        filled = await fill(owner, seed=seed)
        await fill(owner, seed=seed, hospital_id=8)
    finally:
        await owner.close()
    return make_url(urls.app).render_as_string(hide_password=False), filled


def in_parts(url: str, filled: Filled, *, operations: int, seed: int, workers: int) -> Tally:
    """All of a run; each part has a seed of its own, made of the run's."""
    tally = Tally()
    sizes = [min(PART, operations - done) for done in range(0, operations, PART)]
    with ProcessPoolExecutor(workers) as pool:
        parts = [
            pool.submit(part, url, filled, size, seed * 1_000_003 + number)
            for number, size in enumerate(sizes)
        ]
        for one in as_completed(parts):
            found = one.result()
            tally.add(found)
            print(*found.mismatches[:SHOWN], tally, sep="\n", flush=True)  # noqa: T201 - how far it is
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cluster = start_cluster(Path(folder) / "cluster", fsync=False)
        try:
            url, filled = asyncio.run(_filled(cluster.superuser_url, given.seed))
            tally = in_parts(
                url,
                filled,
                operations=given.operations,
                seed=given.seed,
                workers=given.workers,
            )
        finally:
            cluster.stop(remove=True)
    enough = tally.answered >= ANSWERED_SHARE_MIN * tally.operations
    kept = enough and not tally.mismatches
    print(f"differential: {tally}: {'ok' if kept else 'MISSED'}")  # noqa: T201 - the result
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
