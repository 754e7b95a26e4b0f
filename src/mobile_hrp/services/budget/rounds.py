"""Opening a round of budget proposals: every head of department is told until when."""

import uuid
from datetime import date, datetime

from sqlalchemy import or_, select

from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import RoleAssignment, Staff
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.notices import News, tell

YEARS_AHEAD = 2


async def announce_round(
    session: WriteSession,
    *,
    hospital_id: int,
    actor_id: uuid.UUID,
    year: int,
    due_on: date,
    now: datetime,
) -> int:
    """Tell the heads of departments that proposals for a year are open; answer with how many.

    Announcing the same year and date again tells nobody twice.

    Raises:
        Refusal: BUDGET_ROUND_INVALID for a year that is over or far off, or a date in the past.
    """
    today = await budget_day(session, hospital_id, now)
    if not today.year <= year <= today.year + YEARS_AHEAD:
        raise Refusal("BUDGET_ROUND_INVALID", path="year")
    if due_on < today:
        raise Refusal("BUDGET_ROUND_INVALID", path="dueOn")
    heads = await session.scalars(
        select(RoleAssignment.staff_id)
        .join(
            Staff,
            (Staff.hospital_id == RoleAssignment.hospital_id)
            & (Staff.id == RoleAssignment.staff_id),
        )
        .where(
            RoleAssignment.hospital_id == hospital_id,
            RoleAssignment.role == Role.DEPT_HEAD.value,
            RoleAssignment.valid_from <= today,
            or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to > today),
            Staff.active,
        )
        .distinct()
        .order_by(RoleAssignment.staff_id)
    )
    told = await tell(
        session,
        hospital_id=hospital_id,
        news=News(
            kind="budget_round",
            subject_type="budget_round",
            subject_id=uuid.uuid5(uuid.NAMESPACE_OID, f"budget_round:{hospital_id}:{year}"),
            dedupe_key=f"budget_round:{year}:{due_on.isoformat()}",
            params={"year": year, "due_on": due_on.isoformat()},
        ),
        recipients=heads,
        now=now,
    )
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="budget_round.announce",
        subject_type="hospital",
        subject_id=None,
        detail={"year": year, "due_on": due_on.isoformat(), "told": len(told)},
        now=now,
    )
    return len(told)
