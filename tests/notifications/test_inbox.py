"""The inbox as a client asks for it: through the schema, signed in, on PostgreSQL."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import insert, text
from tests.notifications.hospital import SENSITIVE, Stage, rule

from mobile_hrp.domain.identity.sessions import DeviceInfo, LoginMethod, Platform
from mobile_hrp.domain.notification.vocabulary import Channel
from mobile_hrp.domain.refusal import Refusal
from mobile_hrp.graphql.context import Context
from mobile_hrp.graphql.errors import format_errors
from mobile_hrp.graphql.ids import decode_id
from mobile_hrp.mobile_contract.catalogue import catalogue
from mobile_hrp.models.organization import RoleAssignment
from mobile_hrp.notifications.news import announce
from mobile_hrp.notifications.plan import Subject, collapse_key
from mobile_hrp.notifications.withdrawal import withdraw
from mobile_hrp.runtime.database import Database, WriteSession
from mobile_hrp.runtime.ids import new_id
from mobile_hrp.runtime.live import LiveUpdates
from mobile_hrp.runtime.secrets_box import SecretsBox
from mobile_hrp.schema import schema
from mobile_hrp.services.identity.sessions import open_session
from mobile_hrp.services.identity.viewers import authenticate
from mobile_hrp.services.ports import Services

INBOX = """query Inbox($first: Int!, $after: String, $unreadOnly: Boolean! = false) {
  inbox(first: $first, after: $after, unreadOnly: $unreadOnly) {
    edges { node { id kind title body subjectType subjectId deepLink state readAt } }
    pageInfo { hasNextPage endCursor } } unreadCount inboxVersion }"""
MARK = """mutation Mark($input: MarkReadInput!) { markRead(input: $input) {
  inbox { unreadCount version } replayed userErrors { field message } } }"""
REGISTER = """mutation Register($input: RegisterEndpointInput!) { registerEndpoint(input: $input) {
  endpointId replayed userErrors { field message } } }"""
UNREGISTER = """mutation Un($input: UnregisterEndpointInput!) { unregisterEndpoint(input: $input) {
  endpointId userErrors { field message } } }"""
CHANGED = "subscription { inboxChanged { unreadCount version } }"
DELIVERIES = """query D($state: DeliveryState!) { deliveries(first: 10, state: $state) {
  edges { node { channel state code attempts } } } }"""


@dataclass
class _Doors:
    box: SecretsBox


@dataclass
class _Services:
    """Only what the inbox reaches: the box that seals addresses."""

    doors: _Doors


@dataclass
class Client:
    """A person signed in on one device."""

    context: Context
    token: str

    async def run(self, query: str, **variables: Any) -> Mapping[str, Any]:
        result = await schema.execute(query, variable_values=variables, context_value=self.context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def refused(self, query: str, **variables: Any) -> str:
        result = await schema.execute(query, variable_values=variables, context_value=self.context)
        assert result.errors
        (error,) = format_errors(result.errors, "zh")
        return str(error["extensions"]["code"])


def says(code: str, field: str, **params: object) -> dict[str, object]:
    """The user error of a code as a Chinese client sees it."""
    return {"field": [field], "message": catalogue()[code].message("zh", params)}


@pytest.fixture
async def live(database: Database) -> AsyncIterator[LiveUpdates]:
    updates = LiveUpdates(database)
    await updates.start()
    yield updates
    await updates.stop()


async def sign_in(
    stage: Stage, live: LiveUpdates, owner: Database, person: uuid.UUID, role: str = "employee"
) -> Client:
    async with owner.transaction(1) as session:
        await session.execute(
            insert(RoleAssignment),
            {
                "hospital_id": 1,
                "id": new_id(),
                "staff_id": person,
                "role": role,
                "scope_kind": "own" if role == "employee" else "hospital",
                "valid_from": date(2020, 1, 1),
            },
        )
    async with stage.database.transaction(1) as session:
        signed = await open_session(
            session,
            hospital_id=1,
            staff_id=person,
            device=DeviceInfo(uuid.uuid4(), Platform.ANDROID),
            method=LoginMethod.WECHAT,
            now=stage.clock(),
        )
    assert not isinstance(signed, Refusal)
    viewer, _ = await authenticate(
        stage.database, access_token=signed.access_token, now=stage.clock()
    )
    context = Context(
        database=stage.database,
        clock=stage.clock,
        live=live,
        services=cast("Services", _Services(_Doors(SecretsBox("a" * 32)))),
        viewer=viewer,
    )
    context.connection_params = {"authorization": f"Bearer {signed.access_token}"}
    return Client(context, signed.access_token)


@pytest.fixture
async def client(stage: Stage, live: LiveUpdates, owner_database: Database) -> Client:
    return await sign_in(stage, live, owner_database, stage.people.staff[0])


async def test_my_inbox_is_mine_newest_first_and_pages_without_gaps(
    stage: Stage, client: Client
) -> None:
    for number in range(5):
        await stage.tell(dedupe_key=f"task:{number}")
        stage.clock.advance(timedelta(seconds=1))
    seen: list[str] = []
    after = None
    while True:
        page = (await client.run(INBOX, first=2, after=after))["inbox"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 5
    assert (await client.run(INBOX, first=1))["unreadCount"] == 5


async def test_a_line_reads_in_words_and_leads_to_what_it_is_about(
    stage: Stage, client: Client
) -> None:
    await stage.tell(params={"title": "差旅报销", "number": "BX-1"}, ordinal=2)
    (edge,) = (await client.run(INBOX, first=10))["inbox"]["edges"]
    node = edge["node"]
    assert node["title"] == "第 2 次提醒 · 待您审批"
    assert node["body"] == "差旅报销（BX-1）等待您审批"
    assert node["subjectType"] == "Task"
    assert node["state"] == "LIVE"
    link = "query Q($id: String!) { notificationByLink(publicId: $id) { id } }"
    found = await client.run(link, id=node["deepLink"])
    assert found["notificationByLink"]["id"] == node["id"]


async def test_a_link_that_many_share_leads_each_to_their_own_newest_line(
    stage: Stage, live: LiveUpdates, owner_database: Database, client: Client
) -> None:
    await stage.tell()
    stage.clock.advance(timedelta(hours=1))
    await stage.tell(dedupe_key="task:1:reminder", ordinal=2, recipients=stage.people.staff[:2])
    shared = collapse_key("approver_todo", Subject("approval_task", uuid.UUID(int=7)))
    link = "query Q($id: String!) { notificationByLink(publicId: $id) { title } }"
    mine = await client.run(link, id=f"n/~{shared}")
    other = await sign_in(stage, live, owner_database, stage.people.staff[2])
    theirs = await other.run(link, id=f"n/~{shared}")
    assert mine["notificationByLink"] == {"title": "第 2 次提醒 · 待您审批"}
    assert theirs["notificationByLink"] == {"title": "待您审批"}
    assert (await client.run(link, id="n/~nothing"))["notificationByLink"] is None


async def test_a_missing_value_leaves_the_body_out_rather_than_showing_a_hole(
    stage: Stage, client: Client
) -> None:
    await stage.tell(params=SENSITIVE)
    (edge,) = (await client.run(INBOX, first=10))["inbox"]["edges"]
    assert edge["node"]["title"] == "待您审批"
    assert edge["node"]["body"] == ""


async def test_the_link_and_the_notifications_of_others_do_nothing_for_me(
    stage: Stage, live: LiveUpdates, owner_database: Database, client: Client
) -> None:
    await stage.tell(recipients=stage.people.staff[1:2])
    other = await sign_in(stage, live, owner_database, stage.people.staff[1])
    (edge,) = (await other.run(INBOX, first=1))["inbox"]["edges"]
    link = "query Q($id: String!) { notificationByLink(publicId: $id) { id } }"
    assert (await client.run(link, id=edge["node"]["deepLink"]))["notificationByLink"] is None
    marked = await client.run(MARK, input={"idempotencyKey": "k" * 16, "ids": [edge["node"]["id"]]})
    assert marked["markRead"]["userErrors"] == []
    assert (await other.run(INBOX, first=1))["unreadCount"] == 1


async def test_reading_lowers_the_count_changes_the_version_and_clears_my_phones(
    stage: Stage, client: Client
) -> None:
    addresses = await stage.give_phones()
    me = stage.people.staff[0]
    await stage.tell(recipients=[me])
    await stage.worker().drain()
    before = await client.run(INBOX, first=10)
    ids = [edge["node"]["id"] for edge in before["inbox"]["edges"]]
    marked = await client.run(MARK, input={"idempotencyKey": "k" * 16, "ids": ids})
    again = await client.run(MARK, input={"idempotencyKey": "k" * 16, "ids": ids})
    after = await client.run(INBOX, first=10)
    assert marked["markRead"]["inbox"]["unreadCount"] == 0
    assert again["markRead"]["replayed"]
    assert after["inboxVersion"] != before["inboxVersion"]
    assert after["inbox"]["edges"][0]["node"]["readAt"]
    assert (await client.run(INBOX, first=10, unreadOnly=True))["inbox"]["edges"] == []
    await stage.worker().drain()
    assert not stage.fcm.phones.shown[addresses[me]]


_READ_ONLY = text("UPDATE notification SET state = CASE id WHEN :read THEN 'read' ELSE 'live' END")


async def test_the_version_tells_which_of_the_newest_were_read(
    stage: Stage, client: Client, owner_database: Database
) -> None:
    """The count alone would not: one was read elsewhere while another came back."""
    me = stage.people.staff[0]
    for key in ("task:1", "task:2"):
        await stage.tell(recipients=[me], dedupe_key=key)
    before = await client.run(INBOX, first=10)
    assert (await client.run(INBOX, first=10))["inboxVersion"] == before["inboxVersion"]
    keys = [
        decode_id("Notification", edge["node"]["id"], path="id")
        for edge in before["inbox"]["edges"]
    ]
    versions = {before["inboxVersion"]}
    for read in keys:
        async with owner_database.transaction(stage.people.hospital_id) as session:
            await session.execute(_READ_ONLY, {"read": read})
        told = await client.run(INBOX, first=10)
        assert told["unreadCount"] == 1
        versions.add(told["inboxVersion"])
    assert len(versions) == 3


async def test_more_than_a_hundred_ids_at_once_are_refused(stage: Stage, client: Client) -> None:
    await stage.tell()
    marked = await client.run(MARK, input={"idempotencyKey": "k" * 16, "ids": ["x"] * 101})
    assert marked["markRead"]["userErrors"] == [says("TOO_MANY_NOTIFICATIONS", "ids", limit=100)]
    assert (await client.run(INBOX, first=1))["unreadCount"] == 1


async def test_an_app_registers_its_address_once_and_only_what_an_app_may(
    stage: Stage, client: Client
) -> None:
    given = {"idempotencyKey": "k" * 16, "kind": "FCM_FID", "address": "fid-0123456789"}
    first = (await client.run(REGISTER, input=given))["registerEndpoint"]
    again = (await client.run(REGISTER, input=given))["registerEndpoint"]
    assert first["endpointId"] == again["endpointId"]
    assert again["replayed"]
    for change, expected in (
        ({"kind": "OPENID"}, says("ENDPOINT_KIND_UNSUPPORTED", "kind")),
        ({"address": "has a space"}, says("ENDPOINT_ADDRESS_INVALID", "address")),
    ):
        refused = await client.run(REGISTER, input=given | {"idempotencyKey": "l" * 16} | change)
        assert refused["registerEndpoint"]["userErrors"] == [expected]
    kinds = await stage.count("SELECT kind, count(*) FROM notification_endpoint GROUP BY kind")
    assert kinds == {"fcm_fid": 1}
    kept = await stage.count("SELECT address, 1 FROM notification_endpoint")
    assert not any("fid-0123456789" in address for address in kept)


async def test_an_address_is_let_go_by_its_owner_only(
    stage: Stage, live: LiveUpdates, owner_database: Database, client: Client
) -> None:
    given = {"idempotencyKey": "k" * 16, "kind": "FCM_FID", "address": "fid-0123456789"}
    endpoint = (await client.run(REGISTER, input=given))["registerEndpoint"]["endpointId"]
    other = await sign_in(stage, live, owner_database, stage.people.staff[1])
    taken = {"idempotencyKey": "m" * 16, "endpointId": endpoint}
    refused = (await other.run(UNREGISTER, input=taken))["unregisterEndpoint"]
    assert refused["userErrors"] == [says("NOT_FOUND", "endpointId")]
    done = (await client.run(UNREGISTER, input=taken))["unregisterEndpoint"]
    assert done["endpointId"] == endpoint
    await stage.tell()
    await stage.worker().drain()
    assert stage.fcm.requests == 0


async def subscribed(client: Client) -> AsyncIterator[Any]:
    stream = await schema.subscribe(CHANGED, context_value=client.context)
    return cast("AsyncIterator[Any]", stream)


async def test_a_subscriber_hears_at_once_and_after_each_change(
    stage: Stage, client: Client, live: LiveUpdates
) -> None:
    stream = await subscribed(client)
    first = await anext(stream)
    assert first.data["inboxChanged"]["unreadCount"] == 0
    me = stage.people.staff[0]
    await stage.tell(recipients=[me])
    async with stage.database.transaction(1) as session:
        await _event(session, stage)
    live.committed(1)
    second = await anext(stream)
    assert second.data["inboxChanged"]["unreadCount"] == 1
    async with stage.database.transaction(1) as session:
        await withdraw(
            session,
            hospital_id=1,
            subject_type="approval_task",
            subject_ids=[uuid.UUID(int=7)],
            acted_by=me,
            now=stage.clock(),
        )
    live.committed(1)
    third = await anext(stream)
    assert third.data["inboxChanged"]["unreadCount"] == 0
    assert len({one.data["inboxChanged"]["version"] for one in (first, second, third)}) == 3
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


@pytest.mark.parametrize("ends", ["time", "revocation"])
async def test_a_subscription_ends_with_its_token(
    stage: Stage, client: Client, live: LiveUpdates, ends: str
) -> None:
    stream = await subscribed(client)
    await anext(stream)
    if ends == "time":
        stage.clock.advance(timedelta(minutes=11))
    else:
        async with stage.database.transaction(1) as session:
            await session.execute(
                text("UPDATE session_family SET ended_at = now(), end_reason = 'remote'")
            )
    async with stage.database.transaction(1) as session:
        await _event(session, stage)
    live.committed(1)
    last = await anext(stream)
    assert last.data is None
    assert format_errors(last.errors, "zh")[0]["extensions"]["code"] == "TOKEN_EXPIRED"
    assert last.errors[0].formatted["extensions"]["code"] == "TOKEN_EXPIRED"
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_only_operators_see_deliveries_and_nothing_private_in_them(
    stage: Stage, live: LiveUpdates, owner_database: Database, client: Client
) -> None:
    person = stage.people.staff[1]
    await stage.give(person, Channel.FCM, "malformed-address")
    await stage.tell(kind=rule((Channel.FCM, 0)), recipients=[person])
    await stage.worker().drain()
    assert await client.refused(DELIVERIES, state="UNDELIVERED") == "PERMISSION_DENIED"
    operator = await sign_in(stage, live, owner_database, person, role="system_admin")
    found = await operator.run(DELIVERIES, state="UNDELIVERED")
    (edge,) = found["deliveries"]["edges"]
    assert edge["node"] == {
        "channel": "FCM",
        "state": "UNDELIVERED",
        "code": "INVALID_ARGUMENT",
        "attempts": 0,
    }
    assert await operator.refused(DELIVERIES, state="ACCEPTED") == "DELIVERY_STATE_UNSUPPORTED"


async def test_two_devices_marking_the_same_lines_read_change_them_once(
    stage: Stage, client: Client
) -> None:
    await stage.tell()
    (edge,) = (await client.run(INBOX, first=1))["inbox"]["edges"]
    calls = [
        client.run(MARK, input={"idempotencyKey": key * 16, "ids": [edge["node"]["id"]]})
        for key in "ab"
    ]
    await asyncio.gather(*calls)
    events = await stage.count("SELECT kind, count(*) FROM event GROUP BY kind")
    assert events == {"inbox.read": 1}


async def _event(session: WriteSession, stage: Stage) -> None:
    await announce(
        session,
        hospital_id=1,
        kind="approver_todo",
        subject_type="task",
        subject_id=uuid.UUID(int=7),
        audience=[stage.people.staff[0]],
        now=stage.clock(),
    )
