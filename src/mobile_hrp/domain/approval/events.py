"""What happened, in order. A service writes them to the timeline and to the outbox."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mobile_hrp.domain.approval.codec import JsonValue
from mobile_hrp.domain.approval.plan import Explanation


class EventKind(StrEnum):
    OPENED = "opened"
    RESUBMITTED = "resubmitted"
    ALTERED = "altered"
    REOPENED = "reopened"
    AMENDED = "amended"
    NODE_OPENED = "node_opened"
    NODE_DONE = "node_done"
    NODE_SKIPPED = "node_skipped"
    NODE_REJECTED = "node_rejected"
    NODE_RESET = "node_reset"
    NODE_SUPERSEDED = "node_superseded"
    TASK_OPENED = "task_opened"  # somebody new must act: tell ``staff``
    TASK_CLOSED = "task_closed"  # nothing to do any more: withdraw the notice to ``staff``
    DECIDED = "decided"
    CLAIMED = "claimed"
    RELEASED = "released"
    TRANSFERRED = "transferred"
    DELEGATED = "delegated"
    DELEGATE_RETURNED = "delegate_returned"
    TAKEN_BACK = "taken_back"
    APPROVER_ADDED = "approver_added"
    APPROVER_REMOVED = "approver_removed"
    ASSIGNED = "assigned"
    SENT_BACK = "sent_back"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"
    ALTERATION_DROPPED = "alteration_dropped"
    REVIEW_CLOSED = "review_closed"
    REMINDED = "reminded"
    COMMENTED = "commented"
    CONSULTED = "consulted"
    CONSULT_ANSWERED = "consult_answered"
    COPIED = "copied"
    READ = "read"
    PROXY_APPLIED = "proxy_applied"
    PROXY_ENDED = "proxy_ended"
    TASK_MOVED = "task_moved"  # same task, other holder
    TIMED_OUT = "timed_out"
    WINDOW_CLOSED = "window_closed"
    OBJECTION_RAISED = "objection_raised"
    OBJECTION_DISMISSED = "objection_dismissed"
    ORG_CHANGED = "org_changed"
    EXPLAINED = "explained"  # an automatic choice, with its explanation
    ALARM_RAISED = "alarm_raised"
    ALARM_CLEARED = "alarm_cleared"


@dataclass(frozen=True, slots=True)
class Event(JsonValue):
    """``staff`` are the people it concerns; ``data`` holds codes, counts and the user's text."""

    seq: int
    kind: EventKind
    at: datetime
    actor: uuid.UUID
    round: int = 1
    node_key: str = ""
    task_id: uuid.UUID | None = None
    staff: tuple[uuid.UUID, ...] = ()
    explanation: Explanation | None = None
    data: Mapping[str, str | int] = field(default_factory=dict)
