"""Who gets which deliveries, and when each of them is due."""

from datetime import timedelta

from sqlalchemy import text
from tests.notifications.hospital import SENSITIVE, Stage, rule

from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.notifications.kinds import load_kinds

LADDER = rule((Channel.DINGTALK_TODO, 0), (Channel.WECOM, 30), (Channel.FCM, 60))


async def due_minutes(stage: Stage) -> dict[str, int]:
    return await stage.count(
        "SELECT channel || ' ' || step, extract(epoch FROM next_at - created_at) / 60"
        " FROM notification_delivery"
    )


async def test_the_ladder_is_planned_over_the_channels_a_person_has(stage: Stage) -> None:
    person = stage.people.staff[0]
    await stage.give(person, Channel.WECOM, "u1", kind=EndpointKind.USERID)
    await stage.give(person, Channel.FCM, "f1")
    await stage.tell(kind=LADDER, recipients=[person])
    assert await due_minutes(stage) == {"wecom 0": 0, "fcm 1": 30}


async def test_two_phones_of_one_person_ring_on_the_same_step(stage: Stage) -> None:
    person = stage.people.staff[0]
    await stage.give(person, Channel.FCM, "f1", device="phone")
    await stage.give(person, Channel.FCM, "f2", device="tablet")
    await stage.tell(kind=LADDER, recipients=[person])
    planned = await stage.count(
        "SELECT channel || ' ' || step, count(*) FROM notification_delivery GROUP BY 1"
    )
    assert planned == {"fcm 0": 2}


async def test_a_person_without_any_endpoint_still_has_the_inbox_row(stage: Stage) -> None:
    told = await stage.tell(kind=LADDER)
    assert len(told) == 3
    assert await stage.delivery_states() == {}


async def test_a_new_address_of_a_device_replaces_its_old_one(stage: Stage) -> None:
    person, other = stage.people.staff[:2]
    await stage.give(other, Channel.FCM, "theirs", device="phone")
    old = EndpointKind.FCM_TOKEN
    await stage.give(person, Channel.FCM, "old-token", kind=old, device="phone")
    await stage.give(person, Channel.FCM, "new-fid", device="phone")
    await stage.tell(recipients=[person, other])
    planned = await stage.count(
        "SELECT e.kind, count(*) FROM notification_delivery d JOIN notification_endpoint e"
        " ON e.id = d.endpoint_id GROUP BY e.kind"
    )
    assert planned == {"fcm_fid": 2}, "and nobody else's device of the same name"


async def test_a_phone_that_changes_hands_rings_for_its_new_owner_only(stage: Stage) -> None:
    before, after = stage.people.staff[:2]
    first = await stage.give(before, Channel.FCM, "shared")
    again = await stage.give(after, Channel.FCM, "shared")
    await stage.tell()
    owners = await stage.count(
        "SELECT n.recipient_id, count(*) FROM notification_delivery d"
        " JOIN notification n ON n.id = d.notification_id GROUP BY 1"
    )
    assert first == again
    assert owners == {str(after): 1}


async def test_addresses_are_sealed_and_params_stay_in_the_inbox(stage: Stage) -> None:
    await stage.give_phones()
    await stage.tell()
    async with stage.database.reading(1) as session:
        addresses = (
            await session.execute(text("SELECT address, address_hash FROM notification_endpoint"))
        ).all()
        params = (await session.execute(text("SELECT DISTINCT params FROM notification"))).all()
    assert not any("fid-" in row.address or b"fid-" in row.address_hash for row in addresses)
    assert [row.params for row in params] == [SENSITIVE]


async def test_a_reminder_is_a_new_inbox_row_that_replaces_the_first_on_the_phone(
    stage: Stage,
) -> None:
    addresses = await stage.give_phones()
    await stage.tell()
    await stage.worker().drain()
    stage.clock.advance(timedelta(hours=1))
    told = await stage.tell(dedupe_key="task:1:reminder:2", ordinal=2)
    await stage.worker().drain()
    assert len(told) == 3
    assert stage.fcm.requests == 6
    assert all(len(stage.fcm.phones.shown[address]) == 1 for address in addresses.values())


def test_all_kinds_have_a_way_out_words_in_both_languages_and_an_end() -> None:
    kinds = load_kinds()
    for key in kinds:
        kind = kinds.rule(key)
        assert kind.ladder
        assert kind.expires_after > timedelta(0)
        assert all(kind.push_line.values())
