"""Several notices of one transaction are written together and come to what one by one would."""

import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from tests.notifications.hospital import Stage, rule

from mobile_hrp.domain.notification.kind import KindRule
from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.notifications import plan
from mobile_hrp.notifications.plan import Addressed, Notice, Subject, Told, fan_out_all
from mobile_hrp.notifications.pushing import by_policy
from mobile_hrp.notifications.withdrawal import withdraw
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.services.events import Published, publish_all
from mobile_hrp.services.notices import News, Telling, tell_all

RINGING = rule((Channel.FCM, 0))
EVENTS = text(
    "SELECT kind, subject_id, audience FROM event WHERE hospital_id = 1 ORDER BY xid, seq"
)


def notice(number: int, kind: KindRule = RINGING) -> Notice:
    return Notice(kind, Subject("task", uuid.UUID(int=number)), f"todo:{number}")


async def fan_out(
    stage: Stage, *wanted: tuple[int, Sequence[uuid.UUID]], policy: bool = False
) -> list[list[Told]]:
    async with stage.database.transaction(1) as session:
        return await fan_out_all(
            session,
            hospital_id=1,
            addressed=[Addressed(notice(number), people) for number, people in wanted],
            now=stage.clock(),
            new_id=new_id,
            planner=by_policy if policy else None,
        )


async def events(stage: Stage) -> list[tuple[str, int, list[str]]]:
    async with stage.database.reading(1) as session:
        rows = (await session.execute(EVENTS)).all()
    return [(row.kind, row.subject_id.int, row.audience) for row in rows]


async def test_each_notice_reaches_its_own_people_in_their_order(stage: Stage) -> None:
    first, second, third = stage.people.staff
    told = await fan_out(stage, (1, [third, first]), (2, []), (3, [second]))
    assert [[one.recipient_id for one in of] for of in told] == [[third, first], [], [second]]
    again = await fan_out(stage, (3, [second, first]))
    assert [one.recipient_id for one in again[0]] == [first], "told twice"
    numbers = await stage.count(
        "SELECT right(subject_id::text, 1), count(*) FROM notification GROUP BY 1"
    )
    assert numbers == {"1": 2, "3": 2}


async def test_many_recipients_are_written_in_portions(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_CHUNK", 2)
    people = list(stage.people.staff)
    told = await fan_out(stage, (1, people), (2, people[:1]), (3, people))
    assert [[one.recipient_id for one in of] for of in told] == [people, people[:1], people]


async def test_a_person_told_twice_at_once_rings_as_often_as_the_day_allows(stage: Stage) -> None:
    """The second is decided on with the first counted, and each person's share is their own."""
    me, other, _ = stage.people.staff
    for person in (me, other):
        await stage.give(person, Channel.FCM, f"f{person.hex}", kind=EndpointKind.FCM_FID)
    notices = [(number, [me]) for number in range(1, 10)]
    await fan_out(stage, *notices, (10, [other]), policy=True)
    together = await rung(stage, me), await rung(stage, other)
    for number in range(11, 20):
        await fan_out(stage, (number, [other]), policy=True)
    one_by_one = await rung(stage, other)
    assert together == (one_by_one, 1)
    assert 1 < one_by_one < len(notices), "no limit was met"


async def rung(stage: Stage, person: uuid.UUID) -> int:
    found = await stage.count("SELECT staff_id, rings FROM push_day")
    return found[str(person)]


async def test_events_are_written_in_their_order_and_each_key_once(stage: Stage) -> None:
    def happened(key: str, number: int) -> Published:
        return Published("paper.moved", key, "document", uuid.UUID(int=number))

    wanted = [happened("b", 1), happened("a", 2), happened("b", 3), happened("c", 4)]
    async with stage.database.transaction(1) as session:
        ids = await publish_all(session, hospital_id=1, events=wanted, now=stage.clock())
        assert await publish_all(session, hospital_id=1, events=[], now=stage.clock()) == []
    assert [one is not None for one in ids] == [True, True, False, True]
    assert [number for _, number, _ in await events(stage)] == [1, 2, 4]


async def test_news_whose_event_is_there_already_is_told_to_nobody(stage: Stage) -> None:
    people = stage.people.staff

    def telling(key: str, recipients: Sequence[uuid.UUID]) -> Telling:
        return Telling(News("approver_todo", "task", uuid.UUID(int=7), key), recipients)

    async with stage.database.transaction(1) as session:
        tellings = [telling("x", people[:1]), telling("x", people[1:2]), telling("y", people)]
        told = await tell_all(session, hospital_id=1, tellings=tellings, now=stage.clock())
    assert [len(of) for of in told] == [1, 0, 3]
    assert [audience for _, _, audience in await events(stage)] == [
        [str(people[0])],
        [str(one) for one in people],
    ]


async def test_what_is_ended_together_is_announced_for_each_subject_in_order(stage: Stage) -> None:
    first, second, third = stage.people.staff
    await fan_out(stage, (1, [first]), (2, [second, third]), (3, [third]))
    subjects = [uuid.UUID(int=number) for number in (2, 4, 1, 2)]
    async with stage.database.transaction(1) as session:
        ended = await withdraw(
            session,
            hospital_id=1,
            subject_type="task",
            subject_ids=subjects,
            acted_by=third,
            now=stage.clock(),
        )
    assert ended == 3
    assert await events(stage) == [
        ("inbox.withdrawn", 2, [str(second), str(third)]),
        ("inbox.withdrawn", 1, [str(first)]),
    ]
    states = await stage.count("SELECT state, count(*) FROM notification GROUP BY state")
    assert states == {"withdrawn": 2, "acted": 1, "live": 1}


async def test_a_person_reminded_of_a_subject_hears_once_that_it_ended(stage: Stage) -> None:
    me = stage.people.staff[0]
    await stage.tell(recipients=[me])
    await stage.tell(recipients=[me], dedupe_key="task:1:again", ordinal=2)
    async with stage.database.transaction(1) as session:
        await withdraw(
            session,
            hospital_id=1,
            subject_type="approval_task",
            subject_ids=[uuid.UUID(int=7)],
            acted_by=None,
            now=stage.clock(),
        )
    assert await events(stage) == [("inbox.withdrawn", 7, [str(me)])]
