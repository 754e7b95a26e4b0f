"""A page of the inbox in memory: as objects with everything in them, and as rows with loaders."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import strawberry
from benchmarks.graphql_operations import TODO
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig

from mobile_hrp.domain.approval.terms import TaskKind, TaskStatus, Verdict
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.graphql.pagination import Connection, Edge, PageInfo
from mobile_hrp.graphql.scalars import SCALARS, Money
from mobile_hrp.graphql.types.documents import TaskType
from mobile_hrp.models.approval import ApprovalTask
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.organization import Department, Staff

PAGE = f"query Page($first: Int!) {{\n{TODO}\n}}"
_NOW = dt.datetime(2026, 11, 22, 8, 30, 15, 120_000, tzinfo=dt.UTC)


@strawberry.type(name="Department")
class PlainDepartment:
    id: strawberry.ID
    name: str


@strawberry.type(name="Staff")
class PlainStaff:
    id: strawberry.ID
    employee_number: str
    name: str
    department: PlainDepartment | None


@strawberry.type(name="DocumentLine")
class PlainLine:
    id: strawberry.ID
    position: int
    description: str
    expense_type: str
    amount: Money


@strawberry.type(name="Document")
class PlainDocument:
    id: strawberry.ID
    number: str
    scenario_code: str
    title: str
    status: DocumentStatus
    amount: Money
    snapshot_hash: str | None
    submitted_at: dt.datetime | None
    requester: PlainStaff | None
    department: PlainDepartment | None
    lines: list[PlainLine]


@strawberry.type(name="ApprovalTask")
class PlainTask:
    id: strawberry.ID
    kind: TaskKind
    status: TaskStatus
    node_key: str
    claimed: bool
    verdict: Verdict | None
    opened_at: dt.datetime | None
    due_at: dt.datetime | None
    document: PlainDocument | None


@dataclass
class Loaded:
    """The rows of a page. ``context`` gives resolvers new loaders over them."""

    tasks: list[ApprovalTask] = field(default_factory=list)
    documents: dict[uuid.UUID, Document] = field(default_factory=dict)
    lines: dict[uuid.UUID, list[DocumentLine]] = field(default_factory=dict)
    staff: dict[uuid.UUID, Staff] = field(default_factory=dict)
    departments: dict[uuid.UUID, Department] = field(default_factory=dict)

    def context(self) -> Any:
        loaders = SimpleNamespace(
            documents=_loader(self.documents),
            document_lines=_loader(self.lines),
            staff=_loader(self.staff),
            departments=_loader(self.departments),
        )
        return SimpleNamespace(loaders=loaders)


def loaded_page(tasks: int, lines: int) -> Loaded:
    """A page of so many tasks, each with a document of so many lines."""
    page = Loaded()
    for number in range(tasks):
        department = Department(id=_key(1, number), code=f"D{number}", name=f"心内科{number}")
        person = Staff(
            id=_key(2, number),
            employee_number=f"e{number:05}",
            name=f"王芳{number}",
            department_id=department.id,
        )
        document = Document(
            id=_key(3, number),
            number=f"BX-2026-{number:06}",
            scenario_code="travel",
            scenario_version=1,
            title="差旅费报销",
            status=DocumentStatus.IN_APPROVAL,
            amount_fen=126_800 + number,
            version=1,
            snapshot_hash="5f" * 32,
            created_at=_NOW,
            submitted_at=_NOW,
            requester_id=person.id,
            department_id=department.id,
        )
        page.departments[department.id] = department
        page.staff[person.id] = person
        page.documents[document.id] = document
        page.lines[document.id] = [_line(number, position) for position in range(lines)]
        page.tasks.append(_task(number))
    return page


def plain_schema(page: Loaded) -> strawberry.Schema:
    """The page as objects that hold one another: attributes and nothing else."""
    edges = [
        Edge(cursor=f"c{number}", node=_plain(page, task)) for number, task in enumerate(page.tasks)
    ]
    answer = Connection(edges=edges, page_info=PageInfo(has_next_page=True, end_cursor="c"))

    @strawberry.type
    class Query:
        @strawberry.field
        async def todo(self, first: int) -> Connection[PlainTask]:  # noqa: ARG002 - as it is asked
            return answer

    return strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def resolved_schema(page: Loaded) -> strawberry.Schema:
    """The page as the schema's own types, whose resolvers ask loaders."""
    edges = [
        Edge(cursor=f"c{number}", node=TaskType.of(task, document))
        for number, (task, document) in enumerate(zip(page.tasks, page.documents, strict=True))
    ]
    answer = Connection(edges=edges, page_info=PageInfo(has_next_page=True, end_cursor="c"))

    @strawberry.type
    class Query:
        @strawberry.field
        async def todo(self, first: int) -> Connection[TaskType]:  # noqa: ARG002 - as it is asked
            return answer

    return strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def _plain(page: Loaded, task: ApprovalTask) -> PlainTask:
    document = page.documents[_key(3, _number(task.id))]
    department = page.departments[document.department_id]
    known = PlainDepartment(id=_id(department), name=department.name)
    person = page.staff[document.requester_id]
    return PlainTask(
        id=_id(task),
        kind=task.kind,
        status=task.status,
        node_key=task.node_key,
        claimed=task.claimed,
        verdict=task.verdict,
        opened_at=task.opened_at,
        due_at=task.due_at,
        document=PlainDocument(
            id=_id(document),
            number=document.number,
            scenario_code=document.scenario_code,
            title=document.title,
            status=document.status,
            amount=Money(document.amount_fen),
            snapshot_hash=document.snapshot_hash,
            submitted_at=document.submitted_at,
            requester=PlainStaff(
                id=_id(person),
                employee_number=person.employee_number,
                name=person.name,
                department=known,
            ),
            department=known,
            lines=[
                PlainLine(
                    id=_id(line),
                    position=line.position,
                    description=line.description,
                    expense_type=line.expense_type,
                    amount=Money(line.amount_fen),
                )
                for line in page.lines[document.id]
            ],
        ),
    )


def _task(number: int) -> ApprovalTask:
    return ApprovalTask(
        id=_key(4, number),
        kind=TaskKind.DECIDE,
        status=TaskStatus.PENDING,
        node_key="dept_head",
        claimed=False,
        verdict=None,
        opened_at=_NOW,
        due_at=_NOW,
    )


def _line(number: int, position: int) -> DocumentLine:
    return DocumentLine(
        id=_key(5, number * 1_000 + position),
        position=position,
        description="高铁二等座",
        expense_type="train",
        amount_fen=54_350 + position,
        receipt_ids=[],
    )


def _key(kind: int, number: int) -> uuid.UUID:
    return uuid.UUID(int=(kind << 64) + number)


def _number(key: uuid.UUID) -> int:
    return key.int & 0xFFFF_FFFF


def _id(row: Any) -> strawberry.ID:
    return strawberry.ID(str(row.id))


def _loader(rows: Mapping[uuid.UUID, Any]) -> DataLoader[uuid.UUID, Any]:
    async def load(keys: list[uuid.UUID]) -> list[Any]:
        return [rows[key] for key in keys]

    return DataLoader(load)
