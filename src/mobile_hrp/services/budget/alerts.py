"""Overrun alerts: latches are evaluated in the transaction that moved the line's figures."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.alerts import (
    AlertAudience,
    AlertRule,
    audience_of,
    evaluate_levels,
)
from mobile_hrp.domain.budget.figures import FULL_BP
from mobile_hrp.domain.budget.snapshot import LineSnapshot
from mobile_hrp.domain.identity.roles import Role
from mobile_hrp.domain.money import format_money
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetAlert, BudgetAlertLatch, BudgetLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit, events
from mobile_hrp.services.budget.book import Writing, budget_day
from mobile_hrp.services.notices import News, tell
from mobile_hrp.services.role_holders import heads_of_department, holders_for_hospital

OVERRUN_EVENT = "budget.overrun"
OVERRUN_NOTICE = "overrun_alert"
_POSTS = {
    AlertAudience.FINANCE_HEAD: Role.FINANCE_HEAD,
    AlertAudience.CHIEF_ACCOUNTANT: Role.CHIEF_ACCOUNTANT,
}


@dataclass(frozen=True, slots=True)
class _Watch:
    """What a line is watched by: its levels, those told already, and whose line it is."""

    rule: AlertRule
    latched_bp: frozenset[int]
    owner_id: uuid.UUID | None
    department_id: uuid.UUID | None
    campus_id: uuid.UUID | None


async def evaluate_alerts(
    session: WriteSession, *, lines: Iterable[LineSnapshot], writing: Writing
) -> tuple[uuid.UUID, ...]:
    """Latch, re-arm and fire for lines as they now are; the caller has them locked.

    Answers with the ids of the alerts that fired. Each comes with one ``budget.overrun`` event
    whose payload carries the line, the period and the level, never an amount, and with a
    notification to the people its level concerns.
    """
    by_id = {line.id: line for line in lines}
    fired: list[uuid.UUID] = []
    for line_id, watch in (await _watches(session, by_id)).items():
        line = by_id[line_id]
        decision = evaluate_levels(watch.rule, watch.latched_bp, line.figures.usage_bp)
        await _save_latches(session, line, watch.latched_bp, decision.latched_bp, writing)
        if decision.fired_bp is not None:
            alert_id = new_id()
            await _fire(session, alert_id, line, decision.fired_bp, writing)
            await _publish(session, alert_id, line, decision.fired_bp, writing)
            await _tell(session, alert_id, line, watch, decision.fired_bp, writing=writing)
            fired.append(alert_id)
    return tuple(fired)


def period_of(line: LineSnapshot) -> str:
    """Levels are told once per budget period of the line, ``2026-01-01/2026-12-31``."""
    return f"{line.first_day.isoformat()}/{line.last_day.isoformat()}"


async def acknowledge_alert(
    session: WriteSession,
    *,
    hospital_id: int,
    alert_id: uuid.UUID,
    actor_id: uuid.UUID,
    text: str,
    now: datetime,
) -> BudgetAlert:
    """Somebody takes an alert on. The caller has checked that the actor may.

    Raises:
        Refusal: NOT_FOUND, ALERT_ALREADY_ACKNOWLEDGED.
    """
    found = await session.execute(
        select(BudgetAlert).where(BudgetAlert.id == alert_id).with_for_update()
    )
    alert = found.scalar_one_or_none()
    if alert is None:
        raise Refusal("NOT_FOUND", path="alertId")
    if alert.acknowledged_at is not None:
        raise Refusal("ALERT_ALREADY_ACKNOWLEDGED", path="alertId")
    alert.acknowledged_by = actor_id
    alert.acknowledged_at = now
    alert.acknowledgement = text
    await audit.record(
        session,
        hospital_id=hospital_id,
        actor_id=actor_id,
        action="budget_alert.acknowledge",
        subject_type="budget_alert",
        subject_id=alert_id,
        now=now,
    )
    return alert


async def _watches(
    session: WriteSession, lines: Mapping[uuid.UUID, LineSnapshot]
) -> dict[uuid.UUID, _Watch]:
    """Levels, latched levels and owners of each line, in line order; one query."""
    latch = aliased(BudgetAlertLatch)
    rows = await session.execute(
        select(
            BudgetLine.id,
            BudgetLine.alert_levels_bp,
            BudgetLine.owner_id,
            BudgetLine.department_id,
            BudgetLine.campus_id,
            latch.level_bp,
            latch.period,
        )
        .outerjoin(latch, latch.line_id == BudgetLine.id)
        .where(BudgetLine.id.in_(lines))
        .order_by(BudgetLine.id)
    )
    watches: dict[uuid.UUID, _Watch] = {}
    for line_id, levels_bp, owner_id, department_id, campus_id, level_bp, period in rows:
        latched = watches[line_id].latched_bp if line_id in watches else frozenset()
        if level_bp is not None and period == period_of(lines[line_id]):
            latched |= {level_bp}
        watches[line_id] = _Watch(
            AlertRule(levels_bp=tuple(levels_bp)), latched, owner_id, department_id, campus_id
        )
    return watches


async def _save_latches(
    session: WriteSession,
    line: LineSnapshot,
    before: frozenset[int],
    after: frozenset[int],
    writing: Writing,
) -> None:
    if armed := before - after:
        await session.execute(
            delete(BudgetAlertLatch).where(
                BudgetAlertLatch.line_id == line.id,
                BudgetAlertLatch.period == period_of(line),
                BudgetAlertLatch.level_bp.in_(armed),
            )
        )
    if latched := after - before:
        await session.execute(
            insert(BudgetAlertLatch),
            [
                {
                    "hospital_id": writing.hospital_id,
                    "id": new_id(),
                    "line_id": line.id,
                    "period": period_of(line),
                    "level_bp": level_bp,
                    "latched_at": writing.now,
                }
                for level_bp in sorted(latched)
            ],
        )


async def _fire(
    session: WriteSession,
    alert_id: uuid.UUID,
    line: LineSnapshot,
    level_bp: int,
    writing: Writing,
) -> None:
    await session.execute(
        insert(BudgetAlert).values(
            hospital_id=writing.hospital_id,
            id=alert_id,
            line_id=line.id,
            period=period_of(line),
            level_bp=level_bp,
            document_id=writing.document_id,
            total_fen=line.figures.total_fen,
            used_fen=line.figures.used_fen,
            fired_at=writing.now,
        )
    )


async def _publish(
    session: WriteSession,
    alert_id: uuid.UUID,
    line: LineSnapshot,
    level_bp: int,
    writing: Writing,
) -> None:
    await events.publish(
        session,
        hospital_id=writing.hospital_id,
        kind=OVERRUN_EVENT,
        dedupe_key=f"{OVERRUN_EVENT}:{alert_id}",
        subject_type="budget_alert",
        subject_id=alert_id,
        payload={"line_id": str(line.id), "period": period_of(line), "level_bp": level_bp},
        now=writing.now,
    )


async def _tell(
    session: WriteSession,
    alert_id: uuid.UUID,
    line: LineSnapshot,
    watch: _Watch,
    level_bp: int,
    *,
    writing: Writing,
) -> None:
    await tell(
        session,
        hospital_id=writing.hospital_id,
        news=News(
            kind=OVERRUN_NOTICE,
            subject_type="budget_alert",
            subject_id=alert_id,
            dedupe_key=f"{OVERRUN_NOTICE}:{alert_id}",
            params={
                "line": line.name,
                "percent": line.figures.usage_bp * 100 // FULL_BP,
                "available": format_money(line.figures.available_fen),
                "level": level_bp * 100 // FULL_BP,
                "alert_id": str(alert_id),
            },
        ),
        recipients=await _recipients(session, watch, audience_of(watch.rule, level_bp), writing),
        now=writing.now,
    )


async def alert_recipients(
    session: WriteSession,
    line_id: uuid.UUID,
    audience: frozenset[AlertAudience],
    writing: Writing,
) -> list[uuid.UUID]:
    """Whom an alert of a line concerns, each once."""
    row = await session.get_one(BudgetLine, (writing.hospital_id, line_id))
    watch = _Watch(AlertRule(), frozenset(), row.owner_id, row.department_id, row.campus_id)
    return await _recipients(session, watch, audience, writing)


async def _recipients(
    session: WriteSession, watch: _Watch, audience: frozenset[AlertAudience], writing: Writing
) -> list[uuid.UUID]:
    """The people of the audience, each once; the budget office where there would be nobody."""
    day = await budget_day(session, writing.hospital_id, writing.now)
    people: list[uuid.UUID] = []
    if watch.owner_id is not None:
        people.append(watch.owner_id)
    if AlertAudience.DEPARTMENT_HEAD in audience and watch.department_id is not None:
        people += await heads_of_department(
            session,
            hospital_id=writing.hospital_id,
            department_id=watch.department_id,
            day=day,
        )
    posts = [role for part, role in _POSTS.items() if part in audience]
    if not people and not posts:
        posts = [Role.BUDGET_OFFICE]
    people += await holders_for_hospital(
        session,
        hospital_id=writing.hospital_id,
        roles=posts,
        day=day,
        campus_id=watch.campus_id,
    )
    return list(dict.fromkeys(people))
