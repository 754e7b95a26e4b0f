"""The ordinary way: the inbox as a team writes it that follows the docs of Strawberry and FastAPI.

``strawberry.fastapi.GraphQLRouter`` as it comes, plain Strawberry types over the ORM's rows, a
permission class, SQLAlchemy's async ORM, one ``DataLoader`` per kind of row, made anew for each
request, each of whose batches opens a session of its own (an ``AsyncSession`` must not be shared by
resolvers that run side by side). Nothing is slowed down, and nothing is clever.

The names and the answers are those of our schema, so that they can be compared; so are the rights:
the token is proven, a role must allow to decide, and every session sets what row-level security
reads.
"""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from fastapi import Depends, FastAPI, Header, HTTPException
from sqlalchemy import func, make_url, or_, select, text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from strawberry.dataloader import DataLoader
from strawberry.fastapi import BaseContext, GraphQLRouter
from strawberry.permission import BasePermission

from mobile_hrp.domain.approval.terms import TaskKind, TaskStatus, Verdict
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.tokens import hospital_of, token_hash
from mobile_hrp.domain.notification.vocabulary import NotificationState
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.pagination import encode_cursor
from mobile_hrp.models import approval, document, identity, notification, organization
from mobile_hrp.runtime.clock import utc_now

_DECIDERS = {"employee", "dept_head"}
_POOL_SIZE = 10  # as the other servers have it; more would come and go under load
_SCOPE = text(
    "SELECT set_config('app.hospital_id', :hospital_id, true),"
    " set_config('app.staff_id', :staff_id, true)"
)
for _kind in (TaskKind, TaskStatus, Verdict, DocumentStatus):
    strawberry.enum(_kind)


class Sessions:
    """Opens sessions that see one hospital."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._maker = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def open(self, hospital_id: int, staff_id: str = "") -> AsyncIterator[AsyncSession]:
        async with self._maker() as session, session.begin():
            await session.execute(_SCOPE, {"hospital_id": str(hospital_id), "staff_id": staff_id})
            yield session


class Context(BaseContext):
    """Who asks, and the loaders of this request."""

    def __init__(
        self, sessions: Sessions, hospital_id: int, staff_id: uuid.UUID, roles: set[str]
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._hospital_id = hospital_id
        self.staff_id = staff_id
        self.roles = roles
        self.staff = DataLoader(load_fn=self._load_staff)
        self.departments = DataLoader(load_fn=self._load_departments)
        self.documents = DataLoader(load_fn=self._load_documents)
        self.lines = DataLoader(load_fn=self._load_lines)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions.open(self._hospital_id, str(self.staff_id)) as session:
            yield session

    async def _load_staff(self, keys: list[uuid.UUID]) -> list[organization.Staff | None]:
        async with self.session() as session:
            rows = await session.scalars(
                select(organization.Staff).where(organization.Staff.id.in_(keys))
            )
        found = {row.id: row for row in rows}
        return [found.get(key) for key in keys]

    async def _load_departments(self, keys: list[uuid.UUID]) -> list[organization.Department]:
        async with self.session() as session:
            rows = await session.scalars(
                select(organization.Department).where(organization.Department.id.in_(keys))
            )
        found = {row.id: row for row in rows}
        return [found[key] for key in keys]

    async def _load_documents(self, keys: list[uuid.UUID]) -> list[document.Document | None]:
        async with self.session() as session:
            rows = await session.scalars(
                select(document.Document).where(document.Document.id.in_(keys))
            )
        found = {row.id: row for row in rows}
        return [found.get(key) for key in keys]

    async def _load_lines(self, keys: list[uuid.UUID]) -> list[list[document.DocumentLine]]:
        async with self.session() as session:
            rows = await session.scalars(
                select(document.DocumentLine)
                .where(document.DocumentLine.document_id.in_(keys))
                .order_by(document.DocumentLine.position)
            )
        found: dict[uuid.UUID, list[document.DocumentLine]] = {key: [] for key in keys}
        for row in rows:
            found[row.document_id].append(row)
        return [found[key] for key in keys]


Info = strawberry.Info[Context, None]


class MayDecide(BasePermission):
    message = "you may not decide"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:  # noqa: ARG002 - Strawberry's signature
        return bool(info.context.roles & _DECIDERS)


def cursor_of(task: approval.ApprovalTask) -> str:
    assert task.opened_at is not None  # noqa: S101 - what waits has been opened
    return encode_cursor(task.opened_at, task.id)


@strawberry.type
class Department:
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: organization.Department) -> "Department":
        return cls(id=encode_id("Department", row.id), name=row.name)


@strawberry.type
class Staff:
    id: strawberry.ID
    employee_number: str
    name: str
    department_id: strawberry.Private[uuid.UUID]

    @strawberry.field
    async def department(self, info: Info) -> Department | None:
        return Department.of(await info.context.departments.load(self.department_id))


@strawberry.type
class DocumentLine:
    id: strawberry.ID
    position: int
    description: str
    expense_type: str
    amount: Decimal


@strawberry.type
class Document:
    id: strawberry.ID
    number: str
    scenario_code: str
    title: str
    status: DocumentStatus
    amount: Decimal
    snapshot_hash: str | None
    submitted_at: datetime | None
    row: strawberry.Private[document.Document]

    @strawberry.field
    async def requester(self, info: Info) -> Staff | None:
        row = await info.context.staff.load(self.row.requester_id)
        if row is None:
            return None
        return Staff(
            id=encode_id("Staff", row.id),
            employee_number=row.employee_number,
            name=row.name,
            department_id=row.department_id,
        )

    @strawberry.field
    async def department(self, info: Info) -> Department | None:
        return Department.of(await info.context.departments.load(self.row.department_id))

    @strawberry.field
    async def lines(self, info: Info) -> list[DocumentLine]:
        return [
            DocumentLine(
                id=encode_id("DocumentLine", row.id),
                position=row.position,
                description=row.description,
                expense_type=row.expense_type,
                amount=Decimal(row.amount_fen).scaleb(-2),
            )
            for row in await info.context.lines.load(self.row.id)
        ]


@strawberry.type
class Task:
    id: strawberry.ID
    kind: TaskKind
    status: TaskStatus
    node_key: str
    claimed: bool
    verdict: Verdict | None
    opened_at: datetime | None
    due_at: datetime | None
    document_id: strawberry.Private[uuid.UUID]

    @strawberry.field
    async def document(self, info: Info) -> Document | None:
        row = await info.context.documents.load(self.document_id)
        if row is None:
            return None
        return Document(
            id=encode_id("Document", row.id),
            number=row.number,
            scenario_code=row.scenario_code,
            title=row.title,
            status=row.status,
            amount=Decimal(row.amount_fen).scaleb(-2),
            snapshot_hash=row.snapshot_hash,
            submitted_at=row.submitted_at,
            row=row,
        )

    @classmethod
    def of(cls, row: approval.ApprovalTask, document_id: uuid.UUID) -> "Task":
        return cls(
            id=encode_id("Task", row.id),
            kind=row.kind,
            status=row.status,
            node_key=row.node_key,
            claimed=row.claimed,
            verdict=row.verdict,
            opened_at=row.opened_at,
            due_at=row.due_at,
            document_id=document_id,
        )


@strawberry.type
class TaskEdge:
    cursor: str
    node: Task


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class TaskConnection:
    edges: list[TaskEdge]
    page_info: PageInfo


@strawberry.type
class TodoCounts:
    total: int
    overdue: int


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[MayDecide])  # type: ignore[untyped-decorator]  # so typed
    async def todo(self, info: Info, first: int) -> TaskConnection:
        table, instance = approval.ApprovalTask, approval.ApprovalInstance
        async with info.context.session() as session:
            found = await session.execute(
                select(table, instance.document_id)
                .join(instance, instance.id == table.instance_id)
                .where(*_waiting(info.context.staff_id))
                .order_by(table.opened_at.desc(), table.id.desc())
                .limit(first + 1)
            )
        rows = found.all()
        edges = [TaskEdge(cursor=cursor_of(row[0]), node=Task.of(*row)) for row in rows[:first]]
        return TaskConnection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=len(rows) > first, end_cursor=edges[-1].cursor if edges else None
            ),
        )

    @strawberry.field(permission_classes=[MayDecide])  # type: ignore[untyped-decorator]  # so typed
    async def todo_counts(self, info: Info) -> TodoCounts:
        table = approval.ApprovalTask
        async with info.context.session() as session:
            counts = await session.execute(
                select(func.count(), func.count().filter(table.due_at < utc_now())).where(
                    *_waiting(info.context.staff_id)
                )
            )
        total, overdue = counts.one()
        return TodoCounts(total=total, overdue=overdue)

    @strawberry.field
    async def unread_count(self, info: Info) -> int:
        table = notification.Notification
        async with info.context.session() as session:
            number = await session.scalar(
                select(func.count())
                .select_from(table)
                .where(
                    table.recipient_id == info.context.staff_id,
                    table.state == NotificationState.LIVE,
                )
            )
        return number or 0


def _waiting(staff_id: uuid.UUID) -> tuple[Any, ...]:
    table = approval.ApprovalTask
    return (
        table.assignee_id == staff_id,
        table.status == TaskStatus.PENDING,
        table.kind != TaskKind.COPY,
    )


async def signed_in(sessions: Sessions, token: str) -> Context | None:
    """The context of the person behind a token; None when it proves nobody."""
    hospital_id = hospital_of(token)
    if hospital_id is None:
        return None
    now = utc_now()
    family, device, staff = identity.SessionFamily, identity.Device, organization.Staff
    held = organization.RoleAssignment
    async with sessions.open(hospital_id) as session:
        staff_id = await session.scalar(
            select(family.staff_id)
            .join(identity.AccessToken, identity.AccessToken.family_id == family.id)
            .join(device, device.id == family.device_id)
            .join(staff, staff.id == family.staff_id)
            .where(
                identity.AccessToken.token_hash == token_hash(token),
                identity.AccessToken.expires_at > now,
                family.ended_at.is_(None),
                device.revoked_at.is_(None),
                staff.active,
            )
        )
        if staff_id is None:
            return None
        roles = await session.scalars(
            select(held.role).where(
                held.staff_id == staff_id,
                held.valid_from <= now.date(),
                or_(held.valid_to.is_(None), held.valid_to > now.date()),
            )
        )
        return Context(sessions, hospital_id, staff_id, set(roles))


def context_getter(sessions: Sessions) -> Callable[..., Any]:
    async def bearer(authorization: Annotated[str, Header()] = "") -> str:
        return authorization.removeprefix("Bearer ")

    async def get_context(token: Annotated[str, Depends(bearer)]) -> Context:
        context = await signed_in(sessions, token)
        if context is None:
            raise HTTPException(401)
        return context

    return get_context


def ordinary_app(database_url: str) -> FastAPI:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, pool_size=_POOL_SIZE, max_overflow=0)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)
    schema = strawberry.Schema(query=Query)
    router: GraphQLRouter[Context, None] = GraphQLRouter(
        schema, context_getter=context_getter(Sessions(engine))
    )
    app.include_router(router, prefix="/graphql")
    return app
