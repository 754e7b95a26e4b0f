"""Where the simulation plays: PostgreSQL, two web processes with a moved clock, a hospital."""

import asyncio
import secrets
import shutil
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
from sqlalchemy import update

from mobile_hrp.demo.narrator import Narrator
from mobile_hrp.demo.processes import Stage, free_port
from mobile_hrp.demo.simulation.clock import MovedClock
from mobile_hrp.demo.simulation.people import People
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.receipts.identity import identity
from mobile_hrp.domain.receipts.reading import to_json
from mobile_hrp.models import migrate
from mobile_hrp.models.performance import PerformancePeriod
from mobile_hrp.models.policy import ReferenceFactRow, ReferenceImport
from mobile_hrp.models.receipt import Receipt, ReceiptStatus
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.embedded_postgres import start_cluster
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.provisioning import DatabaseUrls, drop_database, provision_database
from mobile_hrp.services.approvals.wakeups import wake_approvals
from mobile_hrp.services.performance.runs import rule_book
from mobile_hrp.synthetic.forms import Pool, Requester
from mobile_hrp.synthetic.hospital.filling import fill_hospital
from mobile_hrp.synthetic.hospital.plan import (
    DEPARTMENTS,
    HOSPITAL_NAME,
    HOSPITAL_TAX_ID,
    World,
)
from mobile_hrp.synthetic.receipts.confirmed import confirmed_reading
from mobile_hrp.synthetic.receipts.facts import Party, made_up_invoice

PASSWORD = "simulation-Only-2026"  # noqa: S105 - of a hospital that does not exist
DATABASE = "hrp_simulation"
_STAFF = 120
_SEED = 1
_COLLEAGUES = 6
_A_FEW_DAYS = timedelta(days=3)
_PUBLICITY = timedelta(days=90)
_PROCURED = "procurement_record"
CONTRACT = "made-up-contract"
"""What made-up forms name as their contract."""
_USUAL: Final[Mapping[str, Any]] = {
    "id_number": "990000199001010017",  # no such area; the check digit is right
    "delegation_grant.scenario": "general_claim",
    "publicity_days": 5,
    "research_claim.subject": "business",
    "research_claim.expense_type": "travel",  # nothing that is bought
}
"""What a form of this hospital says where any value would not do."""
_JOBS = ("doctor", "nurse", "technician")


@dataclass(frozen=True, slots=True)
class Hospital:
    """A running made-up hospital. ``database`` is the application's own connection."""

    world: World
    people: People
    clock: MovedClock
    database: Database

    def employee_number(self, staff_id: str) -> str:
        return str(self._staff()[staff_id]["employee_number"])

    def holder(self, role: Role) -> str:
        """The employee number of somebody who holds the role."""
        return self.employee_number(str(self.world.role_holders[role.value][0]))

    def pool(self) -> Pool:
        """What forms may refer to; the requesters differ in rank and in kind of work."""
        world, staff = self.world, self._staff()
        plain = self._without_posts()
        requesters = [
            next(one for one in plain if staff[one]["job_category"] == job) for job in _JOBS
        ]
        requesters.append(str(world.role_holders[Role.UNION_OFFICE.value][0]))
        requesters.append(str(world.heads["NEUR"]))
        colleagues = [one for one in plain if one not in requesters][:_COLLEAGUES]
        return Pool(
            today=self.clock().date(),
            requesters=tuple(
                Requester(one, staff[one]["rank"], staff[one]["job_category"]) for one in requesters
            ),
            colleagues=colleagues,
            departments=[str(world.departments["SURG"])],
            campuses=[str(one) for one in world.campuses],
            projects=[str(row["id"]) for row in world.rows["project"]],
            budget_lines=[
                str(world.budget_lines["OFFICE", "major"]),
                str(world.budget_lines["EQP", "major"]),
            ],
            economic_classes=[str(row["id"]) for row in world.rows["economic_class"]],
            fund_natures={str(row["id"]): row["nature"] for row in world.rows["fund_source"]},
            functions=frozenset(one for spec in DEPARTMENTS for one in spec.functional_for),
            elastic_lines=[str(world.budget_lines["OFFICE", "elastic"])],
            project_lines=[
                str(world.budget_lines["CARD", name]) for name in ("project_1", "project_2")
            ],
            elastic_project_lines=[str(world.budget_lines["CARD", "project_elastic"])],
            usual={**_USUAL, "perf_dispute.period": str(self._publicized["code"])},
            indicators=[rule.fact for rule in rule_book().rules],
        )

    async def receipts(self, staff_id: str, number: int, total_fen: int) -> list[str]:
        """Invoices in somebody's wallet, read and confirmed, that no document uses yet."""
        made = [self._receipt(staff_id, total_fen) for _ in range(number)]
        async with self.database.transaction(self.world.plan.hospital_id) as session:
            session.add_all(made)
        return [str(one.id) for one in made]

    def others_like(self, one: Requester) -> list[str]:
        """Colleagues without a post, of the same rank and kind of work."""
        staff = self._staff()
        return [
            other
            for other in self._without_posts()
            if other != one.staff_id
            and (staff[other]["rank"], staff[other]["job_category"]) == (one.rank, one.job)
        ]

    async def files(self, staff_id: str) -> list[str]:
        """An uploaded paper to attach: an original like a receipt, that nobody reads."""
        paper = self._original(staff_id, "made-up.pdf")
        async with self.database.transaction(self.world.plan.hospital_id) as session:
            session.add(paper)
        return [str(paper.id)]

    async def begin_publicity(self) -> None:
        """公示: last month's performance is out, and may be questioned for as long as this runs."""
        now = self.clock()
        async with self.database.transaction(self.world.plan.hospital_id) as session:
            await session.execute(
                update(PerformancePeriod)
                .where(PerformancePeriod.id == self._publicized["id"])
                .values(publicity_from=now - _A_FEW_DAYS, publicity_until=now + _PUBLICITY)
            )

    @property
    def _publicized(self) -> Mapping[str, Any]:
        """The month before this one."""
        return min(self.world.rows["performance_period"], key=lambda row: row["code"])

    async def bring_in_facts(self) -> None:
        """What other systems say: the contract that forms name was procured by open tender."""
        now, hospital_id = self.clock(), self.world.plan.hospital_id
        brought = ReferenceImport(
            hospital_id=hospital_id,
            id=new_id(),
            kind=_PROCURED,
            source="made-up",
            content_hash=secrets.token_hex(32),
            rows=1,
            imported_at=now,
        )
        async with self.database.transaction(hospital_id) as session:
            session.add(brought)
            await session.flush()
            session.add(
                ReferenceFactRow(
                    hospital_id=hospital_id,
                    id=new_id(),
                    kind=_PROCURED,
                    key=CONTRACT,
                    item="",
                    payload={
                        "procurement_number": CONTRACT,
                        "category": "goods",
                        "method": "open_tender",
                        "amount": 100_000_000_00,
                        "decided_on": now.date().isoformat(),
                    },
                    source="made-up",
                    valid_from=now.date() - _A_FEW_DAYS,
                    imported_at=now,
                    import_id=brought.id,
                )
            )

    async def tick(self) -> int:
        """What a worker does every few seconds, at the moved time."""
        return await wake_approvals(self.database, now=self.clock())

    def _receipt(self, staff_id: str, total_fen: int) -> Receipt:
        """Made out to the hospital, three days ago, by a seller of its own."""
        key, now = new_id(), self.clock()
        invoice = made_up_invoice(
            key.int,
            buyer=Party(HOSPITAL_NAME, HOSPITAL_TAX_ID),
            date=now.date() - _A_FEW_DAYS,
            total_fen=total_fen,
        )
        reading = confirmed_reading(invoice)
        found = identity(reading.kind, {name: one.value for name, one in reading.fields.items()})
        made = self._original(staff_id, "made-up.jpg", key)
        made.kind = reading.kind
        made.reading = to_json(reading)
        made.identity_key, made.fact_key = found.key, found.fact_key
        return made

    def _original(self, staff_id: str, name: str, key: uuid.UUID | None = None) -> Receipt:
        key, now = key or new_id(), self.clock()
        return Receipt(
            hospital_id=self.world.plan.hospital_id,
            id=key,
            sha256=secrets.token_hex(32),
            size_bytes=1,
            content_type="application/octet-stream",
            original_name=name,
            storage_key=f"made-up/{key}",
            uploaded_by=self._staff()[staff_id]["id"],
            status=ReceiptStatus.CONFIRMED,
            created_at=now,
            read_at=now,
            confirmed_at=now,
        )

    def _staff(self) -> Mapping[str, Mapping[str, Any]]:
        return {str(row["id"]): row for row in self.world.rows["staff"]}

    def _without_posts(self) -> list[str]:
        holders = {
            person
            for role, people in self.world.role_holders.items()
            if role != Role.EMPLOYEE.value
            for person in people
        }
        return [str(row["id"]) for row in self.world.rows["staff"] if row["id"] not in holders]


@asynccontextmanager
async def opened(narrator: Narrator, data_dir: Path) -> AsyncIterator[Hospital]:
    """Build everything from nothing, and take it down again."""
    with narrator.working("PostgreSQL (embedded)"):
        cluster = await asyncio.to_thread(start_cluster, data_dir / "postgres", fsync=False)
        await drop_database(cluster.superuser_url, DATABASE)
        urls = await asyncio.to_thread(provision_database, cluster.superuser_url, DATABASE)
    try:
        async with _serving(narrator, data_dir, urls) as hospital:
            yield hospital
    finally:
        await asyncio.to_thread(cluster.stop)


@asynccontextmanager
async def _serving(
    narrator: Narrator, data_dir: Path, urls: DatabaseUrls
) -> AsyncIterator[Hospital]:
    shutil.rmtree(data_dir / "logs", ignore_errors=True)
    clock_file = data_dir / "clock"
    clock = MovedClock(clock_file)
    clock.set_back()
    stage = Stage(environment=_environment(urls, data_dir), logs=data_dir / "logs")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    database = Database(urls.app)
    try:
        stage.start(
            "server", str(port), str(clock_file), module="mobile_hrp.demo.simulation.server"
        )
        with narrator.working("tables, row-level security"):
            await asyncio.to_thread(migrate.upgrade, urls.owner)
        with narrator.working("a hospital that does not exist, its budgets, its scenarios"):
            seeded = await fill_hospital(
                urls.owner, staff=_STAFF, seed=_SEED, password=PASSWORD, every_way=True
            )
        await stage.until_ready("server", url)
        async with aiohttp.ClientSession() as http:
            people = People(
                http,
                url=url,
                hospital_code=seeded.world.plan.code,
                password=PASSWORD,
                clock=clock,
            )
            hospital = Hospital(seeded.world, people, clock, database)
            await hospital.begin_publicity()
            await hospital.bring_in_facts()
            yield hospital
    finally:
        await database.close()
        stage.stop()


def _environment(urls: DatabaseUrls, data_dir: Path) -> dict[str, str]:
    return {
        "HRP_ENVIRONMENT": "demo",
        "HRP_SECRET_KEY": secrets.token_urlsafe(48),
        "HRP_DATABASE_URL": urls.app,
        "HRP_DATA_DIR": str(data_dir.resolve()),
        "HRP_LOG_LEVEL": "WARNING",
    }
