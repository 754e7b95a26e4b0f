"""Ranks of the people on a form, for control C11."""

from datetime import datetime

from sqlalchemy import select

from mobile_hrp.domain.policy.facts.people import Ranks
from mobile_hrp.domain.policy.forms import everywhere
from mobile_hrp.domain.policy.terms import PolicyDocument
from mobile_hrp.domain.scenario.vocabulary import FieldType
from mobile_hrp.models.organization import Staff
from mobile_hrp.runtime.database import AnySession
from mobile_hrp.services.policy.facts.surroundings import uuids


async def load_ranks(session: AnySession, *, document: PolicyDocument, now: datetime) -> Ranks:
    del now
    named = uuids(entry.text for entry in everywhere(document, FieldType.STAFF))
    rows = await session.execute(
        select(Staff.id, Staff.rank).where(Staff.id.in_([document.requester_id, *named]))
    )
    return Ranks({str(key): rank for key, rank in rows})
