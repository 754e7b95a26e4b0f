"""A hospital of random rows for the compiled tier: awkward texts, moments, nulls and orders.

Two of its hospitals stand in one database, so that a statement that forgets whose rows it may read
is seen. Rows need not make sense as approvals; each has to be one that the tables accept.
"""

import hashlib
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text

from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.terms import (
    InstanceStatus,
    NodeKind,
    NodeStatus,
    SeatRole,
    SignMode,
    TaskKind,
    TaskStatus,
    Verdict,
)
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.identity.sessions import LoginMethod, Platform
from mobile_hrp.domain.identity.tokens import token_hash, token_text
from mobile_hrp.domain.notification.vocabulary import NotificationState, Urgency
from mobile_hrp.domain.receipts.kinds import ReceiptKind
from mobile_hrp.models import tables
from mobile_hrp.models.receipt import ReceiptStatus, ReceiptUseState
from mobile_hrp.runtime.database import Database
from mobile_hrp.services.notices import kinds
from mobile_hrp.synthetic.hospital.plan import HospitalPlan
from mobile_hrp.synthetic.hospital.seed import seed_hospital

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
TEXTS = (
    "差旅报销",
    'say "hi" \\ and / back',
    "line\nbreak\ttab",
    "\u2028</script>",
    "😀 emoji",
    "",
    "'; DROP TABLE document; --",
    "control \u0001\u001f",
    "%s %(x)s {y} $1 :z",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks."""

    token: str
    staff_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Filled:
    """Who may ask, and what ids there are to ask for."""

    people: Sequence[Person]
    documents: Sequence[uuid.UUID]
    receipts: Sequence[uuid.UUID]


class Filler:
    """Makes the rows of one hospital, the same for the same seed."""

    def __init__(self, seed: int, hospital_id: int) -> None:
        self.random = random.Random(f"{seed}/{hospital_id}")  # noqa: S311 - not a secret
        self.hospital_id = hospital_id
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def key(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def add(self, table: str, **values: Any) -> uuid.UUID:
        key: uuid.UUID = values.pop("id", None) or self.key()
        self.rows.setdefault(table, []).append(
            {"hospital_id": self.hospital_id, "id": key, **values}
        )
        return key

    def one_of(self, choices: Any) -> Any:
        return self.random.choice(list(choices))

    def text(self) -> str:
        return f"{self.one_of(TEXTS)}{self.random.randint(0, 99)}"

    def moment(self) -> datetime:
        """Often one of few, so that the id has to decide; some without a fraction."""
        at = NOW - timedelta(hours=self.random.randint(1, 30))
        return at + timedelta(microseconds=self.one_of((0, 0, 1, 120_000, 999_999)))

    def perhaps(self, value: Any) -> Any:
        return value if self.random.random() < 0.6 else None


async def fill(
    owner: Database, *, seed: int = 1, hospital_id: int = 7, documents: int = 60
) -> Filled:
    """Seed a hospital and fill it; roles from none at all to the whole hospital."""
    plan = HospitalPlan(staff=60, seed=seed, hospital_id=hospital_id, code=f"h{hospital_id}")
    await seed_hospital(owner, plan, password_hash="-")
    filler = Filler(seed, hospital_id)
    async with owner.transaction(hospital_id) as session:
        staff_table = tables.metadata.tables["staff"]
        found = await session.execute(
            select(staff_table.c.id, staff_table.c.department_id)
            .where(staff_table.c.hospital_id == hospital_id)
            .order_by(staff_table.c.employee_number)
        )
        staff = [tuple(row) for row in found]
        department = tables.metadata.tables["department"]
        places = await session.execute(
            select(department.c.id, department.c.campus_id)
            .where(department.c.hospital_id == hospital_id)
            .order_by(department.c.code)
        )
        homes = [tuple(row) for row in places]
        people = _people(filler, staff[:5], homes)
        await session.execute(
            text("DELETE FROM role_assignment WHERE hospital_id = :h"), {"h": hospital_id}
        )
        filled = _work(filler, people, [key for key, _ in staff], homes, documents)
        for name in _ORDER:
            if rows := filler.rows.get(name):
                await session.execute(insert(tables.metadata.tables[name]), rows)
        await session.execute(text("ANALYZE"))
    return filled


_ORDER = (
    "role_assignment",
    "device",
    "session_family",
    "access_token",
    "document",
    "document_line",
    "approval_instance",
    "approval_node",
    "approval_task",
    "approval_entry",
    "receipt",
    "receipt_use",
    "notification",
)


def _people(
    filler: Filler,
    staff: Sequence[tuple[Any, ...]],
    homes: Sequence[tuple[Any, ...]],
) -> list[Person]:
    """An employee, the head of a department, of a campus, a president, and one without a role."""
    day = NOW.date() - timedelta(days=400)
    scopes: tuple[list[tuple[str, uuid.UUID | None, Role]], ...] = (
        [("own", None, Role.EMPLOYEE)],
        [("own", None, Role.EMPLOYEE), ("department", homes[8][0], Role.DEPT_HEAD)],
        [("own", None, Role.EMPLOYEE), ("campus", homes[0][1], Role.CAMPUS_HEAD)],
        [("own", None, Role.EMPLOYEE), ("hospital", None, Role.PRESIDENT)],
        [],
    )
    people = []
    for (staff_id, _), held in zip(staff, scopes, strict=True):
        for kind, scope_id, role in held:
            filler.add(
                "role_assignment",
                staff_id=staff_id,
                role=role.value,
                scope_kind=kind,
                scope_id=scope_id,
                valid_from=day,
                valid_to=None,
            )
        people.append(Person(_signed_in(filler, staff_id), staff_id))
    return people


def _signed_in(filler: Filler, staff_id: uuid.UUID) -> str:
    device = filler.add(
        "device",
        staff_id=staff_id,
        installation_id=filler.key(),
        platform=Platform.ANDROID,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )
    family = filler.add(
        "session_family",
        staff_id=staff_id,
        device_id=device,
        method=LoginMethod.PASSWORD,
        opened_at=NOW,
        last_seen_at=NOW,
    )
    token = token_text(filler.hospital_id, filler.random.randbytes(32))
    expires = NOW + timedelta(hours=1)
    filler.add("access_token", family_id=family, token_hash=token_hash(token), expires_at=expires)
    return token


def _work(
    filler: Filler,
    people: Sequence[Person],
    staff: Sequence[uuid.UUID],
    homes: Sequence[tuple[Any, ...]],
    number: int,
) -> Filled:
    askers = [one.staff_id for one in people]
    documents = [_document(filler, n, askers, staff, homes) for n in range(number)]
    receipts: list[uuid.UUID] = []
    for n in range(number):
        receipts.append(_receipt(filler, n, askers, receipts, documents))
    for n in range(number * 2):
        _notification(filler, n, askers, documents)
    return Filled(people, documents, receipts)


def _document(
    filler: Filler,
    n: int,
    askers: Sequence[uuid.UUID],
    staff: Sequence[uuid.UUID],
    homes: Sequence[tuple[Any, ...]],
) -> uuid.UUID:
    department_id, campus_id = filler.one_of(homes)
    requester = filler.one_of(filler.one_of((askers, staff)))
    document = filler.add(
        "document",
        number=f"D{n}",
        scenario_code=filler.one_of(("travel", "loan", "purchase")),
        scenario_version="1",
        title=filler.text(),
        requester_id=requester,
        department_id=department_id,
        campus_id=campus_id,
        status=filler.one_of(DocumentStatus),
        amount_fen=filler.one_of((0, 1, 99, 100, 123_456_789, 10**13)),
        snapshot_hash=filler.perhaps("f" * 64),
        created_at=filler.moment(),
        submitted_at=filler.perhaps(filler.moment()),
        finished_at=filler.perhaps(filler.moment()),
    )
    for position in range(filler.random.randint(0, 4)):
        filler.add(
            "document_line",
            document_id=document,
            position=position,
            description=filler.text(),
            expense_type="travel",
            amount_fen=filler.random.randint(1, 10**9),
            form_path=f"lines.{position}",
            receipt_ids=[str(filler.key()) for _ in range(filler.random.randint(0, 3))],
        )
    if filler.random.random() < 0.9:
        _approval(filler, document, requester, askers, staff)
    return document


def _approval(
    filler: Filler,
    document: uuid.UUID,
    requester: uuid.UUID,
    askers: Sequence[uuid.UUID],
    staff: Sequence[uuid.UUID],
) -> None:
    instance = filler.add(
        "approval_instance",
        document_id=document,
        flow_code=filler.one_of(("travel", "loan", "purchase")),
        flow_version="1",
        requester_id=requester,
        status=filler.one_of(InstanceStatus),
        round=1,
        version=1,
        snapshot_hash="f" * 64,
        amount_fen=filler.one_of((0, 1, 99, 100, 123_456_789)),
        alarm_count=0,
        state={},
        opened_at=filler.moment(),
    )
    for n in range(filler.random.randint(0, 3)):
        filler.add(
            "approval_node",
            instance_id=instance,
            node_key=f"n{n}",
            name=filler.text(),
            kind=filler.perhaps(filler.one_of(NodeKind)),
            mode=filler.one_of(SignMode),
            position=filler.perhaps(n),
            status=filler.one_of(NodeStatus),
            run=1,
            opened_at=filler.perhaps(filler.moment()),
        )
        filler.add(
            "approval_entry",
            instance_id=instance,
            seq=n,
            round=1,
            kind=filler.one_of(EventKind),
            actor_id=filler.perhaps(filler.one_of(staff)),
            node_key=f"n{n}",
            staff_ids=[],
            explanation=None,
            data={},
            happened_at=filler.moment(),
        )
    for n in range(filler.random.randint(0, 5)):
        _task(filler, instance, n, askers, staff)


def _task(
    filler: Filler,
    instance: uuid.UUID,
    n: int,
    askers: Sequence[uuid.UUID],
    staff: Sequence[uuid.UUID],
) -> None:
    status = filler.one_of((*TaskStatus, TaskStatus.PENDING, TaskStatus.PENDING))
    assignee = filler.one_of(filler.one_of((askers, staff)))
    # without a moment only for one asker: every page of theirs that holds one is a fault
    holes = filler.random.random() < 0.1 and assignee == askers[2]
    filler.add(
        "approval_task",
        instance_id=instance,
        node_key=f"n{n}",
        run=1,
        seat=n,
        seq=n,
        kind=filler.one_of(TaskKind),
        role=filler.one_of(SeatRole),
        status=status,
        assignee_id=assignee,
        principal_id=filler.perhaps(filler.one_of(staff)),
        claimed=filler.one_of((True, False)),
        verdict=filler.perhaps(filler.one_of(Verdict)),
        opened_at=None if holes else filler.moment(),
        decided_at=None if holes else filler.moment(),
        due_at=filler.perhaps(filler.moment() + timedelta(hours=15)),
    )


def _receipt(
    filler: Filler,
    n: int,
    askers: Sequence[uuid.UUID],
    others: Sequence[uuid.UUID],
    documents: Sequence[uuid.UUID],
) -> uuid.UUID:
    whole = filler.perhaps(filler.one_of(others)) if others else None
    sha256 = hashlib.sha256(f"{filler.hospital_id}/{n}".encode()).hexdigest()
    receipt = filler.add(
        "receipt",
        sha256=sha256,
        size_bytes=filler.random.randint(1, 10**9),
        content_type="image/jpeg",
        original_name=filler.text(),
        storage_key=sha256,
        working_key=filler.perhaps("there"),
        uploaded_by=filler.one_of(askers),
        split_from=whole,
        part=n,
        cut_at=filler.moment() if filler.random.random() < 0.1 else None,
        status=filler.one_of(ReceiptStatus),
        kind=filler.perhaps(filler.one_of(ReceiptKind)),
        created_at=filler.moment(),
        read_at=filler.perhaps(filler.moment()),
        discarded_at=filler.moment() if filler.random.random() < 0.2 else None,
    )
    if filler.random.random() < 0.4:
        state = filler.one_of(ReceiptUseState)
        released = state is ReceiptUseState.RELEASED
        filler.add(
            "receipt_use",
            receipt_id=receipt,
            document_id=filler.one_of(documents),
            state=state,
            created_at=filler.moment(),
            released_at=filler.moment() if released else None,
        )
    return receipt


def _notification(
    filler: Filler, n: int, askers: Sequence[uuid.UUID], documents: Sequence[uuid.UUID]
) -> None:
    values: dict[str, Any] = {"title": filler.text(), "number": f"D{n}", "result": "approved"}
    values |= {"due_on": "2026-12-01", "line": filler.text(), "amount": 12}
    if filler.random.random() < 0.1:
        values = {"title": filler.one_of((1.5, None, True, [1], "x")), "number": -3}
    created = filler.moment()
    filler.add(
        "notification",
        recipient_id=filler.one_of(askers),
        kind=filler.one_of((*kinds(), "of a later release")),
        category="todo",
        urgency=filler.one_of(Urgency),
        subject_type=filler.one_of(("approval_task", "document", "budget_line")),
        subject_id=filler.one_of(documents),
        public_id=f"p{n}",
        params=values,
        dedupe_key=f"k{n}",
        collapse_key=f"c{n}",
        ordinal=filler.one_of((1, 1, 2, 3)),
        state=filler.one_of(NotificationState),
        created_at=created,
        expires_at=created + timedelta(days=9),
        read_at=filler.perhaps(created),
    )
