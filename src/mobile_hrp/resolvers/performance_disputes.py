"""Questioning a line of my pay; deciding what others question; sharing a package out."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import strawberry
from sqlalchemy import select
from starlette.datastructures import UploadFile

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.distributing import Entry
from mobile_hrp.domain.performance.terms import ShareMethod
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.access import field, mutation, needs
from mobile_hrp.graphql.commands import Info, Outcome, perform
from mobile_hrp.graphql.errors import user_errors
from mobile_hrp.graphql.ids import decode_id, encode_id
from mobile_hrp.graphql.pagination import PAGE_MAX
from mobile_hrp.graphql.scalars import Money
from mobile_hrp.graphql.types.performance_disputes import (
    DisputeCountType,
    DisputeEvidencePayload,
    DisputePayload,
    MyDisputeEvidenceType,
    MyDisputeType,
    MySecondaryShareType,
    ReadDisputeEvidenceType,
    ReadDisputePayload,
    ReadDisputeType,
    SecondaryDistributionPayload,
    SecondaryDistributionType,
    WaitingDisputeType,
)
from mobile_hrp.models.performance_disputes import DisputeEvidence, SecondaryDistribution
from mobile_hrp.resolvers.performance import keys_of
from mobile_hrp.resolvers.performance_views import require_page
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services.performance.disputes import (
    count_disputes,
    decide_dispute,
    my_disputes,
    open_dispute,
    read_dispute,
    waiting_disputes,
)
from mobile_hrp.services.performance.distribution import (
    approve_distribution,
    my_share,
    propose_distribution,
)
from mobile_hrp.services.performance.evidence import (
    FILE_BYTES_MAX,
    Piece,
    add_handlers_evidence,
    add_own_evidence,
    evidence_for_handler,
    own_evidence,
)

_OWN = needs(Permission.PERFORMANCE_VIEW_OWN, "one's own rows only, held by row-level security")
_DISPUTE = needs(Permission.PERFORMANCE_DISPUTE, "one's own lines only")
_RESOLVE = needs(Permission.PERFORMANCE_RESOLVE_DISPUTE)
_ENTRIES_MAX = 500
_FIGURE_MAX = 20


@strawberry.input(description="Which line of mine, and why it is wrong.")
class OpenPerformanceDisputeInput:
    idempotency_key: str
    payout_line_id: strawberry.ID
    reason: str


@strawberry.input(description="Null: list what waits and count a period's disputes.")
class ReadPerformanceDisputesInput:
    idempotency_key: str
    dispute_id: strawberry.ID | None = None
    period: str | None = None


@strawberry.input
class DecidePerformanceDisputeInput:
    idempotency_key: str
    dispute_id: strawberry.ID
    accept: bool
    answer: str
    granted: Money | None = strawberry.field(
        default=None, description="Added to the line by a later run, beside what the facts give."
    )


@strawberry.input(description="Words, or a picture or PDF as a file part of the request.")
class AddDisputeEvidenceInput:
    idempotency_key: str
    dispute_id: strawberry.ID
    text: str | None = None


@strawberry.input(description="What a person's share follows from; figures as text.")
class SecondaryEntryInput:
    staff_id: strawberry.ID
    weight: str = strawberry.field(description="Percent, quantity or score, as the method says.")
    factor: str = "1"
    fixed: Money | None = strawberry.field(
        default=None, description="Comes before the rest is shared."
    )


@strawberry.input
class ProposeSecondaryDistributionInput:
    idempotency_key: str
    period: str
    department_id: strawberry.ID
    method: ShareMethod
    entries: list[SecondaryEntryInput]
    publicity_days: int = 5


@strawberry.input(description="With the approved perf_secondary document of the department.")
class ApproveSecondaryDistributionInput:
    idempotency_key: str
    distribution_id: strawberry.ID
    document_id: strawberry.ID


@strawberry.type
class PerformanceDisputeQuery:
    @field(_DISPUTE, description="My disputes with their answers, latest first.")
    async def my_disputes(self, info: Info, first: int) -> list[MyDisputeType]:
        require_page(first)
        async with info.context.reading() as session:
            found = await my_disputes(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                first=first,
            )
        return [MyDisputeType.of(one, info.context.locale) for one in found]

    @field(_DISPUTE, description="What a dispute of mine rests on, in the order it was added.")
    async def my_dispute_evidence(
        self, info: Info, dispute_id: strawberry.ID
    ) -> list[MyDisputeEvidenceType]:
        key = decode_id("PerformanceDispute", dispute_id, path="disputeId")
        async with info.context.reading() as session:
            found = await own_evidence(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                dispute_id=key,
            )
        return [MyDisputeEvidenceType.of(one) for one in found]

    @field(_OWN, description="My share of my department's package, proposed or approved.")
    async def secondary_distribution(self, info: Info, period: str) -> MySecondaryShareType | None:
        async with info.context.reading() as session:
            found = await my_share(
                session,
                viewer=info.context.require_viewer(),
                keys=keys_of(info),
                period_code=period,
            )
        return MySecondaryShareType.of(found) if found else None


@strawberry.type
class PerformanceDisputeMutation:
    @mutation(_DISPUTE, description="Question a published line of mine while disputes are taken.")
    async def open_performance_dispute(
        self, info: Info, input: OpenPerformanceDisputeInput
    ) -> DisputePayload:
        line_id = decode_id("PayoutLine", input.payout_line_id, path="payoutLineId")

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await open_dispute(
                session,
                viewer=viewer,
                keys=keys_of(info),
                line_id=line_id,
                reason=input.reason,
                now=now,
            )
            return {"dispute_id": encode_id("PerformanceDispute", row.id)}

        body = {"line_id": str(line_id), "reason": input.reason}
        outcome = await perform(
            info,
            operation="openPerformanceDispute",
            key=input.idempotency_key,
            body=body,
            work=work,
        )
        return _dispute(outcome)

    @mutation(_DISPUTE, description="Add words or a file to an open dispute of mine.")
    async def add_dispute_evidence(
        self, info: Info, input: AddDisputeEvidenceInput, file: UploadFile | None = None
    ) -> DisputeEvidencePayload:
        return await _add_evidence(info, "addDisputeEvidence", input, file, add_own_evidence)

    @mutation(_RESOLVE, description="Add what the decision will rest on; its owner sees it.")
    async def add_decision_evidence(
        self, info: Info, input: AddDisputeEvidenceInput, file: UploadFile | None = None
    ) -> DisputeEvidencePayload:
        return await _add_evidence(info, "addDecisionEvidence", input, file, add_handlers_evidence)

    @mutation(_RESOLVE, description="Read a dispute to decide it, on record; or list what waits.")
    async def read_performance_disputes(
        self, info: Info, input: ReadPerformanceDisputesInput
    ) -> ReadDisputePayload:
        payload = ReadDisputePayload(dispute=None, waiting=[], counts=[], user_errors=[])
        locale, keys = info.context.locale, keys_of(info)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            if input.dispute_id is not None:
                key = decode_id("PerformanceDispute", input.dispute_id, path="disputeId")
                found = await read_dispute(
                    session, viewer=viewer, keys=keys, dispute_id=key, now=now
                )
                payload.dispute = ReadDisputeType.of(found)
                evidence = await evidence_for_handler(
                    session, viewer=viewer, keys=keys, dispute_id=key, now=now
                )
                payload.evidence = [ReadDisputeEvidenceType.of(one) for one in evidence]
                return {}
            rows = await waiting_disputes(session, viewer=viewer, first=PAGE_MAX, now=now)
            payload.waiting = [WaitingDisputeType.of(row, code, locale, now) for row, code in rows]
            if input.period is not None:
                counts = await count_disputes(
                    session, viewer=viewer, period_code=input.period, now=now
                )
                payload.counts = [DisputeCountType.of(one, locale) for one in counts]
            return {}

        outcome = await perform(
            info,
            operation="readPerformanceDisputes",
            key=input.idempotency_key,
            body={"dispute_id": input.dispute_id, "period": input.period},
            work=work,
        )
        if outcome.replayed:
            async with info.context.writing() as session:
                await work(session, info.context.require_viewer(), info.context.now())
        payload.user_errors, payload.replayed = outcome.errors, outcome.replayed
        return payload

    @mutation(_RESOLVE, description="Decide a dispute; not by whoever calculated the run.")
    async def decide_performance_dispute(
        self, info: Info, input: DecidePerformanceDisputeInput
    ) -> DisputePayload:
        dispute_id = decode_id("PerformanceDispute", input.dispute_id, path="disputeId")

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            found = await decide_dispute(
                session,
                viewer=viewer,
                keys=keys_of(info),
                dispute_id=dispute_id,
                accept=input.accept,
                granted_fen=_fen(input.granted, "granted"),
                answer=input.answer,
                now=now,
            )
            return {"dispute_id": encode_id("PerformanceDispute", found.row.id)}

        body = {
            "dispute_id": str(dispute_id),
            "accept": input.accept,
            "granted": input.granted.fen if input.granted else 0,
            "answer": input.answer,
        }
        outcome = await perform(
            info,
            operation="decidePerformanceDispute",
            key=input.idempotency_key,
            body=body,
            work=work,
        )
        return _dispute(outcome)

    @mutation(
        needs(Permission.PERFORMANCE_DISTRIBUTE),
        description="Propose how the department's package is shared, balanced to the fen.",
    )
    async def propose_secondary_distribution(
        self, info: Info, input: ProposeSecondaryDistributionInput
    ) -> SecondaryDistributionPayload:
        try:
            entries = _entries(input.entries)
        except Refusal as refusal:
            errors = user_errors(refusal, info.context.locale)
            return SecondaryDistributionPayload(distribution=None, user_errors=errors)

        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row, _ = await propose_distribution(
                session,
                viewer=viewer,
                keys=keys_of(info),
                period_code=input.period,
                department_id=decode_id("Department", input.department_id, path="departmentId"),
                method=input.method,
                entries=entries,
                publicity_days=input.publicity_days,
                now=now,
            )
            return {"distribution_id": str(row.id)}

        body = {
            "period": input.period,
            "department_id": input.department_id,
            "method": input.method.value,
            "entries": [
                [str(one.staff_id), str(one.weight), str(one.factor), str(one.fixed_fen)]
                for one in entries
            ],
            "days": input.publicity_days,
        }
        outcome = await perform(
            info,
            operation="proposeSecondaryDistribution",
            key=input.idempotency_key,
            body=body,
            work=work,
        )
        return await _distribution(info, outcome)

    @mutation(
        needs(Permission.PERFORMANCE_PUBLISH),
        description="Take over what the department's perf_secondary document was approved with.",
    )
    async def approve_secondary_distribution(
        self, info: Info, input: ApproveSecondaryDistributionInput
    ) -> SecondaryDistributionPayload:
        async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
            row = await approve_distribution(
                session,
                viewer=viewer,
                keys=keys_of(info),
                distribution_id=decode_id(
                    "SecondaryDistribution", input.distribution_id, path="distributionId"
                ),
                document_id=decode_id("Document", input.document_id, path="documentId"),
                now=now,
            )
            return {"distribution_id": str(row.id)}

        outcome = await perform(
            info,
            operation="approveSecondaryDistribution",
            key=input.idempotency_key,
            body={"distribution": input.distribution_id, "document": input.document_id},
            work=work,
        )
        return await _distribution(info, outcome)


async def _add_evidence(
    info: Info,
    operation: str,
    asked: AddDisputeEvidenceInput,
    file: UploadFile | None,
    add: Callable[..., Awaitable[DisputeEvidence]],
) -> DisputeEvidencePayload:
    try:
        piece = await _piece(asked.text, file)
        dispute_id = decode_id("PerformanceDispute", asked.dispute_id, path="disputeId")
    except Refusal as refusal:
        errors = user_errors(refusal, info.context.locale)
        return DisputeEvidencePayload(position=None, user_errors=errors)

    async def work(session: WriteSession, viewer: Viewer, now: datetime) -> Mapping[str, Any]:
        row = await add(
            session, viewer=viewer, keys=keys_of(info), dispute_id=dispute_id, piece=piece, now=now
        )
        return {"position": row.position}

    body = {"dispute_id": str(dispute_id), "sha256": piece.sha256}
    outcome = await perform(
        info, operation=operation, key=asked.idempotency_key, body=body, work=work
    )
    return DisputeEvidencePayload(
        position=outcome.result["position"] if outcome.result else None,
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )


async def _piece(text: str | None, file: UploadFile | None) -> Piece:
    """Raises Refusal DISPUTE_EVIDENCE for neither or both, and for what cannot be taken."""
    if file is None or text is not None:
        return Piece.of_text(text or "" if file is None else "")
    return Piece.of_file(await file.read(FILE_BYTES_MAX + 1), file.filename or "")


def _dispute(outcome: Outcome) -> DisputePayload:
    return DisputePayload(
        dispute_id=outcome.result["dispute_id"] if outcome.result else None,
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )


async def _distribution(info: Info, outcome: Outcome) -> SecondaryDistributionPayload:
    async def read(result: Mapping[str, Any]) -> SecondaryDistributionType:
        wanted = SecondaryDistribution.id == result["distribution_id"]
        async with info.context.reading() as session:
            row = (await session.scalars(select(SecondaryDistribution).where(wanted))).one()
        return SecondaryDistributionType.of(row)

    return SecondaryDistributionPayload(
        distribution=await outcome.object("distribution", read),
        user_errors=outcome.errors,
        replayed=outcome.replayed,
    )


def _entries(given: list[SecondaryEntryInput]) -> list[Entry]:
    if len(given) > _ENTRIES_MAX:
        raise Refusal("DISTRIBUTION_MEMBERS", path="entries", members=_ENTRIES_MAX)
    return [
        Entry(
            staff_id=decode_id("Staff", one.staff_id, path=f"entries.{number}.staffId"),
            weight=_figure(one.weight, f"entries.{number}.weight"),
            factor=_figure(one.factor, f"entries.{number}.factor"),
            fixed_fen=_fen(one.fixed, f"entries.{number}.fixed"),
        )
        for number, one in enumerate(given)
    ]


def _fen(money: Money | None, path: str) -> int:
    return money.at(path) if money is not None else 0


def _figure(text: str, path: str) -> Fraction:
    try:
        found = Decimal(text) if len(text) <= _FIGURE_MAX else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found.adjusted() > _FIGURE_MAX:
        raise Refusal("DISTRIBUTION_ENTRY", path=path)
    return Fraction(found)
