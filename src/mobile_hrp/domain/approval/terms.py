"""The engine's vocabulary: modes, kinds, policies, statuses and limits.

Verbs follow the published approval API of Feishu; Chinese terms stand beside the names. Values are
stored in JSON and in CHECK constraints, so a value is added, never renamed.
"""

import uuid
from enum import StrEnum

SYSTEM = uuid.UUID(int=0)
"""The actor of what nobody pressed a button for: ticks, organisation changes, automatic choices."""

REQUESTER_NODE = "requester"
"""The target of a send-back to the requester; never the key of a planned node."""

COMMENT_LENGTH_MAX = 2000
APPROVERS_PER_NODE_MAX = 50
ADDED_DEPTH_MAX = 3
TASKS_MAX = 2000
RECIPIENTS_MAX = 100
OBJECTIONS_MAX = 200
REMIND_GAP_MINUTES = 30
REMINDS_PER_DAY_MAX = 3


class SignMode(StrEnum):
    """How the seats of a node make one outcome."""

    ANY = "any"  # 或签
    ALL = "all"  # 会签
    SEQUENTIAL = "sequential"  # 依次
    VOTE = "vote"  # 票签
    NOTIFY = "notify"  # 抄送
    CLAIM = "claim"  # 抢办


class NodeKind(StrEnum):
    """What the person at the node does; it gives the node its default duty."""

    APPROVE = "approve"
    CONFIRM = "confirm"  # 本人或同事确认 (substitute, receiver of a loan, step-up by the applicant)
    HANDLE = "handle"  # 经办 (procurement, dispatching a car)
    PAY = "pay"  # 出纳支付
    RECEIVE = "receive"  # 扫码收货, 完工验收
    SEAL = "seal"  # 用印
    RECORD = "record"  # 记账
    PUBLICITY = "publicity"  # 公示
    POST_REVIEW = "post_review"  # 事后补审


class Duty(StrEnum):
    """A post in the sense of internal control; incompatible pairs are in ``SodPolicy``."""

    REQUEST = "request"
    CONFIRM = "confirm"
    APPROVE = "approve"
    HANDLE = "handle"
    PAY = "pay"
    RECEIVE = "receive"
    SEAL = "seal"
    RECORD = "record"
    PUBLISH = "publish"
    AUDIT = "audit"
    CALCULATE = "calculate"


class Join(StrEnum):
    ALL = "all"
    ANY = "any"


class SelfApprovalPolicy(StrEnum):
    """What happens when a candidate is the requester, a beneficiary or recused."""

    TO_SUPERIOR = "to_superior"
    SECOND_PERSON = "second_person"  # the node's named seconds, then superiors
    EXCLUDE = "exclude"  # the others decide; nobody left: the empty policy
    REFUSE = "refuse"  # the submission is refused
    ALLOW = "allow"  # only CONFIRM and RECEIVE: the requester is the one who must act


class RepeatedPolicy(StrEnum):
    """What happens when a candidate already approved at an earlier node of this chain."""

    ASK_AGAIN = "ask_again"
    AUTO_AGREE = "auto_agree"  # 自动去重; only for the same snapshot and where a click is the act
    TO_SUPERIOR = "to_superior"


class EmptyPolicy(StrEnum):
    SKIP = "skip"
    TO_ADMIN = "to_admin"
    BLOCK = "block"


class AbsentPolicy(StrEnum):
    """What happens to the seat of somebody who left or was disabled."""

    TO_SUPERIOR = "to_superior"
    TO_ADMIN = "to_admin"
    EXCLUDE = "exclude"
    BLOCK = "block"  # the seat waits for the person and an alarm is up


class WithdrawPolicy(StrEnum):
    ANY_TIME = "any_time"
    BEFORE_FIRST_DECISION = "before_first_decision"
    NEVER = "never"


class ResubmitPolicy(StrEnum):
    FROM_START = "from_start"
    TO_RETURNER = "to_returner"


class AddPosition(StrEnum):
    BEFORE = "before"  # 前加签
    AFTER = "after"  # 后加签
    BESIDE = "beside"  # 并加签


class TimeoutAction(StrEnum):
    REMIND = "remind"
    ESCALATE = "escalate"
    APPROVE = "approve"
    REJECT = "reject"


class InstanceStatus(StrEnum):
    RUNNING = "running"
    RETURNED = "returned"  # with the requester
    EFFECTIVE = "effective"  # approved and in force; a post-review is outstanding
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"


class NodeStatus(StrEnum):
    WAITING = "waiting"
    ACTIVE = "active"
    DONE = "done"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"  # another branch won, or a new route no longer has it


class TaskKind(StrEnum):
    DECIDE = "decide"
    OBJECTION = "objection"  # 处理公示异议
    RESUBMIT = "resubmit"  # with the requester after a send-back
    CONSULT = "consult"  # 征求意见; does not hold the node
    COPY = "copy"  # 抄送; never pending, only unread or read


class SeatRole(StrEnum):
    """Where a task stands in its seat."""

    MAIN = "main"
    BEFORE = "before"
    AFTER = "after"
    DELEGATE = "delegate"


class TaskStatus(StrEnum):
    WAITING = "waiting"  # its turn has not come (sequential, after)
    PENDING = "pending"  # 待办: somebody can and should act
    PARKED = "parked"  # behind an approver added before it, or delegated
    TAKEN = "taken"  # a colleague of the pool claimed it
    DECIDED = "decided"  # 已办: has exactly one decision
    CLOSED = "closed"
    UNREAD = "unread"
    READ = "read"


OPEN_TASKS = frozenset(
    {TaskStatus.WAITING, TaskStatus.PENDING, TaskStatus.PARKED, TaskStatus.TAKEN}
)
FINISHED_NODES = frozenset({NodeStatus.DONE, NodeStatus.SKIPPED, NodeStatus.SUPERSEDED})
POOL_MODES = frozenset({SignMode.ANY, SignMode.CLAIM})
SELF_ACTING_KINDS = frozenset({NodeKind.CONFIRM, NodeKind.RECEIVE})
ONE_SEAT_EXEMPT_KINDS = SELF_ACTING_KINDS | {NodeKind.PUBLICITY}
CLICK_KINDS = frozenset({NodeKind.APPROVE, NodeKind.CONFIRM})
"""Kinds at which pressing agree is the whole act, so that a machine may repeat it."""
DEDUCT = "deduct"
"""The right of a node's holder to lower amounts (核减)."""
EDIT_FORM = "edit_form"
"""The right of a node's holder to fill in the fields that are theirs."""
EFFECT_KINDS = frozenset({NodeKind.PAY, NodeKind.SEAL, NodeKind.RECEIVE})
"""Kinds that happen in the world; once done, the requester cannot take the paper back."""


class CloseReason(StrEnum):
    NODE_DONE = "node_done"
    NODE_REJECTED = "node_rejected"
    RESET = "reset"
    SUPERSEDED = "superseded"
    INSTANCE_ENDED = "instance_ended"
    TRANSFERRED = "transferred"
    ESCALATED = "escalated"
    REASSIGNED = "reassigned"
    REMOVED = "removed"
    TAKEN_BACK = "taken_back"
    PARENT_CLOSED = "parent_closed"
    HOLDER_LEFT = "holder_left"
    HOLDER_CONFLICTED = "holder_conflicted"
    RESUBMITTED = "resubmitted"
    ANSWERED = "answered"


class Verdict(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"
    ABSTAINED = "abstained"
    SENT_BACK = "sent_back"


class Action(StrEnum):
    """What a holder may be forbidden at a node (``PlanNode.forbids``)."""

    REJECT = "reject"
    ABSTAIN = "abstain"
    SEND_BACK = "send_back"
    TRANSFER = "transfer"
    DELEGATE = "delegate"
    PROXY = "proxy"
    ADD_APPROVER = "add_approver"
    CONSULT = "consult"


class AlarmKind(StrEnum):
    NODE_BLOCKED = "node_blocked"  # an active node without anybody to act
    HOLDER_INACTIVE = "holder_inactive"
    HOLDER_CONFLICTED = "holder_conflicted"
    OBJECTION_UNHANDLED = "objection_unhandled"
