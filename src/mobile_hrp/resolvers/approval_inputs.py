"""What a phone sends to act on an approval. Every input carries the key of its one effect."""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from mobile_hrp.domain.approval.terms import (
    REQUESTER_NODE,
    AddPosition,
    ResubmitPolicy,
    Verdict,
)
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.resolvers.documents import FindingReasonInput, SelectedApproversInput

strawberry.enum(ResubmitPolicy, name="ResubmitPolicy")
strawberry.enum(AddPosition, name="AddPosition")


def body_of(given: Any) -> dict[str, Any]:
    """An input as what its key stands for: everything in it but the key."""
    return {
        one.name: _plain(getattr(given, one.name))
        for one in fields(given)
        if one.name != "idempotency_key"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Money):
        return value.fen
    return body_of(value) if is_dataclass(value) else value


@strawberry.input(description="Something an approval must bring, by name.")
class EvidenceInput:
    name: str
    value: str


@strawberry.input(description="A verdict on what was displayed: name the snapshot you saw.")
class DecideTaskInput:
    idempotency_key: str
    task_id: strawberry.ID
    snapshot_hash: str
    verdict: Verdict
    comment: str = ""
    evidence: list[EvidenceInput] = strawberry.field(default_factory=list)
    send_back_to: str = REQUESTER_NODE
    resubmit: ResubmitPolicy = ResubmitPolicy.FROM_START


@strawberry.input(description="One verdict of a batch.")
class BatchItemInput:
    task_id: strawberry.ID
    snapshot_hash: str
    verdict: Verdict
    comment: str = ""
    evidence: list[EvidenceInput] = strawberry.field(default_factory=list)


@strawberry.input(description="At most 200 verdicts; each is carried out by itself.")
class BatchDecideInput:
    idempotency_key: str
    items: list[BatchItemInput]


@strawberry.input(description="A task of mine.")
class TaskInput:
    idempotency_key: str
    task_id: strawberry.ID


@strawberry.input(description="A task, and a word about it.")
class TaskCommentInput:
    idempotency_key: str
    task_id: strawberry.ID
    comment: str = ""


@strawberry.input(description="A task of mine and the colleague it goes to.")
class PassOnInput:
    idempotency_key: str
    task_id: strawberry.ID
    to: strawberry.ID
    comment: str = ""


@strawberry.input(description="Another approver: before me, after me, or beside me.")
class AddApproverInput:
    idempotency_key: str
    task_id: strawberry.ID
    staff_id: strawberry.ID
    position: AddPosition
    comment: str = ""


@strawberry.input(description="Ask a colleague for advice; the step does not wait.")
class ConsultInput:
    idempotency_key: str
    task_id: strawberry.ID
    to: strawberry.ID
    text: str


@strawberry.input
class AnswerConsultInput:
    idempotency_key: str
    task_id: strawberry.ID
    text: str


@strawberry.input(description="A document, and why.")
class DocumentCommentInput:
    idempotency_key: str
    document_id: strawberry.ID
    comment: str = ""


@strawberry.input(description="A comment; the mentioned are told.")
class CommentInput:
    idempotency_key: str
    document_id: strawberry.ID
    text: str
    mentions: list[strawberry.ID] = strawberry.field(default_factory=list)


@strawberry.input(description="Copies to colleagues.")
class CopyInput:
    idempotency_key: str
    document_id: strawberry.ID
    to: list[strawberry.ID]
    comment: str = ""


@strawberry.input(description="An objection to what is made public.")
class ObjectInput:
    idempotency_key: str
    document_id: strawberry.ID
    node_key: str
    text: str


@strawberry.input(description="People for a stuck step, or another holder for one of its tasks.")
class AssignInput:
    idempotency_key: str
    document_id: strawberry.ID
    node_key: str
    staff_ids: list[strawberry.ID]
    comment: str
    task_id: strawberry.ID | None = None


@strawberry.input(description="People who must keep out of the document (回避).")
class RecuseInput:
    idempotency_key: str
    document_id: strawberry.ID
    staff_ids: list[strawberry.ID]
    comment: str


@strawberry.input(description="What is left of a line, and why.")
class AmendLineInput:
    line_id: strawberry.ID
    amount: Money
    reason: str


@strawberry.input(description="A deduction per line, or the fields that are mine to fill in.")
class AmendDocumentInput:
    idempotency_key: str
    task_id: strawberry.ID
    snapshot_hash: str
    reason: str
    lines: list[AmendLineInput] = strawberry.field(default_factory=list)
    values: JSON | None = None


@strawberry.input(description="New values for a document on its way, or an approved one.")
class AlterDocumentInput:
    idempotency_key: str
    document_id: strawberry.ID
    values: JSON
    comment: str
    expected_version: int | None = None
    selected: list[SelectedApproversInput] = strawberry.field(default_factory=list)
    reasons: list[FindingReasonInput] = strawberry.field(default_factory=list)


@strawberry.input(description="Send a rejected or withdrawn document round again.")
class ReopenDocumentInput:
    idempotency_key: str
    document_id: strawberry.ID
    values: JSON | None = None
    comment: str = ""
    expected_version: int | None = None
    selected: list[SelectedApproversInput] = strawberry.field(default_factory=list)
    reasons: list[FindingReasonInput] = strawberry.field(default_factory=list)


@strawberry.input(description="Who decides in my name, on what, up to how much, for how long.")
class GrantProxyInput:
    idempotency_key: str
    proxy_id: strawberry.ID
    starts_at: datetime
    ends_at: datetime
    scenario_codes: list[str] = strawberry.field(default_factory=list)
    amount_max: Money | None = None
    reason: str = ""


@strawberry.input
class RevokeProxyInput:
    idempotency_key: str
    proxy_id: strawberry.ID


@strawberry.input(description="Everything that waits for one person goes to another.")
class HandOverInput:
    idempotency_key: str
    staff_id: strawberry.ID
    successor_id: strawberry.ID
