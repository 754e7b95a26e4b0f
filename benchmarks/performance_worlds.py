"""Does anything about a colleague's pay reach me? Two worlds that differ in nothing else.

    python -m benchmarks.performance_worlds --queries 2000 [--leaks]

Both worlds are the same seeded hospital with the same ids, clock and published periods. In the
second, people of one department and job category have exchanged their work, except the viewers:
every colleague's pay differs, every sum and every published band is the same. The same generated
queries are then asked by the same five viewers in both; an answer, an error, a notification, a
picture or a line of the log that differs is a bit of somebody else's pay.

``--leaks`` plants ten leaks, one after the other, and expects each to be noticed.
"""

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import graphql
import structlog
from sqlalchemy import select, update
from structlog.testing import capture_logs
from tests.resolvers.performance_asking import PayAsking
from tests.services.clinic import BEFORE, KEYS, PERIOD, Clinic

from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models import migrate
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import PayoutLine, WorkloadFact
from mobile_hrp.runtime import ids
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.provisioning import (
    create_from_template,
    drop_database,
    provision_database,
)
from mobile_hrp.schema import schema
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.plan import World as HospitalWorld
from mobile_hrp.synthetic.hospital.seed import seed_hospital

PLAN = HospitalPlan(staff=120, seed=3)
_DEPTH_MAX = 5
_PERFORMANCE_SHARE = 0.7


class Counted:
    """Ids in the order they are made: the same in both worlds."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next(self, millisecond: int) -> tuple[int, int]:
        del millisecond
        return 1_795_000_000_000, next(self._numbers)


@dataclass
class World:
    """One of the two hospitals, and what has been said in it."""

    asking: PayAsking
    pay: dict[uuid.UUID, int] = field(default_factory=dict)
    victim: uuid.UUID = field(default_factory=new_id)
    threshold: int = 0

    @property
    def clinic(self) -> Clinic:
        return self.asking.hospital

    async def settle(self) -> None:
        """Calculate and publish two periods, with ids that count from one."""
        before = ids._sequence  # noqa: SLF001 - the one place where ids come from
        ids._sequence = Counted()  # type: ignore[assignment]  # noqa: SLF001 - as above
        try:
            await self.clinic.publish(await self.clinic.calculate(BEFORE))
            run = await self.clinic.publish(await self.clinic.calculate(PERIOD))
        finally:
            ids._sequence = before  # noqa: SLF001 - as above
        async with self.clinic.owner.transaction(self.clinic.id) as session:
            for _, line in await lines_of_run(session, run, KEYS):
                self.pay[line.staff_id] = self.pay.get(line.staff_id, 0) + line.amount_fen


SPOKEN_IN: ContextVar[World] = ContextVar("spoken_in")
"""The world that is asked just now: what a planted leak knows the colleague's pay from."""


@dataclass(frozen=True)
class Worlds:
    """The two, and whoever asks in them."""

    first: World
    second: World
    viewers: tuple[uuid.UUID, ...]

    @property
    def differing(self) -> int:
        """How many people's pay differs between the worlds."""
        return sum(self.first.pay.get(one) != self.second.pay.get(one) for one in self.first.pay)


async def open_worlds(
    world: HospitalWorld, databases: tuple[Database, Database], owners: tuple[Database, Database]
) -> Worlds:
    """Two databases that hold the same seeded hospital; the second is changed here."""
    clinics = [
        Clinic(database, owner, world) for database, owner in zip(databases, owners, strict=True)
    ]
    first, second = (World(PayAsking(clinic)) for clinic in clinics)
    members = clinics[0].member
    viewers = (
        members("CARD", 1),
        members("SURG", 2),
        members("ICU", 1),
        clinics[0].world.heads["NEUR"],
        clinics[0].holder("cashier"),
    )
    await exchange_work(second.clinic, viewers)
    await first.settle()
    await second.settle()
    # Whom a planted leak is about: a colleague of the first viewer who is paid otherwise.
    colleagues = clinics[0].world.members["CARD"]
    victim = next(one for one in colleagues if first.pay.get(one) != second.pay.get(one))
    for settled in (first, second):
        settled.victim = victim
        settled.threshold = (first.pay[victim] + second.pay[victim]) // 2
    return Worlds(first, second, viewers)


async def exchange_work(clinic: Clinic, viewers: tuple[uuid.UUID, ...]) -> None:
    """Within a department and job category everybody but the viewers gets the next one's work."""
    async with clinic.owner.transaction(clinic.id) as session:
        people = await session.execute(
            select(Staff.id, Staff.department_id, Staff.job_category).order_by(Staff.id)
        )
        groups: dict[tuple[uuid.UUID, str], list[uuid.UUID]] = {}
        for staff_id, department_id, category in people:
            if staff_id not in viewers:
                groups.setdefault((department_id, category), []).append(staff_id)
        moved = {
            one: group[(place + 1) % len(group)]
            for group in groups.values()
            for place, one in enumerate(group)
        }
        facts = await session.execute(
            select(WorkloadFact.id, WorkloadFact.staff_id).where(
                WorkloadFact.staff_id.in_([one for one, other in moved.items() if one != other])
            )
        )
        for row in facts.all():
            to = moved[uuid.UUID(str(row.staff_id))]
            await session.execute(
                update(WorkloadFact).where(WorkloadFact.id == row.id).values(staff_id=to)
            )


class Queries:
    """Random queries over the whole schema, most of them about performance."""

    def __init__(self, pool: Mapping[str, list[str]], seed: int) -> None:
        self._source = random.Random(seed)
        self._pool = pool
        root = graphql.build_schema(schema.as_str()).query_type
        if root is None:
            raise ValueError("a schema without queries")
        self._fields = root.fields
        self._about_pay = [name for name in self._fields if _about_pay(name)]
        self._rest = [name for name in self._fields if not _about_pay(name)]

    def next(self) -> str:
        chosen = self._source.random() < _PERFORMANCE_SHARE
        name = self._source.choice(self._about_pay if chosen else self._rest)
        return "{ " + self._field(name, self._fields[name], 0) + " }"

    def _field(self, name: str, one: Any, depth: int) -> str:
        given = [
            f"{argument}: {self._value(kind.type, argument)}"
            for argument, kind in one.args.items()
            if graphql.is_non_null_type(kind.type) or self._source.random() < 0.7  # noqa: PLR2004 - most arguments, not all
        ]
        arguments = f"({', '.join(given)})" if given else ""
        kind = graphql.get_named_type(one.type)
        if graphql.is_leaf_type(kind):
            return name + arguments
        return f"{name}{arguments} {{ {self._inside(kind, depth + 1)} }}"

    def _inside(self, kind: Any, depth: int) -> str:
        fields = getattr(kind, "fields", {})
        picked = ["__typename"]
        for name, one in fields.items():
            leaf = graphql.is_leaf_type(graphql.get_named_type(one.type))
            if (leaf and self._source.random() < 0.9) or (  # noqa: PLR2004 - nearly all leaves
                not leaf and depth < _DEPTH_MAX and self._source.random() < 0.6  # noqa: PLR2004 - and most branches
            ):
                picked.append(self._field(name, one, depth))
        return " ".join(picked)

    def _value(self, kind: Any, argument: str) -> str:
        if graphql.is_non_null_type(kind) or graphql.is_list_type(kind):
            inside = self._value(kind.of_type, argument)
            return f"[{inside}]" if graphql.is_list_type(kind) else inside
        if graphql.is_input_object_type(kind):
            filled = (f"{name}: {self._value(one.type, name)}" for name, one in kind.fields.items())
            return f"{{{', '.join(filled)}}}"
        if graphql.is_enum_type(kind):
            return str(self._source.choice(list(kind.values)))
        if kind.name in {"Int", "Boolean"}:
            numbers = ("0", "1", "2", "5", "20", "100", "101")
            return self._source.choice(numbers if kind.name == "Int" else ("true", "false"))
        if kind.name == "ID":
            return json.dumps(self._source.choice(self._pool["ID"]))
        return json.dumps(self._source.choice(self._pool.get(argument, self._pool["text"])))


def _about_pay(name: str) -> bool:
    words = ("perform", "payout", "period", "peer", "dispute", "dashboard", "indicator", "funnel")
    return any(word in name.lower() for word in words)


async def pool_of(world: World, viewers: tuple[uuid.UUID, ...]) -> dict[str, list[str]]:
    """Values to ask with: ids of one's own and of others', periods, codes."""
    async with world.clinic.owner.reading(world.clinic.id) as session:
        lines = (await session.scalars(select(PayoutLine.id).order_by(PayoutLine.id))).all()
    people = [*viewers, *itertools.chain(*world.clinic.world.members.values())]
    found = [
        *(ids_of("PayoutLine", key) for key in lines),
        *(ids_of("Staff", key) for key in people[:60]),
        *(ids_of("Department", key) for key in world.clinic.world.departments.values()),
        "nonsense",
    ]
    periods = [BEFORE, PERIOD, "1999-01", ""]
    return {
        "ID": found,
        "period": periods,
        **{name: [BEFORE, PERIOD, "2026-1"] for name in ("month", "since", "until")},
        "indicator": ["documents_finished", "claims_within_three_days_rate", "no_such"],
        "before": periods,
        "after": periods,
        "code": ["night_shift", "rbrvs_point", "no_such"],
        "difference": ["1", "2.5", "-3", "x"],
        "ruleVersion": ["0.2.0", "9.9.9"],
        "text": ["a", "2026-11", "1"],
    }


def ids_of(type_name: str, key: uuid.UUID) -> str:
    return str(encode_id(type_name, key))


async def everything_said(world: World, viewer: uuid.UUID, query: str) -> str:
    """The answer, the errors and the log of one query, as bytes would be."""
    SPOKEN_IN.set(world)
    with capture_logs() as logged:
        data, errors = await world.asking.whole(viewer, query, {})
    for error in errors:
        error.get("extensions", {}).pop("traceId", None)
    kept = [{key: str(value) for key, value in one.items()} for one in logged]
    return json.dumps([data, errors, kept], sort_keys=True, default=str, ensure_ascii=False)


async def pushed(world: World, viewer: uuid.UUID) -> str:
    """What notifications told the viewer."""
    async with world.clinic.owner.reading(world.clinic.id) as session:
        rows = await session.scalars(
            select(Notification)
            .where(Notification.recipient_id == viewer)
            .order_by(Notification.id)
        )
        return json.dumps([[row.kind, row.params] for row in rows], sort_keys=True, default=str)


async def differences(worlds: Worlds, queries: int, *, seed: int = 1) -> tuple[int, list[str]]:
    """How many answers were compared, and the queries that told the worlds apart."""
    made = Queries(await pool_of(worlds.first, worlds.viewers), seed)
    found = await differences_of(worlds, [made.next() for _ in range(queries)])
    compared = queries * len(worlds.viewers)
    for place, viewer in enumerate(worlds.viewers):
        if await pushed(worlds.first, viewer) != await pushed(worlds.second, viewer):
            found.append(f"viewer {place}: notifications")
    return compared, found


async def differences_of(worlds: Worlds, queries: Sequence[str]) -> list[str]:
    """The queries that one of the viewers gets two different answers to."""
    found = []
    for query, (place, viewer) in itertools.product(queries, enumerate(worlds.viewers)):
        said = [
            await everything_said(world, viewer, query) for world in (worlds.first, worlds.second)
        ]
        if said[0] != said[1]:
            found.append(f"viewer {place}: {query}")
    return found


async def with_worlds(superuser_url: str, template: str, act: Callable[[Worlds], Any]) -> Any:
    """Seed one database, copy it, and act on the two worlds."""
    one = await create_from_template(superuser_url, f"{template}_one", template)
    owner = Database(one.owner, statement_timeout_ms=60_000)
    seeded = await seed_hospital(owner, PLAN, password_hash="not-a-hash")  # noqa: S106 - nobody signs in
    await owner.close()
    two = await create_from_template(superuser_url, f"{template}_two", f"{template}_one")
    databases = Database(one.app), Database(two.app)
    owners = Database(one.owner), Database(two.owner)
    logging_before = structlog.get_config()
    structlog.reset_defaults()  # a server of this process may have asked for silence
    try:
        return await act(await open_worlds(seeded.world, databases, owners))
    finally:
        structlog.configure(**logging_before)
        for opened in (*databases, *owners):
            await opened.close()
        for name in (f"{template}_one", f"{template}_two"):
            await drop_database(superuser_url, name)


@contextmanager
def patched(owner: Any, name: str, made: Callable[[Any], Any]) -> Iterator[None]:
    """Replace one function of the product for a while."""
    before = getattr(owner, name)
    setattr(owner, name, made(before))
    try:
        yield
    finally:
        setattr(owner, name, before)


async def check(worlds: Worlds, queries: int, *, seed: int, leaks: bool) -> bool:
    """Compare, plant leaks if wanted, and say in one line how it went; whether all is well."""
    from benchmarks.performance_leaks import LEAKS, noticed  # noqa: PLC0415 - they import this

    begun = time.perf_counter()
    compared, found = await differences(worlds, queries, seed=seed)
    for one in found[:10]:
        print("DIFFERS", one[:400])
    missed = []
    for leak in LEAKS if leaks else ():
        caught = await noticed(worlds, leak)
        print(f"leak by {leak.name}: {'caught' if caught else 'NOT caught'}")
        if not caught:
            missed.append(leak.name)
    told = f"{len(LEAKS) - len(missed)} of {len(LEAKS)} leaks caught, " if leaks else ""
    well = not found and not missed
    print(
        f"performance_worlds: {queries:,} queries x {len(worlds.viewers)} viewers = {compared:,}"
        f" answers in two worlds ({worlds.differing} people paid otherwise): {len(found)} differ,"
        f" {told}{time.perf_counter() - begun:.0f} s: {'ok' if well else 'MISSED'}"
    )
    return well


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--leaks", action="store_true")
    given = parser.parse_args()

    async def act(worlds: Worlds) -> bool:
        return await check(worlds, given.queries, seed=given.seed, leaks=given.leaks)

    with tempfile.TemporaryDirectory(prefix="hrp-worlds-") as folder:
        cluster = start_cluster(Path(folder) / "cluster", fsync=False)
        try:
            urls = provision_database(cluster.superuser_url, "hrp_worlds")
            migrate.upgrade(urls.owner)
            well = asyncio.run(with_worlds(cluster.superuser_url, "hrp_worlds", act))
        finally:
            cluster.stop(remove=True)
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
