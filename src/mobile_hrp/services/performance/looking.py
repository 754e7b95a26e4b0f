"""Somebody else's pay: with a reason, on record, and told to that person."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import PerformancePackage, PerformancePeriod, PerformanceRun
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.secrets_box import SealBroken
from mobile_hrp.services.performance.access import reading_others_performance, require_reason
from mobile_hrp.services.performance.keys import PersonalKeys
from mobile_hrp.services.performance.own_view import MyLine, performance_of
from mobile_hrp.services.performance.packages import package_context


@dataclass(frozen=True, slots=True)
class StaffPerformance:
    """What another person's published lines of a period are; a head sees those of the post."""

    staff_id: uuid.UUID
    staff_name: str
    period_code: str
    total_fen: int
    lines: tuple[MyLine, ...]


@dataclass(frozen=True, slots=True)
class PackageDifference:
    """One department's package in two runs of a period (fen); None where it has none."""

    department_id: uuid.UUID
    before_fen: int | None
    after_fen: int | None
    same_inputs: bool


async def look_at_staff(
    session: WriteSession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    staff_id: uuid.UUID,
    period_code: str,
    reason: str,
    permission: Permission,
    now: datetime,
) -> StaffPerformance:
    """Look at one person's published pay. The person can read who did, when and why.

    With PERFORMANCE_VIEW_DEPARTMENT only lines of departments the viewer's post covers are shown.

    Raises:
        Refusal: PERFORMANCE_REASON, PERMISSION_DENIED, and NOT_FOUND alike for a person that does
            not exist, has nothing in the period, or nothing the viewer may see.
    """
    said = require_reason(reason)
    person = await session.scalar(select(Staff).where(Staff.id == staff_id))
    period = await session.scalar(
        select(PerformancePeriod).where(PerformancePeriod.code == period_code)
    )
    viewer.require_held(permission)
    reach = viewer.reach(permission)
    covered = None if reach.hospital else reach.departments
    if person is None or period is None or (covered is not None and not covered):
        raise Refusal("NOT_FOUND", path="staffId")
    at = None if covered is None else min(covered)
    async with reading_others_performance(
        session,
        viewer=viewer,
        permission=permission,
        subject_id=staff_id,
        now=now,
        department_id=at,
        purpose="look",
        reason=said,
        period_code=period_code,
        people=[staff_id],
    ):
        found = await performance_of(session, staff_id, keys=keys, period_code=period_code, limit=1)
    lines = tuple(
        one
        for whole in found
        for one in whole.lines
        if covered is None or one.department_id in covered
    )
    if not lines:
        raise Refusal("NOT_FOUND", path="staffId")
    total_fen = sum(one.line.amount_fen for one in lines)
    return StaffPerformance(staff_id, person.name, period_code, total_fen, lines)


async def runs_of_period(
    session: AnySession, *, viewer: Viewer, period_code: str
) -> Sequence[PerformanceRun]:
    """Every calculation of a period, latest first. Raises Refusal PERMISSION_DENIED."""
    viewer.require(Permission.PERFORMANCE_VIEW_ALL)
    rows = await session.scalars(
        select(PerformanceRun)
        .join(
            PerformancePeriod,
            (PerformancePeriod.hospital_id == PerformanceRun.hospital_id)
            & (PerformancePeriod.id == PerformanceRun.period_id),
        )
        .where(PerformancePeriod.code == period_code)
        .order_by(PerformanceRun.sequence.desc())
    )
    return rows.all()


async def difference_of_runs(
    session: AnySession,
    *,
    viewer: Viewer,
    keys: PersonalKeys,
    period_code: str,
    before: int,
    after: int,
) -> Sequence[PackageDifference]:
    """Which departments' packages differ between two runs, and whether their inputs did.

    Raises:
        Refusal: PERMISSION_DENIED, NOT_FOUND for a run that there is not.
    """
    runs = await runs_of_period(session, viewer=viewer, period_code=period_code)
    by_number = {run.sequence: run for run in runs}
    for number, path in ((before, "before"), (after, "after")):
        if number not in by_number:
            raise Refusal("NOT_FOUND", path=path)
    rows = await session.scalars(
        select(PerformancePackage).where(
            PerformancePackage.run_id.in_([by_number[before].id, by_number[after].id])
        )
    )
    found: dict[uuid.UUID, dict[uuid.UUID, PerformancePackage]] = {}
    for row in rows:
        found.setdefault(row.department_id, {})[row.run_id] = row
    return [
        _difference(
            department_id, each.get(by_number[before].id), each.get(by_number[after].id), keys
        )
        for department_id, each in sorted(found.items())
    ]


def _difference(
    department_id: uuid.UUID,
    before: PerformancePackage | None,
    after: PerformancePackage | None,
    keys: PersonalKeys,
) -> PackageDifference:
    same = before is not None and after is not None and before.input_hash == after.input_hash
    return PackageDifference(department_id, _amount(before, keys), _amount(after, keys), same)


def _amount(row: PerformancePackage | None, keys: PersonalKeys) -> int | None:
    if row is None:
        return None
    context = package_context(row.run_id, row.department_id)
    try:
        return keys.open_package(row.sealed_amount, context=context)
    except SealBroken:
        return None
