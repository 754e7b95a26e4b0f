"""A small made-up hospital with budget lines and documents, for tests of money services."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import insert, select, text

from mobile_hrp.domain.budget.terms import Account, ControlMode, MovementKind
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.models.budget import BudgetEntry, BudgetLine, BudgetLineMonth
from mobile_hrp.models.document import Document, DocumentLine
from mobile_hrp.models.organization import Campus, Department, FundSource, Hospital, Staff
from mobile_hrp.runtime.database import AnySession, Database
from mobile_hrp.runtime.ids import new_id

HOSPITAL_ID = 7
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@dataclass
class Hospital7:
    """Ids of what is there; lines by code."""

    campus_id: uuid.UUID = field(default_factory=new_id)
    department_id: uuid.UUID = field(default_factory=new_id)
    fund_source_id: uuid.UUID = field(default_factory=new_id)
    staff: list[uuid.UUID] = field(default_factory=lambda: [new_id() for _ in range(3)])
    lines: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def requester_id(self) -> uuid.UUID:
        return self.staff[0]


async def open_hospital(owner: Database) -> Hospital7:
    """One campus, one department, three people, one fund source; no budget yet."""
    made = Hospital7()
    key = {"hospital_id": HOSPITAL_ID}
    async with owner.transaction(HOSPITAL_ID) as session:
        await session.execute(
            insert(Hospital).values(
                id=HOSPITAL_ID, code="H7", name="示例医院", tax_id="T7", created_at=NOW
            )
        )
        await session.execute(
            insert(Campus).values(**key, id=made.campus_id, code="C1", name="示例院区")
        )
        await session.execute(
            insert(Department).values(
                **key,
                id=made.department_id,
                code="D1",
                name="示例外科",
                kind="clinical",
                campus_id=made.campus_id,
                valid_from=date(2020, 1, 1),
            )
        )
        await session.execute(
            insert(Staff),
            [
                {
                    **key,
                    "id": staff_id,
                    "employee_number": f"E{number}",
                    "name": f"测试员{number}",
                    "department_id": made.department_id,
                    "rank": "junior",
                    "job_category": "doctor",
                    "joined_on": date(2020, 1, 1),
                }
                for number, staff_id in enumerate(made.staff)
            ],
        )
        await session.execute(
            insert(FundSource).values(
                **key,
                id=made.fund_source_id,
                code="F1",
                name="示例自筹",
                nature="own",
                year_end="lapse",
            )
        )
    return made


async def add_line(
    owner: Database,
    hospital: Hospital7,
    code: str,
    approved_fen: int,
    *,
    parent: str | None = None,
    months: Sequence[tuple[int, int]] = (),
    **columns: object,
) -> uuid.UUID:
    """An approved budget line, with the ledger entry of its approval."""
    line_id = new_id()
    hospital.lines[code] = line_id
    key = {"hospital_id": HOSPITAL_ID}
    async with owner.transaction(HOSPITAL_ID) as session:
        await session.execute(
            insert(BudgetLine).values(
                {
                    **key,
                    "id": line_id,
                    "year": 2026,
                    "code": code,
                    "name": f"示例预算 {code}",
                    "first_day": date(2026, 1, 1),
                    "last_day": date(2026, 12, 31),
                    "parent_id": hospital.lines[parent] if parent else None,
                    "fund_source_id": hospital.fund_source_id,
                    "control_mode": ControlMode.RIGID,
                    "approved_fen": approved_fen,
                    **columns,
                }
            )
        )
        if approved_fen:
            await session.execute(
                insert(BudgetEntry).values(
                    **key,
                    id=new_id(),
                    movement_id=new_id(),
                    kind=MovementKind.APPROPRIATE,
                    line_id=line_id,
                    charged_line_id=line_id,
                    source=Account.APPROVED,
                    target=Account.AVAILABLE,
                    amount_fen=approved_fen,
                    month=202601,
                    occurred_at=NOW,
                )
            )
        for month, planned_fen in months:
            await session.execute(
                insert(BudgetLineMonth).values(
                    **key, id=new_id(), line_id=line_id, month=month, planned_fen=planned_fen
                )
            )
    return line_id


async def add_document(
    session: AnySession,
    hospital: Hospital7,
    *amounts: tuple[str | None, int],
    scenario: str = "general_claim",
    status: DocumentStatus = DocumentStatus.IN_APPROVAL,
) -> Document:
    """A document of the first staff member with one line per (budget line code, fen)."""
    document = Document(
        hospital_id=HOSPITAL_ID,
        id=new_id(),
        number=f"N-{uuid.uuid4().hex[:10]}",
        scenario_code=scenario,
        scenario_version="1",
        title="示例单据",
        requester_id=hospital.requester_id,
        department_id=hospital.department_id,
        campus_id=hospital.campus_id,
        status=status,
        amount_fen=sum(fen for _, fen in amounts),
        version=1,
        created_at=NOW,
        submitted_at=NOW,
    )
    session.add(document)
    await session.flush()
    await put_lines(session, hospital, document, *amounts)
    return document


async def put_lines(
    session: AnySession,
    hospital: Hospital7,
    document: Document,
    *amounts: tuple[str | None, int],
) -> None:
    """Add lines behind those the document has."""
    known = await lines_of(session, document)
    for position, (code, fen) in enumerate(amounts, start=len(known)):
        session.add(
            DocumentLine(
                hospital_id=HOSPITAL_ID,
                id=new_id(),
                document_id=document.id,
                position=position,
                description="示例费用",
                expense_type="travel",
                form_path=f"lines.{position}",
                amount_fen=fen,
                budget_line_id=hospital.lines[code] if code else None,
            )
        )
    await session.flush()


async def lines_of(session: AnySession, document: Document) -> Sequence[DocumentLine]:
    found = await session.execute(
        select(DocumentLine)
        .where(DocumentLine.document_id == document.id)
        .order_by(DocumentLine.position)
    )
    return found.scalars().all()


async def five(session: AnySession, hospital: Hospital7, code: str) -> tuple[int, ...]:
    """Budget, frozen, occupied, executed of a line."""
    row = await session.execute(
        text(
            "SELECT approved_fen + adjusted_fen, frozen_fen, occupied_fen, executed_fen"
            " FROM budget_line WHERE id = :id"
        ),
        {"id": hospital.lines[code]},
    )
    return tuple(row.one())


RECONCILE = {
    "figures differ from the entries of the line": """
        SELECT l.code FROM budget_line l
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount_fen * ((target = 'frozen')::int
                       - (source = 'frozen')::int)), 0) AS frozen,
                   coalesce(sum(amount_fen * ((target = 'occupied')::int
                       - (source = 'occupied')::int)), 0) AS occupied,
                   coalesce(sum(amount_fen * ((target = 'executed')::int
                       - (source = 'executed')::int)), 0) AS executed,
                   coalesce(sum(amount_fen * ((source = 'approved')::int
                       - (target = 'approved')::int)), 0) AS approved,
                   coalesce(sum(amount_fen * ((source = 'adjusted')::int
                       - (target = 'adjusted')::int)), 0) AS adjusted
            FROM budget_entry e WHERE e.line_id = l.id
        ) s ON true
        WHERE (l.approved_fen, l.adjusted_fen, l.frozen_fen, l.occupied_fen, l.executed_fen)
           IS DISTINCT FROM (s.approved, s.adjusted, s.frozen, s.occupied, s.executed)""",
    "figures differ from the holds below the line": """
        WITH RECURSIVE under(root, id) AS (
            SELECT id, id FROM budget_line
            UNION SELECT u.root, l.id FROM under u JOIN budget_line l ON l.parent_id = u.id
        ), held AS (
            SELECT u.root,
                   coalesce(sum(h.left_fen) FILTER (WHERE h.state = 'frozen'), 0) AS frozen,
                   coalesce(sum(h.left_fen) FILTER (WHERE h.state = 'occupied'), 0) AS occupied,
                   coalesce(sum(h.executed_fen), 0) AS executed
            FROM under u LEFT JOIN budget_hold h ON h.line_id = u.id GROUP BY u.root
        )
        SELECT l.code FROM budget_line l JOIN held ON held.root = l.id
        WHERE (l.frozen_fen, l.occupied_fen, l.executed_fen)
           IS DISTINCT FROM (held.frozen, held.occupied, held.executed)""",
    "a rigid line is overspent": """
        SELECT code FROM budget_line
        WHERE control_mode = 'rigid'
          AND frozen_fen + occupied_fen + executed_fen > approved_fen + adjusted_fen""",
    "months of a phased line do not sum to its use": """
        SELECT l.code FROM budget_line l
        WHERE l.check_window <> 'year'
          AND l.frozen_fen + l.occupied_fen + l.executed_fen IS DISTINCT FROM
              (SELECT coalesce(sum(m.used_fen), 0) FROM budget_line_month m
               WHERE m.line_id = l.id)""",
}


async def breaks(session: AnySession) -> list[str]:
    """What does not reconcile, by SQL alone; empty when the books are right."""
    found = []
    for name, query in RECONCILE.items():
        codes = (await session.execute(text(query))).scalars().all()
        found += [f"{name}: {code}" for code in codes]
    return found
