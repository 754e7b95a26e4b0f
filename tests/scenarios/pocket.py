"""A phone in somebody's pocket: a device with a session, that decides from notifications."""

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from argon2 import PasswordHasher
from sqlalchemy import select, update
from tests.scenarios.hospital import PLAN, Hospital, Paper

from mobile_hrp.domain.identity.sessions import DeviceInfo, LoginMethod, Platform
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.identity import Credential, Device, SessionFamily
from mobile_hrp.models.notification import Notification, NotificationActionToken
from mobile_hrp.models.reliability import AuditEvent
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.schema import schema
from mobile_hrp.services.identity.passwords import PasswordHasherPool
from mobile_hrp.services.identity.sessions import open_session
from mobile_hrp.services.identity.sign_in import Doors
from mobile_hrp.services.ports import Services

BOX = SecretsBox("a root secret that only these tests use")
PASSWORD = "Only-for-tests-2026"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_ERRORS = "userErrors { code field message nextStep }"
PREPARE = f"""mutation P($input: PrepareDecisionInput!) {{ prepareDecision(input: $input) {{
  decision {{ snapshotHash stepUp document {{ id amount snapshotHash }}
    actions {{ verdict token expiresAt }} }} {_ERRORS} }} }}"""
DECIDE = f"""mutation D($input: DecideByTokenInput!) {{ decideByToken(input: $input) {{
  document {{ id status }} {_ERRORS} replayed }} }}"""
CONFIRM = f"""mutation C($input: ConfirmActionInput!) {{ confirmAction(input: $input) {{
  done {_ERRORS} }} }}"""

PROVE = f"""mutation R($input: ProveIdentityInput!) {{ proveIdentity(input: $input) {{
  proof {{ token expiresAt }} {_ERRORS} }} }}"""
DECIDE_TASK = f"""mutation T($input: DecideTaskInput!) {{ decideTask(input: $input) {{
  document {{ id status }} {_ERRORS} replayed }} }}"""


def codes(payload: Mapping[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


@dataclass
class Pocket:
    """The phone of ``who``. ``doors`` only where passwords are asked for."""

    hospital: Hospital
    who: uuid.UUID
    viewer: Viewer
    doors: Any = None
    installation: uuid.UUID = field(default_factory=uuid.uuid4)

    async def ask(self, query: str, **given: Any) -> Mapping[str, Any]:
        context = await self.hospital.context(self.who)
        context.viewer = self.viewer
        context.services = cast("Services", SimpleNamespace(doors=self.doors))
        result = await schema.execute(
            query, variable_values={"input": given}, context_value=context
        )
        assert not result.errors, result.errors
        assert result.data is not None
        (payload,) = result.data.values()
        return cast("Mapping[str, Any]", payload)

    async def link(self, paper: Paper) -> str:
        """The link of this person's newest notification about a task of the paper."""
        tasks = {
            uuid.UUID(int=task.id.int)
            for task in (await paper.state()).tasks.values()
            if task.assignee == self.who
        }
        async with self.hospital.database.reading(PLAN.hospital_id) as session:
            found = await session.scalar(
                select(Notification.public_id)
                .where(Notification.recipient_id == self.who, Notification.subject_id.in_(tasks))
                .order_by(Notification.created_at.desc(), Notification.id.desc())
                .limit(1)
            )
        assert found is not None
        return f"n/{found}"

    async def prepare(self, paper: Paper) -> Mapping[str, Any]:
        payload = await self.ask(PREPARE, link=await self.link(paper))
        assert not payload["userErrors"], payload
        return cast("Mapping[str, Any]", payload["decision"])

    async def token(self, paper: Paper, verdict: str = "APPROVED") -> str:
        decision = await self.prepare(paper)
        return next(
            str(action["token"]) for action in decision["actions"] if action["verdict"] == verdict
        )

    async def decide(
        self, token: str, comment: str = "同意", *, key: str | None = None
    ) -> Mapping[str, Any]:
        return await self.ask(
            DECIDE, idempotencyKey=key or uuid.uuid4().hex, token=token, comment=comment
        )

    async def confirm(self, token: str, password: str = PASSWORD) -> Mapping[str, Any]:
        return await self.ask(CONFIRM, token=token, password=password)

    async def prove(self, paper: Paper, password: str = PASSWORD) -> Mapping[str, Any]:
        """A proof for the decision on this person's task of the paper, as it is now."""
        task = await paper.task(self.who)
        seen = task["document"]["snapshotHash"]
        return await self.ask(PROVE, taskId=task["id"], snapshotHash=seen, password=password)

    async def approve(
        self, paper: Paper, *proofs: str, key: str | None = None, **more: Any
    ) -> Mapping[str, Any]:
        """Decide in the app itself, bringing these texts as a proof."""
        task = await paper.task(self.who)
        given = {
            "idempotencyKey": key or uuid.uuid4().hex,
            "taskId": task["id"],
            "snapshotHash": task["document"]["snapshotHash"],
            "verdict": "APPROVED",
            "evidence": [{"name": "step_up", "value": proof} for proof in proofs],
        }
        return await self.ask(DECIDE_TASK, **given | more)


async def pocket(
    hospital: Hospital,
    who: uuid.UUID,
    *,
    known_for: timedelta = timedelta(days=60),
    signed_in_for: timedelta = timedelta(hours=2),
    method: LoginMethod = LoginMethod.DINGTALK,
    doors: Any = None,
) -> Pocket:
    """A phone that this person has used for a while, and signed in on some time ago."""
    made = Pocket(hospital, who, await hospital.viewer(who), doors)
    now = hospital.clock()
    async with hospital.database.transaction(PLAN.hospital_id) as session:
        signed = await open_session(
            session,
            hospital_id=PLAN.hospital_id,
            staff_id=who,
            device=DeviceInfo(made.installation, Platform.ANDROID),
            method=method,
            now=now - signed_in_for,
        )
        assert not isinstance(signed, Refusal)
        await session.execute(
            update(Device)
            .where(Device.id == signed.device_id)
            .values(first_seen_at=now - known_for)
        )
        opened = await session.get_one(SessionFamily, (PLAN.hospital_id, signed.session_id))
        assert opened.method is method
    made.viewer = Viewer(
        PLAN.hospital_id, who, signed.session_id, signed.device_id, made.viewer.roles
    )
    return made


@asynccontextmanager
async def doors_with_passwords(hospital: Hospital) -> AsyncIterator[Doors]:
    """Doors where everybody of the hospital has the one password of these tests."""
    async with hospital.owner.transaction(PLAN.hospital_id) as session:
        await session.execute(update(Credential).values(password_hash=_HASH, must_change=False))
    with PasswordHasherPool(memory_kib=8, passes=1) as passwords:
        yield Doors(
            database=hospital.database, passwords=passwords, box=BOX, logins=cast("Any", None)
        )


async def audited(hospital: Hospital, action: str) -> list[Mapping[str, Any]]:
    """What the audit says of an action, in order."""
    async with hospital.owner.reading(PLAN.hospital_id) as session:
        found = await session.scalars(
            select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
        )
        return [{**one.detail, "actor": one.actor_id} for one in found]


async def tokens_used(hospital: Hospital) -> int:
    async with hospital.owner.reading(PLAN.hospital_id) as session:
        found = await session.scalars(
            select(NotificationActionToken.id).where(NotificationActionToken.used_at.is_not(None))
        )
        return len(found.all())
