"""DingTalk, WeCom and WeChat on sockets: batches, repeats, silent drops, tokens, taking back."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from tests.fakes.clock import FakeClock
from tests.fakes.dingtalk_push import FakeDingTalkPush
from tests.fakes.push_provider import Scripted
from tests.fakes.receiver import SECRET, FakeReceiver
from tests.fakes.wechat_family import FakeWeChatPush, FakeWeCom

from mobile_hrp.domain.notification.outcome import (
    Accepted,
    Ambiguous,
    Confirmed,
    Fault,
    NoPermit,
    NotDelivered,
    Outcome,
    Retry,
    Revoke,
)
from mobile_hrp.domain.notification.vocabulary import RECALLABLE, EndpointKind, Urgency
from mobile_hrp.notifications.channels.base import (
    ChannelAdapter,
    Item,
    Message,
    RenderError,
    Target,
)
from mobile_hrp.notifications.channels.dingtalk import (
    DingTalkCardChannel,
    DingTalkLinks,
    DingTalkTodoChannel,
    DingTalkWorkChannel,
)
from mobile_hrp.notifications.channels.dingtalk_api import DingTalkApi
from mobile_hrp.notifications.channels.fcm import FcmChannel
from mobile_hrp.notifications.channels.signed import SmsChannel, WebhookChannel
from mobile_hrp.notifications.channels.wechat import WeChatChannel
from mobile_hrp.notifications.channels.wecom import WeComChannel

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LINKS = DingTalkLinks(app="dingtalk://open/", web="https://hrp.example/")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def dingtalk(clock: FakeClock) -> AsyncIterator[FakeDingTalkPush]:
    async with FakeDingTalkPush(clock) as fake:
        yield fake


@pytest.fixture
async def api(clock: FakeClock, dingtalk: FakeDingTalkPush) -> AsyncIterator[DingTalkApi]:
    made = DingTalkApi(
        app_key="made-up",
        app_secret=SecretStr("made-up"),
        clock=clock,
        base_url=dingtalk.url,
        legacy_base_url=dingtalk.url,
        answer_seconds=0.5,
    )
    yield made
    await made.close()


@pytest.fixture
async def wecom(clock: FakeClock) -> AsyncIterator[tuple[FakeWeCom, WeComChannel]]:
    async with FakeWeCom(clock) as fake:
        channel = WeComChannel(
            corp_id="made-up",
            corp_secret=SecretStr("made-up"),
            agent_id=1,
            link="https://hrp.example/",
            clock=clock,
            base_url=fake.url,
            answer_seconds=0.5,
        )
        yield fake, channel
        await channel.close()


@pytest.fixture
async def wechat(clock: FakeClock) -> AsyncIterator[tuple[FakeWeChatPush, WeChatChannel]]:
    async with FakeWeChatPush(clock) as fake:
        channel = WeChatChannel(
            app_id="made-up",
            app_secret=SecretStr("made-up"),
            template_id="T1",
            fields={"thing1": "line", "thing2": "title"},
            clock=clock,
            base_url=fake.url,
            answer_seconds=0.5,
        )
        yield fake, channel
        await channel.close()


def message(*, subject: str = "subject", line: str = "您有一项待办") -> Message:
    return Message(
        key=str(uuid.uuid4()),
        public_id="public-id",
        category="approval",
        title="医院移动运营",
        line=line,
        urgency=Urgency.NORMAL,
        collapse_key=f"{subject}-collapse",
        badge=1,
        expires_at=NOW + timedelta(days=1),
    )


def item(
    channel: ChannelAdapter,
    person: str,
    *,
    told: Message | None = None,
    kind: EndpointKind = EndpointKind.USERID,
) -> Item:
    told = told or message()
    target = Target(kind, person)
    return Item(uuid.uuid4(), target, told, channel.render(told, target, now=NOW))


def sent(given: Item, outcome: Outcome) -> Item:
    """The item as it is when it is confirmed or taken back."""
    assert isinstance(outcome, Accepted)
    return Item(given.delivery_id, given.target, given.message, b"", outcome.provider_id)


async def test_a_to_do_is_made_once_however_often_it_is_sent(
    dingtalk: FakeDingTalkPush, api: DingTalkApi
) -> None:
    channel = DingTalkTodoChannel(api, links=LINKS)
    given = item(channel, "union1")
    dingtalk.script.extend([Scripted(), Scripted(cut_after=True)])
    (lost,) = await channel.send([given])
    (again,) = await channel.send([given])
    assert isinstance(lost, Ambiguous)
    assert again == Accepted("", code="TASK_EXISTS")
    assert [todo.subject for todo in dingtalk.todos.values()] == ["您有一项待办"]


async def test_a_to_do_is_done_when_it_was_acted_on_elsewhere_also_without_its_id(
    dingtalk: FakeDingTalkPush, api: DingTalkApi
) -> None:
    channel = DingTalkTodoChannel(api, links=LINKS)
    known, unknown = item(channel, "union1"), item(channel, "union2")
    first, second = await channel.send([known, unknown])
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    outcomes = await channel.withdraw([sent(known, first), unknown])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert all(todo.done for todo in dingtalk.todos.values())
    (gone,) = await channel.withdraw([item(channel, "union3")])
    assert not isinstance(gone, Accepted)


async def test_a_card_changes_in_place(dingtalk: FakeDingTalkPush, api: DingTalkApi) -> None:
    channel = DingTalkCardChannel(api, template_id="T", robot_code="R", links=LINKS)
    given = item(channel, "user1")
    (first,) = await channel.send([given])
    (second,) = await channel.send([given])
    assert first == second == Accepted(given.message.key)
    assert dingtalk.cards[given.message.key]["status"] == "open"
    await channel.withdraw([sent(given, first)])
    assert dingtalk.cards[given.message.key]["status"] == "done"
    assert len(dingtalk.cards) == 1


async def test_ten_thousand_people_take_a_hundred_calls_and_as_many_questions(
    dingtalk: FakeDingTalkPush, api: DingTalkApi, clock: FakeClock
) -> None:
    channel = DingTalkWorkChannel(api, agent_id=1, links=LINKS)
    told = message()
    items = [item(channel, f"user{number}", told=told) for number in range(10_000)]
    given: list[Item] = []
    for start in range(0, len(items), 100):
        batch = items[start : start + 100]
        outcomes = await channel.send(batch)
        given += [sent(one, outcome) for one, outcome in zip(batch, outcomes, strict=True)]
        if (start + 100) % 5_000 == 0:
            clock.advance(timedelta(minutes=1))
    confirmed: list[Outcome] = []
    for start in range(0, len(given), 100):
        confirmed += await channel.confirm(given[start : start + 100])
    assert dingtalk.calls["work"] == 100
    assert dingtalk.calls["work.result"] == 100
    assert confirmed == [Confirmed()] * 10_000


async def test_a_second_reminder_on_the_same_day_arrives_and_a_bare_repeat_is_found_out(
    dingtalk: FakeDingTalkPush, api: DingTalkApi
) -> None:
    channel = DingTalkWorkChannel(api, agent_id=1, links=LINKS)
    first, repeat = item(channel, "user1"), item(channel, "user1")
    reminder = item(channel, "user1", told=message(line="第 2 次提醒 · 您有一项待办"))
    other = item(channel, "user1", told=message(subject="another"))
    fates: list[Outcome] = []
    for one in (first, repeat, reminder, other):
        (outcome,) = await channel.send([one])
        assert isinstance(outcome, Accepted), "DingTalk says ok to all of them"
        fates += await channel.confirm([sent(one, outcome)])
    assert fates == [Confirmed(), NotDelivered("143106"), Confirmed(), Confirmed()]
    assert len(dingtalk.shown["user1"]) == 3


async def test_the_daily_limit_of_a_person_and_an_unknown_person_are_found_out(
    dingtalk: FakeDingTalkPush, api: DingTalkApi
) -> None:
    channel = DingTalkWorkChannel(api, agent_id=1, links=LINKS)
    dingtalk.unknown_people.add("nobody")
    for number in range(500):
        await channel.send([item(channel, "user1", told=message(line=f"{number}"))])
    batch = [item(channel, "user1"), item(channel, "nobody"), item(channel, "user2")]
    outcomes = await channel.send(batch)
    dingtalk.read_by.add((str(len(dingtalk.tasks)), "user2"))
    asked = [sent(one, outcome) for one, outcome in zip(batch, outcomes, strict=True)]
    assert await channel.confirm(asked) == [
        NotDelivered("143105"),
        Revoke("INVALID_USER"),
        Confirmed(read=True),
    ]


async def test_a_result_that_is_not_there_yet_is_asked_for_again(
    dingtalk: FakeDingTalkPush, api: DingTalkApi
) -> None:
    channel = DingTalkWorkChannel(api, agent_id=1, links=LINKS)
    given = item(channel, "user1")
    (outcome,) = await channel.send([given])
    dingtalk.script.append(Scripted({"errcode": 0, "send_result": {}}))
    (fate,) = await channel.confirm([sent(given, outcome)])
    assert isinstance(fate, Retry)
    assert fate.code == "NOT_YET"


async def test_the_monthly_quota_closes_the_channel_until_the_month_ends(
    clock: FakeClock,
) -> None:
    async with FakeDingTalkPush(clock, monthly_calls=1) as fake:
        api = DingTalkApi(
            app_key="k",
            app_secret=SecretStr("s"),
            clock=clock,
            base_url=fake.url,
            legacy_base_url=fake.url,
        )
        channel = DingTalkWorkChannel(api, agent_id=1, links=LINKS)
        (first,) = await channel.send([item(channel, "user1")])
        (second,) = await channel.send([item(channel, "user2")])
        await api.close()
    assert isinstance(first, Accepted)
    assert isinstance(second, Fault)
    assert second.until is not None
    assert second.until > NOW + timedelta(days=8)


async def test_a_token_that_was_revoked_is_replaced_once_for_all_who_wait(
    dingtalk: FakeDingTalkPush, api: DingTalkApi
) -> None:
    channel = DingTalkTodoChannel(api, links=LINKS)
    await channel.send([item(channel, "union0")])
    dingtalk.revoke_tokens()
    outcomes = await channel.send([item(channel, f"union{number}") for number in range(1, 20)])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert dingtalk.calls["token"] == 2


async def test_a_token_that_is_refused_again_is_a_fault_and_never_a_loop(
    wechat: tuple[FakeWeChatPush, WeChatChannel],
) -> None:
    fake, channel = wechat
    refused = {"errcode": 40001, "errmsg": "invalid credential"}
    token = {"access_token": "t", "expires_in": 7200}
    fake.script.extend([Scripted(token), Scripted(refused), Scripted(token), Scripted(refused)])
    (outcome,) = await channel.send([item(channel, "openid1")])
    assert isinstance(outcome, Fault)
    assert fake.calls == {"token": 2, "send": 2}


async def test_wecom_drops_our_repeat_itself(wecom: tuple[FakeWeCom, WeComChannel]) -> None:
    fake, channel = wecom
    given = item(channel, "member1")
    fake.script.extend([Scripted(), Scripted(cut_after=True)])
    (lost,) = await channel.send([given])
    (again,) = await channel.send([given])
    assert isinstance(lost, Ambiguous)
    assert isinstance(again, Accepted)
    assert len(fake.shown["member1"]) == 1
    await channel.withdraw([sent(given, again)])
    assert fake.recalled == {again.provider_id}


async def test_what_wecom_would_drop_silently_goes_to_the_next_channel(
    wecom: tuple[FakeWeCom, WeComChannel], clock: FakeClock
) -> None:
    fake, channel = wecom
    outcomes = await channel.send([item(channel, "member1") for _ in range(31)])
    assert outcomes[-1] == NotDelivered("MEMBER_RATE")
    assert fake.dropped == 0
    clock.advance(timedelta(minutes=1))
    (later,) = await channel.send([item(channel, "member1")])
    assert isinstance(later, Accepted)


async def test_wecom_names_those_it_does_not_reach(
    wecom: tuple[FakeWeCom, WeComChannel],
) -> None:
    fake, channel = wecom
    fake.unknown_members.add("nobody")
    fake.unlicensed.add("guest")
    outcomes = await channel.send([item(channel, "nobody"), item(channel, "guest")])
    assert outcomes == [Revoke("81013"), Revoke("UNLICENSEDUSER")]


async def test_wechat_spends_a_permit_and_says_when_none_is_left(
    wechat: tuple[FakeWeChatPush, WeChatChannel],
) -> None:
    fake, channel = wechat
    fake.permits["openid1"] = 1
    (first,) = await channel.send([item(channel, "openid1", kind=EndpointKind.OPENID)])
    (second,) = await channel.send([item(channel, "openid1", kind=EndpointKind.OPENID)])
    assert isinstance(first, Accepted)
    assert second == NoPermit("43101")
    assert len(fake.shown["openid1"]) == 1


async def test_wechat_is_never_called_twice_at_once_for_one_person(
    wechat: tuple[FakeWeChatPush, WeChatChannel],
) -> None:
    fake, channel = wechat
    fake.permits["openid1"] = 10
    batches = await asyncio.gather(*(channel.send([item(channel, "openid1")]) for _ in range(10)))
    assert all(isinstance(outcome, Accepted) for (outcome,) in batches)
    assert len(fake.shown["openid1"]) == 10


async def test_a_field_that_wechat_would_refuse_is_refused_here_by_its_name(
    wechat: tuple[FakeWeChatPush, WeChatChannel],
) -> None:
    fake, channel = wechat
    with pytest.raises(RenderError, match="thing1"):
        item(channel, "openid1", told=message(line=""))
    assert fake.calls == {}


async def test_what_is_too_long_for_wechat_is_cut_and_arrives(
    wechat: tuple[FakeWeChatPush, WeChatChannel],
) -> None:
    fake, channel = wechat
    fake.permits["openid1"] = 2
    for line in ("A task is waiting for you", "长" * 20):
        (outcome,) = await channel.send([item(channel, "openid1", told=message(line=line))])
        assert isinstance(outcome, Accepted)
    lines = [shown["data"]["thing1"]["value"] for shown in fake.shown["openid1"]]
    assert lines == ["A task is waiting f…", "长" * 20]


async def test_a_receiver_checks_our_signature_and_sees_a_repeat_by_its_key(
    clock: FakeClock,
) -> None:
    async with FakeReceiver(clock) as fake:
        host = fake.url.removeprefix("http://")
        hook = WebhookChannel(secret=SecretStr(SECRET), hosts=[host], schemes=["http"], clock=clock)
        forged = WebhookChannel(
            secret=SecretStr("another secret"), hosts=[host], schemes=["http"], clock=clock
        )
        sms = SmsChannel(url=f"{fake.url}/hook", secret=SecretStr(SECRET), clock=clock)
        given = item(hook, f"{fake.url}/hook", kind=EndpointKind.URL)
        outcomes = [*await hook.send([given]), *await hook.send([given])]
        (refused,) = await forged.send([given])
        (texted,) = await sms.send([item(sms, "100", kind=EndpointKind.PHONE)])
        await hook.withdraw([given])
        for channel in (hook, forged, sms):
            await channel.close()
    assert outcomes == [Accepted(given.message.key)] * 2
    assert not isinstance(refused, Accepted)
    assert fake.refused == 1
    assert isinstance(texted, Accepted)
    events = [body["event"] for body in fake.taken[given.message.key]]
    assert events == ["notification", "notification", "withdrawn"]


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/hook", "http://hook.example/", "file:///etc/passwd"]
)
async def test_a_webhook_goes_nowhere_that_the_hospital_has_not_named(
    clock: FakeClock, address: str
) -> None:
    hook = WebhookChannel(secret=SecretStr(SECRET), hosts=["hook.example"], clock=clock)
    with pytest.raises(RenderError):
        item(hook, address, kind=EndpointKind.URL)
    await hook.close()


def test_the_channels_that_can_take_back_are_those_the_withdrawal_asks() -> None:
    able = {
        channel
        for channel, capabilities in (
            (FcmChannel.channel, FcmChannel.capabilities),
            (DingTalkTodoChannel.channel, DingTalkTodoChannel.capabilities),
            (DingTalkCardChannel.channel, DingTalkCardChannel.capabilities),
            (WeComChannel.channel, WeComChannel.capabilities),
            (WebhookChannel.channel, WebhookChannel.capabilities),
            (SmsChannel.channel, SmsChannel.capabilities),
        )
        if capabilities.withdraws
    }
    assert able == RECALLABLE
