"""Disputes of lines of pay, and shares of a department's package."""

import base64
from datetime import datetime
from typing import Self

import strawberry

from mobile_hrp.domain.performance.terms import DisputeState, DistributionState, ShareMethod
from mobile_hrp.graphql.access import OWNER, REACHED, covered_by
from mobile_hrp.graphql.errors import UserError
from mobile_hrp.graphql.ids import encode_id
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.performance_views import rule_name
from mobile_hrp.models.performance_disputes import PerformanceDispute, SecondaryDistribution
from mobile_hrp.services.performance.disputes import Dispute, DisputeCount
from mobile_hrp.services.performance.distribution import MyShare
from mobile_hrp.services.performance.evidence import Evidence

strawberry.enum(DisputeState, name="PerformanceDisputeState")
strawberry.enum(DistributionState, name="SecondaryDistributionState")
strawberry.enum(ShareMethod, name="SecondaryShareMethod")


@covered_by(OWNER)
@strawberry.type(name="MyDispute", description="A line of mine that I question, and the answer.")
class MyDisputeType:
    id: strawberry.ID
    period: str
    rule_name: str
    state: DisputeState
    reason: str
    answer: str | None
    granted: Money = strawberry.field(description="Comes as a correction of a later period.")
    opened_at: datetime
    due_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, found: Dispute, locale: str) -> Self:
        row = found.row
        return cls(
            id=encode_id("PerformanceDispute", row.id),
            period=found.period_code,
            rule_name=rule_name(row.rule_code, locale),
            state=row.state,
            reason=found.reason,
            answer=found.answer,
            granted=Money(found.granted_fen),
            opened_at=row.opened_at,
            due_at=row.due_at,
            decided_at=row.decided_at,
        )


@covered_by(REACHED)
@strawberry.type(name="WaitingDispute", description="A dispute to decide, without what it says.")
class WaitingDisputeType:
    id: strawberry.ID
    period: str
    rule_name: str
    opened_at: datetime
    due_at: datetime
    overdue: bool

    @classmethod
    def of(cls, row: PerformanceDispute, period: str, locale: str, now: datetime) -> Self:
        return cls(
            id=encode_id("PerformanceDispute", row.id),
            period=period,
            rule_name=rule_name(row.rule_code, locale),
            opened_at=row.opened_at,
            due_at=row.due_at,
            overdue=now > row.due_at,
        )


@covered_by(REACHED)
@strawberry.type(name="ReadDispute", description="A dispute as its handler reads it.")
class ReadDisputeType:
    id: strawberry.ID
    staff_id: strawberry.ID
    payout_line_id: strawberry.ID
    state: DisputeState
    reason: str
    answer: str | None
    granted: Money

    @classmethod
    def of(cls, found: Dispute) -> Self:
        return cls(
            id=encode_id("PerformanceDispute", found.row.id),
            staff_id=encode_id("Staff", found.row.staff_id),
            payout_line_id=encode_id("PayoutLine", found.row.line_id),
            state=found.row.state,
            reason=found.reason,
            answer=found.answer,
            granted=Money(found.granted_fen),
        )


@covered_by(OWNER)
@strawberry.type(name="MyDisputeEvidence", description="What a dispute of mine rests on.")
class MyDisputeEvidenceType:
    position: int
    mine: bool = strawberry.field(description="False: added by whoever decides.")
    added_at: datetime
    text: str
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    content: str = strawberry.field(description="The file in base64; empty for words.")

    @classmethod
    def of(cls, found: Evidence) -> Self:
        return cls(
            position=found.row.position,
            mine=found.row.added_by == found.row.staff_id,
            added_at=found.row.added_at,
            text=found.piece.text,
            file_name=found.piece.file_name,
            media_type=found.piece.media_type,
            size_bytes=found.row.size_bytes,
            sha256=found.sha256,
            content=base64.b64encode(found.piece.data).decode("ascii"),
        )


@covered_by(REACHED)
@strawberry.type(
    name="ReadDisputeEvidence", description="What a dispute rests on, for its handler."
)
class ReadDisputeEvidenceType:
    position: int
    by_owner: bool = strawberry.field(description="False: added by a handler.")
    added_at: datetime
    text: str
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    content: str = strawberry.field(description="The file in base64; empty for words.")

    @classmethod
    def of(cls, found: Evidence) -> Self:
        return cls(
            position=found.row.position,
            by_owner=found.row.added_by == found.row.staff_id,
            added_at=found.row.added_at,
            text=found.piece.text,
            file_name=found.piece.file_name,
            media_type=found.piece.media_type,
            size_bytes=found.row.size_bytes,
            sha256=found.sha256,
            content=base64.b64encode(found.piece.data).decode("ascii"),
        )


@covered_by(REACHED)
@strawberry.type(description="Which piece of the dispute it became, or why not.")
class DisputeEvidencePayload:
    position: int | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(name="DisputeCount", description="Disputes of a rule; null for few people.")
class DisputeCountType:
    rule_name: str
    opened: int | None
    accepted: int | None
    overdue: int | None

    @classmethod
    def of(cls, found: DisputeCount, locale: str) -> Self:
        return cls(
            rule_name=rule_name(found.rule_code, locale),
            opened=found.opened,
            accepted=found.accepted,
            overdue=found.overdue,
        )


@covered_by(REACHED)
@strawberry.type(description="The dispute's id, or why not.")
class DisputePayload:
    dispute_id: strawberry.ID | None
    user_errors: list[UserError]
    replayed: bool = False


@covered_by(REACHED)
@strawberry.type(description="What the handler reads, or why not.")
class ReadDisputePayload:
    dispute: ReadDisputeType | None
    waiting: list[WaitingDisputeType]
    counts: list[DisputeCountType]
    user_errors: list[UserError]
    replayed: bool = False
    evidence: list[ReadDisputeEvidenceType] = strawberry.field(default_factory=list)


@covered_by(OWNER)
@strawberry.type(name="MySecondaryShare", description="My share of my department's package.")
class MySecondaryShareType:
    distribution_id: strawberry.ID
    method: ShareMethod
    state: DistributionState
    amount: Money
    objections_until: datetime

    @classmethod
    def of(cls, found: MyShare) -> Self:
        return cls(
            distribution_id=encode_id("SecondaryDistribution", found.row.id),
            method=found.row.method,
            state=found.row.state,
            amount=Money(found.amount_fen),
            objections_until=found.row.publicity_until,
        )


@covered_by(REACHED)
@strawberry.type(name="SecondaryDistribution", description="How a package is to be shared.")
class SecondaryDistributionType:
    id: strawberry.ID
    method: ShareMethod
    state: DistributionState
    sequence: int
    people: int
    objections_until: datetime

    @classmethod
    def of(cls, row: SecondaryDistribution) -> Self:
        return cls(
            id=encode_id("SecondaryDistribution", row.id),
            method=row.method,
            state=row.state,
            sequence=row.sequence,
            people=row.people,
            objections_until=row.publicity_until,
        )


@covered_by(REACHED)
@strawberry.type(description="The proposal with its balance, or why not.")
class SecondaryDistributionPayload:
    distribution: SecondaryDistributionType | None
    user_errors: list[UserError]
    replayed: bool = False
