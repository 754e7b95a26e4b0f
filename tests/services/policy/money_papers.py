"""Documents, receipts and facts of other systems in a seeded hospital, for tests of loaders."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from tests.services.policy.ruled import NOW, PLAN, open_hospital

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.receipts.identity import identity
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.domain.receipts.reading import Field, FieldState, Reading, to_json
from mobile_hrp.domain.scenario.charges import charged_rows, document_amount
from mobile_hrp.domain.scenario.vocabulary import BudgetOperation
from mobile_hrp.models.budget import BudgetLine
from mobile_hrp.models.document import Document, DocumentLine, DocumentLink
from mobile_hrp.models.organization import Department, Staff, Supplier
from mobile_hrp.models.receipt import Receipt, ReceiptStatus, ReceiptUse, ReceiptUseState
from mobile_hrp.models.scenario import ScenarioState, ScenarioVersion
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.document_lines import lines_of
from mobile_hrp.services.policy.reference_imports import (
    import_reference_facts,
    read_reference_file,
)
from mobile_hrp.services.policy.subject import policy_document
from mobile_hrp.services.scenarios import loaded_scenario

TODAY = NOW.date()


@dataclass
class Office:
    """Two people of one department, a supplier and a budget line."""

    database: Database
    me: uuid.UUID
    colleague: uuid.UUID
    my_number: str
    department_id: uuid.UUID
    campus_id: uuid.UUID
    supplier_id: uuid.UUID
    line_id: uuid.UUID
    version: str

    async def document(
        self,
        scenario: str,
        values: Mapping[str, Any],
        *,
        status: DocumentStatus = DocumentStatus.APPROVED,
        requester: uuid.UUID | None = None,
        number: str = "",
        submitted_at: datetime = NOW,
        links: Sequence[uuid.UUID] = (),
    ) -> Document:
        """A stored document with its charged lines, as if it had come this far."""
        async with self.database.transaction(PLAN.hospital_id) as session:
            loaded = await loaded_scenario(session, scenario, self.version)
            row = Document(
                hospital_id=PLAN.hospital_id,
                id=new_id(),
                number=number or f"X-{new_id().hex[-8:]}",
                scenario_code=scenario,
                scenario_version=self.version,
                title="示例",
                requester_id=requester or self.me,
                department_id=self.department_id,
                campus_id=self.campus_id,
                status=status,
                amount_fen=document_amount(loaded.scenario, values),
                values=dict(values),
                version=1,
                created_at=submitted_at,
                submitted_at=submitted_at,
                finished_at=submitted_at if status is DocumentStatus.APPROVED else None,
            )
            session.add(row)
            await session.flush()
            for position, charged in enumerate(charged_rows(loaded.scenario, values)):
                session.add(
                    DocumentLine(
                        hospital_id=PLAN.hospital_id,
                        id=new_id(),
                        document_id=row.id,
                        position=position,
                        description=charged.description,
                        expense_type=charged.expense_type,
                        amount_fen=charged.amount_fen,
                        budget_line_id=charged.budget_line_id,
                        form_path=charged.path,
                        receipt_ids=[str(one) for one in charged.receipts],
                    )
                )
            for position, linked in enumerate(links):
                session.add(
                    DocumentLink(
                        hospital_id=PLAN.hospital_id,
                        id=new_id(),
                        document_id=row.id,
                        position=position,
                        field_key="request_no",
                        linked_id=linked,
                        operation=BudgetOperation.CONVERT,
                    )
                )
            return row

    async def receipt(
        self,
        number: str,
        *,
        owner: uuid.UUID | None = None,
        kind: ReceiptKind = ReceiptKind.DIGITAL_NORMAL,
        total: int = 100_00,
        sha256: str = "",
        day: str = "2026-02-01",
        picture: str = "",
        state: FieldState = FieldState.PROVEN,
    ) -> uuid.UUID:
        """A receipt that was read, each field as surely as said; its number may be empty."""
        values: dict[str, str | int | None] = {
            "number": number,
            "date": day,
            "total": total,
            "seller": "示例店",
        }
        fields = {name: Field(value=value, state=state) for name, value in values.items()}
        reading = Reading(kind=kind, fields=fields, picture_hash=picture)
        found = identity(kind, values)
        async with self.database.transaction(PLAN.hospital_id) as session:
            row = Receipt(
                hospital_id=PLAN.hospital_id,
                id=new_id(),
                sha256=sha256 or (new_id().hex * 2),
                size_bytes=1,
                content_type="image/jpeg",
                original_name="a.jpg",
                storage_key="a",
                uploaded_by=owner or self.me,
                status=ReceiptStatus.READ,
                kind=kind,
                reading=to_json(reading),
                identity_key=found.key,
                fact_key=found.fact_key,
                created_at=NOW,
            )
            session.add(row)
            return row.id

    async def use(
        self,
        receipt_id: uuid.UUID,
        document: Document,
        state: ReceiptUseState = ReceiptUseState.CLAIMED,
    ) -> None:
        released = state is ReceiptUseState.RELEASED
        async with self.database.transaction(PLAN.hospital_id) as session:
            session.add(
                ReceiptUse(
                    hospital_id=PLAN.hospital_id,
                    id=new_id(),
                    receipt_id=receipt_id,
                    document_id=document.id,
                    state=state,
                    created_at=NOW,
                    released_at=NOW if released else None,
                )
            )

    async def judged(self, row: Document) -> PolicyDocument:
        async with self.database.reading(PLAN.hospital_id) as session:
            loaded = await loaded_scenario(session, row.scenario_code, row.scenario_version)
            return await policy_document(
                session,
                document=row,
                loaded=loaded,
                lines=await lines_of(session, row.id),
                now=NOW,
            )

    async def load(self, loader: Any, row: Document) -> Any:
        """What the loader supplies for the document."""
        document = await self.judged(row)
        async with self.database.reading(PLAN.hospital_id) as session:
            return await loader(session, document=document, now=NOW)

    async def bring(self, kind: str, text: str) -> None:
        """Facts of another system, in force since the start of the year."""
        file = await read_reference_file(
            text.encode(), kind=kind, name="f.csv", source="示例系统", valid_from=date(2026, 1, 1)
        )
        async with self.database.transaction(PLAN.hospital_id) as session:
            await import_reference_facts(
                session, hospital_id=PLAN.hospital_id, file=file, actor_id=None, now=NOW
            )


async def open_office(owner: Database, database: Database) -> Office:
    await open_hospital(owner, database)
    async with database.transaction(PLAN.hospital_id) as session:
        line = (
            await session.scalars(
                select(BudgetLine)
                .where(BudgetLine.department_id.is_not(None), BudgetLine.year == TODAY.year)
                .order_by(BudgetLine.code)
            )
        ).first()
        assert line is not None
        department = await session.get_one(Department, (PLAN.hospital_id, line.department_id))
        people = (
            await session.scalars(
                select(Staff).where(Staff.department_id == department.id).order_by(Staff.id)
            )
        ).all()
        supplier = Supplier(
            hospital_id=PLAN.hospital_id, id=new_id(), name="示例供应商", tax_id="91TEST0001"
        )
        session.add(supplier)
        version = await session.scalar(
            select(ScenarioVersion.version).where(
                ScenarioVersion.code == "general_claim",
                ScenarioVersion.state == ScenarioState.PUBLISHED,
            )
        )
        return Office(
            database=database,
            me=people[0].id,
            colleague=people[1].id,
            my_number=people[0].employee_number,
            department_id=department.id,
            campus_id=department.campus_id,
            supplier_id=supplier.id,
            line_id=line.id,
            version=version or "",
        )
