"""Leave and rosters."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select

from mobile_hrp.domain.policy.controls.leave_balance import DATES
from mobile_hrp.domain.policy.controls.roster_rules import people_away
from mobile_hrp.domain.policy.facts.leave import LeaveFacts
from mobile_hrp.domain.policy.facts.roster import RosterFacts, Shift
from mobile_hrp.domain.policy.form_view import Row, head, placed
from mobile_hrp.domain.policy.reference import ReferenceFact
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType, Group
from mobile_hrp.models.document import Document
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services import scenarios
from mobile_hrp.services.policy.facts.looking_up import (
    STANDING,
    Person,
    as_id,
    department_code,
    ids_on,
    people,
)
from mobile_hrp.services.policy.reference_facts import is_supplied, reference_facts
from mobile_hrp.services.scenarios.catalogue import in_force

_LEAVE_CONTROL = "C35"


async def load_leave(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> LeaveFacts | None:
    """Balances of the requester, colleagues on the same work and who of them is away."""
    del now
    requester = (await people(session, [document.requester_id])).get(document.requester_id)
    if requester is None or not await is_supplied(session, "leave_balance"):
        return None
    balances = await reference_facts(
        session, kind="leave_balance", keys={requester.number}, on=document.on
    )
    left = {
        fact.text("leave_kind"): fact.number("entitled_days") - fact.number("used_days")
        for fact in balances
        if fact.whole("year") == document.on.year
    }
    code = await department_code(session, requester.department_id)
    floors = await reference_facts(session, kind="staffing_floor", keys={code}, on=document.on)
    least = [
        fact.whole("least_on_duty")
        for fact in floors
        if fact.text("job_category") == requester.job_category
    ]
    headcount = await session.scalar(
        select(func.count())
        .select_from(Staff)
        .where(
            Staff.active,
            Staff.department_id == requester.department_id,
            Staff.job_category == requester.job_category,
        )
    )
    return LeaveFacts(
        left=left,
        headcount=headcount or 0,
        least=least[0] if least else None,
        absent=await _absent(session, document, requester),
    )


async def _absent(
    session: AnySession, document: PolicyDocument, requester: Person
) -> Mapping[date, int]:
    """How many colleagues have standing leave on each day of the requested dates."""
    dates = head(document).get(DATES)
    if dates is None:
        return {}
    first, last = dates.period
    rows = await session.scalars(
        select(Document)
        .join(
            Staff,
            (Staff.hospital_id == Document.hospital_id) & (Staff.id == Document.requester_id),
        )
        .where(
            Document.id != document.id,
            Document.requester_id != requester.id,
            Document.status.in_(STANDING),
            Staff.department_id == requester.department_id,
            Staff.job_category == requester.job_category,
            Document.scenario_code.in_(await _leave_scenarios(session)),
        )
    )
    away: dict[date, set[object]] = {}
    for row in rows:
        loaded = await scenarios.loaded_scenario(session, row.scenario_code, row.scenario_version)
        taken = Row("values", loaded.scenario.fields, row.values).get(DATES)
        if taken is None:
            continue
        begins, ends = taken.period
        day = max(begins, first)
        while day <= min(ends, last):
            away.setdefault(day, set()).add(row.requester_id)
            day += timedelta(days=1)
    return {day: len(who) for day, who in away.items()}


async def _leave_scenarios(session: AnySession) -> list[str]:
    """The scenarios by which people are away: those that leave is checked for."""
    found = []
    for version in await in_force(session):
        if version.group_code == Group.PEOPLE.value:
            loaded = await scenarios.loaded_scenario(session, version.code, version.version)
            if any(use.code == _LEAVE_CONTROL for use in loaded.scenario.controls):
                found.append(version.code)
    return found


async def load_roster(
    session: AnySession, *, document: PolicyDocument, now: datetime
) -> RosterFacts | None:
    """Shifts of everybody the form is about, and of those whose shifts it names."""
    del now
    if not await is_supplied(session, "shift"):
        return None
    ids = {
        document.requester_id,
        *ids_on(document, FieldType.STAFF, FieldType.STAFF_LIST),
        *(one for text in people_away(document) if (one := as_id(text)) is not None),
    }
    known = await people(session, ids)
    numbers = {person.number for person in known.values()} | {
        one.text.partition(":")[0] for one in placed(document, FieldType.SHIFT)
    }
    facts = await reference_facts(session, kind="shift", keys=numbers, on=document.on)
    by_number = {person.number: str(person.id) for person in known.values()}
    shifts: dict[str, list[Shift]] = {}
    for fact in facts:
        owner = by_number.get(fact.key, fact.key)
        shifts.setdefault(owner, []).append(_shift(fact, owner))
    return RosterFacts(
        shifts={
            owner: tuple(sorted(found, key=lambda shift: shift.begins_at))
            for owner, found in shifts.items()
        },
        job_categories={str(person.id): person.job_category for person in known.values()},
        names={str(person.id): person.name for person in known.values()},
    )


def _shift(fact: ReferenceFact, owner: str) -> Shift:
    """A shift named ``number:day:HH:MM``; one that ends before it begins ends the next day."""
    day = fact.day("on")
    begins = datetime.combine(day, time.fromisoformat(fact.text("starts_at")))
    ends = datetime.combine(day, time.fromisoformat(fact.text("ends_at")))
    if ends <= begins:
        ends += timedelta(days=1)
    return Shift(
        reference=f"{fact.key}:{day.isoformat()}:{fact.text('starts_at')}",
        staff_id=owner,
        begins_at=begins,
        ends_at=ends,
        night=fact.flag("night"),
    )
