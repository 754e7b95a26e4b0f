"""Overrun alerts: latches are evaluated in the transaction that moved the line's figures."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import aliased

from mobile_hrp.domain.budget.alerts import AlertRule, evaluate_levels
from mobile_hrp.domain.budget.snapshot import LineSnapshot
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.models.budget import BudgetAlert, BudgetAlertLatch, BudgetLine
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import audit, events
from mobile_hrp.services.budget_book import Writing

OVERRUN_EVENT = "budget.overrun"


async def evaluate_alerts(
    session: WriteSession, *, lines: Iterable[LineSnapshot], writing: Writing
) -> tuple[uuid.UUID, ...]:
    """Latch, re-arm and fire for lines as they now are; the caller has them locked.

    Answers with the ids of the alerts that fired. Each comes with one ``budget.overrun`` event
    whose payload carries the line, the period and the level, never an amount.
    """
    by_id = {line.id: line for line in lines}
    rules = await _rules(session, by_id)
    fired: list[uuid.UUID] = []
    for line_id, (rule, latched, owner_id) in rules.items():
        line = by_id[line_id]
        decision = evaluate_levels(rule, latched, line.figures.usage_bp)
        await _save_latches(session, line, latched, decision.latched_bp, writing)
        if decision.fired_bp is not None:
            alert_id = new_id()
            await _fire(session, alert_id, line, decision.fired_bp, writing)
            await _tell(session, alert_id, line, decision.fired_bp, owner_id, writing=writing)
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


async def _rules(
    session: WriteSession, lines: Mapping[uuid.UUID, LineSnapshot]
) -> dict[uuid.UUID, tuple[AlertRule, frozenset[int], uuid.UUID | None]]:
    """Levels, latched levels and owner of each line, in line order; one query."""
    latch = aliased(BudgetAlertLatch)
    rows = await session.execute(
        select(
            BudgetLine.id,
            BudgetLine.alert_levels_bp,
            BudgetLine.owner_id,
            latch.level_bp,
            latch.period,
        )
        .outerjoin(latch, latch.line_id == BudgetLine.id)
        .where(BudgetLine.id.in_(lines))
        .order_by(BudgetLine.id)
    )
    rules: dict[uuid.UUID, tuple[AlertRule, frozenset[int], uuid.UUID | None]] = {}
    for line_id, levels_bp, owner_id, level_bp, period in rows:
        rule = AlertRule(levels_bp=tuple(levels_bp))
        latched = rules[line_id][1] if line_id in rules else frozenset()
        if level_bp is not None and period == period_of(lines[line_id]):
            latched |= {level_bp}
        rules[line_id] = (rule, latched, owner_id)
    return rules


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


async def _tell(
    session: WriteSession,
    alert_id: uuid.UUID,
    line: LineSnapshot,
    level_bp: int,
    owner_id: uuid.UUID | None,
    *,
    writing: Writing,
) -> None:
    await events.publish(
        session,
        hospital_id=writing.hospital_id,
        kind=OVERRUN_EVENT,
        dedupe_key=f"{OVERRUN_EVENT}:{alert_id}",
        subject_type="budget_alert",
        subject_id=alert_id,
        audience=() if owner_id is None else (owner_id,),
        payload={"line_id": str(line.id), "period": period_of(line), "level_bp": level_bp},
        now=writing.now,
    )
