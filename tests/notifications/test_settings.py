"""Wishes, consents, limits and the duty roster as clients set them, through the schema."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import text
from tests.notifications.hospital import Stage
from tests.notifications.test_inbox import Client, live, says, sign_in

from mobile_hrp.domain.notification.vocabulary import Channel, EndpointKind
from mobile_hrp.runtime.database import Database
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.services.ports import Services

__all__ = ["live"]  # a fixture of the inbox's tests, used here too

WISHES = "{ notificationWishes { category mandatory wishes { channel cadence } } }"
SET_WISHES = """mutation S($input: SetWishesInput!) { setNotificationWishes(input: $input) {
  categories { category wishes { channel cadence } } replayed userErrors { field message } } }"""
CONSENT = """mutation C($input: RecordSubscribeConsentInput!) {
  recordSubscribeConsent(input: $input) {
    permits { templateId left } replayed userErrors { field message } } }"""
LIMITS = "{ notificationLimits { ringsPerDay digestTimes mandatoryCategories monthlyCalls } }"
SET_LIMITS = """mutation L($input: SetNotificationLimitsInput!) {
  setNotificationLimits(input: $input) { limits { ringsPerDay digestTimes mandatoryCategories }
    userErrors { field message } } }"""
ROSTER = """mutation R($input: ImportDutyRosterInput!) { importDutyRoster(input: $input) {
  shifts people userErrors { field message } } }"""
COUNTS = "{ inboxCounts { category unread } unreadCount }"
FATIGUE = "{ notificationFatigue { interruptions repeats repeatPercent mostOnOneDay } }"
KEY = "k" * 16
GOOD = {
    "idempotencyKey": KEY,
    "ringsPerDay": 6,
    "digestsPerDay": 1,
    "repeatsMax": 1,
    "digestTimes": [960, 600],
    "digestSize": 10,
    "quietFrom": 1260,
    "quietUntil": 390,
    "mandatoryCategories": ["approval", "money"],
    "monthlyCalls": 5000,
    "urgentReservePercent": 30,
}


@dataclass
class _Settings:
    wechat_template_id: str = "template-1"


@dataclass
class _Services:
    settings: _Settings


@pytest.fixture
async def client(stage: Stage, live: LiveUpdates, owner_database: Database) -> Client:
    signed = await sign_in(stage, live, owner_database, stage.people.staff[0])
    signed.context.services = cast("Services", _Services(_Settings()))
    return signed


@pytest.fixture
async def operator(stage: Stage, live: LiveUpdates, owner_database: Database) -> Client:
    person = stage.people.staff[1]
    return await sign_in(stage, live, owner_database, person, role="system_admin")


def wish(category: str, channel: str, cadence: str) -> dict[str, str]:
    return {"category": category, "channel": channel, "cadence": cadence}


async def test_wishes_are_said_and_read_back_and_the_rest_stays(client: Client) -> None:
    before = (await client.run(WISHES))["notificationWishes"]
    assert {one["category"] for one in before if one["mandatory"]} == {"approval"}
    assert not any(one["wishes"] for one in before)
    said = [wish("result", "FCM", "DIGEST"), wish("result", "WECOM", "OFF")]
    done = await client.run(SET_WISHES, input={"idempotencyKey": KEY, "wishes": said})
    again = [wish("result", "FCM", "IMMEDIATE"), wish("approval", "FCM", "DIGEST")]
    await client.run(SET_WISHES, input={"idempotencyKey": "l" * 16, "wishes": again})
    after = {
        one["category"]: {wish["channel"]: wish["cadence"] for wish in one["wishes"]}
        for one in (await client.run(WISHES))["notificationWishes"]
    }
    assert done["setNotificationWishes"]["userErrors"] == []
    assert after["result"] == {"FCM": "IMMEDIATE", "WECOM": "OFF"}
    assert after["approval"] == {"FCM": "DIGEST"}
    assert after["money"] == {}


@pytest.mark.parametrize(
    ("refused", "code", "params"),
    [
        (wish("approval", "FCM", "OFF"), "PREFERENCE_MANDATORY", {}),
        (wish("weather", "FCM", "OFF"), "NOTIFICATION_CATEGORY_UNKNOWN", {"category": "weather"}),
    ],
)
async def test_a_wish_that_is_refused_changes_none_of_the_others(
    client: Client, refused: dict[str, str], code: str, params: dict[str, str]
) -> None:
    given = {"idempotencyKey": KEY, "wishes": [wish("result", "FCM", "OFF"), refused]}
    done = (await client.run(SET_WISHES, input=given))["setNotificationWishes"]
    assert done["categories"] is None
    assert done["userErrors"] == [says(code, "wishes", **params)]
    assert not any(one["wishes"] for one in (await client.run(WISHES))["notificationWishes"])


async def test_a_tap_in_wechat_is_one_message_however_often_it_is_reported(
    stage: Stage, client: Client
) -> None:
    me = stage.people.staff[0]
    given = {"idempotencyKey": KEY, "templateIds": ["template-1"]}
    unbound = (await client.run(CONSENT, input=given))["recordSubscribeConsent"]
    assert unbound["userErrors"] == [says("WECHAT_NOT_BOUND", "templateIds")]
    await stage.give(me, Channel.WECHAT, "openid-1", kind=EndpointKind.OPENID)
    for key, left in ((KEY, 1), (KEY, 1), ("m" * 16, 2)):
        done = await client.run(CONSENT, input={**given, "idempotencyKey": key})
        assert done["recordSubscribeConsent"]["permits"] == [
            {"templateId": "template-1", "left": left}
        ]
    foreign = {"idempotencyKey": "n" * 16, "templateIds": ["template-9"]}
    refused = (await client.run(CONSENT, input=foreign))["recordSubscribeConsent"]
    assert refused["userErrors"] == [says("SUBSCRIBE_TEMPLATE_UNKNOWN", "templateIds")]
    mine = (await client.run("{ subscribePermits { templateId left } }"))["subscribePermits"]
    assert mine == [{"templateId": "template-1", "left": 2}]


async def test_limits_are_the_administrators_to_set(client: Client, operator: Client) -> None:
    assert await client.refused(LIMITS) == "PERMISSION_DENIED"
    assert await client.refused(SET_LIMITS, input=GOOD) == "PERMISSION_DENIED"
    assert await client.refused(FATIGUE) == "PERMISSION_DENIED"
    assert (await operator.run(LIMITS))["notificationLimits"] == {
        "ringsPerDay": 8,
        "digestTimes": [660, 990],
        "mandatoryCategories": ["approval"],
        "monthlyCalls": 10_000,
    }
    done = (await operator.run(SET_LIMITS, input=GOOD))["setNotificationLimits"]
    assert done["limits"] == {
        "ringsPerDay": 6,
        "digestTimes": [600, 960],
        "mandatoryCategories": ["approval", "money"],
    }
    given = {"idempotencyKey": "o" * 16, "wishes": [wish("money", "FCM", "OFF")]}
    refused = (await client.run(SET_WISHES, input=given))["setNotificationWishes"]
    assert refused["userErrors"] == [says("PREFERENCE_MANDATORY", "wishes")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ringsPerDay", 0),
        ("digestsPerDay", 7),
        ("repeatsMax", -1),
        ("digestTimes", []),
        ("digestTimes", [1440]),
        ("digestSize", 1),
        ("quietFrom", 1440),
        ("quietUntil", -1),
        ("monthlyCalls", -1),
        ("urgentReservePercent", 91),
    ],
)
async def test_limits_that_make_no_sense_are_refused_by_field(
    operator: Client, field: str, value: object
) -> None:
    done = await operator.run(SET_LIMITS, input=GOOD | {field: value})
    assert done["setNotificationLimits"]["userErrors"] == [
        says("NOTIFICATION_LIMITS_INVALID", field)
    ]
    assert (await operator.run(LIMITS))["notificationLimits"]["ringsPerDay"] == 8


async def test_an_unknown_mandatory_category_is_refused(operator: Client) -> None:
    done = await operator.run(SET_LIMITS, input=GOOD | {"mandatoryCategories": ["weather"]})
    assert done["setNotificationLimits"]["userErrors"] == [
        says("NOTIFICATION_CATEGORY_UNKNOWN", "mandatoryCategories", category="weather")
    ]


async def test_unread_lines_are_counted_by_category(stage: Stage, client: Client) -> None:
    await stage.tell()
    counts = await client.run(COUNTS)
    assert counts == {"inboxCounts": [{"category": "approval", "unread": 1}], "unreadCount": 1}


async def import_roster(client: Client, rows: str, key: str = KEY) -> Any:
    text_ = f"employee_number,starts_at,ends_at\n{rows}"
    done = await client.run(ROSTER, input={"idempotencyKey": key, "csv": text_})
    return done["importDutyRoster"]


async def shifts(stage: Stage) -> dict[str, int]:
    return await stage.count(
        "SELECT s.employee_number || ' ' || d.starts_at, count(*) FROM duty_shift d"
        " JOIN staff s ON s.id = d.staff_id GROUP BY 1"
    )


async def test_a_roster_replaces_what_it_covers_and_leaves_the_rest(
    stage: Stage, live: LiveUpdates, owner_database: Database, client: Client
) -> None:
    person = stage.people.staff[2]
    office = await sign_in(stage, live, owner_database, person, role="hr_office")
    assert await client.refused(ROSTER, input={"idempotencyKey": KEY, "csv": "x"}) == (
        "PERMISSION_DENIED"
    )
    first = await import_roster(
        office,
        "E0,2026-11-02 22:00,2026-11-03 08:00\n"
        "E0,2026-11-03 22:00,2026-11-04 08:00\n"
        "E1,2026-11-03 08:00,2026-11-03 17:00\n",
    )
    assert first == {"shifts": 3, "people": 2, "userErrors": []}
    second = await import_roster(
        office,
        "E0,2026-11-03 08:00,2026-11-03 17:00\nE0,2026-11-04T08:00,2026-11-04T17:00\n",
        key="p" * 16,
    )
    assert second == {"shifts": 2, "people": 1, "userErrors": []}
    assert set(await shifts(stage)) == {
        "E0 2026-11-02 14:00:00+00",
        "E0 2026-11-03 00:00:00+00",
        "E0 2026-11-04 00:00:00+00",
        "E1 2026-11-03 00:00:00+00",
    }


async def test_a_roster_with_faults_names_them_and_changes_nothing(
    stage: Stage, live: LiveUpdates, owner_database: Database
) -> None:
    person = stage.people.staff[2]
    office = await sign_in(stage, live, owner_database, person, role="hr_office")
    done = await import_roster(
        office,
        "E0,2026-11-02 22:00,2026-11-03 08:00\n"
        "E9,2026-11-02 22:00,2026-11-03 08:00\n"
        "E1,2026-11-03 08:00,2026-11-03 08:00\n"
        "E1,2026-13-03 08:00,2026-11-03 09:00\n"
        "E1,tomorrow,2026-11-03 09:00\n"
        "E0,2026-11-02 22:00,2026-11-03 07:00\n",
    )
    assert done["shifts"] is None
    assert [error["field"] for error in done["userErrors"]] == [
        ["csv", str(line)] for line in (3, 4, 5, 6, 7)
    ]
    assert await shifts(stage) == {}
    for broken in ("nothing,like,it", "employee_number,starts_at,ends_at\nE0,2026-11-02 22:00"):
        given = {"idempotencyKey": KEY, "csv": broken}
        (error,) = (await office.run(ROSTER, input=given))["importDutyRoster"]["userErrors"]
        assert error["field"] == ["csv"]


async def test_fatigue_is_measured(stage: Stage, operator: Client) -> None:
    async with stage.database.transaction(1) as session:
        await session.execute(
            text(
                "INSERT INTO push_day (hospital_id, staff_id, day, rings, repeats, digests)"
                " VALUES (1, :a, :today, 6, 1, 1), (1, :b, :today, 4, 0, 2),"
                " (1, :a, :long_ago, 8, 2, 0)"
            ),
            {
                "a": stage.people.staff[0],
                "b": stage.people.staff[1],
                "today": stage.clock().date(),
                "long_ago": datetime(2026, 11, 2, tzinfo=UTC).date() - timedelta(days=31),
            },
        )
    assert (await operator.run(FATIGUE))["notificationFatigue"] == {
        "interruptions": 10,
        "repeats": 1,
        "repeatPercent": 10.0,
        "mostOnOneDay": 6,
    }
