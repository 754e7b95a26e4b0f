"""The one door to somebody else's pay: a permission, a record of the look, and only for its length.

Row-level security shows a person the rows about themselves. ``app.reads`` widens that inside a
transaction; nothing else in the product sets it.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import text

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.services import audit

_READS = text("SELECT set_config('app.reads', :reads, true)")


@asynccontextmanager
async def reading_others_performance(
    session: WriteSession,
    *,
    viewer: Viewer,
    permission: Permission,
    subject_id: uuid.UUID,
    now: datetime,
    department_id: uuid.UUID | None = None,
) -> AsyncIterator[None]:
    """See the facts and pay of others inside the block. It is on record, whatever is found.

    ``subject_id`` is the period or run that is looked at. Without ``department_id`` the permission
    must reach the whole hospital.

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
        },
        now=now,
    )
    await session.execute(_READS, {"reads": "performance"})
    yield
    await session.flush()
    await session.execute(_READS, {"reads": ""})
