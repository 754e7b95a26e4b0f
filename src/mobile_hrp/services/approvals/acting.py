"""What a person does to an approval: one way in for commands on a task, one for the document.

Each command of the engine is named in one of the unions below. Who may give it is decided by the
engine; that people named in it exist and work here, and that a document one cannot see answers like
one that does not exist, is decided here.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import func, select

from mobile_hrp.domain.approval import commands as c
from mobile_hrp.domain.approval.codec import to_json
from mobile_hrp.domain.approval.terms import NodeKind
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.policy import terms as policy
from mobile_hrp.domain.policy.controls.unusual_device import STEP_UP
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.domain.scenario.vocabulary import ControlStage
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.services import audit, decision_proofs
from mobile_hrp.services.approvals import store
from mobile_hrp.services.approvals.commands import Applied, apply_command, apply_to_task
from mobile_hrp.services.document_access import visible_document
from mobile_hrp.services.documents import lock_document
from mobile_hrp.services.policy.checking import check_stage

Deciding: TypeAlias = c.Approve | c.Reject | c.Abstain | c.SendBack
Handling: TypeAlias = (
    c.Claim
    | c.Release
    | c.Transfer
    | c.Delegate
    | c.TakeBack
    | c.AddApprover
    | c.RemoveApprover
    | c.Remind
    | c.Consult
    | c.AnswerConsult
    | c.MarkRead
)
OnTask: TypeAlias = Deciding | Handling
OnDocument: TypeAlias = c.Withdraw | c.Void | c.Comment | c.CarbonCopy | c.Object | c.Assign

COMMENT_MAX = 2000
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


async def act_on_task(
    session: WriteSession,
    *,
    viewer: Viewer,
    command: OnTask,
    now: datetime,
    proved: bool = False,
) -> Document:
    """Decide, hand on, claim, ask, remind: whatever names a task.

    ``proved``: the caller knows that the viewer has just shown who they are, for this decision.
    Otherwise what an approval brings as ``step_up`` has to be a proof of ``decision_proofs``.

    Raises:
        Refusal: the engine's (see ``domain.approval.codes``), and APPROVER_INACTIVE for a person
            who does not work here, known or not. TASK_NOT_FOUND for an unknown and for a foreign
            task alike. STEP_UP_PROOF_INVALID. Nothing has changed.
    """
    viewer.require(Permission.TASK_DECIDE, owner_id=viewer.staff_id)
    check_text(command)
    await _check_people(session, command)
    if isinstance(command, c.Approve):
        command = await _with_proof(session, viewer, command, now, proved=proved)
    applied = await apply_to_task(
        session,
        task_id=command.task_id,
        command=command,
        actor_id=viewer.staff_id,
        now=now,
    )
    if isinstance(command, c.Approve):
        await _pass_controls(session, viewer, applied, command, now)
    return applied.document


async def _with_proof(
    session: WriteSession, viewer: Viewer, command: c.Approve, now: datetime, *, proved: bool
) -> c.Approve:
    """The command with the evidence it is carried out with: nobody's word counts as a proof."""
    if proved:
        evidence = {**command.evidence, STEP_UP: decision_proofs.proof_of_session(viewer)}
        return replace(command, evidence=evidence)
    kept = await decision_proofs.redeem(
        session,
        viewer=viewer,
        task_id=command.task_id,
        snapshot_hash=command.snapshot_hash,
        evidence=command.evidence,
        now=now,
    )
    return replace(command, evidence=kept)


async def _pass_controls(
    session: WriteSession,
    viewer: Viewer,
    applied: Applied,
    command: c.Approve,
    now: datetime,
) -> None:
    """The controls of the decision.

    They run after the engine has let it through, so that a stranger learns nothing from them; where
    they refuse, the decision is undone with everything it led to.
    """
    state = applied.state
    task = state.tasks[command.task_id]
    deciding = policy.Deciding(
        actor_id=viewer.staff_id,
        snapshot_hash=command.snapshot_hash,
        node_key=task.node_key,
        session_id=viewer.session_id,
        device_id=viewer.device_id,
        evidence=command.evidence,
        reason=command.comment,
    )
    joined = any(
        one.node_key == task.node_key and one.run == task.run and one.added_by is not None
        for one in state.tasks.values()
    )
    pays = state.node(task.node_key).kind is NodeKind.PAY
    for stage in (ControlStage.APPROVE, ControlStage.PAY) if pays else (ControlStage.APPROVE,):
        await check_stage(
            session,
            document=applied.document,
            stage=stage,
            now=now,
            deciding=deciding,
            joined=joined,
            loaded=applied.loaded,
        )


async def act_on_document(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    command: OnDocument,
    now: datetime,
) -> Document:
    """Withdraw, void, comment, copy, assign; and object, as everybody may while a window is open.

    Raises:
        Refusal: the engine's, APPROVER_INACTIVE, and NOT_FOUND for a document the viewer cannot
            see; nothing has changed.
    """
    viewer.require(Permission.TASK_DECIDE, owner_id=viewer.staff_id)
    check_text(command)
    try:
        await visible_document(session, viewer=viewer, document_id=document_id)
        seen = True
    except Refusal:
        seen = False
        if not isinstance(command, c.Object):
            raise
    await _check_people(session, command)
    try:
        return await apply_command(
            session,
            document_id=document_id,
            command=command,
            actor_id=viewer.staff_id,
            now=now,
        )
    except Refusal as refusal:
        if not seen and refusal.code == "WINDOW_NOT_OPEN":
            raise Refusal("NOT_FOUND", path="documentId") from refusal
        raise


async def recuse(
    session: WriteSession,
    *,
    viewer: Viewer,
    document_id: uuid.UUID,
    staff_ids: tuple[uuid.UUID, ...],
    comment: str,
    now: datetime,
) -> Document:
    """回避: an administrator of the flow keeps people with an interest out of it.

    Raises:
        Refusal: NOT_FOUND, NOT_ADMINISTRATOR, NOBODY_NAMED, COMMENT_REQUIRED, COMMENT_TOO_LONG.
    """
    await visible_document(session, viewer=viewer, document_id=document_id)
    await lock_document(session, document_id)
    instance = await store.lock_by_document(session, document_id)
    if viewer.staff_id not in instance.state.plan.administrators:
        raise Refusal("NOT_ADMINISTRATOR")
    if not staff_ids:
        raise Refusal("NOBODY_NAMED", path="staffIds")
    document = await apply_command(
        session,
        document_id=document_id,
        command=c.Recuse(staff_ids, comment),
        actor_id=viewer.staff_id,
        now=now,
    )
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="approval.recuse",
        subject_type="document",
        subject_id=document_id,
        detail={"staff": [str(person) for person in staff_ids]},
        now=now,
    )
    return document


def check_showable(path: str, text: str) -> None:
    """Raise TEXT_INVALID for characters no screen shows and no database keeps."""
    if _UNSHOWABLE.search(text):
        raise Refusal("TEXT_INVALID", path=path)


def check_text(command: c.Command) -> None:
    """Raise TEXT_INVALID for characters no screen shows and no database keeps."""
    for name, value in to_json(command).items():
        texts = value.values() if isinstance(value, dict) else (value,)
        if any(isinstance(text, str) and _UNSHOWABLE.search(text) for text in texts):
            raise Refusal("TEXT_INVALID", path=name)


def _named(command: OnTask | OnDocument) -> tuple[str, Iterable[uuid.UUID]]:
    """The people a command names, and the input field that names them."""
    match command:
        case c.Transfer() | c.Delegate() | c.Consult():
            return "to", (command.to,)
        case c.AddApprover():
            return "staffId", (command.staff_id,)
        case c.CarbonCopy():
            return "to", command.to
        case c.Comment():
            return "mentions", command.mentions
        case c.Assign():
            return "staffIds", command.staff_ids
        case _:
            return "", ()


async def _check_people(session: AnySession, command: OnTask | OnDocument) -> None:
    path, named = _named(command)
    people = set(named)
    if not people:
        return
    known = await session.scalar(
        select(func.count()).select_from(Staff).where(Staff.id.in_(people), Staff.active)
    )
    if known != len(people):
        raise Refusal("APPROVER_INACTIVE", path=path)
