"""The one door to somebody else's pay: a permission, a record of the look, and only for its length.

Row-level security shows a person the rows about themselves. ``app.reads`` widens that inside a
transaction; nothing else in the product sets it, but for a look at wrapped keys while a form is
sealed (``models.sealed_form``). Whoever was looked at can read that it happened.
"""

import uuid
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, text

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.organization import Staff
from mobile_hrp.models.performance import PerformanceLook
from mobile_hrp.runtime.database import AnySession, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit

_READS = text("SELECT set_config('app.reads', :reads, true)")
REASON_LENGTH_MIN = 4
REASON_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Look:
    """One look at somebody's pay, as that person sees it. ``mine``: about that person alone."""

    viewer_name: str
    purpose: str
    reason: str
    period_code: str | None
    occurred_at: datetime
    mine: bool


@asynccontextmanager
async def reading_others_performance(
    session: WriteSession,
    *,
    viewer: Viewer,
    permission: Permission,
    subject_id: uuid.UUID,
    now: datetime,
    department_id: uuid.UUID | None = None,
    purpose: str = "calculation",
    reason: str = "",
    period_code: str | None = None,
    people: Collection[uuid.UUID] = (),
) -> AsyncIterator[None]:
    """See the facts and pay of others inside the block. It is on record, whatever is found.

    ``subject_id`` is the period or run that is looked at, ``people`` those whose pay a person gets
    to see; empty is a computation over everybody, which shows nobody's. Without ``department_id``
    the permission must reach the whole hospital.

    Raises:
        Refusal: PERMISSION_DENIED; nothing was widened.
    """
    viewer.require(permission, department_id=department_id)
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="performance.read_others",
        subject_type="performance",
        subject_id=subject_id,
        detail={
            "permission": permission.value,
            "department_id": str(department_id) if department_id else None,
            "purpose": purpose,
        },
        now=now,
    )
    whose: list[uuid.UUID | None] = [*sorted(people)] or [None]
    session.add_all(
        PerformanceLook(
            hospital_id=viewer.hospital_id,
            id=new_id(),
            staff_id=staff_id,
            viewer_id=viewer.staff_id,
            permission=permission.value,
            purpose=purpose,
            reason=reason,
            period_code=period_code,
            occurred_at=now,
        )
        for staff_id in whose
    )
    await session.flush()
    await session.execute(_READS, {"reads": "performance"})
    try:
        yield
    except Refusal:
        await session.execute(_READS, {"reads": ""})
        raise
    await session.flush()
    await session.execute(_READS, {"reads": ""})


def require_reason(reason: str) -> str:
    """Why somebody wants to see another's pay, in words that person will read.

    Raises:
        Refusal: PERFORMANCE_REASON (``reason``) for too few or too many words.
    """
    said = " ".join(reason.split())
    if not REASON_LENGTH_MIN <= len(said) <= REASON_LENGTH_MAX:
        raise Refusal(
            "PERFORMANCE_REASON",
            path="reason",
            minimum=REASON_LENGTH_MIN,
            maximum=REASON_LENGTH_MAX,
        )
    return said


async def looks_at_me(session: AnySession, *, viewer: Viewer, first: int) -> Sequence[Look]:
    """Who looked at my pay, latest first; computations over everybody are listed as such."""
    viewer.require(Permission.PERFORMANCE_VIEW_OWN, owner_id=viewer.staff_id)
    rows = await session.execute(
        select(PerformanceLook, Staff.name)
        .join(
            Staff,
            (Staff.hospital_id == PerformanceLook.hospital_id)
            & (Staff.id == PerformanceLook.viewer_id),
        )
        .where(
            PerformanceLook.hospital_id == viewer.hospital_id,
            or_(PerformanceLook.staff_id == viewer.staff_id, PerformanceLook.staff_id.is_(None)),
        )
        .order_by(PerformanceLook.occurred_at.desc(), PerformanceLook.id.desc())
        .limit(first)
    )
    return [
        Look(
            viewer_name=name,
            purpose=row.purpose,
            reason=row.reason,
            period_code=row.period_code,
            occurred_at=row.occurred_at,
            mine=row.staff_id is not None,
        )
        for row, name in rows
    ]
