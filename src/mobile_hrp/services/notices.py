"""Tell people: the event, their inbox rows and the deliveries, in the business transaction.

The inbox row is always written; whether and when it rings is the hospital's policy of pushing.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from mobile_hrp.notifications.kinds import KindBook, load_kinds
from mobile_hrp.notifications.plan import Addressed, Notice, Subject, Told, fan_out_all
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


@dataclass(frozen=True, slots=True)
class Telling:
    """News, and whom to tell."""

    news: News
    recipients: Iterable[uuid.UUID]


async def tell(
    session: WriteSession,
    *,
    hospital_id: int,
    news: News,
    recipients: Iterable[uuid.UUID],
    now: datetime,
) -> list[Told]:
    """Write the event and, for each recipient, the inbox row and the ways to reach them."""
    tellings = [Telling(news, recipients)]
    (told,) = await tell_all(session, hospital_id=hospital_id, tellings=tellings, now=now)
    return told


async def tell_all(
    session: WriteSession, *, hospital_id: int, tellings: Sequence[Telling], now: datetime
) -> list[list[Told]]:
    """As ``tell``, several things in their order at once; what was told for each."""
    people = [list(dict.fromkeys(one.recipients)) for one in tellings]
    event_ids = await events.publish_all(
        session,
        hospital_id=hospital_id,
        events=[
            events.Published(
                kind=one.news.kind,
                dedupe_key=one.news.dedupe_key,
                subject_type=one.news.subject_type,
                subject_id=one.news.subject_id,
                audience=audience,
            )
            for one, audience in zip(tellings, people, strict=True)
        ],
        now=now,
    )
    return await fan_out_all(
        session,
        hospital_id=hospital_id,
        addressed=[
            Addressed(_notice(one.news, event_id), audience if event_id is not None else ())
            for one, audience, event_id in zip(tellings, people, event_ids, strict=True)
        ],
        now=now,
        new_id=new_id,
        planner=by_policy,
    )


def _notice(news: News, event_id: uuid.UUID | None) -> Notice:
    return Notice(
        rule=kinds().rule(news.kind),
        subject=Subject(news.subject_type, news.subject_id),
        dedupe_key=news.dedupe_key,
        event_id=event_id,
        params=news.params,
        ordinal=news.ordinal,
    )
