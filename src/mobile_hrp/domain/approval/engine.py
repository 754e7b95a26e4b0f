"""The two ways in: ``open_instance`` starts an approval, ``decide`` applies one command to it."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from mobile_hrp.domain.approval import (
    amending,
    commands,
    deciding,
    lifecycle,
    publicity,
    signing,
    system,
    talking,
)
from mobile_hrp.domain.approval.codes import RefusalCode
from mobile_hrp.domain.approval.commands import Command
from mobile_hrp.domain.approval.draft import Draft, Outcome
from mobile_hrp.domain.approval.flow import settle
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.state import InstanceState, ProxyGrant
from mobile_hrp.domain.approval.terms import SYSTEM
from mobile_hrp.domain.refusal import Refusal

_HANDLERS: Mapping[type[Command], Callable[[Draft, Any], None]] = {
    commands.Approve: deciding.approve,
    commands.Reject: deciding.reject,
    commands.Abstain: deciding.abstain,
    commands.SendBack: deciding.send_back,
    commands.Withdraw: lifecycle.withdraw,
    commands.Resubmit: lifecycle.resubmit,
    commands.Alter: lifecycle.alter,
    commands.Reopen: lifecycle.reopen,
    commands.Void: lifecycle.void,
    commands.Amend: amending.amend,
    commands.Claim: signing.claim,
    commands.Release: signing.release,
    commands.Transfer: signing.transfer,
    commands.Delegate: signing.delegate,
    commands.TakeBack: signing.take_back,
    commands.AddApprover: signing.add_approver,
    commands.RemoveApprover: signing.remove_approver,
    commands.Remind: talking.remind,
    commands.Comment: talking.comment,
    commands.Consult: talking.consult,
    commands.AnswerConsult: talking.answer_consult,
    commands.CarbonCopy: talking.carbon_copy,
    commands.MarkRead: talking.mark_read,
    commands.Object: publicity.raise_objection,
    commands.Assign: system.assign,
    commands.Tick: system.tick,
    commands.OrgChanged: system.org_changed,
    commands.Recuse: system.recuse,
    commands.ApplyProxy: system.apply_proxy,
    commands.RevokeProxy: system.revoke_proxy,
}

SYSTEM_COMMANDS = frozenset(
    {
        commands.Tick,
        commands.OrgChanged,
        commands.Recuse,
        commands.ApplyProxy,
        commands.RevokeProxy,
    }
)
"""Given by SYSTEM only; the service has checked who may cause them."""


_QUIET_COMMANDS = frozenset(
    {
        commands.Remind,
        commands.Comment,
        commands.Consult,
        commands.AnswerConsult,
        commands.CarbonCopy,
        commands.MarkRead,
    }
)
"""Talking changes nothing that could follow from it."""


def open_instance(
    plan: FlowPlan,
    *,
    instance_id: uuid.UUID,
    requester: uuid.UUID,
    snapshot_hash: str,
    now: datetime,
    ids: Iterator[uuid.UUID],
    amount_fen: int = 0,
    beneficiaries: frozenset[uuid.UUID] = frozenset(),
    recused: frozenset[uuid.UUID] = frozenset(),
    inactive: frozenset[uuid.UUID] = frozenset(),
    proxies: tuple[ProxyGrant, ...] = (),
) -> Outcome:
    """Submit a document for the first time.

    ``proxies`` are the grants in force for anybody in the plan. ``inactive`` may name people of
    the plan who left since it was routed.

    Raises:
        Refusal: SELF_APPROVAL_PLANNED when a node refuses the requester as its approver.
    """
    draft = lifecycle.open_draft(
        plan,
        instance_id=instance_id,
        requester=requester,
        snapshot_hash=snapshot_hash,
        amount_fen=amount_fen,
        beneficiaries=beneficiaries,
        recused=recused,
        inactive=inactive,
        proxies=proxies,
        now=now,
        ids=ids,
    )
    settle(draft)
    return draft.outcome()


def decide(
    state: InstanceState,
    command: Command,
    *,
    actor: uuid.UUID,
    now: datetime,
    ids: Iterator[uuid.UUID],
) -> Outcome:
    """Apply one command and everything that follows from it.

    Raises:
        Refusal: the rules do not allow it; nothing has changed.
    """
    kind = type(command)
    if (kind in SYSTEM_COMMANDS) != (actor == SYSTEM):
        raise Refusal(RefusalCode.TASK_NOT_FOUND)
    draft = Draft(state, actor=actor, now=now, ids=ids)
    _HANDLERS[kind](draft, command)
    if draft.amount_fen != state.amount_fen:
        system.drop_uncovered(draft)
    if kind not in _QUIET_COMMANDS:
        settle(draft)
    return draft.outcome()


def try_decide(
    state: InstanceState,
    command: Command,
    *,
    actor: uuid.UUID,
    now: datetime,
    ids: Iterator[uuid.UUID],
) -> Outcome | Refusal:
    """``decide`` for one item of a batch: a refusal is that item's result and stops no other."""
    try:
        return decide(state, command, actor=actor, now=now, ids=ids)
    except Refusal as refusal:
        return refusal
