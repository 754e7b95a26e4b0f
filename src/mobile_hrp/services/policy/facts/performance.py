"""Packages, publicity and disputes of performance pay."""

from datetime import datetime

from sqlalchemy import or_, select

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.performance.terms import RunState
from mobile_hrp.domain.policy.facts.distribution import DistributionFacts, ObjectionFacts
from mobile_hrp.domain.policy.form_view import Meaning, head
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import (
    PerformancePackage,
    PerformancePeriod,
    PerformanceRun,
)
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.looking_up import holders_of, linked

_PERIOD = Meaning(frozenset({FieldType.TEXT}), keys=("period",))
_DECIDED = (DocumentStatus.APPROVED, DocumentStatus.REJECTED, DocumentStatus.CLOSED)


async def load_distribution(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> DistributionFacts | None:
    """The department's package in the latest run of the period; None where there is none.

    So few people that their package is sealed too have their shares checked where they are
    proposed, by the service that holds the keys.
    """
    del now
    row = (
        await session.execute(
            select(PerformancePackage, PerformanceRun.rule_version, PerformancePeriod)
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
                PerformancePeriod.code == head(document).text(_PERIOD),
                PerformanceRun.state != RunState.SUPERSEDED,
                PerformancePackage.department_id == document.department_id,
            )
            .order_by(PerformanceRun.sequence.desc())
            .limit(1)
        )
    ).one_or_none()
    if row is None:
        return None
    package, rule_version, period = row
    if package.amount_fen is None:
        return None
    members = await session.execute(
        select(Staff.id, Staff.name).where(
            Staff.department_id == document.department_id,
            Staff.joined_on <= period.last_day,
            or_(Staff.left_on.is_(None), Staff.left_on >= period.first_day),
        )
    )
    return DistributionFacts(
        package_fen=package.amount_fen,
        rule_version=rule_version,
        members={str(key): name for key, name in members},
        # Each person's lines are sealed with that person's key; the package is enough to balance.
        recalculated_fen=None,
    )


async def load_objections(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> ObjectionFacts:
    """The window of the period named, who calculated it and who may handle a dispute."""
    del now
    period = await session.scalar(
        select(PerformancePeriod).where(PerformancePeriod.code == head(document).text(_PERIOD))
    )
    calculated_by = None
    if period is not None:
        calculated_by = await session.scalar(
            select(PerformanceRun.calculated_by)
            .where(
                PerformanceRun.period_id == period.id,
                PerformanceRun.state != RunState.SUPERSEDED,
            )
            .order_by(PerformanceRun.sequence.desc())
            .limit(1)
        )
    earlier = await linked(session, document)
    return ObjectionFacts(
        opens_at=None if period is None else period.publicity_from,
        closes_at=None if period is None else period.publicity_until,
        calculated_by=calculated_by,
        handlers=await holders_of(session, Role.PERFORMANCE_OFFICE.value, document.on),
        earlier_decided=any(one.status in _DECIDED for one in earlier),
    )
