"""Documents, their lines, and where they are in their approval."""

import uuid
from datetime import datetime
from typing import Self

import strawberry
from sqlalchemy import select
from strawberry.scalars import JSON

from mobile_hrp.domain.approval.terms import TaskKind, TaskStatus, Verdict
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.scenario.charges import charged_rows
from mobile_hrp.domain.scenario.deductions import deducted
from mobile_hrp.graphql.access import REACHED, covered_by, field
from mobile_hrp.graphql.commands import Info
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.form_values import outward
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.approvals import NodeType, ProgressType, TimelineEntryType
from mobile_hrp.graphql.types.findings import FindingType, kept_findings
from mobile_hrp.graphql.types.organization import DepartmentType, StaffType, load_staff
from mobile_hrp.graphql.types.payments import PaymentOrderType
from mobile_hrp.models.approval import ApprovalEntry, ApprovalInstance, ApprovalNode, ApprovalTask
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.services.approvals.progress import progress_of
from mobile_hrp.services.linked_requests import (
    RequestFigures,
    is_used_by_claims,
    request_figures,
)
from mobile_hrp.services.payments import orders_of
from mobile_hrp.services.policy.findings import findings_of
from mobile_hrp.services.scenarios import of_document

strawberry.enum(DocumentStatus, name="DocumentStatus")


@covered_by(REACHED)
@strawberry.type(name="DocumentLine", description="One line: what was spent, on which budget.")
class DocumentLineType:
    id: strawberry.ID
    position: int
    description: str
    expense_type: str
    amount: Money
    budget_line_id: strawberry.ID | None
    receipt_ids: list[strawberry.ID]

    @classmethod
    def of(cls, row: DocumentLine) -> Self:
        return cls(
            id=encode_id("DocumentLine", row.id),
            position=row.position,
            description=row.description,
            expense_type=row.expense_type,
            amount=Money(row.amount_fen),
            budget_line_id=_optional("BudgetLine", row.budget_line_id),
            receipt_ids=[encode_id("Receipt", uuid.UUID(key)) for key in row.receipt_ids],
        )


@covered_by(REACHED)
@strawberry.type(name="Deduction", description="What a reviewer took off a line (核减), and why.")
class DeductionType:
    description: str
    path: str = strawberry.field(description="Of the line in the form.")
    claimed: Money
    deducted: Money
    approved: Money
    reason: str


@covered_by(REACHED)
@strawberry.type(name="ApprovalTask", description="Somebody's part in an approval.")
class TaskType:
    id: strawberry.ID
    kind: TaskKind
    status: TaskStatus
    node_key: str
    claimed: bool
    verdict: Verdict | None
    opened_at: datetime | None
    due_at: datetime | None
    decided_at: datetime | None
    row: strawberry.Private[ApprovalTask]
    document_id: strawberry.Private[uuid.UUID]

    @field(REACHED)
    async def assignee(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.assignee_id)

    @field(REACHED, description="In whose name a standing proxy holds it.")
    async def principal(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.principal_id)

    @field(REACHED, description="The document to decide on.")
    async def document(self, info: Info) -> "DocumentType | None":
        row = await info.context.loaders.documents.load(self.document_id)
        return DocumentType.of(row) if row else None

    @classmethod
    def of(cls, row: ApprovalTask, document_id: uuid.UUID) -> Self:
        return cls(
            id=encode_id("Task", row.id),
            kind=row.kind,
            status=row.status,
            node_key=row.node_key,
            claimed=row.claimed,
            verdict=row.verdict,
            opened_at=row.opened_at,
            due_at=row.due_at,
            decided_at=row.decided_at,
            row=row,
            document_id=document_id,
        )


@covered_by(REACHED)
@strawberry.type(
    name="RequestFigures", description="A request that claims use, and what came of it so far."
)
class RequestFiguresType:
    approved: Money
    converted: Money = strawberry.field(description="What claims have taken of its budget.")
    remaining: Money = strawberry.field(description="What it still holds for claims to come.")
    claimed: Money = strawberry.field(
        description="What live claims ask for together; may exceed what was approved."
    )
    claims: int = strawberry.field(description="How many live claims use it.")

    @classmethod
    def of(cls, found: RequestFigures) -> Self:
        return cls(
            approved=Money(found.approved_fen),
            converted=Money(found.converted_fen),
            remaining=Money(found.remaining_fen),
            claimed=Money(found.claimed_fen),
            claims=sum(use.live for use in found.uses),
        )


@covered_by(REACHED)
@strawberry.type(name="Document", description="A request, claim or other paper (单据).")
class DocumentType:
    id: strawberry.ID
    number: str
    scenario_code: str
    scenario_version: str
    title: str
    status: DocumentStatus
    amount: Money
    version: int
    snapshot_hash: str | None = strawberry.field(
        description="Of the submitted version; send it with a decision on what you displayed."
    )
    created_at: datetime
    submitted_at: datetime | None
    finished_at: datetime | None
    row: strawberry.Private[Document]

    @field(REACHED)
    async def requester(self, info: Info) -> StaffType | None:
        return await load_staff(info, self.row.requester_id)

    @field(REACHED)
    async def department(self, info: Info) -> DepartmentType | None:
        found = await info.context.loaders.departments.load(self.row.department_id)
        return DepartmentType.of(found) if found else None

    @field(REACHED)
    async def lines(self, info: Info) -> list[DocumentLineType]:
        rows = await info.context.loaders.document_lines.load(self.row.id)
        return [DocumentLineType.of(row) for row in rows]

    @field(REACHED, description="What reviewers took off, by line; what is left is paid.")
    async def deductions(self, info: Info) -> list[DeductionType]:
        if not self.row.deductions:
            return []
        async with info.context.reading() as session:
            scenario = await of_document(session, self.row)
        return [
            DeductionType(
                description=row.description,
                path=row.path,
                claimed=Money(row.amount_fen),
                deducted=Money(deducted(self.row.deductions, row.path)),
                approved=Money(row.amount_fen - deducted(self.row.deductions, row.path)),
                reason=str(self.row.deductions[row.path]["reason"]),
            )
            for row in charged_rows(scenario, self.row.values)
            if row.path in self.row.deductions
        ]

    @field(REACHED, description="The form's values by field key; money in yuan.")
    async def values(self, info: Info) -> JSON:
        async with info.context.reading() as session:
            scenario = await of_document(session, self.row)
        return JSON(outward(scenario.fields, self.row.values))

    @field(REACHED, description="Of a request that claims may use; null for any other document.")
    async def request(self, info: Info) -> RequestFiguresType | None:
        async with info.context.reading() as session:
            if not is_used_by_claims(await of_document(session, self.row)):
                return None
            found = await request_figures(session, request=self.row)
        return RequestFiguresType.of(found)

    @field(REACHED, description="What the controls found on the version people look at.")
    async def findings(self, info: Info) -> list[FindingType]:
        async with info.context.reading() as session:
            rows = await findings_of(session, self.row)
            return await kept_findings(session, rows, info.context.locale)

    @field(REACHED, description="The steps of the route, in order; empty before submission.")
    async def route(self, info: Info) -> list[NodeType]:
        async with info.context.reading() as session:
            rows = await session.scalars(
                select(ApprovalNode)
                .join(
                    ApprovalInstance,
                    (ApprovalInstance.hospital_id == ApprovalNode.hospital_id)
                    & (ApprovalInstance.id == ApprovalNode.instance_id),
                )
                .where(
                    ApprovalInstance.document_id == self.row.id, ApprovalNode.position.is_not(None)
                )
                .order_by(ApprovalNode.position)
            )
            return [NodeType.of(row) for row in rows]

    @field(
        REACHED, description="Who has it now, since when, against which clock; null for a draft."
    )
    async def progress(self, info: Info) -> ProgressType | None:
        async with info.context.reading() as session:
            found = await progress_of(session, document=self.row, now=info.context.now())
        return ProgressType.of(found) if found else None

    @field(REACHED, description="What happened to it, from the beginning.")
    async def timeline(self, info: Info) -> list[TimelineEntryType]:
        async with info.context.reading() as session:
            rows = await session.scalars(
                select(ApprovalEntry)
                .join(
                    ApprovalInstance,
                    (ApprovalInstance.hospital_id == ApprovalEntry.hospital_id)
                    & (ApprovalInstance.id == ApprovalEntry.instance_id),
                )
                .where(ApprovalInstance.document_id == self.row.id)
                .order_by(ApprovalEntry.seq)
            )
            return [TimelineEntryType.of(row) for row in rows]

    @field(REACHED, description="Everything that waits for somebody on this document.")
    async def pending_tasks(self, info: Info) -> list[TaskType]:
        async with info.context.reading() as session:
            rows = await session.scalars(
                select(ApprovalTask)
                .join(
                    ApprovalInstance,
                    (ApprovalInstance.hospital_id == ApprovalTask.hospital_id)
                    & (ApprovalInstance.id == ApprovalTask.instance_id),
                )
                .where(
                    ApprovalInstance.document_id == self.row.id,
                    ApprovalTask.status == TaskStatus.PENDING,
                )
                .order_by(ApprovalTask.seq)
            )
            return [TaskType.of(row, self.row.id) for row in rows]

    @field(REACHED, description="Where the money is: one order per payee, in their order.")
    async def my_payments(self, info: Info) -> list[PaymentOrderType]:
        async with info.context.reading() as session:
            rows = await orders_of(session, self.row.id)
        return [PaymentOrderType.of(row) for row in rows]

    @classmethod
    def of(cls, row: Document) -> Self:
        return cls(
            id=encode_id("Document", row.id),
            number=row.number,
            scenario_code=row.scenario_code,
            scenario_version=row.scenario_version,
            title=row.title,
            status=row.status,
            amount=Money(row.amount_fen),
            version=row.version,
            snapshot_hash=row.snapshot_hash,
            created_at=row.created_at,
            submitted_at=row.submitted_at,
            finished_at=row.finished_at,
            row=row,
        )


@covered_by(REACHED)
@strawberry.type(description="The document, or why not.")
class DocumentPayload:
    document: DocumentType | None
    user_errors: list[UserError]
    replayed: bool = False


def _optional(type_name: str, key: uuid.UUID | None) -> strawberry.ID | None:
    return encode_id(type_name, key) if key else None
