"""Where the people of a document are known to be, for controls C12 and C13."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, or_, select

from mobile_hrp.domain.policy.facts.whereabouts import Presence, Whereabouts, WhereKind
from mobile_hrp.domain.policy.presence import presences
from mobile_hrp.domain.policy.reference import ReferenceFact
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.models.document import Document, DocumentLink
from mobile_hrp.models.notification import DutyShift
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.policy.facts.surroundings import (
    LOOKED_BACK_DAYS,
    STANDING,
    hospital_of,
    uuids,
)
from mobile_hrp.services.policy.reference_facts import reference_facts

_PRESENCE_KINDS: Final = {"surgery": WhereKind.SURGERY}


async def load_whereabouts(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> Whereabouts:
    """Other documents of the requester's department and of the people, and all rosters."""
    own = presences(document.fields, document.values, str(document.requester_id))
    people = {one.person for one in own}
    if not people:
        return Whereabouts(())
    first, last = min(one.first_on for one in own), max(one.last_on for one in own)
    zone = ZoneInfo((await hospital_of(session, document)).timezone)
    known = [
        *await _documents(session, document, people, now),
        *await _duty(session, people, (first, last), zone),
        *await _rosters(session, people, (first, last), zone),
    ]
    return Whereabouts(tuple(one for one in known if one.first_on <= last and one.last_on >= first))


async def _documents(
    session: AnySession, document: PolicyDocument, people: set[str], now: datetime
) -> list[Presence]:
    """What this one refers to, or is referred to by, is the same matter on another paper."""
    related = set(
        await session.scalars(
            select(DocumentLink.document_id).where(DocumentLink.linked_id == document.id)
        )
    ) | set(uuids(str(value) for value in document.values.values() if isinstance(value, str)))
    rows = await session.scalars(
        select(Document).where(
            Document.id != document.id,
            Document.id.not_in(related),
            Document.status.in_(STANDING),
            Document.created_at >= now - timedelta(days=LOOKED_BACK_DAYS),
            or_(
                Document.requester_id.in_(uuids(people)),
                (Document.department_id == document.department_id)
                & or_(*(cast(Document.values, String).contains(person) for person in people)),
            ),
        )
    )
    found: list[Presence] = []
    for row in rows:
        scenario = await scenarios.of_document(session, row)
        own = row.requester_id == document.requester_id
        found += [
            replace(one, number=row.number if own else "", path="")
            for one in presences(scenario.fields, row.values, str(row.requester_id))
            if one.person in people
        ]
    return found


async def _duty(
    session: AnySession, people: Iterable[str], days: tuple[date, date], zone: ZoneInfo
) -> list[Presence]:
    """The shifts that this system knows itself."""
    begins = datetime.combine(days[0], time.min, zone)
    ends = datetime.combine(days[1] + timedelta(days=1), time.min, zone)
    rows = await session.scalars(
        select(DutyShift).where(
            DutyShift.staff_id.in_(uuids(people)),
            DutyShift.starts_at < ends,
            DutyShift.ends_at > begins,
        )
    )
    return [
        Presence(
            person=str(row.staff_id),
            kind=WhereKind.SHIFT,
            first_on=row.starts_at.astimezone(zone).date(),
            last_on=row.starts_at.astimezone(zone).date(),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )
        for row in rows
    ]


async def _rosters(
    session: AnySession, people: Iterable[str], days: tuple[date, date], zone: ZoneInfo
) -> list[Presence]:
    """Shifts, attendance and operations of other systems, by employee number."""
    rows = await session.execute(
        select(Staff.employee_number, Staff.id).where(Staff.id.in_(uuids(people)))
    )
    numbers = {row.employee_number: str(row.id) for row in rows}
    found: list[Presence] = []
    for kind in ("shift", "presence"):
        facts = await reference_facts(session, kind=kind, keys=numbers, on=days[1])
        found += [
            _rostered(fact, numbers[fact.key], zone)
            for fact in facts
            if days[0] <= fact.day("on") <= days[1]
        ]
    return found


def _rostered(fact: ReferenceFact, person: str, zone: ZoneInfo) -> Presence:
    kind = WhereKind.SHIFT
    if fact.kind == "presence":
        kind = _PRESENCE_KINDS.get(fact.text("presence_kind"), WhereKind.ATTENDANCE)
    starts_at = _moment(fact, "starts_at", zone)
    ends_at = _moment(fact, "ends_at", zone)
    if starts_at and ends_at and ends_at <= starts_at:  # over midnight
        ends_at += timedelta(days=1)
    return Presence(
        person=person,
        kind=kind,
        first_on=fact.day("on"),
        last_on=fact.day("on"),
        place=fact.text("city"),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _moment(fact: ReferenceFact, column: str, zone: ZoneInfo) -> datetime | None:
    """A time of day as rosters write it; None for what is no time."""
    try:
        return datetime.combine(fact.day("on"), time.fromisoformat(fact.text(column)), zone)
    except ValueError:
        return None
