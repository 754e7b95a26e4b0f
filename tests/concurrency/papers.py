"""Papers that wait for several people at once, in a hospital of a few colleagues."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import insert, select
from tests.scenarios.house_package import house_files
from tests.scenarios.publishing import put_into_force

from mobile_hrp.domain.approval import open_instance
from mobile_hrp.domain.approval.plan import Candidate, FlowPlan, PlanNode
from mobile_hrp.domain.approval.terms import SignMode, TaskStatus
from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.roles import Role, ScopeKind
from mobile_hrp.domain.identity.viewer import RoleGrant, Viewer
from mobile_hrp.models.approval import ApprovalTask
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Campus, Department, Hospital, Staff
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.approvals import store

HOSPITAL_ID = 1
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SNAPSHOT = "as displayed"
_COLLEAGUES = 8
_SINCE = date(2020, 1, 1)
_SCENARIO = "all_of_us"


@dataclass(frozen=True)
class WaitingPaper:
    """A paper at its one step, and the task of each approver."""

    document_id: uuid.UUID
    tasks: dict[uuid.UUID, uuid.UUID]


@dataclass(frozen=True)
class Office:
    """The hospital: a requester and colleagues who sign."""

    database: Database
    requester: uuid.UUID
    colleagues: tuple[uuid.UUID, ...]
    department_id: uuid.UUID
    campus_id: uuid.UUID
    version: str

    def viewer(self, who: uuid.UUID) -> Viewer:
        grant = RoleGrant(Role.EMPLOYEE, ScopeKind.OWN)
        return Viewer(HOSPITAL_ID, who, new_id(), new_id(), (grant,))

    async def paper(self, mode: SignMode, signers: Sequence[uuid.UUID]) -> WaitingPaper:
        """Submit a paper to these signers."""
        node = PlanNode("sign", mode=mode, candidates=tuple(Candidate(one) for one in signers))
        plan = FlowPlan.serial(_SCENARIO, self.version, (node,))
        document_id = new_id()
        outcome = open_instance(
            plan,
            instance_id=new_id(),
            requester=self.requester,
            snapshot_hash=SNAPSHOT,
            now=NOW,
            ids=store.fresh_ids(),
        )
        async with self.database.transaction(HOSPITAL_ID) as session:
            session.add(
                Document(
                    hospital_id=HOSPITAL_ID,
                    id=document_id,
                    number=document_id.hex,
                    scenario_code=_SCENARIO,
                    scenario_version=self.version,
                    title="签批单",
                    requester_id=self.requester,
                    department_id=self.department_id,
                    campus_id=self.campus_id,
                    status=DocumentStatus.IN_APPROVAL,
                    amount_fen=0,
                    version=1,
                    snapshot_hash=SNAPSHOT,
                    created_at=NOW,
                    submitted_at=NOW,
                )
            )
            await session.flush()
            await store.save(
                session,
                hospital_id=HOSPITAL_ID,
                document_id=document_id,
                before=None,
                outcome=outcome,
            )
            rows = await session.execute(
                select(ApprovalTask.assignee_id, ApprovalTask.id).where(
                    ApprovalTask.instance_id == outcome.state.id,
                    ApprovalTask.status == TaskStatus.PENDING,
                )
            )
            tasks = {row.assignee_id: row.id for row in rows}
        return WaitingPaper(document_id, tasks)


async def open_office(owner: Database, database: Database) -> Office:
    """Write the hospital and put its scenarios into force."""
    campus_id, department_id = new_id(), new_id()
    people = [new_id() for _ in range(_COLLEAGUES + 1)]
    async with owner.transaction(HOSPITAL_ID) as session:
        await session.execute(
            insert(Hospital).values(
                id=HOSPITAL_ID, code="one", name="示例医院", tax_id="0", created_at=NOW
            )
        )
        key = {"hospital_id": HOSPITAL_ID}
        await session.execute(insert(Campus).values(**key, id=campus_id, code="A", name="本部"))
        await session.execute(
            insert(Department).values(
                **key,
                id=department_id,
                code="D",
                name="示例科",
                kind="clinical",
                campus_id=campus_id,
                functional_for=[],
                valid_from=_SINCE,
            )
        )
        await session.execute(
            insert(Staff),
            [
                {
                    **key,
                    "id": person,
                    "employee_number": f"E{number}",
                    "name": f"示例{number}",
                    "department_id": department_id,
                    "rank": "STAFF",
                    "job_category": "doctor",
                    "joined_on": _SINCE,
                }
                for number, person in enumerate(people)
            ],
        )
    version = await put_into_force(owner, hospital_id=HOSPITAL_ID, files=house_files(), now=NOW)
    return Office(database, people[0], tuple(people[1:]), department_id, campus_id, version)
