"""Daily: tell borrowers what falls due soon and, once a week, what is overdue."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from mobile_hrp.domain.loan.due import DUE_SOON_DAYS, Reminder, reminder_on
from mobile_hrp.domain.loan.terms import LoanStage
from mobile_hrp.domain.money import format_money
from mobile_hrp.models.document import Document
from mobile_hrp.models.loan import Loan
from mobile_hrp.runtime.database import AnySession, Database, WriteSession
from mobile_hrp.services.budget.book import budget_day
from mobile_hrp.services.notices import News, tell

_BATCH = 200
_KIND = {LoanStage.DUE_SOON: "loan_due_soon", LoanStage.OVERDUE: "loan_overdue"}
_log = structlog.get_logger(__name__)


async def remind_borrowers(database: Database, hospital_id: int, now: datetime) -> int:
    """Look at every open loan of a hospital; answer with how many people were told now.

    Any number of workers may do this at any time: each stage of each loan is told once.
    """
    told = 0
    async with database.reading(hospital_id) as reading:
        keys = await _due(reading, hospital_id, now)
    for start in range(0, len(keys), _BATCH):
        try:
            async with database.transaction(hospital_id) as writing:
                told += await _remind(writing, hospital_id, keys[start : start + _BATCH], now)
        except DBAPIError as problem:  # the next round tells them
            sqlstate = getattr(problem.orig, "sqlstate", None)
            _log.info("reminding later", hospital=hospital_id, sqlstate=sqlstate)
    if told:
        _log.info("borrowers reminded", hospital=hospital_id, told=told)
    return told


async def _due(session: AnySession, hospital_id: int, now: datetime) -> Sequence[uuid.UUID]:
    today = await budget_day(session, hospital_id, now)
    found = await session.scalars(
        select(Loan.id)
        .where(Loan.settled_at.is_(None), Loan.due_on <= today + timedelta(days=DUE_SOON_DAYS))
        .order_by(Loan.id)
    )
    return found.all()


async def _remind(
    session: WriteSession, hospital_id: int, loan_ids: Sequence[uuid.UUID], now: datetime
) -> int:
    today = await budget_day(session, hospital_id, now)
    rows = await session.execute(
        select(Loan, Document.title)
        .join(
            Document,
            (Document.hospital_id == Loan.hospital_id) & (Document.id == Loan.document_id),
        )
        .where(Loan.id.in_(loan_ids), Loan.settled_at.is_(None))
        .order_by(Loan.id)
    )
    told = 0
    for loan, title in rows.all():
        reminder = reminder_on(today, loan.due_on)
        if reminder is not None:
            told += await _tell(session, loan, title, reminder, now)
    return told


async def _tell(
    session: WriteSession, loan: Loan, title: str, reminder: Reminder, now: datetime
) -> int:
    """The borrower is part of the key: whoever took the loan over hears of it too."""
    kind = _KIND[reminder.stage]
    rows = await tell(
        session,
        hospital_id=loan.hospital_id,
        news=News(
            kind=kind,
            subject_type="document",
            subject_id=loan.document_id,
            dedupe_key=f"{kind}:{loan.id}:{loan.borrower_id}:{reminder.key}",
            params={
                "number": loan.number,
                "title": title,
                "due_on": loan.due_on.isoformat(),
                "days": reminder.days,
                "amount": format_money(loan.outstanding_fen),
            },
        ),
        recipients=(loan.borrower_id,),
        now=now,
    )
    return len(rows)
