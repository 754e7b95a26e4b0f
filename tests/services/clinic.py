"""The seeded hospital with its performance office at work."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from tests.services.seeded import NOW, PLAN, SeededHospital, open_seeded

from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.models.performance import (
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
    WorkloadFact,
)
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.services.performance.corrections import lines_of_run
from mobile_hrp.services.performance.importing import FactFile, import_facts
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.own_view import MyPerformance, my_performance
from mobile_hrp.services.performance.packages import package_context
from mobile_hrp.services.performance.runs import calculate_period, mark_paid, publish_run

BOX = SecretsBox("a root secret that only these tests use")
KEYS = PersonalKeys(BOX)
PERIOD = "2026-11"
BEFORE = "2026-10"


@dataclass
class Clinic(SeededHospital):
    """Acts as the performance office."""

    @property
    def office(self) -> uuid.UUID:
        return self.holder("performance_office")

    async def calculate(self, period: str = PERIOD, *, now: datetime = NOW) -> PerformanceRun:
        office = await self.viewer(self.office)
        async with self.database.transaction(self.id, staff_id=self.office) as session:
            return await calculate_period(
                session, viewer=office, keys=KEYS, period_code=period, now=now
            )

    async def publish(self, run: PerformanceRun, *, now: datetime = NOW) -> PerformanceRun:
        office = await self.viewer(self.office)
        async with self.database.transaction(self.id, staff_id=self.office) as session:
            return await publish_run(session, viewer=office, keys=KEYS, run_id=run.id, now=now)

    async def pay(self, period: str, *, now: datetime) -> PerformancePeriod:
        office = await self.viewer(self.office)
        async with self.database.transaction(self.id, staff_id=self.office) as session:
            return await mark_paid(session, viewer=office, period_code=period, now=now)

    async def bring(self, csv: str, *, period: str = PERIOD, system: str = "his") -> None:
        """Import facts as the office does."""
        office = await self.viewer(self.office)
        file = FactFile.of_text(csv, name="facts.csv")
        async with self.database.transaction(self.id, staff_id=self.office) as session:
            await import_facts(
                session,
                viewer=office,
                period_code=period,
                source_system=system,
                file=file,
                remove_missing=False,
                now=NOW,
            )

    async def mine(self, staff_id: uuid.UUID, period: str | None = PERIOD) -> MyPerformance:
        viewer: Viewer = await self.viewer(staff_id)
        async with self.database.reading(self.id, staff_id=staff_id) as session:
            found = await my_performance(session, viewer=viewer, keys=KEYS, period_code=period)
        assert found is not None
        return found

    async def sums(self, run: PerformanceRun) -> dict[uuid.UUID, int]:
        """What the lines of each department come to, read as the owner of the tables."""
        found: dict[uuid.UUID, int] = {}
        async with self.owner.transaction(self.id) as session:
            for department_id, line in await lines_of_run(session, run, KEYS):
                found[department_id] = found.get(department_id, 0) + line.amount_fen
        return found

    def amount(self, package: PerformancePackage) -> int:
        return KEYS.open_package(
            package.sealed_amount, context=package_context(package.run_id, package.department_id)
        )

    def number_of(self, staff_id: uuid.UUID) -> str:
        rows = self.world.rows["staff"]
        return str(next(row["employee_number"] for row in rows if row["id"] == staff_id))

    async def add_fact(
        self, staff_id: uuid.UUID | None, code: str, milli: int, department: str
    ) -> None:
        async with self.owner.transaction(self.id) as session:
            period_id = await session.scalar(
                select(PerformancePeriod.id).where(PerformancePeriod.code == PERIOD)
            )
            session.add(
                WorkloadFact(
                    hospital_id=self.id,
                    id=new_id(),
                    period_id=period_id,
                    department_id=self.world.departments[department],
                    staff_id=staff_id,
                    code=code,
                    quantity_milli=milli,
                    occurred_on=PLAN.today,
                    source_system="test",
                    source_row=new_id().hex,
                    imported_at=NOW,
                )
            )

    async def forget_facts(self, code: str) -> None:
        async with self.owner.transaction(self.id) as session:
            await session.execute(
                text("DELETE FROM workload_fact WHERE code = :code"), {"code": code}
            )


async def open_clinic(database: Database, owner: Database) -> Clinic:
    opened = await open_seeded(database, owner)
    return Clinic(opened.database, opened.owner, opened.world)
