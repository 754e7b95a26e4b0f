"""Hourly: tell people of dates that come near or have passed, each telling once.

The dates stand in approved documents (``domain.notification.due_dates``), in projects and in
standing proxies.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import exists, select
from sqlalchemy.exc import DBAPIError

from mobile_hrp.domain.document.status import DocumentStatus
from mobile_hrp.domain.notification.due_dates import RULES, DateRule, dues_of
from mobile_hrp.models.delegation import ApprovalProxy
from mobile_hrp.models.document import Document, DocumentLink
from mobile_hrp.models.organization import Hospital, Project, Staff
from mobile_hrp.runtime.database import AnySession, Database
from mobile_hrp.services.notices import News, tell

PROJECT_DAYS = 30
PROXY_DAYS = 1
_BATCH = 200
_IN_FORCE = (DocumentStatus.APPROVED, DocumentStatus.CLOSED)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Telling:
    """One thing to tell."""

    news: News
    people: tuple[uuid.UUID, ...]


async def tell_of_dates(database: Database, hospital_id: int, now: datetime) -> int:
    """Look at every date of a hospital; answer with how many people were told now.

    Any number of workers may do this at any time: each telling has a key of its own.
    """
    async with database.reading(hospital_id) as session:
        zone = await _zone(session, hospital_id)
        today = now.astimezone(zone).date()
        tellings = [
            *[one for rule in RULES for one in await _of_documents(session, rule, today, zone)],
            *await _of_projects(session, today),
            *await _of_proxies(session, hospital_id, now),
        ]
    told = 0
    for start in range(0, len(tellings), _BATCH):
        try:
            told += await _tell(database, hospital_id, tellings[start : start + _BATCH], now)
        except DBAPIError as problem:  # the next round tells them
            sqlstate = getattr(problem.orig, "sqlstate", None)
            _log.info("telling of dates later", hospital=hospital_id, sqlstate=sqlstate)
    return told


async def _tell(
    database: Database, hospital_id: int, tellings: Iterable[_Telling], now: datetime
) -> int:
    told = 0
    async with database.transaction(hospital_id) as session:
        for one in tellings:
            rows = await tell(
                session,
                hospital_id=hospital_id,
                news=one.news,
                recipients=one.people,
                now=now,
            )
            told += len(rows)
    return told


async def _zone(session: AnySession, hospital_id: int) -> ZoneInfo:
    zone = await session.scalar(select(Hospital.timezone).where(Hospital.id == hospital_id))
    return ZoneInfo(zone or "UTC")


async def _of_documents(
    session: AnySession, rule: DateRule, today: date, zone: ZoneInfo
) -> list[_Telling]:
    """Approved documents of the rule's scenario whose date is near or over.

    What is only told after its date is over with when the document is closed, or when another
    document has settled it.
    """
    wanted = select(
        Document.id, Document.number, Document.title, Document.requester_id, Document.values
    ).where(Document.scenario_code == rule.scenario, Document.status.in_(_IN_FORCE))
    if rule.every:
        settled = exists(
            select(DocumentLink.id).where(
                DocumentLink.hospital_id == Document.hospital_id,
                DocumentLink.linked_id == Document.id,
            )
        )
        wanted = wanted.where(Document.status == DocumentStatus.APPROVED, ~settled)
    tellings = []
    for row in await session.execute(wanted.order_by(Document.id)):
        for due in dues_of(rule, row.values, today, zone):
            news = News(
                kind=rule.kind,
                subject_type="document",
                subject_id=row.id,
                dedupe_key=f"{rule.kind}:{row.id}:{due.key}",
                params={
                    "number": row.number,
                    "title": due.named or row.title,
                    "due_on": due.due_on.isoformat(),
                    "days": due.days_over,
                },
            )
            tellings.append(_Telling(news, (row.requester_id,)))
    return tellings


async def _of_projects(session: AnySession, today: date) -> list[_Telling]:
    found = await session.scalars(
        select(Project)
        .where(Project.ends_on.between(today, today + timedelta(days=PROJECT_DAYS)))
        .order_by(Project.id)
    )
    return [
        _Telling(
            News(
                kind="project_deadline",
                subject_type="project",
                subject_id=project.id,
                dedupe_key=f"project_deadline:{project.id}:{project.ends_on.isoformat()}",
                params={"title": project.name, "due_on": project.ends_on.isoformat()},
            ),
            (project.leader_id,),
        )
        for project in found
    ]


async def _of_proxies(session: AnySession, hospital_id: int, now: datetime) -> Sequence[_Telling]:
    """Both sides hear of the end: what waits goes back to who gave it."""
    found = await session.execute(
        select(ApprovalProxy, Staff.name)
        .join(
            Staff,
            (Staff.hospital_id == ApprovalProxy.hospital_id)
            & (Staff.id == ApprovalProxy.principal_id),
        )
        .where(
            ApprovalProxy.hospital_id == hospital_id,
            ApprovalProxy.revoked_at.is_(None),
            ApprovalProxy.starts_at <= now,
            ApprovalProxy.ends_at > now,
            ApprovalProxy.ends_at <= now + timedelta(days=PROXY_DAYS),
        )
        .order_by(ApprovalProxy.id)
    )
    return [
        _Telling(
            News(
                kind="delegate_expiring",
                subject_type="approval_proxy",
                subject_id=grant.id,
                dedupe_key=f"delegate_expiring:{grant.id}:{grant.ends_at.isoformat()}",
                params={"title": name, "due_on": grant.ends_at.date().isoformat()},
            ),
            (grant.principal_id, grant.proxy_id),
        )
        for grant, name in found
    ]
