"""What is done by the clock: forecasts, reminders, payments whose wait is over, and forgetting.

Each deletion says how long its rows are good for. Rows go in batches, one transaction each, so that
no statement runs long and no lock is held long.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, tuple_, update

from mobile_hrp.domain.identity.lockout import LockoutPolicy
from mobile_hrp.domain.identity.sessions import SessionPolicy
from mobile_hrp.domain.notification.vocabulary import NotificationState
from mobile_hrp.models.identity import LoginGuard
from mobile_hrp.models.notification import Notification
from mobile_hrp.models.reliability import IdempotencyRecord
from mobile_hrp.notifications.withdrawal import take_back
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.schedule import Duty, for_each_hospital
from mobile_hrp.services.action_tokens import forget_ended
from mobile_hrp.services.budget.forecasts import forecast_lines, lines_to_forecast
from mobile_hrp.services.data_exports import destroy_expired
from mobile_hrp.services.date_notices import tell_of_dates
from mobile_hrp.services.identity.sessions import forget_old_sessions
from mobile_hrp.services.indicators.alerts import watch_thresholds
from mobile_hrp.services.indicators.reports import make_due_reports
from mobile_hrp.services.loan_reminders import remind_borrowers
from mobile_hrp.services.payment_readiness import release_cooled
from mobile_hrp.services.rate_limits import forget_full_buckets
from mobile_hrp.services.value.telemetry import forget_old_events

# A phone may be in a drawer for a month and then send what it had queued.
IDEMPOTENCY_KEPT = timedelta(days=45)
# A used refresh token has to be known for as long as the youngest one of its family can live.
SESSIONS_KEPT = SessionPolicy().refresh_lifetime + timedelta(days=1)
GUARDS_KEPT = max(LockoutPolicy().window, LockoutPolicy().lock) + timedelta(hours=1)
_BATCH = 2_000


def duties() -> tuple[Duty, ...]:
    """All of them. Forecasts and reminders count once a day however often they are looked at."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    return (
        Duty("budget_forecast", 6 * hour, for_each_hospital(forecast_budgets)),
        Duty("release_cooled_payments", hour, for_each_hospital(release_cooled)),
        Duty("remind_borrowers", hour, for_each_hospital(remind_borrowers)),
        Duty("tell_of_dates", 6 * hour, for_each_hospital(tell_of_dates)),
        Duty("forget_sessions", 6 * hour, for_each_hospital(forget_sessions)),
        Duty("forget_rate_buckets", hour, for_each_hospital(forget_rate_buckets)),
        Duty("forget_login_guards", hour, for_each_hospital(forget_login_guards)),
        Duty("expire_notifications", hour, for_each_hospital(expire_notifications)),
        Duty("destroy_exports", hour, for_each_hospital(destroy_exports)),
        Duty("forget_telemetry", day, for_each_hospital(forget_telemetry)),
        Duty("monthly_reports", 6 * hour, for_each_hospital(make_due_reports)),
        Duty("watch_indicators", 6 * hour, for_each_hospital(watch_thresholds)),
        Duty("forget_idempotency_keys", day, for_each_hospital(forget_idempotency_keys)),
        Duty("forget_action_tokens", day, for_each_hospital(forget_action_tokens)),
    )


async def forecast_budgets(database: Database, hospital_id: int, now: datetime) -> int:
    """Look at every line in force; answer with the number of alerts that fired."""
    async with database.transaction(hospital_id) as session:
        batches = await lines_to_forecast(session, hospital_id=hospital_id, now=now)
    fired = 0
    for batch in batches:
        async with database.transaction(hospital_id) as session:
            alerts = await forecast_lines(session, hospital_id=hospital_id, line_ids=batch, now=now)
            fired += len(alerts)
    return fired


async def forget_sessions(database: Database, hospital_id: int, now: datetime) -> None:
    """Access tokens that have expired, and sign-ins whose tokens have all expired."""
    async with database.transaction(hospital_id) as session:
        await forget_old_sessions(
            session, hospital_id=hospital_id, before=now - SESSIONS_KEPT, now=now
        )


async def forget_action_tokens(database: Database, hospital_id: int, now: datetime) -> None:
    """Tokens of notifications and callbacks of providers, a month after they ended."""
    async with database.transaction(hospital_id) as session:
        await forget_ended(session, hospital_id=hospital_id, now=now)


async def destroy_exports(database: Database, hospital_id: int, now: datetime) -> None:
    """Files that left by a request, once their time is up."""
    async with database.transaction(hospital_id) as session:
        await destroy_expired(session, hospital_id=hospital_id, now=now)


async def forget_telemetry(database: Database, hospital_id: int, now: datetime) -> None:
    """Events of phones of more than thirteen months ago."""
    async with database.transaction(hospital_id) as session:
        await forget_old_events(session, hospital_id=hospital_id, now=now)


async def forget_rate_buckets(database: Database, hospital_id: int, now: datetime) -> None:
    """Token buckets that are full again."""
    async with database.transaction(hospital_id) as session:
        await forget_full_buckets(session, hospital_id=hospital_id, now=now)


async def forget_login_guards(database: Database, hospital_id: int, now: datetime) -> None:
    """Wrong passwords that count for nothing any more; a lock in force stays."""
    async with database.transaction(hospital_id) as session:
        await session.execute(
            delete(LoginGuard).where(
                LoginGuard.hospital_id == hospital_id,
                or_(
                    LoginGuard.last_attempt_at.is_(None),
                    LoginGuard.last_attempt_at < now - GUARDS_KEPT,
                ),
                or_(LoginGuard.locked_until.is_(None), LoginGuard.locked_until <= now),
            )
        )


async def expire_notifications(database: Database, hospital_id: int, now: datetime) -> int:
    """End unread notifications whose time is over; answer with how many.

    Nothing more of them is sent, and what a channel still shows is taken back from there.
    """
    ended = 0
    while True:
        async with database.transaction(hospital_id) as session:
            due = (
                select(Notification.id)
                .where(
                    Notification.state.in_([NotificationState.LIVE, NotificationState.SCHEDULED]),
                    Notification.expires_at <= now,
                )
                .order_by(Notification.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
            keys = (await session.scalars(due)).all()
            if keys:
                await session.execute(
                    update(Notification)
                    .where(Notification.hospital_id == hospital_id, Notification.id.in_(keys))
                    .values(state=NotificationState.EXPIRED)
                    .execution_options(synchronize_session=False)
                )
                await take_back(session, hospital_id=hospital_id, notification_ids=keys, now=now)
        ended += len(keys)
        if len(keys) < _BATCH:
            return ended


async def forget_idempotency_keys(database: Database, hospital_id: int, now: datetime) -> int:
    """Answers kept for retries that will not come any more; answer with how many."""
    gone = 0
    while True:
        async with database.transaction(hospital_id) as session:
            oldest = (
                select(IdempotencyRecord.staff_id, IdempotencyRecord.key)
                .where(
                    IdempotencyRecord.hospital_id == hospital_id,
                    IdempotencyRecord.created_at < now - IDEMPOTENCY_KEPT,
                )
                .limit(_BATCH)
            )
            keys = [tuple(row) for row in (await session.execute(oldest)).all()]
            if keys:
                await session.execute(
                    delete(IdempotencyRecord).where(
                        IdempotencyRecord.hospital_id == hospital_id,
                        tuple_(IdempotencyRecord.staff_id, IdempotencyRecord.key).in_(keys),
                    )
                )
        gone += len(keys)
        if len(keys) < _BATCH:
            return gone
