"""People of a made-up hospital who use the schema as their phones would."""

import re
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select, text, update
from tests.fakes.clock import FakeClock
from tests.scenarios import operations as ask
from tests.scenarios.house_package import house_files
from tests.scenarios.publishing import put_into_force

from mobile_hrp.domain.approval.state import InstanceState
from mobile_hrp.domain.identity.sessions import DeviceInfo, LoginMethod, Platform
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.models.approval import ApprovalInstance
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.tables import metadata
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.schema import schema
from mobile_hrp.services.approvals.wakeups import wake_approvals
from mobile_hrp.services.identity.sessions import open_session
from mobile_hrp.services.identity.viewers import roles_on
from mobile_hrp.services.ports import Services
from mobile_hrp.services.scenarios.packages import core_files
from mobile_hrp.synthetic.hospital.plan import HospitalPlan, World
from mobile_hrp.synthetic.hospital.seed import seed_hospital

PLAN = HospitalPlan(staff=90, seed=3)
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Nine o'clock on a Monday morning, in China."""


async def furnish(owner: Database) -> None:
    """The made-up hospital with the core library and its own papers in force."""
    await seed_hospital(owner, PLAN, password_hash="not-a-hash")
    for files in (core_files(), house_files()):
        await put_into_force(owner, hospital_id=PLAN.hospital_id, files=files, now=PLAN.now)


@dataclass(frozen=True)
class Answer:
    """What a mutation answered: the codes of its refusals, and the document."""

    payload: Mapping[str, Any]

    @property
    def codes(self) -> list[str]:
        return [error["code"] for error in self.payload["userErrors"]]

    @property
    def document(self) -> Mapping[str, Any]:
        assert not self.payload["userErrors"], self.payload["userErrors"]
        return cast("Mapping[str, Any]", self.payload["document"])

    @property
    def status(self) -> str:
        return str(self.document["status"])


@dataclass
class Paper:
    """A document on its way, and what people do to it."""

    hospital: "Hospital"
    id: uuid.UUID
    requester: uuid.UUID

    @property
    def global_id(self) -> str:
        return encode_id("Document", self.id)

    async def look(self, who: uuid.UUID | None = None) -> Mapping[str, Any]:
        data = await self.hospital.run(who or self.requester, ask.DOCUMENT, id=self.global_id)
        return cast("Mapping[str, Any]", data["document"])

    async def status(self) -> str:
        return str((await self.look())["status"])

    async def holders(self) -> list[str]:
        """Who has it now, by name, in the order they were asked."""
        progress = (await self.look())["progress"]
        return [one["holder"]["name"] for one in progress["holdings"]]

    async def events(self) -> list[str]:
        return [entry["kind"] for entry in (await self.look())["timeline"]]

    async def words(self) -> list[str]:
        """Everything the system explained, in Chinese."""
        timeline = (await self.look())["timeline"]
        return [entry["words"] for entry in timeline if entry["words"]]

    async def state(self) -> InstanceState:
        async with self.hospital.database.reading(PLAN.hospital_id) as session:
            stored = await session.scalar(
                select(ApprovalInstance.state).where(ApprovalInstance.document_id == self.id)
            )
        assert stored is not None
        return InstanceState.from_json(stored)

    async def task(self, who: uuid.UUID) -> Mapping[str, Any]:
        """The task of this person that waits on this document."""
        found = [
            task
            for task in await self.hospital.todo(who)
            if task["document"]["id"] == self.global_id
        ]
        assert found, f"nothing waits for {self.hospital.name(who)}"
        return found[0]

    async def decide(
        self,
        who: uuid.UUID,
        verdict: str = "APPROVED",
        comment: str = "同意",
        *,
        task: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Answer:
        mine = task or await self.task(who)
        given = {
            "taskId": mine["id"],
            "snapshotHash": mine["document"]["snapshotHash"],
            "verdict": verdict,
            "comment": comment,
        }
        return await self.hospital.do(who, "decideTask", "DecideTaskInput", given | more)

    async def on_task(
        self, who: uuid.UUID, mutation: str, kind: str = "TaskInput", **more: Any
    ) -> Answer:
        """Any other thing somebody does to the task they have."""
        given = {"taskId": (await self.task(who))["id"]}
        return await self.hospital.do(who, mutation, kind, given | more)

    async def on_document(
        self, who: uuid.UUID, mutation: str, kind: str = "DocumentCommentInput", **more: Any
    ) -> Answer:
        given = {"documentId": self.global_id}
        return await self.hospital.do(who, mutation, kind, given | more)


@dataclass
class Hospital:
    """The hospital of one test."""

    database: Database
    owner: Database
    live: LiveUpdates
    world: World
    clock: FakeClock = field(default_factory=lambda: FakeClock(MONDAY))

    @property
    def id(self) -> int:
        return PLAN.hospital_id

    # ---- people

    def head(self, department: str) -> uuid.UUID:
        return self.world.heads[department]

    def member(self, department: str, index: int = 0) -> uuid.UUID:
        """Somebody of the department who holds no post."""
        posts = {
            one
            for role, held in self.world.role_holders.items()
            if role != "employee"
            for one in held
        }
        return [one for one in self.world.members[department] if one not in posts][index]

    def holder(self, role: str, index: int = 0) -> uuid.UUID:
        return self.world.role_holders[role][index]

    def name(self, who: uuid.UUID) -> str:
        return next(str(row["name"]) for row in self.world.rows["staff"] if row["id"] == who)

    async def viewer(self, who: uuid.UUID) -> Viewer:
        async with self.database.reading(PLAN.hospital_id, staff_id=who) as session:
            roles = await roles_on(
                session, hospital_id=PLAN.hospital_id, staff_id=who, day=PLAN.today
            )
        return Viewer(PLAN.hospital_id, who, new_id(), new_id(), roles)

    async def context(self, who: uuid.UUID, locale: str = "zh") -> Context:
        return Context(
            database=self.database,
            clock=self.clock,
            live=self.live,
            services=cast("Services", None),
            viewer=await self.viewer(who),
            locale=locale,
        )

    @asynccontextmanager
    async def signed_in(self, who: uuid.UUID) -> AsyncIterator[Context]:
        """A phone that is signed in and listens for live updates."""
        await self.live.start()
        try:
            async with self.database.transaction(PLAN.hospital_id) as session:
                signed = await open_session(
                    session,
                    hospital_id=PLAN.hospital_id,
                    staff_id=who,
                    device=DeviceInfo(uuid.uuid4(), Platform.ANDROID),
                    method=LoginMethod.PASSWORD,
                    now=self.clock(),
                )
            assert not isinstance(signed, Refusal)
            context = await self.context(who)
            token = f"Bearer {signed.access_token}"
            context.connection_params = {"authorization": token}
            yield context
        finally:
            await self.live.stop()

    # ---- asking

    async def run(
        self, who: uuid.UUID, query: str, *, locale: str = "zh", **variables: Any
    ) -> Mapping[str, Any]:
        result = await schema.execute(
            query, variable_values=variables, context_value=await self.context(who, locale)
        )
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def refused(self, who: uuid.UUID, query: str, **variables: Any) -> str:
        """The code with which a query is refused as a whole."""
        result = await schema.execute(
            query, variable_values=variables, context_value=await self.context(who)
        )
        assert result.errors
        return str(format_errors(result.errors, "zh")[0]["extensions"]["code"])

    async def do(
        self,
        who: uuid.UUID,
        mutation: str,
        kind: str,
        given: Mapping[str, Any],
        *,
        key: str | None = None,
        locale: str = "zh",
    ) -> Answer:
        query = ask.mutation(mutation, kind)
        body = {"idempotencyKey": key or uuid.uuid4().hex, **given}
        data = await self.run(who, query, locale=locale, input=body)
        return Answer(data[mutation])

    async def todo(self, who: uuid.UUID, **narrowed: Any) -> Sequence[Mapping[str, Any]]:
        data = await self.run(who, ask.TODO, filter=narrowed or None)
        return [edge["node"] for edge in data["todo"]["edges"]]

    # ---- papers

    async def claim(
        self,
        department: str = "CARD",
        amount: str = "268.00",
        *,
        requester: uuid.UUID | None = None,
        send: bool = True,
    ) -> Paper:
        """A general claim of a member of the department, on the department's books line."""
        who = requester or self.member(department)
        return await self.write(who, "general_claim", self.claim_values(department, amount), send)

    def claim_values(self, department: str, amount: str) -> dict[str, Any]:
        line = self.world.budget_lines[department, "books"]
        return {
            "reason": "购买图书资料",
            "lines": [
                {
                    "description": "心电图学",
                    "expense_type": "books",
                    "amount": amount,
                    "budget_line": encode_id("BudgetLine", line),
                    "receipts": [],
                }
            ],
            "fund_source": self.own_money,
            "payee": "示例收款账户",
        }

    @property
    def own_money(self) -> str:
        sources = self.world.rows["fund_source"]
        return encode_id("FundSource", next(one["id"] for one in sources if one["code"] == "OWN"))

    async def paper(
        self,
        code: str,
        signers: Sequence[uuid.UUID],
        others: Sequence[uuid.UUID] = (),
        *,
        requester: uuid.UUID | None = None,
        amount: str = "100.00",
        send: bool = True,
    ) -> Paper:
        """A paper of the house whose signers are named in the form."""
        values = {
            "reason": "请签批",
            "amount": amount,
            "signers": [encode_id("Staff", one) for one in signers],
            "others": [encode_id("Staff", one) for one in others],
        }
        return await self.write(requester or self.member("LAB"), code, values, send)

    async def write(
        self, who: uuid.UUID, code: str, values: Mapping[str, Any], send: bool
    ) -> Paper:
        paper = Paper(self, new_id(), who)
        draft = {"documentId": paper.global_id, "scenarioCode": code, "values": values}
        saved = await self.do(who, "saveDraft", "SaveDraftInput", draft)
        assert not saved.codes, saved.payload
        if send:
            sent = await self.submit(paper)
            assert not sent.codes, sent.payload
        return paper

    async def submit(self, paper: Paper, **more: Any) -> Answer:
        given = {"documentId": paper.global_id, **more}
        return await self.do(paper.requester, "submitDocument", "SubmitDocumentInput", given)

    # ---- time, staff and money

    async def pass_time(self, **by: float) -> int:
        """Time passes and the worker looks what is due."""
        self.clock.advance(timedelta(**by))
        return await wake_approvals(self.database, now=self.clock())

    async def leaves(self, who: uuid.UUID, *, active: bool = False) -> None:
        async with self.owner.transaction(PLAN.hospital_id) as session:
            await session.execute(update(Staff).where(Staff.id == who).values(active=active))

    async def budget(self, department: str) -> tuple[int, int, int]:
        """Frozen, occupied and executed fen of the department's books line."""
        line = self.world.budget_lines[department, "books"]
        table = metadata.tables["budget_line"]
        async with self.owner.reading(PLAN.hospital_id) as session:
            row = (
                await session.execute(
                    select(table.c.frozen_fen, table.c.occupied_fen, table.c.executed_fen).where(
                        table.c.id == line
                    )
                )
            ).one()
        return int(row[0]), int(row[1]), int(row[2])

    async def fingerprint(self) -> dict[str, tuple[int, str]]:
        """Every table's number of rows and a hash of them all: what changed shows."""
        found: dict[str, tuple[int, str]] = {}
        async with self.owner.reading(PLAN.hospital_id) as session:
            for name in sorted(metadata.tables):
                if not re.fullmatch(r"[a-z_]+", name):
                    continue
                row = await session.execute(
                    select(
                        func.count(),
                        func.coalesce(
                            func.md5(func.string_agg(text("t::text"), text("'' ORDER BY t::text"))),
                            "",
                        ),
                    ).select_from(text(f"{name} t"))
                )
                count, digest = row.one()
                found[name] = (int(count), str(digest))
        return found
