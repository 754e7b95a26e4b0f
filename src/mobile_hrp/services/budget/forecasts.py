"""The daily forecast: which lines will run out before their period ends, told when seen twice."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from mobile_hrp.domain.budget.alerts import AlertAudience
from mobile_hrp.domain.budget.forecast import (
    ForecastState,
    confirm_forecast,
    forecast_exhaustion,
)
from mobile_hrp.domain.budget.snapshot import LineSnapshot
from mobile_hrp.models.budget import BudgetAlert, BudgetForecast, BudgetLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.budget.alerts import alert_recipients, period_of
from mobile_hrp.services.budget.book import Writing, budget_day, lock_book
from mobile_hrp.services.budget.impact import executed_last_year
from mobile_hrp.services.notices import News, tell

_BATCH = 200
_TOLD = frozenset({AlertAudience.LINE_OWNER, AlertAudience.DEPARTMENT_HEAD})


async def lines_to_forecast(
    session: WriteSession, *, hospital_id: int, now: datetime
) -> list[Sequence[uuid.UUID]]:
    """The lines in force today in batches, one transaction each: a long job holds no lock long."""
    today = await budget_day(session, hospital_id, now)
    found = await session.scalars(
        select(BudgetLine.id)
        .where(
            BudgetLine.closed_at.is_(None),
            BudgetLine.first_day <= today,
            BudgetLine.last_day >= today,
        )
        .order_by(BudgetLine.id)
    )
    keys = found.all()
    return [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]


async def forecast_lines(
    session: WriteSession, *, hospital_id: int, line_ids: Sequence[uuid.UUID], now: datetime
) -> tuple[uuid.UUID, ...]:
    """Look at each line once for today; answer with the ids of the alerts that fired.

    A second run on the same day changes nothing.
    """
    today = await budget_day(session, hospital_id, now)
    book = await lock_book(session, line_ids=line_ids)
    history = await executed_last_year(session, line_ids)
    states = await _states(session, line_ids)
    fired: list[uuid.UUID] = []
    writing = Writing(hospital_id, None, None, now)
    for line_id in sorted(line_ids):
        line = book.lines[line_id]
        last_year = history.get(line_id)
        day = forecast_exhaustion(
            first_day=line.first_day,
            last_day=line.last_day,
            today=today,
            used_fen=line.figures.used_fen,
            total_fen=line.figures.total_fen,
            last_year_fen=last_year.by_month_fen if last_year else None,
        )
        before = states.get((line_id, period_of(line)), ForecastState())
        after, announced = confirm_forecast(before, day, today)
        if after != before:
            await _save(session, line, after, hospital_id)
        # A line that is already used up was told by its levels.
        if announced is not None and announced > today:
            fired.append(await _fire(session, line, announced, writing))
    return tuple(fired)


async def _states(
    session: WriteSession, line_ids: Sequence[uuid.UUID]
) -> dict[tuple[uuid.UUID, str], ForecastState]:
    rows = await session.scalars(select(BudgetForecast).where(BudgetForecast.line_id.in_(line_ids)))
    return {
        (row.line_id, row.period): ForecastState(
            row.candidate_day, row.evaluated_on, row.announced_day
        )
        for row in rows
    }


async def _save(
    session: WriteSession, line: LineSnapshot, state: ForecastState, hospital_id: int
) -> None:
    values = {
        "candidate_day": state.candidate_day,
        "evaluated_on": state.evaluated_on,
        "announced_day": state.announced_day,
    }
    await session.execute(
        upsert(BudgetForecast)
        .values(
            hospital_id=hospital_id,
            id=new_id(),
            line_id=line.id,
            period=period_of(line),
            **values,
        )
        .on_conflict_do_update(index_elements=["hospital_id", "line_id", "period"], set_=values)
    )


async def _fire(
    session: WriteSession, line: LineSnapshot, exhaustion_day: date, writing: Writing
) -> uuid.UUID:
    alert_id = new_id()
    await session.execute(
        insert(BudgetAlert).values(
            hospital_id=writing.hospital_id,
            id=alert_id,
            line_id=line.id,
            period=period_of(line),
            exhaustion_day=exhaustion_day,
            total_fen=line.figures.total_fen,
            used_fen=line.figures.used_fen,
            fired_at=writing.now,
        )
    )
    await tell(
        session,
        hospital_id=writing.hospital_id,
        news=News(
            kind="overrun_alert",
            subject_type="budget_alert",
            subject_id=alert_id,
            dedupe_key=f"budget_forecast:{line.id}:{exhaustion_day.isoformat()}",
            params={
                "line": line.name,
                "percent": line.figures.usage_bp // 100,
                "exhaustion_day": exhaustion_day.isoformat(),
                "alert_id": str(alert_id),
            },
        ),
        recipients=await alert_recipients(session, line.id, _TOLD, writing),
        now=writing.now,
    )
    return alert_id
