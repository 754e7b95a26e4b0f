"""Tell people: the event, their inbox rows and the deliveries, in the business transaction.

The inbox row is always written; whether and when it rings is the hospital's policy of pushing.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from mobile_hrp.notifications.kinds import KindBook, load_kinds
from mobile_hrp.notifications.plan import Notice, Subject, Told, fan_out
from mobile_hrp.notifications.pushing import by_policy
from mobile_hrp.runtime.database import WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services import events


@lru_cache(maxsize=1)
def kinds() -> KindBook:
    return load_kinds()


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell. ``dedupe_key`` is unique for the happening: a retry tells nobody twice."""

    kind: str
    subject_type: str
    subject_id: uuid.UUID
    dedupe_key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    ordinal: int = 1


async def tell(
    session: WriteSession,
    *,
    hospital_id: int,
    news: News,
    recipients: Iterable[uuid.UUID],
    now: datetime,
) -> list[Told]:
    """Write the event and, for each recipient, the inbox row and the ways to reach them."""
    people = list(dict.fromkeys(recipients))
    event_id = await events.publish(
        session,
        hospital_id=hospital_id,
        kind=news.kind,
        dedupe_key=news.dedupe_key,
        subject_type=news.subject_type,
        subject_id=news.subject_id,
        audience=people,
        now=now,
    )
    if event_id is None:
        return []
    return await fan_out(
        session,
        hospital_id=hospital_id,
        notice=Notice(
            rule=kinds().rule(news.kind),
            subject=Subject(news.subject_type, news.subject_id),
            dedupe_key=news.dedupe_key,
            event_id=event_id,
            params=news.params,
            ordinal=news.ordinal,
        ),
        recipients=people,
        now=now,
        new_id=new_id,
        planner=by_policy,
    )
