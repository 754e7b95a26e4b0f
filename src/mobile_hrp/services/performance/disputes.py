"""A line of pay is questioned by its owner and decided by somebody who did not calculate it."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.money import AMOUNT_FEN_MAX
from mobile_hrp.domain.performance.correcting import Key
from mobile_hrp.domain.performance.terms import DisputeState, PeriodState, RunState
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.performance import (
    PayoutLine,
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.models.performance_disputes import PerformanceDispute
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.performance.access import reading_others_performance
from mobile_hrp.services.performance.keys import PersonalKeys, PersonKey

DECIDED_WITHIN = timedelta(hours=72)
TEXT_MIN, TEXT_MAX = 4, 500
_COUNTS_FROM = 5


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute with what was said in it; ``granted_fen`` is added to the line, later."""

    row: PerformanceDispute
    period_code: str
    reason: str
    answer: str | None
    granted_fen: int


@dataclass(frozen=True, slots=True)
class DisputeCount:
    """How many disputes of a rule there were; None where the figure would tell of few people."""

    rule_code: str
    opened: int | None
    accepted: int | None
    overdue: int | None


async def open_dispute(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    line_id: uuid.UUID,
    reason: str,
    now: datetime,
) -> PerformanceDispute:
    """Question one published line of one's own. Once a line; another runs beside it.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND for a line that is not mine or not published,
            DISPUTE_WINDOW outside the time for disputes, DISPUTE_TEXT, DISPUTE_TWICE.
    """
    viewer.require(Permission.PERFORMANCE_DISPUTE, owner_id=viewer.staff_id)
    said = _text(reason, "reason")
    row = (
        await session.execute(
            select(PayoutLine, PerformancePackage.department_id, PerformancePeriod)
            .join(
                PerformancePackage,
                (PerformancePackage.hospital_id == PayoutLine.hospital_id)
                & (PerformancePackage.id == PayoutLine.package_id),
            )
            .join(
                PerformanceRun,
                (PerformanceRun.hospital_id == PayoutLine.hospital_id)
                & (PerformanceRun.id == PayoutLine.run_id),
            )
            .join(
                PerformancePeriod,
                (PerformancePeriod.hospital_id == PerformanceRun.hospital_id)
                & (PerformancePeriod.id == PerformanceRun.period_id),
            )
            .where(
                PayoutLine.id == line_id,
                PayoutLine.staff_id == viewer.staff_id,
                PerformanceRun.state == RunState.PUBLISHED,
            )
        )
    ).one_or_none()
    if row is None:
        raise Refusal("NOT_FOUND", path="payoutLineId")
    line, department_id, period = row
    opens, closes = period.publicity_from, period.publicity_until
    if (
        period.state is not PeriodState.PUBLICITY
        or opens is None
        or closes is None
        or not opens <= now < closes
    ):
        raise Refusal("DISPUTE_WINDOW", path="payoutLineId")
    if await session.scalar(
        select(PerformanceDispute.id).where(PerformanceDispute.line_id == line.id)
    ):
        raise Refusal("DISPUTE_TWICE", path="payoutLineId")
    key = (
        await keys.ensure(
            session, hospital_id=viewer.hospital_id, people=[viewer.staff_id], now=now
        )
    )[viewer.staff_id]
    dispute = PerformanceDispute(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        period_id=period.id,
        line_id=line.id,
        department_id=department_id,
        staff_id=viewer.staff_id,
        rule_code=line.rule_code,
        state=DisputeState.OPEN,
        sealed=b"",
        opened_at=now,
        due_at=now + DECIDED_WITHIN,
    )
    dispute.sealed = _sealed(key, dispute, {"reason": said, "answer": None, "granted_fen": 0})
    session.add(dispute)
    await _record(session, viewer, "performance.open_dispute", dispute, now)
    await session.flush()
    return dispute


async def my_disputes(
    session: AnySession, *, viewer: Viewer, keys: PersonalKeys, first: int
) -> Sequence[Dispute]:
    """My own disputes with what was answered, latest first."""
    viewer.require(Permission.PERFORMANCE_DISPUTE, owner_id=viewer.staff_id)
    rows = await session.execute(
        _with_period()
        .where(PerformanceDispute.staff_id == viewer.staff_id)
        .order_by(PerformanceDispute.opened_at.desc(), PerformanceDispute.id.desc())
        .limit(first)
    )
    held = await keys.of(session, [viewer.staff_id])
    return [_opened(row, code, held[row.staff_id]) for row, code in rows if row.staff_id in held]


async def read_dispute(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    dispute_id: uuid.UUID,
    now: datetime,
) -> Dispute:
    """Read somebody's dispute to decide it; that person sees that it was read.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND.
    """
    viewer.require(Permission.PERFORMANCE_RESOLVE_DISPUTE)
    async with reading_disputes(session, viewer, dispute_id, (), now):
        found = await _one(session, keys, dispute_id)
    async with reading_disputes(session, viewer, dispute_id, (found.row.staff_id,), now):
        pass
    return found


async def decide_dispute(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    dispute_id: uuid.UUID,
    accept: bool,
    granted_fen: int,
    answer: str,
    now: datetime,
) -> Dispute:
    """Decide. What is granted comes as a correction of a later run; the paid line stays.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, DISPUTE_STATE once decided, DISPUTE_HANDLER for
            whoever calculated the run or is paid by the line, DISPUTE_TEXT, DISPUTE_GRANTED for a
            rejection with an amount.
    """
    viewer.require(Permission.PERFORMANCE_RESOLVE_DISPUTE)
    said = _text(answer, "answer")
    if abs(granted_fen) > AMOUNT_FEN_MAX or (granted_fen and not accept):
        raise Refusal("DISPUTE_GRANTED", path="granted")
    async with reading_disputes(session, viewer, dispute_id, (), now):
        found = await _one(session, keys, dispute_id, lock=True)
        row = found.row
        if row.state is not DisputeState.OPEN:
            raise Refusal("DISPUTE_STATE", path="disputeId", state=row.state.value)
        calculated_by = await session.scalar(
            select(PerformanceRun.calculated_by)
            .join(
                PayoutLine,
                (PayoutLine.hospital_id == PerformanceRun.hospital_id)
                & (PayoutLine.run_id == PerformanceRun.id),
            )
            .where(PayoutLine.id == row.line_id)
        )
        if viewer.staff_id in {row.staff_id, calculated_by}:
            raise Refusal("DISPUTE_HANDLER", path="disputeId")
        key = (await keys.of(session, [row.staff_id]))[row.staff_id]
        row.state = DisputeState.ACCEPTED if accept else DisputeState.REJECTED
        row.decided_by, row.decided_at = viewer.staff_id, now
        content = {"reason": found.reason, "answer": said, "granted_fen": granted_fen}
        row.sealed = _sealed(key, row, content)
        await _record(session, viewer, "performance.decide_dispute", row, now)
        await session.flush()
    return Dispute(row, found.period_code, found.reason, said, granted_fen)


async def waiting_disputes(
    session: WriteSession, *, viewer: Viewer, first: int, now: datetime
) -> Sequence[tuple[PerformanceDispute, str]]:
    """Open disputes, the most urgent first, without what they say."""
    viewer.require(Permission.PERFORMANCE_RESOLVE_DISPUTE)
    async with reading_disputes(session, viewer, viewer.staff_id, (), now):
        rows = await session.execute(
            _with_period()
            .where(PerformanceDispute.state == DisputeState.OPEN)
            .order_by(PerformanceDispute.due_at, PerformanceDispute.id)
            .limit(first)
        )
        return [(row, code) for row, code in rows]


async def count_disputes(
    session: WriteSession, *, viewer: Viewer, period_code: str, now: datetime
) -> Sequence[DisputeCount]:
    """Disputes of a period by rule; of fewer than five people nothing is counted."""
    viewer.require(Permission.PERFORMANCE_RESOLVE_DISPUTE)
    accepted = PerformanceDispute.state.in_([DisputeState.ACCEPTED, DisputeState.SETTLED])
    late = func.coalesce(PerformanceDispute.decided_at, now) > PerformanceDispute.due_at
    async with reading_disputes(session, viewer, viewer.staff_id, (), now):
        rows = await session.execute(
            select(
                PerformanceDispute.rule_code,
                func.count(func.distinct(PerformanceDispute.staff_id)),
                func.count(),
                func.count().filter(accepted),
                func.count().filter(late),
            )
            .join(
                PerformancePeriod,
                (PerformancePeriod.hospital_id == PerformanceDispute.hospital_id)
                & (PerformancePeriod.id == PerformanceDispute.period_id),
            )
            .where(PerformancePeriod.code == period_code)
            .group_by(PerformanceDispute.rule_code)
            .order_by(PerformanceDispute.rule_code)
        )
        return [
            DisputeCount(code, opened, granted, overdue)
            if people >= _COUNTS_FROM
            else DisputeCount(code, None, None, None)
            for code, people, opened, granted, overdue in rows
        ]


async def granted_of(
    session: AnySession, period: PerformancePeriod, keys: PersonalKeys
) -> dict[Key, int]:
    """What accepted disputes of a period add, by department, person and rule.

    Call it inside ``reading_others_performance``.
    """
    rows = (
        await session.scalars(
            select(PerformanceDispute).where(
                PerformanceDispute.period_id == period.id,
                PerformanceDispute.state.in_([DisputeState.ACCEPTED, DisputeState.SETTLED]),
            )
        )
    ).all()
    held = await keys.of(session, {row.staff_id for row in rows}) if rows else {}
    granted: dict[Key, int] = {}
    for row in rows:
        if row.staff_id in held:
            key = (row.department_id, row.staff_id, row.rule_code)
            fen = _opened(row, period.code, held[row.staff_id]).granted_fen
            granted[key] = granted.get(key, 0) + fen
    return {key: fen for key, fen in granted.items() if fen}


def reading_disputes(
    session: WriteSession,
    viewer: Viewer,
    subject_id: uuid.UUID,
    people: Sequence[uuid.UUID],
    now: datetime,
) -> AbstractAsyncContextManager[None]:
    """See disputes of others inside the block, on record; ``people`` see that theirs was read."""
    return reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_RESOLVE_DISPUTE,
        subject_id=subject_id,
        now=now,
        purpose="dispute",
        people=people,
    )


def _with_period() -> Any:
    return select(PerformanceDispute, PerformancePeriod.code).join(
        PerformancePeriod,
        (PerformancePeriod.hospital_id == PerformanceDispute.hospital_id)
        & (PerformancePeriod.id == PerformanceDispute.period_id),
    )


async def _one(
    session: AnySession, keys: PersonalKeys, dispute_id: uuid.UUID, *, lock: bool = False
) -> Dispute:
    statement = _with_period().where(PerformanceDispute.id == dispute_id)
    if lock:
        statement = statement.with_for_update(of=PerformanceDispute)
    found = (await session.execute(statement)).one_or_none()
    held = await keys.of(session, [found[0].staff_id]) if found else {}
    if found is None or found[0].staff_id not in held:
        raise Refusal("NOT_FOUND", path="disputeId")
    return _opened(found[0], found[1], held[found[0].staff_id])


def _opened(row: PerformanceDispute, code: str, key: PersonKey) -> Dispute:
    content = key.open(row.sealed, context=f"dispute/{row.id}")
    return Dispute(row, code, content["reason"], content["answer"], int(content["granted_fen"]))


def _sealed(key: PersonKey, row: PerformanceDispute, content: Mapping[str, Any]) -> bytes:
    return key.seal(content, context=f"dispute/{row.id}")


def _text(text: str, path: str) -> str:
    said = text.strip()
    if not TEXT_MIN <= len(said) <= TEXT_MAX:
        raise Refusal("DISPUTE_TEXT", path=path, minimum=TEXT_MIN, maximum=TEXT_MAX)
    return said


async def _record(
    session: WriteSession, viewer: Viewer, action: str, row: PerformanceDispute, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=action,
        subject_type="performance_dispute",
        subject_id=row.id,
        detail={"state": row.state.value, "rule": row.rule_code},
        now=now,
    )
