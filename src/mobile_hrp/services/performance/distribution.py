"""二次分配: the head proposes how a department's package is shared; each sees the own share."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.performance.distributing import Entry, share_out
from mobile_hrp.domain.performance.package import AllotmentProof
from mobile_hrp.domain.performance.terms import (
    DistributionState,
    LineKind,
    PeriodState,
    RunState,
    ShareMethod,
)
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.document import Document
from mobile_hrp.models.performance import (
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.models.performance_disputes import SecondaryDistribution, SecondaryShare
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.performance.access import reading_others_performance
from mobile_hrp.services.performance.calculating import enqueue_calculation
from mobile_hrp.services.performance.corrections import lines_of_package
from mobile_hrp.services.performance.inputs import PAY_SCENARIO
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.lines import OpenedLine
from mobile_hrp.services.performance.shares import entries_of, opened_share, sealed_share

_ROWS = "allocation"
_PUBLICITY_DAYS_MIN, _PUBLICITY_DAYS_MAX = 3, 30
_LIVE = (DistributionState.PUBLICITY, DistributionState.APPROVED)


@dataclass(frozen=True, slots=True)
class MyShare:
    """My share (fen) of a department's package as it is proposed or approved."""

    row: SecondaryDistribution
    amount_fen: int


async def propose_distribution(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    period_code: str,
    department_id: uuid.UUID,
    method: ShareMethod,
    entries: Sequence[Entry],
    publicity_days: int,
    now: datetime,
) -> tuple[SecondaryDistribution, AllotmentProof]:
    """Propose how the latest run's package is shared; an earlier proposal is withdrawn.

    The proof balances to the fen. It is public to each for the own share only, until objections
    are over; then the perf_secondary document carries it to its approval.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND without a package, PERFORMANCE_PERIOD_STATE once paid,
            DISTRIBUTION_DAYS, and as ``share_out``.
    """
    viewer.require(Permission.PERFORMANCE_DISTRIBUTE, department_id=department_id)
    if not _PUBLICITY_DAYS_MIN <= publicity_days <= _PUBLICITY_DAYS_MAX:
        raise Refusal(
            "DISTRIBUTION_DAYS",
            path="publicityDays",
            minimum=_PUBLICITY_DAYS_MIN,
            maximum=_PUBLICITY_DAYS_MAX,
        )
    package, period = await _package(session, period_code, department_id)
    if period.state is PeriodState.PAID:
        raise Refusal("PERFORMANCE_PERIOD_STATE", path="period", state=period.state.value)
    async with reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_DISTRIBUTE,
        subject_id=package.id,
        now=now,
        department_id=department_id,
        purpose="distribution",
        period_code=period_code,
    ):
        lines = await lines_of_package(session, package, period.id, keys)
        members = sorted({one.staff_id for one in lines if one.kind is not LineKind.CORRECTION})
        proof = share_out(_shareable_fen(lines), members, entries, method)
        row = await _store(
            session,
            viewer,
            package,
            method=method,
            people=len(members),
            now=now,
            until=now + timedelta(days=publicity_days),
        )
        held = await keys.ensure(session, hospital_id=viewer.hospital_id, people=members, now=now)
        session.add_all(
            SecondaryShare(
                hospital_id=viewer.hospital_id,
                id=new_id(),
                distribution_id=row.id,
                staff_id=one.staff_id,
                sealed=sealed_share(
                    held[one.staff_id], row.id, one, proof.by_person_fen[one.staff_id]
                ),
            )
            for one in entries
        )
        await session.flush()
    await _record(session, viewer, "performance.propose_distribution", row, now)
    return row, proof


async def approve_distribution(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    distribution_id: uuid.UUID,
    document_id: uuid.UUID,
    now: datetime,
) -> SecondaryDistribution:
    """Take over what the perf_secondary document of the department was approved with.

    The next run brings each person to the share; it is asked for here. A distribution of the
    department that was approved before gives way.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND, DISTRIBUTION_STATE unless it is the proposal in
            publicity and its time is over, PERFORMANCE_PERIOD_STATE once the period is paid,
            DISTRIBUTION_DOCUMENT unless the document is an approved perf_secondary of the
            department over exactly these shares.
    """
    viewer.require(Permission.PERFORMANCE_PUBLISH)
    row, period = await _locked(session, distribution_id)
    if row.state is DistributionState.APPROVED and row.document_id == document_id:
        return row
    if row.state is not DistributionState.PUBLICITY or now < row.publicity_until:
        raise Refusal("DISTRIBUTION_STATE", path="distributionId", state=row.state.value)
    if period.state is PeriodState.PAID:
        raise Refusal("PERFORMANCE_PERIOD_STATE", path="period", state=period.state.value)
    document = await session.scalar(select(Document).where(Document.id == document_id))
    async with reading_others_performance(
        session,
        viewer=viewer,
        permission=Permission.PERFORMANCE_PUBLISH,
        subject_id=row.id,
        now=now,
        purpose="distribution",
        period_code=period.code,
    ):
        entries = (await entries_of(session, [row.id], keys)).get(row.id, [])
    shares = {entry.staff_id: fen for entry, fen in entries}
    if document is None or not _is_over(document, row, shares):
        raise Refusal("DISTRIBUTION_DOCUMENT", path="documentId")
    await _withdraw_approved(session, row, period)
    row.state, row.document_id, row.approved_at = DistributionState.APPROVED, document_id, now
    await _record(session, viewer, "performance.approve_distribution", row, now)
    await session.flush()
    await enqueue_calculation(session, viewer=viewer, period_code=period.code, now=now)
    return row


def _is_over(
    document: Document, row: SecondaryDistribution, shares: Mapping[uuid.UUID, int]
) -> bool:
    """Whether a document is the approval of exactly these shares of this department."""
    allocated = {
        str(one.get("person")): one.get("amount") for one in document.values.get(_ROWS) or ()
    }
    return (
        document.scenario_code == PAY_SCENARIO
        and document.status is DocumentStatus.APPROVED
        and document.department_id == row.department_id
        and document.amount_fen == sum(shares.values())
        and allocated == {str(staff_id): fen for staff_id, fen in shares.items()}
    )


async def _locked(
    session: WriteSession, distribution_id: uuid.UUID
) -> tuple[SecondaryDistribution, PerformancePeriod]:
    """The distribution and its period, with all distributions of its department held still.

    Two approvals of one department come one after the other; the second sees the first.
    """
    department_id = await session.scalar(
        select(SecondaryDistribution.department_id).where(
            SecondaryDistribution.id == distribution_id
        )
    )
    if department_id is None:
        raise Refusal("NOT_FOUND", path="distributionId")
    held = await session.scalars(
        select(SecondaryDistribution)
        .where(SecondaryDistribution.department_id == department_id)
        .order_by(SecondaryDistribution.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = next(one for one in held.all() if one.id == distribution_id)
    period = (
        await session.scalars(
            select(PerformancePeriod)
            .join(
                PerformanceRun,
                (PerformanceRun.hospital_id == PerformancePeriod.hospital_id)
                & (PerformanceRun.period_id == PerformancePeriod.id),
            )
            .join(
                PerformancePackage,
                (PerformancePackage.hospital_id == PerformanceRun.hospital_id)
                & (PerformancePackage.run_id == PerformanceRun.id),
            )
            .where(PerformancePackage.id == row.package_id)
        )
    ).one()
    return row, period


async def _withdraw_approved(
    session: WriteSession, row: SecondaryDistribution, period: PerformancePeriod
) -> None:
    packages = (
        select(PerformancePackage.id)
        .join(
            PerformanceRun,
            (PerformanceRun.hospital_id == PerformancePackage.hospital_id)
            & (PerformanceRun.id == PerformancePackage.run_id),
        )
        .where(PerformanceRun.period_id == period.id)
    )
    await session.execute(
        update(SecondaryDistribution)
        .where(
            SecondaryDistribution.department_id == row.department_id,
            SecondaryDistribution.package_id.in_(packages),
            SecondaryDistribution.state == DistributionState.APPROVED,
        )
        .values(state=DistributionState.WITHDRAWN)
    )


async def my_share(
    session: AnySession, *, viewer: Viewer, keys: PersonalKeys, period_code: str
) -> MyShare | None:
    """My share of the proposal or approval of a period; None without any."""
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    found = (
        await session.execute(
            select(SecondaryShare, SecondaryDistribution)
            .join(
                SecondaryDistribution,
                (SecondaryDistribution.hospital_id == SecondaryShare.hospital_id)
                & (SecondaryDistribution.id == SecondaryShare.distribution_id),
            )
            .join(
                PerformancePackage,
                (PerformancePackage.hospital_id == SecondaryDistribution.hospital_id)
                & (PerformancePackage.id == SecondaryDistribution.package_id),
            )
            .join(
                PerformanceRun,
                (PerformanceRun.hospital_id == PerformancePackage.hospital_id)
                & (PerformanceRun.id == PerformancePackage.run_id),
            )
            .join(
                PerformancePeriod,
                (PerformancePeriod.hospital_id == PerformanceRun.hospital_id)
                & (PerformancePeriod.id == PerformanceRun.period_id),
            )
            .where(
                SecondaryShare.staff_id == viewer.staff_id,
                SecondaryDistribution.state.in_(_LIVE),
                PerformancePeriod.code == period_code,
            )
            .order_by(SecondaryDistribution.proposed_at.desc(), SecondaryDistribution.id)
            .limit(1)
        )
    ).one_or_none()
    held = await keys.of(session, [viewer.staff_id])
    if found is None or viewer.staff_id not in held:
        return None
    share, row = found
    content = opened_share(held[viewer.staff_id], share)
    return MyShare(row, int(content["amount_fen"]))


async def _package(
    session: WriteSession, period_code: str, department_id: uuid.UUID
) -> tuple[PerformancePackage, PerformancePeriod]:
    found = (
        await session.execute(
            select(PerformancePackage, PerformancePeriod)
            .join(
                PerformanceRun,
                (PerformanceRun.hospital_id == PerformancePackage.hospital_id)
                & (PerformanceRun.id == PerformancePackage.run_id),
            )
            .join(
                PerformancePeriod,
                (PerformancePeriod.hospital_id == PerformanceRun.hospital_id)
                & (PerformancePeriod.id == PerformanceRun.period_id),
            )
            .where(
                PerformancePeriod.code == period_code,
                PerformancePackage.department_id == department_id,
                PerformanceRun.state != RunState.SUPERSEDED,
            )
            .order_by(PerformanceRun.sequence.desc())
            .limit(1)
            .with_for_update(of=PerformancePackage)
        )
    ).one_or_none()
    if found is None:
        raise Refusal("NOT_FOUND", path="period")
    return found[0], found[1]


def _shareable_fen(lines: Sequence[OpenedLine]) -> int:
    """What the rules gave: what is set right for one person is not for the others to share.

    The line of an earlier distribution sums to nothing and is part of it.
    """
    return sum(line.amount_fen for line in lines if line.kind is not LineKind.CORRECTION)


async def _store(
    session: WriteSession,
    viewer: Viewer,
    package: PerformancePackage,
    *,
    method: ShareMethod,
    people: int,
    now: datetime,
    until: datetime,
) -> SecondaryDistribution:
    await session.execute(
        update(SecondaryDistribution)
        .where(
            SecondaryDistribution.package_id == package.id,
            SecondaryDistribution.state == DistributionState.PUBLICITY,
        )
        .values(state=DistributionState.WITHDRAWN)
    )
    last = await session.scalar(
        select(func.max(SecondaryDistribution.sequence)).where(
            SecondaryDistribution.package_id == package.id
        )
    )
    row = SecondaryDistribution(
        hospital_id=viewer.hospital_id,
        id=new_id(),
        package_id=package.id,
        department_id=package.department_id,
        sequence=(last or 0) + 1,
        method=method,
        state=DistributionState.PUBLICITY,
        people=people,
        proposed_by=viewer.staff_id,
        proposed_at=now,
        publicity_until=until,
    )
    session.add(row)
    await session.flush()
    return row


async def _record(
    session: WriteSession, viewer: Viewer, action: str, row: SecondaryDistribution, now: datetime
) -> None:
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action=action,
        subject_type="secondary_distribution",
        subject_id=row.id,
        detail={"method": row.method.value, "people": row.people},
        now=now,
    )
