"""The requester's commands: withdraw, resubmit, alter, reopen, void."""

import uuid
from collections.abc import Iterator
from datetime import datetime

from mobile_hrp.domain.approval.codes import ExplanationCode, RefusalCode
from mobile_hrp.domain.approval.commands import Alter, Reopen, Resubmit, Void, Withdraw
from mobile_hrp.domain.approval.draft import Draft
from mobile_hrp.domain.approval.ending import end_instance, stop_everything, sync_nodes
from mobile_hrp.domain.approval.events import EventKind
from mobile_hrp.domain.approval.holding import (
    check_administrator,
    check_comment,
    check_requester,
)
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.separation import counted_decisions, is_interested
from mobile_hrp.domain.approval.state import ApprovedVersion, InstanceState, ProxyGrant
from mobile_hrp.domain.approval.terms import (
    EFFECT_KINDS,
    CloseReason,
    InstanceStatus,
    NodeStatus,
    SelfApprovalPolicy,
    TaskKind,
    TaskStatus,
    WithdrawPolicy,
)
from mobile_hrp.domain.refusal import Refusal

_LIVE = (InstanceStatus.RUNNING, InstanceStatus.RETURNED)


def open_draft(
    plan: FlowPlan,
    *,
    instance_id: uuid.UUID,
    requester: uuid.UUID,
    snapshot_hash: str,
    amount_fen: int,
    beneficiaries: frozenset[uuid.UUID],
    recused: frozenset[uuid.UUID],
    inactive: frozenset[uuid.UUID],
    proxies: tuple[ProxyGrant, ...],
    now: datetime,
    ids: Iterator[uuid.UUID],
) -> Draft:
    """A submitted instance before its first node is opened."""
    base = InstanceState(
        id=instance_id,
        plan=plan,
        requester=requester,
        snapshot_hash=snapshot_hash,
        opened_at=now,
        beneficiaries=beneficiaries,
        recused=recused,
        inactive=inactive,
        amount_fen=amount_fen,
        proxies=proxies,
    )
    draft = Draft(base, actor=requester, now=now, ids=ids)
    check_refuse_policy(draft)
    sync_nodes(draft)
    draft.emit(
        EventKind.OPENED,
        staff=(requester,),
        data={
            "flow": plan.flow_code,
            "flow_version": plan.flow_version,
            "snapshot_hash": snapshot_hash,
        },
    )
    return draft


def check_refuse_policy(draft: Draft) -> None:
    """The REFUSE policy speaks at submission, to the one who can choose another approver."""
    for node in draft.plan.nodes:
        if node.self_approval is SelfApprovalPolicy.REFUSE and node.skip is None:
            for candidate in node.candidates:
                if is_interested(draft, candidate.staff_id):
                    raise Refusal(RefusalCode.SELF_APPROVAL_PLANNED, node=node.name or node.key)


def withdraw(draft: Draft, command: Withdraw) -> None:
    check_requester(draft)
    check_comment(command.comment)
    if draft.status not in _LIVE:
        raise Refusal(RefusalCode.INSTANCE_CLOSED, status=draft.status.value)
    policy = draft.plan.withdraw
    decided = any(not one.automatic for one in counted_decisions(draft))
    if (
        policy is WithdrawPolicy.NEVER
        or (policy is WithdrawPolicy.BEFORE_FIRST_DECISION and decided)
        or effects_done(draft)
    ):
        raise Refusal(RefusalCode.WITHDRAW_TOO_LATE)
    end_instance(draft, InstanceStatus.WITHDRAWN, EventKind.WITHDRAWN, comment=command.comment)


def effects_done(draft: Draft) -> bool:
    """Whether something happened in the world that paper cannot undo (paid, sealed, received)."""
    return any(
        draft.nodes[node.key].status is NodeStatus.DONE and node.kind in EFFECT_KINDS
        for node in draft.plan.nodes
    )


def resubmit(draft: Draft, command: Resubmit) -> None:
    check_requester(draft)
    check_comment(command.comment)
    if draft.status is not InstanceStatus.RETURNED:
        code = RefusalCode.NOT_RETURNED
        raise Refusal(code, status=draft.status.value)
    from_start = draft.resubmit_from_start
    reason = None if from_start else _restart_reason(draft, command)
    _close_resubmit_task(draft)
    draft.round += 1
    _take_version(draft, command.snapshot_hash, command.amount_fen, command.beneficiaries)
    if command.plan is not None:
        draft.plan = command.plan
        draft.forget()
    check_refuse_policy(draft)
    sync_nodes(draft)
    draft.status = InstanceStatus.RUNNING
    draft.emit(
        EventKind.RESUBMITTED,
        staff=(draft.requester,),
        data={"snapshot_hash": draft.snapshot_hash, "comment": command.comment},
    )
    if from_start or reason is not None:
        _reset_all(draft)
    if reason is not None:
        draft.explain("", reason)


def _restart_reason(draft: Draft, command: Resubmit) -> ExplanationCode | None:
    """Why going straight back to the returner would let somebody approve what they never saw."""
    if command.amount_fen is not None and command.amount_fen > draft.amount_fen:
        return ExplanationCode.RESTARTED_AMOUNT_ROSE
    if command.plan is not None and _route(command.plan) != _route(draft.plan):
        return ExplanationCode.RESTARTED_ROUTE_CHANGED
    if command.beneficiaries is not None and command.beneficiaries != draft.beneficiaries:
        return ExplanationCode.RESTARTED_ROUTE_CHANGED
    return None


def _route(plan: FlowPlan) -> list[tuple[str, bool]]:
    return [(node.key, node.skip is None) for node in plan.nodes]


def _close_resubmit_task(draft: Draft) -> None:
    for task in list(draft.tasks.values()):
        if task.kind is TaskKind.RESUBMIT and task.status is TaskStatus.PENDING:
            draft.close_task(task, CloseReason.RESUBMITTED)


def _take_version(
    draft: Draft,
    snapshot_hash: str,
    amount_fen: int | None,
    beneficiaries: frozenset[uuid.UUID] | None,
) -> None:
    draft.snapshot_hash = snapshot_hash
    if amount_fen is not None:
        draft.amount_fen = amount_fen
    if beneficiaries is not None:
        draft.beneficiaries = beneficiaries
        draft.refresh_interested()


def _reset_all(draft: Draft) -> None:
    for node in draft.plan.nodes:
        draft.reset_node(node.key)


def _restart(draft: Draft, command: Alter | Reopen, kind: EventKind) -> None:
    stop_everything(draft, CloseReason.RESET)
    draft.round += 1
    _take_version(draft, command.snapshot_hash, command.amount_fen, command.beneficiaries)
    draft.plan = command.plan
    draft.forget()
    check_refuse_policy(draft)
    sync_nodes(draft)
    _reset_all(draft)
    draft.status = InstanceStatus.RUNNING
    draft.closed_at = None
    draft.review_failed = False
    draft.emit(
        kind,
        staff=(draft.requester,),
        data={"snapshot_hash": draft.snapshot_hash, "comment": command.comment},
    )


def alter(draft: Draft, command: Alter) -> None:
    check_requester(draft)
    check_comment(command.comment, required=True)
    if draft.status in (InstanceStatus.REJECTED, InstanceStatus.WITHDRAWN, InstanceStatus.VOIDED):
        raise Refusal(RefusalCode.INSTANCE_CLOSED, status=draft.status.value)
    if effects_done(draft) or draft.status is InstanceStatus.EFFECTIVE:
        raise Refusal(RefusalCode.ALTER_TOO_LATE)
    if draft.status is InstanceStatus.APPROVED:
        draft.in_force = ApprovedVersion(draft.round, draft.snapshot_hash, draft.amount_fen)
    _restart(draft, command, EventKind.ALTERED)


def reopen(draft: Draft, command: Reopen) -> None:
    check_requester(draft)
    check_comment(command.comment)
    if draft.status not in (InstanceStatus.REJECTED, InstanceStatus.WITHDRAWN):
        raise Refusal(RefusalCode.NOT_REOPENABLE, status=draft.status.value)
    _restart(draft, command, EventKind.REOPENED)


def void(draft: Draft, command: Void) -> None:
    """作废. The requester may void what was approved and not yet paid; administrators always."""
    if draft.actor != draft.requester or draft.requester in draft.inactive:
        check_administrator(draft)
    check_comment(command.comment, required=True)
    if draft.status in (InstanceStatus.VOIDED, InstanceStatus.REJECTED, InstanceStatus.WITHDRAWN):
        raise Refusal(RefusalCode.NOT_VOIDABLE, status=draft.status.value)
    if draft.actor not in draft.plan.administrators and (
        draft.status is not InstanceStatus.APPROVED or effects_done(draft)
    ):
        raise Refusal(RefusalCode.NOT_VOIDABLE, status=draft.status.value)
    end_instance(draft, InstanceStatus.VOIDED, EventKind.VOIDED, comment=command.comment)
