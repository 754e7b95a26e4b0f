"""Limits for indicators: each person's own, looked at for every month that is over.

A value that is kept back, because few people are behind it, is held against no limit: an alert
would tell what the screen does not.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import and_, delete, func, not_, select
from sqlalchemy.dialects.postgresql import insert

from mobile_hrp.domain.identity.permissions import Permission
from mobile_hrp.domain.identity.viewer import Viewer
from mobile_hrp.domain.indicator.terms import ValueState
from mobile_hrp.domain.indicator.thresholds import ThresholdSide, read_bound, watch
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.indicator import IndicatorThreshold
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.identity.viewers import roles_on
from mobile_hrp.services.indicators.facts import Months, month_before
from mobile_hrp.services.indicators.values import MonthValues, month_values, pick, require_place
from mobile_hrp.services.indicators.versions import indicator_library, require_indicator
from mobile_hrp.services.notices import News, tell

NOTICE: Final = "indicator_alert"
THRESHOLDS_MAX: Final = 50
_BATCH: Final = 100


async def set_threshold(
    session: WriteSession,
    *,
    viewer: Viewer,
    indicator_code: str,
    department_id: uuid.UUID | None,
    side: ThresholdSide,
    bound: str | None,
    now: datetime,
) -> IndicatorThreshold | None:
    """Set, change or (without a bound) take away the viewer's own limit; a change arms it again.

    Raises:
        Refusal: NOT_FOUND for an indicator, or as ``require_place``; INDICATOR_BOUND;
            INDICATOR_THRESHOLDS for more than a person may watch.
    """
    indicator = require_indicator(indicator_code)
    require_place(viewer, department_id)
    mine = IndicatorThreshold.owner_id == viewer.staff_id
    same = (
        mine,
        IndicatorThreshold.indicator_code == indicator.code,
        IndicatorThreshold.department_id.is_not_distinct_from(department_id),
        IndicatorThreshold.side == side,
    )
    row = None
    if bound is None:
        await session.execute(delete(IndicatorThreshold).where(*same))
    else:
        limit = read_bound(bound, indicator.unit)
        others = select(func.count()).select_from(IndicatorThreshold).where(mine, not_(and_(*same)))
        count = await session.scalar(others)
        if (count or 0) >= THRESHOLDS_MAX:
            raise Refusal("INDICATOR_THRESHOLDS", path="indicator", limit=THRESHOLDS_MAX)
        changed = {"bound": limit, "set_at": now, "latched_month": None}
        await session.execute(
            insert(IndicatorThreshold)
            .values(
                hospital_id=viewer.hospital_id,
                id=new_id(),
                owner_id=viewer.staff_id,
                indicator_code=indicator.code,
                department_id=department_id,
                side=side,
                **changed,
            )
            .on_conflict_do_update(
                index_elements=[
                    "hospital_id",
                    "owner_id",
                    "indicator_code",
                    "department_id",
                    "side",
                ],
                set_=changed,
            )
        )
        row = (
            await session.scalars(
                select(IndicatorThreshold).where(*same).execution_options(populate_existing=True)
            )
        ).one()
    await audit.record(
        session,
        hospital_id=viewer.hospital_id,
        actor_id=viewer.staff_id,
        action="indicator.set_threshold",
        subject_type="staff",
        subject_id=viewer.staff_id,
        detail={
            "indicator": indicator.code,
            "department_id": str(department_id) if department_id else None,
            "side": side.value,
            "bound": bound,
        },
        now=now,
    )
    return row


async def my_thresholds(session: AnySession, *, viewer: Viewer) -> Sequence[IndicatorThreshold]:
    """The viewer's own limits, by indicator. Raises Refusal PERMISSION_DENIED."""
    viewer.require_held(Permission.INDICATOR_VIEW)
    rows = await session.scalars(
        select(IndicatorThreshold)
        .where(IndicatorThreshold.owner_id == viewer.staff_id)
        .order_by(IndicatorThreshold.indicator_code, IndicatorThreshold.id)
    )
    return rows.all()


async def watch_thresholds(database: Database, hospital_id: int, now: datetime) -> int:
    """Hold last month's values against everybody's limits; answer with how many were told.

    Values of a month may still change while facts come in: each limit tells of a month once.
    """
    async with database.reading(hospital_id) as session:
        today = await budget_day(session, hospital_id, now)
        month = month_before(today.replace(day=1))
        rows = (
            await session.execute(
                select(IndicatorThreshold.id, IndicatorThreshold.indicator_code).order_by(
                    IndicatorThreshold.indicator_code, IndicatorThreshold.id
                )
            )
        ).all()
        library = indicator_library().indicators
        wanted = [library[code] for code in dict.fromkeys(row.indicator_code for row in rows)]
        values = await month_values(session, indicators=wanted, months=Months(month, month))
    told = 0
    for start in range(0, len(rows), _BATCH):
        keys = [row.id for row in rows[start : start + _BATCH]]
        async with database.transaction(hospital_id) as session:
            told += await _watch_some(session, keys, values, month, now=now)
    return told


async def _watch_some(
    session: WriteSession,
    keys: Sequence[uuid.UUID],
    values: Mapping[tuple[str, date], MonthValues],
    month: date,
    *,
    now: datetime,
) -> int:
    rows = await session.scalars(
        select(IndicatorThreshold)
        .where(IndicatorThreshold.id.in_(keys))
        .order_by(IndicatorThreshold.id)
        .with_for_update(skip_locked=True)
    )
    told = 0
    for row in rows.all():
        found = pick(values[row.indicator_code, month], row.department_id)
        if found.state is not ValueState.SHOWN or found.shown is None:
            continue
        done = watch(row.side, row.bound, found.shown, latched=row.latched_month is not None)
        if done.tell and not await _may_still_see(session, row, now):
            continue
        if done.tell:
            told += await _tell(session, row, month, now)
        row.latched_month = (row.latched_month or month) if done.latched else None
    await session.flush()
    return told


async def _may_still_see(session: AnySession, row: IndicatorThreshold, now: datetime) -> bool:
    """Whether the owner's posts of today still cover what is watched."""
    today = await budget_day(session, row.hospital_id, now)
    roles = await roles_on(session, hospital_id=row.hospital_id, staff_id=row.owner_id, day=today)
    try:
        require_place(
            Viewer(row.hospital_id, row.owner_id, row.id, row.id, roles), row.department_id
        )
    except Refusal:
        return False
    return True


async def _tell(session: WriteSession, row: IndicatorThreshold, month: date, now: datetime) -> int:
    """Say which indicator and month; the figure is read where it is allowed to be."""
    names = indicator_library().indicators[row.indicator_code].names
    told = await tell(
        session,
        hospital_id=row.hospital_id,
        news=News(
            kind=NOTICE,
            subject_type="indicator_threshold",
            subject_id=row.id,
            dedupe_key=f"{NOTICE}:{row.id}:{row.set_at.isoformat()}:{month:%Y-%m}",
            params={"title": names["zh"], "title_en": names["en"], "period": f"{month:%Y-%m}"},
        ),
        recipients=[row.owner_id],
        now=now,
    )
    return len(told)
