"""What people, and the system on their behalf, ask of an instance."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mobile_hrp.domain.approval.codec import JsonValue, to_json
from mobile_hrp.domain.approval.plan import FlowPlan
from mobile_hrp.domain.approval.state import ProxyGrant
from mobile_hrp.domain.approval.terms import REQUESTER_NODE, AddPosition, ResubmitPolicy


@dataclass(frozen=True, slots=True)
class Command(JsonValue):
    """Base of all commands."""


# ---- deciding; ``snapshot_hash`` is the hash of what the person had on the screen


@dataclass(frozen=True, slots=True)
class Approve(Command):
    task_id: uuid.UUID
    snapshot_hash: str
    comment: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reject(Command):
    task_id: uuid.UUID
    snapshot_hash: str
    comment: str


@dataclass(frozen=True, slots=True)
class Abstain(Command):
    """弃权 or 回避: the seat is over without agreeing."""

    task_id: uuid.UUID
    snapshot_hash: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class SendBack(Command):
    task_id: uuid.UUID
    snapshot_hash: str
    comment: str
    to_node: str = REQUESTER_NODE
    resubmit: ResubmitPolicy = ResubmitPolicy.FROM_START


# ---- the requester's


@dataclass(frozen=True, slots=True)
class Withdraw(Command):
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Resubmit(Command):
    """After a send-back. ``plan`` is the route of the document as it is now."""

    snapshot_hash: str
    plan: FlowPlan | None = None
    amount_fen: int | None = None
    beneficiaries: frozenset[uuid.UUID] | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Alter(Command):
    """变更: a new version of a running or an approved document goes round again."""

    snapshot_hash: str
    plan: FlowPlan
    amount_fen: int
    comment: str
    beneficiaries: frozenset[uuid.UUID] | None = None


@dataclass(frozen=True, slots=True)
class Reopen(Command):
    """唤醒: a rejected or withdrawn document goes round again."""

    snapshot_hash: str
    plan: FlowPlan
    amount_fen: int
    comment: str = ""
    beneficiaries: frozenset[uuid.UUID] | None = None


@dataclass(frozen=True, slots=True)
class Void(Command):
    comment: str


# ---- the holder's


@dataclass(frozen=True, slots=True)
class Claim(Command):
    task_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Release(Command):
    task_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Transfer(Command):
    """转交: for good."""

    task_id: uuid.UUID
    to: uuid.UUID
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Delegate(Command):
    """委派: comes back with an opinion."""

    task_id: uuid.UUID
    to: uuid.UUID
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TakeBack(Command):
    """拿回: what was delegated, or what a standing proxy holds in my name."""

    task_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AddApprover(Command):
    task_id: uuid.UUID
    staff_id: uuid.UUID
    position: AddPosition
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RemoveApprover(Command):
    """减签: ``task_id`` is the task of the person to remove."""

    task_id: uuid.UUID
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Amend(Command):
    """A change the node's ``can`` allows: a deduction (核减) or the holder's own entry.

    ``plan`` is the route of the document as it is now. See ``domain.approval.amending``.
    """

    task_id: uuid.UUID
    right: str
    old_snapshot_hash: str
    snapshot_hash: str
    amount_fen: int
    comment: str
    plan: FlowPlan | None = None


# ---- talking


@dataclass(frozen=True, slots=True)
class Remind(Command):
    task_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Comment(Command):
    text: str
    mentions: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Consult(Command):
    task_id: uuid.UUID
    to: uuid.UUID
    text: str


@dataclass(frozen=True, slots=True)
class AnswerConsult(Command):
    task_id: uuid.UUID
    text: str


@dataclass(frozen=True, slots=True)
class CarbonCopy(Command):
    to: tuple[uuid.UUID, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class MarkRead(Command):
    task_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Object(Command):
    """An objection during a publicity window; the service decides who belongs to its audience."""

    node_key: str
    text: str


# ---- administrators' and the system's


@dataclass(frozen=True, slots=True)
class Assign(Command):
    """An administrator seats people at a node that is blocked, or in place of one holder."""

    node_key: str
    staff_ids: tuple[uuid.UUID, ...]
    comment: str
    task_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Tick(Command):
    """Time passed: timeouts, expired proxies, the end of a publicity window."""


@dataclass(frozen=True, slots=True)
class OrgChanged(Command):
    """People left or came back, or the lines of command changed. None leaves a part as it is."""

    left: tuple[uuid.UUID, ...] = ()
    returned: tuple[uuid.UUID, ...] = ()
    successors: Mapping[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    superiors: Mapping[uuid.UUID, uuid.UUID] | None = None
    administrators: tuple[uuid.UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Recuse(Command):
    """People found to have an interest (近亲属回避); their open seats go to others."""

    staff_ids: tuple[uuid.UUID, ...]
    comment: str


@dataclass(frozen=True, slots=True)
class ApplyProxy(Command):
    """A grant came into force: what waits for the principal moves to the proxy."""

    grant: ProxyGrant


@dataclass(frozen=True, slots=True)
class RevokeProxy(Command):
    grant_id: uuid.UUID


COMMANDS: Mapping[str, type[Command]] = {
    kind.__name__: kind
    for kind in (
        *(Approve, Reject, Abstain, SendBack, Withdraw, Resubmit, Alter, Reopen, Void),
        *(Claim, Release, Transfer, Delegate, TakeBack, AddApprover, RemoveApprover, Amend),
        *(Remind, Comment, Consult, AnswerConsult, CarbonCopy, MarkRead, Object),
        *(Assign, Tick, OrgChanged, Recuse, ApplyProxy, RevokeProxy),
    )
}


def command_to_json(command: Command) -> dict[str, Any]:
    """``{"type": ..., ...}``, for recorded histories."""
    return {"type": type(command).__name__, **to_json(command)}


def command_from_json(value: Mapping[str, Any]) -> Command:
    rest = {name: one for name, one in value.items() if name != "type"}
    return COMMANDS[value["type"]].from_json(rest)
