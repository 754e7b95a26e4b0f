"""The seeded hospital as the tests of money see it: viewers, and claims that spend."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Update, update

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.budget import movements as budget
from mobile_hrp.services.identity.viewers import roles_on
from mobile_hrp.synthetic.hospital.plan import HospitalPlan, World
from mobile_hrp.synthetic.hospital.seed import seed_hospital

PLAN = HospitalPlan(staff=90, seed=3)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@dataclass
class SeededHospital:
    """One made-up hospital in a test's database."""

    database: Database
    owner: Database
    world: World

    @property
    def id(self) -> int:
        return self.world.plan.hospital_id

    def member(self, department: str, index: int = 0) -> uuid.UUID:
        return self.world.members[department][index]

    def holder(self, role: str) -> uuid.UUID:
        return self.world.role_holders[role][0]

    async def viewer(self, staff_id: uuid.UUID) -> Viewer:
        async with self.database.reading(self.id, staff_id=staff_id) as session:
            roles = await roles_on(
                session, hospital_id=self.id, staff_id=staff_id, day=self.world.plan.today
            )
        return Viewer(self.id, staff_id, new_id(), new_id(), roles)

    def update_line(self, department: str, expense_type: str = "books", **values: Any) -> Update:
        line_id = self.world.budget_lines[department, expense_type]
        return update(BudgetLine).where(BudgetLine.id == line_id).values(values)

    async def add_claim(
        self,
        session: WriteSession,
        department: str,
        amount_fen: int,
        *,
        expense_type: str = "books",
        status: DocumentStatus = DocumentStatus.APPROVED,
        now: datetime = NOW,
    ) -> tuple[Document, DocumentLine]:
        """A claim of the department's head with one line; it holds nothing yet."""
        document = Document(
            hospital_id=self.id,
            id=new_id(),
            number=f"GC-{new_id().hex[-8:]}",
            scenario_code="general_claim",
            scenario_version="1",
            title="示例报销",
            requester_id=self.world.heads[department],
            department_id=self.world.departments[department],
            campus_id=self.world.department_campus[department],
            status=status,
            amount_fen=amount_fen,
            version=1,
            created_at=now,
        )
        session.add(document)
        await session.flush()
        line = DocumentLine(
            hospital_id=self.id,
            id=new_id(),
            document_id=document.id,
            position=0,
            description="示例费用",
            expense_type=expense_type,
            form_path="lines.0",
            amount_fen=amount_fen,
            budget_line_id=self.world.budget_lines[department, expense_type],
        )
        session.add(line)
        await session.flush()
        return document, line

    async def hold(self, department: str, amount_fen: int, **about: Any) -> Document:
        """A claim that has occupied its budget."""
        async with self.database.transaction(self.id) as session:
            document, line = await self.add_claim(session, department, amount_fen, **about)
            await budget.occupy_for_document(
                session,
                document=document,
                lines=[line],
                actor_id=None,
                now=document.created_at,
            )
            return document

    async def spend(self, department: str, amount_fen: int, **about: Any) -> Document:
        """A claim that was occupied and executed."""
        document = await self.hold(department, amount_fen, **about)
        async with self.database.transaction(self.id) as session:
            await budget.execute_for_document(
                session, document=document, actor_id=None, now=document.created_at
            )
        return document


async def open_seeded(database: Database, owner: Database) -> SeededHospital:
    seeded = await seed_hospital(owner, PLAN, password_hash="not-a-hash")
    return SeededHospital(database, owner, seeded.world)
