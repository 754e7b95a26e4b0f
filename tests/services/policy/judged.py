"""Stored documents as the loaders of facts are given them, and facts of other systems."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from tests.services.policy.ruled import PLAN

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.terms import ChargedLine, Deciding, PolicyDocument
from mobile_hrp.models.base import Base
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Department, Staff
from mobile_hrp.models.scenario import ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.scenario_library.check import core_package
from mobile_hrp.services.policy.facts.registry import LOADERS
from mobile_hrp.services.policy.reference_imports import (
    import_reference_facts,
    read_reference_file,
)
from mobile_hrp.synthetic.hospital.plan import World
from mobile_hrp.synthetic.hospital.seed import make_world

AT = datetime(2026, 3, 16, 2, 30, tzinfo=UTC)
ON = date(2026, 3, 16)


@dataclass
class JudgedHospital:
    database: Database
    owner: Database
    world: World

    @classmethod
    def of(cls, database: Database, owner: Database) -> "JudgedHospital":
        return cls(database, owner, make_world(PLAN))

    def member(self, department: str, index: int = 0) -> uuid.UUID:
        return self.world.members[department][index]

    async def person(self, staff_id: uuid.UUID) -> Staff:
        async with self.database.reading(PLAN.hospital_id) as session:
            found = await session.scalar(select(Staff).where(Staff.id == staff_id))
        assert found is not None
        return found

    async def code_of(self, department: str) -> str:
        key = self.world.departments[department]
        async with self.database.reading(PLAN.hospital_id) as session:
            found = await session.scalar(select(Department.code).where(Department.id == key))
        assert found is not None
        return found

    async def add(self, *rows: Base) -> None:
        async with self.owner.transaction(PLAN.hospital_id) as session:
            session.add_all(rows)

    async def store(
        self,
        scenario: str,
        values: Mapping[str, Any],
        *,
        department: str = "OFFICE",
        requester: uuid.UUID | None = None,
        status: DocumentStatus = DocumentStatus.IN_APPROVAL,
        amount_fen: int = 0,
        at: datetime = AT,
    ) -> PolicyDocument:
        """A document in the database, and as controls judge it."""
        document_id, requester_id = new_id(), requester or self.member(department)
        department_id = self.world.departments[department]
        campus_id = self.world.department_campus[department]
        async with self.database.transaction(PLAN.hospital_id) as session:
            version = await session.scalar(
                select(ScenarioVersion.version).where(
                    ScenarioVersion.code == scenario,
                    ScenarioVersion.state == ScenarioState.PUBLISHED,
                )
            )
            assert version is not None
            session.add(
                Document(
                    hospital_id=PLAN.hospital_id,
                    id=document_id,
                    number=f"N-{document_id}",
                    scenario_code=scenario,
                    scenario_version=version,
                    title=scenario,
                    requester_id=requester_id,
                    department_id=department_id,
                    campus_id=campus_id,
                    status=status,
                    amount_fen=amount_fen,
                    values=dict(values),
                    created_at=at,
                    submitted_at=None if status is DocumentStatus.DRAFT else at,
                )
            )
        return PolicyDocument(
            id=document_id,
            scenario=scenario,
            group=core_package().scenarios[scenario].group.value,
            requester_id=requester_id,
            department_id=department_id,
            campus_id=campus_id,
            amount_fen=amount_fen,
            on=ON,
            at=AT,
            values=values,
            fields=core_package().scenarios[scenario].fields,
        )

    async def know(self, kind: str, columns: str, *rows: str) -> None:
        """Bring in facts of another system."""
        text = "\n".join([columns, *rows, ""])
        file = await read_reference_file(
            text.encode(), kind=kind, name="f.csv", source="示例系统", valid_from=date(2026, 1, 1)
        )
        async with self.database.transaction(PLAN.hospital_id) as session:
            await import_reference_facts(
                session,
                hospital_id=PLAN.hospital_id,
                file=file,
                actor_id=None,
                now=AT,
                dry_run=False,
            )

    async def load(self, kind: type, document: PolicyDocument) -> Any:
        """What the registered loader supplies for the document."""
        async with self.database.reading(PLAN.hospital_id) as session:
            return await LOADERS[kind](session, document=document, now=AT)


def charging(document: PolicyDocument, *budget_lines: uuid.UUID) -> PolicyDocument:
    lines = tuple(ChargedLine("values", "x", "books", 1, key) for key in budget_lines)
    return replace(document, lines=lines)


def decided_by(
    document: PolicyDocument, actor_id: uuid.UUID, device_id: uuid.UUID | None
) -> PolicyDocument:
    deciding = Deciding(actor_id, "", "dept_head", device_id=device_id)
    return replace(document, deciding=deciding)
